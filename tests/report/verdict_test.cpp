#include "report/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace weir::report {
namespace {

using profile::Owner;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Verdict, SaysLevelWithABound) {
  const Verdict verdict = judge(made_record(500, [](std::size_t, profile::OwnerBytes&) {}));
  EXPECT_EQ(verdict.growth.kind, GrowthKind::kLevel);
  EXPECT_FALSE(verdict.holder.has_value());
  EXPECT_THAT(verdict.sentence,
              StartsWith("Memory is level at 4.77 MiB: less than 16.7 B a step with "
                         "99 % confidence, over 500 steps."));
}

TEST(Verdict, NamesTheCallbackThatKeeps) {
  profile::Record record = made_record(500, [](std::size_t step, profile::OwnerBytes& owners) {
    profile::at(owners, Owner::kRetained) = step / 10 * 40'960;
  });
  record.holders = {{0, "callback KeepTenth"}, {1, "callback Other"}};
  for (std::size_t step = 0; step < 500; step += 10) {
    record.retained.push_back({step, step * 1'000'000, step / 10, step / 10 * 40'960, 0, 0});
    record.retained.push_back({step, step * 1'000'000, 1, 100, 1, 0});
  }
  const Verdict verdict = judge(record);
  EXPECT_TRUE(verdict.growth.grows());
  EXPECT_EQ(verdict.holder, "callback KeepTenth");
  EXPECT_NEAR(verdict.growth.bytes_per_step, 4096, 100);
  EXPECT_GT(verdict.holder_share, 0.9);
  EXPECT_THAT(verdict.sentence, HasSubstr("held by callback KeepTenth"));
  ASSERT_TRUE(verdict.seconds_to_limit.has_value());
  // 8 GB at 4 KiB a millisecond.
  EXPECT_NEAR(*verdict.seconds_to_limit, 8e9 / 4096 * 1e-3, 50);
}

TEST(Verdict, NamesTheSourceWhoseQueueGrows) {
  profile::Record record = made_record(500, [](std::size_t step, profile::OwnerBytes& owners) {
    profile::at(owners, Owner::kSource) = step * 100'000;
    profile::at(owners, Owner::kHeap) = step * 2'000;
  });
  record.streams.push_back({"QueueSource", "NpySink"});
  const Verdict verdict = judge(record);
  EXPECT_EQ(verdict.holder, "the source (QueueSource)");
  EXPECT_NEAR(verdict.holder_share, 0.98, 0.02);
}

TEST(Verdict, TakesTheSessionsLimit) {
  profile::Record record = made_record(500, [](std::size_t step, profile::OwnerBytes& owners) {
    profile::at(owners, Owner::kHeap) = step * 10'000;
  });
  record.sessions[0].memory_limit = 20'000'000;
  const Verdict verdict = judge(record);
  ASSERT_TRUE(verdict.growth.steps_to_limit.has_value());
  EXPECT_NEAR(*verdict.growth.steps_to_limit, 1000, 20);
  EXPECT_THAT(verdict.sentence, HasSubstr("the limit of 19.1 MiB is reached in"));
}

TEST(Verdict, MakesNothingOfTooFewSteps) {
  const Verdict verdict = judge(made_record(3, [](std::size_t, profile::OwnerBytes&) {}));
  EXPECT_EQ(verdict.growth.kind, GrowthKind::kUnknown);
  EXPECT_THAT(verdict.sentence, StartsWith("Too few samples"));
  EXPECT_EQ(judge(profile::Record{}).growth.kind, GrowthKind::kUnknown);
}

}  // namespace
}  // namespace weir::report
