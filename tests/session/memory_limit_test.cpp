#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/process_memory.h"
#include "support/child_process.h"
#include "support/prediction.h"
#include "weir/error.h"
#include "weir/memory_size.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const GoldenName kName{"models", "tiny_resnet"};
constexpr std::int64_t kRows = 512;
constexpr std::string_view kNeeds = "needs at least ";

std::uint64_t smallest_limit(const std::string& message) {
  const std::size_t begin = message.find(kNeeds) + kNeeds.size();
  return parse_bytes(message.substr(begin, message.find(' ', begin) - begin));
}

enum class Task { kPlan, kPredict };

/// Plans or predicts under the limit; the error, or the most that the process had resident.
std::string work_within(std::uint64_t limit, Task task) {
  const GoldenCase golden = read_golden(kName);
  const std::vector<float> pixels(kRows * 16 * 16 * 3, 0.5F);
  try {
    const Model model = Model::load(golden.model.bytes, golden.name);
    const SessionOptions options{.threads = 2, .memory_limit = limit};
    if (task == Task::kPlan) {
      static_cast<void>(model.plan(options));
      return std::to_string(peak_resident_bytes());
    }
    Session session(model, options);
    for (std::int64_t first = 0; first < kRows; first += 32) {
      predict(session, {{pixels.data() + first * 768, DType::kFloat32, {32, 16, 16, 3}}});
    }
    return std::to_string(peak_resident_bytes());
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.what();
  }
}

/// In a process that has planned and predicted nothing before.
std::string in_child(std::uint64_t limit, Task task = Task::kPredict) {
  return run_in_child([limit, task] { return work_within(limit, task); }).text;
}

TEST(MemoryLimit, ThatCannotBeMetIsRefusedWithTheSmallestThatWorks) {
  const std::string refusal = in_child(std::uint64_t{1} << 20);
  EXPECT_THAT(refusal, StartsWith("limit: "));
  EXPECT_THAT(refusal, HasSubstr("1.00 MiB is too small"));
  ASSERT_THAT(refusal, HasSubstr(kNeeds));
  EXPECT_THAT(refusal, HasSubstr("(weights "));
  EXPECT_THAT(refusal, HasSubstr("fullest with")) << "which tensors make it so";
  EXPECT_THAT(refusal, HasSubstr(kName.name));
  const std::string advised = in_child(smallest_limit(refusal));
  EXPECT_THAT(advised, ::testing::Not(HasSubstr("limit"))) << refusal;
  if (kSanitized) return;  // It keeps freed memory, by which processes differ more than below.
  const std::string below = in_child(smallest_limit(refusal) - (std::uint64_t{5} << 20));
  EXPECT_THAT(below, StartsWith("limit: ")) << "the smallest was not the smallest: " << refusal;
}

TEST(MemoryLimit, ThatIsAcceptedIsKept) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory is not in the plan";
  const std::uint64_t limit = smallest_limit(in_child(1));
  for (const std::uint64_t accepted : {limit, 2 * limit}) {
    const std::string outcome = in_child(accepted);
    ASSERT_THAT(outcome, ::testing::MatchesRegex("[0-9]+"));
    EXPECT_LE(std::stoull(outcome), accepted);
  }
}

/// The least limit, in steps of 64 KiB, under which the task is not refused.
std::uint64_t least_limit(Task task) {
  std::uint64_t least = smallest_limit(in_child(1)) - (std::uint64_t{4} << 20);
  while (in_child(least, task).starts_with("limit: ")) least += std::uint64_t{64} << 10;
  return least;
}

TEST(MemoryLimit, ThatCanBePlannedCanBeKept) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory varies by more than the plan";
  EXPECT_LE(least_limit(Task::kPredict), least_limit(Task::kPlan) + (std::uint64_t{256} << 10));
}

TEST(MemoryLimit, ThatIsTightLowersTheMicroBatch) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory varies by more than the plan";
  const GoldenCase golden = read_golden({"models", "free_spatial_shape"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  SessionOptions options{.threads = 1, .row_shapes = {{64, 64, 3}}};
  options.tuning = {ExecutionMode::kLatency, 16, 1};
  // The first plan makes code and heap resident that the second finds there already.
  static_cast<void>(model.plan(options));
  const MemoryPlan roomy = model.plan(options);
  ASSERT_EQ(roomy.micro_batch, 16U);
  options.memory_limit = roomy.peak_bytes - roomy.arena_bytes / 3;
  const MemoryPlan tight = model.plan(options);
  EXPECT_LT(tight.micro_batch, roomy.micro_batch);
  EXPECT_LT(tight.arena_bytes, roomy.arena_bytes);
}

// What runs in bands in any case depends on the second-level cache: for each size of it one of
// these networks has wide layers that do not.
TEST(MemoryLimit, ThatIsTighterRunsMoreLayersInBands) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory varies by more than the plan";
  std::size_t in_bands = 0;
  for (const std::string name : {"MobileNetV2", "EfficientNetV2S", "EfficientNetV2L"}) {
    const Model model = Model::load(read_application(name + ".json").bytes, name);
    SessionOptions options{.threads = 1, .micro_batch = 1, .precision = Precision::kStrict};
    static_cast<void>(model.plan(options));
    const MemoryPlan roomy = model.plan(options);
    options.memory_limit = roomy.peak_bytes - roomy.arena_bytes / 8;
    const MemoryPlan tight = model.plan(options);
    EXPECT_LE(tight.peak_bytes, *options.memory_limit) << name;
    if (tight.mode_reason.find("in bands") == std::string::npos) continue;
    ++in_bands;
    EXPECT_EQ(tight.weights, WeightsMode::kResident) << name;
    EXPECT_LT(tight.arena_bytes, roomy.arena_bytes * 7 / 8) << name;
  }
  EXPECT_GT(in_bands, 0U);
}

}  // namespace
}  // namespace weir::testing
