#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/prediction.h"

namespace weir::testing {
namespace {

constexpr int kProcesses = 4;

/// What the kernel says of the mappings of one file in this process, in KiB.
struct MappedShare {
  std::uint64_t resident = 0;
  std::uint64_t proportional = 0;  ///< Each page divided by the number of processes that have it.
  std::uint64_t dirty = 0;
};

MappedShare share_of(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  MappedShare share;
  bool of_file = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string key;
    std::uint64_t kibibytes = 0;
    words >> key;
    if (key.back() != ':') {
      of_file = line.ends_with(file.string());
      continue;
    }
    words >> kibibytes;
    if (!of_file) continue;
    if (key == "Rss:") share.resident += kibibytes;
    if (key == "Pss:") share.proportional += kibibytes;
    if (key == "Private_Dirty:" || key == "Shared_Dirty:") share.dirty += kibibytes;
  }
  return share;
}

/// Where processes wait for each other. In memory that children share with the test.
class ProcessBarrier {
 public:
  ProcessBarrier() {
    memory_ = mmap(nullptr, sizeof(pthread_barrier_t), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(barrier(), &attributes, kProcesses);
    pthread_barrierattr_destroy(&attributes);
  }
  ProcessBarrier(const ProcessBarrier&) = delete;
  ProcessBarrier& operator=(const ProcessBarrier&) = delete;
  ~ProcessBarrier() { munmap(memory_, sizeof(pthread_barrier_t)); }

  void wait() const { pthread_barrier_wait(barrier()); }

 private:
  pthread_barrier_t* barrier() const { return static_cast<pthread_barrier_t*>(memory_); }
  void* memory_;
};

/// Predicts, and says what this process has of the file while the others have predicted too.
std::string predict_beside_others(const std::filesystem::path& file, const GoldenCase& golden,
                                  const ProcessBarrier& barrier) {
  const Model model = Model::load(file);
  Session session(model, {.threads = 1});
  predict(session, views(golden.inputs));
  barrier.wait();
  const MappedShare share = share_of(file);
  barrier.wait();
  std::ostringstream text;
  text << share.resident << ' ' << share.proportional << ' ' << share.dirty;
  return text.str();
}

std::vector<MappedShare> shares_of_all(const std::filesystem::path& file,
                                       const GoldenCase& golden) {
  const ProcessBarrier barrier;
  std::vector<std::string> texts(kProcesses);
  std::vector<std::thread> parents;
  for (std::string& text : texts) {
    parents.emplace_back([&] {
      text = run_in_child([&] { return predict_beside_others(file, golden, barrier); }).text;
    });
  }
  for (std::thread& parent : parents) parent.join();
  std::vector<MappedShare> shares(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    std::istringstream(texts[i]) >> shares[i].resident >> shares[i].proportional >> shares[i].dirty;
  }
  return shares;
}

class SharedWeights : public ::testing::TestWithParam<GoldenName> {};

TEST_P(SharedWeights, AreInMemoryOnceForAllProcessesOfAFile) {
  if (kSanitized) GTEST_SKIP() << "forks from several threads";
  const GoldenCase golden = read_golden(GetParam());
  std::string name = std::filesystem::temp_directory_path() / "weir-shared-XXXXXX";
  const std::filesystem::path folder = mkdtemp(name.data());
  const std::filesystem::path file = folder / "m.weir";
  const Model model = Model::load(golden.model.bytes, golden.name);
  model.save_compiled(file);
  const std::uint64_t weights = model.plan().weights_bytes / 1024;
  std::uint64_t together = 0;
  std::uint64_t most = 0;
  for (const MappedShare& share : shares_of_all(file, golden)) {
    EXPECT_GE(share.resident, weights);
    EXPECT_EQ(share.dirty, 0U);
    together += share.proportional;
    most = std::max(most, share.resident);
  }
  // One copy, and what rounding to KiB adds.
  EXPECT_LE(together, most + most / 20 + kProcesses);
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Models, SharedWeights,
                         ::testing::Values(GoldenName{"models", "tiny_resnet"},
                                           GoldenName{"wide_convolution", "wide_residual_block"}),
                         golden_test_name);

}  // namespace
}  // namespace weir::testing
