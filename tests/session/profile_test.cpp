#include "weir/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "profile/record.h"
#include "support/child_process.h"
#include "support/prediction.h"
#include "weir/allocations.h"
#include "weir/model.h"

namespace weir::testing {
namespace {

class ProfileOfSession : public ::testing::Test {
 protected:
  ~ProfileOfSession() override { std::filesystem::remove(path_); }

  const std::filesystem::path path_ = std::filesystem::path(::testing::TempDir()) /
                                      ("session" + std::to_string(getpid()) + ".weirprof");
  const GoldenCase golden_ = read_golden({"models", "tiny_resnet"});
  const Model model_ = Model::load(golden_.model.bytes, golden_.name);
  const std::vector<GoldenTensor> tensors_ = in_order(golden_.inputs, model_.inputs());
};

TEST_F(ProfileOfSession, HasStepsLayersAndMemory) {
  Session session(model_, {.threads = 2});
  Request request(session, views(tensors_));
  const Profile profile(path_);
  session.watch(profile);
  for (int i = 0; i < 20; ++i) request.run(session);
  profile.finish();
  const profile::Record record = profile::read_record_file(path_);
  ASSERT_EQ(record.sessions.size(), 1U);
  const profile::SessionInfo& info = record.sessions[0];
  EXPECT_EQ(info.steps.size(), session.plan().steps.size());
  EXPECT_EQ(info.schedule.peak_bytes, session.plan().peak_bytes);
  EXPECT_FALSE(info.schedules.empty());
  EXPECT_EQ(record.steps_done(), 20U);
  ASSERT_FALSE(record.steps.empty());
  const profile::Step& step = record.steps.front();
  double in_layers = 0;
  for (const float seconds : record.times(step)) in_layers += static_cast<double>(seconds);
  EXPECT_GT(in_layers, 0);
  EXPECT_LE(in_layers, 2.01e-9 * static_cast<double>(step.entry.duration)) << "of two threads";
}

TEST_F(ProfileOfSession, NamesWhatTheKernelCounts) {
  Session session(model_, {.threads = 2});
  Request request(session, views(tensors_));
  const Profile profile(path_);
  session.watch(profile);
  for (int i = 0; i < 5; ++i) request.run(session);
  profile.sample();
  profile.finish();
  const profile::CensusEntry census = profile::read_record_file(path_).censuses.back();
  const auto resident = static_cast<double>(census.resident);
  const auto unnamed = static_cast<double>(profile::at(census.owners, profile::Owner::kUnnamed));
  EXPECT_GT(profile::at(census.owners, profile::Owner::kPackedWeights), 0U);
  EXPECT_GT(profile::at(census.owners, profile::Owner::kArena), 0U);
  if (kSanitized) return;  // Its shadow is nobody's.
  EXPECT_LT(unnamed, std::max(0.02 * resident, 1e6));
}

TEST_F(ProfileOfSession, EndsWithTheWatch) {
  Session session(model_, {});
  Request request(session, views(tensors_));
  const Profile profile(path_);
  session.watch(profile);
  request.run(session);
  ASSERT_TRUE(session.profile().has_value());
  session.watch(std::nullopt);
  EXPECT_FALSE(session.profile().has_value());
  request.run(session);
  profile.finish();
  EXPECT_EQ(profile::read_record_file(path_).steps_done(), 1U);
}

TEST_F(ProfileOfSession, AllocatesNothingInASteadyStep) {
  Session session(model_, {.threads = 2});
  Request request(session, views(tensors_));
  const Profile profile(path_);
  session.watch(profile);
  for (int i = 0; i < 3; ++i) request.run(session);
  // A census may fall into any step and makes a list of the session's memory, on the heap.
  std::uint64_t fewest = UINT64_MAX;
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t before = allocation_count();
    request.run(session);
    fewest = std::min(fewest, allocation_count() - before);
  }
  EXPECT_EQ(fewest, 0U);
}

TEST_F(ProfileOfSession, GivesTheSameAnswers) {
  Session session(model_, {.threads = 2});
  Request watched(session, views(tensors_));
  Request alone(session, views(tensors_));
  alone.run(session);
  const Profile profile(path_);
  session.watch(profile);
  watched.run(session);
  EXPECT_EQ(watched.outputs(), alone.outputs());
}

}  // namespace
}  // namespace weir::testing
