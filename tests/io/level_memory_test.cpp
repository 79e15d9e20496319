#include <unistd.h>

#include <fstream>

#include "io/io_testing.h"
#include "io/npy_header.h"
#include "io/npy_source.h"

namespace weir::testing {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// A file with holes: large, but little of the disk.
std::string make_sparse(const TemporaryFolder& folder, std::string header, std::size_t data_bytes) {
  const std::string path = folder.write("sparse.npy", header);
  EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(header.size() + data_bytes)), 0);
  return path;
}

/// Rows of float32.
std::string make_sparse_rows(const TemporaryFolder& folder, std::size_t rows, std::size_t columns) {
  const Shape shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns)};
  return make_sparse(folder, format_npy_header(DType::kFloat32, shape),
                     rows * columns * sizeof(float));
}

int touch_pages(const TensorView& rows) {
  int sum = 0;
  const auto* bytes = static_cast<const volatile char*>(rows.data);
  for (std::size_t at = 0; at < rows.bytes(); at += 4096) sum += bytes[at];
  return sum;
}

class LevelMemory : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "it keeps several bytes for each that is touched, and never gives them back";
#endif
  }
};

TEST_F(LevelMemory, Streams20GigabytesInAFewMegabytes) {
  const TemporaryFolder folder;
  const std::size_t rows = 20 << 20;
  const auto path = make_sparse_rows(folder, rows, 256);
  const auto source = open_npy(map_file(path));
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  std::size_t given = 0;
  while (true) {
    const auto batch = source->next(4000);
    if (batch.empty()) break;
    // Touching all of it would take longer than it proves more.
    if (given < rows / 100) {
      EXPECT_EQ(touch_pages(batch[0]), 0);
      most = std::max(most, resident_bytes());
    }
    given += static_cast<std::size_t>(batch[0].shape[0]);
  }
  most = std::max(most, resident_bytes());
  EXPECT_EQ(given, rows);
  EXPECT_GT(most, before);  // Reading two hundred megabytes is seen at all.
  EXPECT_LT(most - before, 16 * kMegabyte);
}

TEST_F(LevelMemory, ReadsAFileOf20GigabytesThroughABufferOfOneBatch) {
  const TemporaryFolder folder;
  const std::size_t rows = 20 << 20;
  const auto path = make_sparse_rows(folder, rows, 256);
  const auto source = open_npy_file(path);
  const std::size_t before = resident_bytes();
  // The first two hundred megabytes: reading all of it would take longer than it proves more.
  for (std::size_t given = 0; given < rows / 100; given += 1000) {
    EXPECT_EQ(touch_pages(source->next(1000)[0]), 0);
  }
  EXPECT_LT(resident_bytes() - before, 3 * kMegabyte);
}

TEST_F(LevelMemory, StreamsSmallRowsInAFewMegabytes) {
  const TemporaryFolder folder;
  const std::size_t rows = 2 << 20;
  const auto path = make_sparse_rows(folder, rows, 10);
  const auto source = open_npy(map_file(path));
  const std::size_t before = resident_bytes();
  for (auto batch = source->next(7); !batch.empty(); batch = source->next(7)) {
    EXPECT_EQ(touch_pages(batch[0]), 0);
  }
  EXPECT_LT(resident_bytes() - before, 16 * kMegabyte);
}

TEST_F(LevelMemory, GathersFortranOrderInBoundedMemory) {
  const TemporaryFolder folder;
  std::string header = format_npy_header(DType::kFloat32, {1 << 20, 128});
  header.replace(header.find("False"), 5, "True ");
  const auto path = make_sparse(folder, header, std::size_t{1} << 29);
  const auto source = open_npy(map_file(path));
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(touch_pages(source->next(1024)[0]), 0);
    most = std::max(most, resident_bytes());
  }
  EXPECT_LT(most - before, 64 * kMegabyte);
}

}  // namespace
}  // namespace weir::testing
