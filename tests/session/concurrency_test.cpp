#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "support/prediction.h"

namespace weir::testing {
namespace {

/// Each thread makes a session of its own of the one model, so that packing is shared too.
TEST(Sessions, OfOneModelGiveTheSameBitsFromSeveralThreadsAtOnce) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  const std::vector<TensorView> inputs = views(golden.inputs);
  std::vector<Outputs> results(4);
  std::vector<std::thread> threads;
  for (Outputs& result : results) {
    threads.emplace_back([&model, &inputs, &result] {
      Session session(model, {.threads = 2});
      for (int step = 0; step < 5; ++step) result = predict(session, inputs);
    });
  }
  for (std::thread& thread : threads) thread.join();

  const Model alone = Model::load(golden.model.bytes, golden.name);
  Session session(alone, {.threads = 1});
  const Outputs expected = predict(session, inputs);
  for (const Outputs& result : results) EXPECT_EQ(result, expected);
}

TEST(Sessions, ShareTheWeightsOfTheirModel) {
  const GoldenCase golden = read_golden({"models", "tiny_resnet"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  Session first(model, {.threads = 1});
  const std::uint64_t packed = first.plan().weights_bytes;
  Session second(model, {.threads = 1});
  EXPECT_GT(packed, 0U);
  EXPECT_EQ(second.plan().weights_bytes, packed);
}

TEST(Sessions, OutliveTheModelTheyWereMadeFrom) {
  const GoldenCase golden = read_golden({"models", "sequential_with_input"});
  std::optional<Session> session;
  {
    const Model model = Model::load(golden.model.bytes, golden.name);
    session.emplace(model, SessionOptions{.threads = 1});
  }
  EXPECT_FALSE(predict(*session, views(golden.inputs)).empty());
}

}  // namespace
}  // namespace weir::testing
