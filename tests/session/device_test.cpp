#include "weir/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <sstream>
#include <thread>

#include "base/process_memory.h"
#include "base/thread_pool.h"
#include "support/child_process.h"
#include "support/prediction.h"
#include "weir/allocations.h"
#include "weir/error.h"

namespace weir::testing {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

/// A golden model with its inputs.
struct Loaded {
  explicit Loaded(const std::string& name)
      : golden(read_golden({"models", name})),
        model(Model::load(golden.model.bytes, golden.name)),
        inputs(views(golden.inputs)) {}

  GoldenCase golden;
  Model model;
  std::vector<TensorView> inputs;
};

class Devices : public ::testing::Test {
 protected:
  Outputs alone(const Loaded& loaded) const {
    Session session(loaded.model, {.threads = 1});
    return predict(session, loaded.inputs);
  }

  Loaded small_{"sequential_with_input"};
  Loaded large_{"tiny_resnet"};
};

TEST_F(Devices, GiveTheirModelsOneArenaAsLargeAsTheLargestNeeds) {
  const Device device({.threads = 2});
  Session small(small_.model, {.micro_batch = 1}, device);
  Session large(large_.model, {.micro_batch = 1}, device);
  EXPECT_EQ(predict(small, small_.inputs), alone(small_));
  EXPECT_EQ(predict(large, large_.inputs), alone(large_));
  EXPECT_EQ(predict(small, small_.inputs), alone(small_)) << "after the arena moved";
  EXPECT_GT(large.plan().arena_bytes, small.plan().arena_bytes);
  EXPECT_EQ(device.arena_bytes(), large.plan().arena_bytes);
  EXPECT_EQ(device.weights_bytes(), small.plan().weights_bytes + large.plan().weights_bytes);
}

TEST_F(Devices, CountAModelOnceHoweverManySessionsItHas) {
  const Device device({.threads = 1});
  Session first(large_.model, {}, device);
  Session second(large_.model, {}, device);
  EXPECT_EQ(device.weights_bytes(), first.plan().weights_bytes);
}

TEST_F(Devices, GiveTheArenaBackWhenTheyAreTrimmed) {
  Device device({.threads = 2});
  Session session(large_.model, {}, device);
  predict(session, large_.inputs);
  device.trim();
  EXPECT_EQ(device.arena_bytes(), 0U);
  EXPECT_EQ(predict(session, large_.inputs), alone(large_));
  EXPECT_EQ(device.arena_bytes(), session.plan().arena_bytes);
}

TEST_F(Devices, RefuseASessionThatDoesNotFitTheirLimit) {
  const MemoryPlan plan = large_.model.plan({.threads = 1});
  const Device tight({.threads = 1, .memory_limit = plan.weights_bytes});
  try {
    Session session(large_.model, {}, tight);
    FAIL() << "there is no room for an arena";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("for the device"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("weights"));
  }
  EXPECT_EQ(tight.weights_bytes(), 0U) << "a refused model is not counted";
}

TEST_F(Devices, FitASessionIntoWhatOtherModelsLeave) {
  const MemoryPlan small = small_.model.plan({.threads = 2});
  const MemoryPlan roomy = large_.model.plan({.threads = 2});
  const MemoryPlan least = large_.model.plan({.threads = 2, .micro_batch = 1});
  const std::uint64_t limit = small.weights_bytes + roomy.weights_bytes + least.arena_bytes;
  ASSERT_GT(roomy.arena_bytes, least.arena_bytes) << "the large one would take more by itself";
  const Device device({.threads = 2, .memory_limit = limit});
  Session first(small_.model, {}, device);
  Session second(large_.model, {}, device);
  EXPECT_LE(device.weights_bytes() + device.arena_bytes(), limit);
  EXPECT_LT(second.plan().arena_bytes, roomy.arena_bytes);
  EXPECT_EQ(predict(first, small_.inputs), alone(small_));
  EXPECT_EQ(predict(second, large_.inputs), alone(large_));
}

TEST_F(Devices, RunAtTheSameTimeAsOthers) {
  const Outputs expected = alone(large_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      Session session(large_.model, {}, Device({.threads = 2}));
      for (int step = 0; step < 10; ++step) EXPECT_EQ(predict(session, large_.inputs), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Devices, GiveSessionsOfSeveralThreadsTheirTurn) {
  const Device device({.threads = 2});
  const std::vector<const Loaded*> models{&small_, &large_, &small_, &large_};
  std::vector<std::thread> threads;
  for (const Loaded* loaded : models) {
    threads.emplace_back([this, loaded, device] {
      Session session(loaded->model, {}, device);
      const Outputs expected = alone(*loaded);
      for (int step = 0; step < 20; ++step) EXPECT_EQ(predict(session, loaded->inputs), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Devices, AllocateNothingWhenTheirSessionsTakeTurns) {
  const Device device({.threads = 2, .cores = {0}});
  Session small(small_.model, {}, device);
  Session large(large_.model, {}, device);
  Request small_request(small, small_.inputs);
  Request large_request(large, large_.inputs);
  const auto take_turns = [&] {
    small_request.run(small);
    large_request.run(large);
  };
  take_turns();
  const std::uint64_t before = allocation_count();
  for (int i = 0; i < 5; ++i) take_turns();
  EXPECT_EQ(allocation_count(), before);
}

TEST_F(Devices, KeepTheirThreadsOnTheirCoresAndTheCallerWhereItWas) {
  const Device device({.threads = 2, .cores = {0}});
  Session session(large_.model, {}, device);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(predict(session, large_.inputs), alone(large_));
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST_F(Devices, RefuseMoreThreadsThanTheyHave) {
  EXPECT_THROW(Session(small_.model, {.threads = 3}, Device({.threads = 2})), Error);
  EXPECT_THROW(Device({.cores = {1'000'000}}), Error);
  EXPECT_THROW(Device({.policy = MemoryPolicy::kReserve}), Error);
}

/// Resident memory just after a device was made, and after it was used, in mebibytes.
std::string reserve_and_predict() {
  const Loaded large("tiny_resnet");
  const std::uint64_t before = resident_bytes();
  Device device({.threads = 2, .memory_limit = 64 * kMebibyte, .policy = MemoryPolicy::kReserve});
  const std::uint64_t reserved = resident_bytes() - before;
  Session session(large.model, {}, device);
  predict(session, large.inputs);
  device.trim();
  const std::uint64_t used = resident_bytes() - before;
  return std::to_string(reserved / kMebibyte) + " " + std::to_string(used / kMebibyte);
}

TEST(ReservingDevice, TakesAllItsMemoryAtTheStartAndNoMoreLater) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory is not in the plan";
  const std::string text = run_in_child(reserve_and_predict).text;
  std::istringstream outcome(text);
  std::uint64_t reserved = 0;
  std::uint64_t used = 0;
  outcome >> reserved >> used;
  EXPECT_GE(reserved, 63U) << text;
  EXPECT_LE(reserved, 66U);
  EXPECT_LE(used, reserved + 4) << "beside the reserve there are only code and small objects";
}

TEST_F(Devices, ThatReserveGiveTheSameBitsAndRoomThatIsFreedIsUsedAgain) {
  const MemoryPlan plan = large_.model.plan({.threads = 1, .micro_batch = 1});
  const std::uint64_t room = plan.weights_bytes + plan.arena_bytes;
  const Device device(
      {.threads = 1, .memory_limit = room + room / 2, .policy = MemoryPolicy::kReserve});
  for (int round = 0; round < 5; ++round) {
    // A new model each time: two of them would not fit.
    const Loaded loaded("tiny_resnet");
    Session session(loaded.model, {.micro_batch = 1}, device);
    EXPECT_EQ(predict(session, loaded.inputs), alone(large_));
    EXPECT_EQ(device.weights_bytes(), plan.weights_bytes);
  }
  EXPECT_EQ(device.weights_bytes(), 0U);
}

}  // namespace
}  // namespace weir::testing
