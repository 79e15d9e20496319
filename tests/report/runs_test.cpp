#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <vector>

#include "profile/record.h"
#include "report/verdict.h"
#include "support/child_process.h"
#include "support/golden_pack.h"
#include "weir/profile.h"
#include "weir/stream.h"

/// Verdicts on runs that really happen: who holds what, and how fast it grows.
namespace weir::report {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kPixels = 6 * 6 * 3;
constexpr std::size_t kBatchBytes = kBatch * kPixels * sizeof(float);
constexpr std::size_t kSteps = 1200;
// By steps: by the clock, as a record does, a short run would have few samples.
constexpr std::size_t kStepsOfASample = 8;
constexpr const char* kSanitizersMemory =
    "a sanitizer's allocator keeps freed memory, and no books";

/// A program's own source, whose queue is filled by `ahead` batches for each that is taken.
class QueueSource final : public Source {
 public:
  explicit QueueSource(std::size_t ahead) : ahead_(ahead) {}

  std::span<const TensorSpec> tensors() const override { return specs_; }
  std::span<const TensorView> next(std::size_t max_rows) override {
    if (steps_++ == kSteps) return {};
    for (std::size_t i = 0; i < ahead_; ++i) queue_.emplace_back(max_rows * kPixels, 0.5F);
    taken_ = std::move(queue_.front());
    queue_.pop_front();
    views_ = {{taken_.data(), DType::kFloat32, {static_cast<std::int64_t>(max_rows), 6, 6, 3}}};
    return views_;
  }

 private:
  std::size_t ahead_;
  std::size_t steps_ = 0;
  std::deque<std::vector<float>> queue_;
  std::vector<float> taken_;
  std::vector<TensorSpec> specs_{{"", DType::kFloat32, {Shape::kFree, 6, 6, 3}}};
  std::vector<TensorView> views_;
};

/// Keeps a copy of every tenth batch of predictions, `times` over.
class KeepTenth final : public Sink {
 public:
  explicit KeepTenth(std::size_t times) : times_(times) {}

  void open(std::span<const TensorSpec>) override {}
  void write(std::span<const TensorView> batch) override {
    if (written_++ % 10 != 0) return;
    const auto* bytes = static_cast<const std::byte*>(batch[0].data);
    for (std::size_t i = 0; i < times_; ++i) kept_.emplace_back(bytes, bytes + batch[0].bytes());
  }
  void finish() override {}

 private:
  std::size_t times_;
  std::size_t written_ = 0;
  std::deque<std::vector<std::byte>> kept_;
};

Verdict verdict_of_run(std::size_t ahead, std::size_t times_kept) {
  const auto path = std::filesystem::path(::testing::TempDir()) /
                    ("run" + std::to_string(ahead) + std::to_string(times_kept) + ".weirprof");
  const auto golden = testing::read_golden({"models", "residual"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  Session session(model, {.batch_size = kBatch,
                          .threads = 1,
                          .memory_limit = std::uint64_t{8} << 30,
                          .micro_batch = kBatch});
  const Profile profile(path);
  session.watch(profile);
  QueueSource source(ahead);
  KeepTenth sink(times_kept);
  const StreamOptions options{.on_batch = [&](std::uint64_t rows) {
    if (rows / kBatch % kStepsOfASample == 0) profile.sample();
    return true;
  }};
  predict_stream(session, source, sink, options);
  profile.finish();
  const profile::Record record = profile::read_record_file(path);
  std::filesystem::remove(path);
  return judge(record);
}

TEST(VerdictOnARun, IsLevelWhereNothingIsKept) {
  const Verdict verdict = verdict_of_run(1, 0);
  if (testing::kSanitized) GTEST_SKIP() << kSanitizersMemory;
  EXPECT_FALSE(verdict.growth.grows()) << verdict.sentence;
  EXPECT_THAT(verdict.sentence, ::testing::HasSubstr("level"));
}

TEST(VerdictOnARun, NamesTheSourceWhoseQueueGrows) {
  const Verdict verdict = verdict_of_run(5, 0);
  if (testing::kSanitized) GTEST_SKIP() << kSanitizersMemory;
  ASSERT_TRUE(verdict.growth.grows()) << verdict.sentence;
  EXPECT_THAT(verdict.holder.value_or(""), ::testing::HasSubstr("source"));
  EXPECT_NEAR(verdict.growth.bytes_per_step, 4 * kBatchBytes, 0.2 * 4 * kBatchBytes);
  EXPECT_GT(verdict.seconds_to_limit.value_or(0), 0);
}

TEST(VerdictOnARun, NamesTheSinkThatKeepsEveryTenthBatch) {
  const Verdict verdict = verdict_of_run(1, 100);
  if (testing::kSanitized) GTEST_SKIP() << kSanitizersMemory;
  ASSERT_TRUE(verdict.growth.grows()) << verdict.sentence;
  EXPECT_THAT(verdict.holder.value_or(""), ::testing::HasSubstr("sink"));
  EXPECT_GT(verdict.holder_share, 0.8);
  EXPECT_GT(verdict.seconds_to_limit.value_or(0), 0);
}

}  // namespace
}  // namespace weir::report
