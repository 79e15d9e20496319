#include <gtest/gtest.h>

#include "base/process_memory.h"
#include "keras/load.h"
#include "layers/build_graph.h"
#include "session/executors.h"
#include "session/model_impl.h"
#include "support/child_process.h"
#include "support/prediction.h"
#include "weir/error.h"
#include "weir/growth.h"

namespace weir::testing {
namespace {

std::vector<TensorView> image(const std::vector<float>& pixels, std::int64_t rows,
                              std::int64_t height, std::int64_t width) {
  return {{pixels.data(), DType::kFloat32, {rows, height, width, 3}}};
}

class FreeShapes : public ::testing::Test {
 protected:
  FreeShapes()
      : golden_(read_golden({"models", "free_spatial_shape"})),
        model_(Model::load(golden_.model.bytes, golden_.name)) {}

  GoldenCase golden_;
  Model model_;
  std::vector<float> pixels_ = std::vector<float>(4 * 64 * 64 * 3, 0.5F);
};

TEST_F(FreeShapes, OfAnyNumberLeaveMemoryLevel) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory for a while";
  Session session(model_, {.threads = 2});
  const auto grows_in_a_round = [&] {
    std::vector<GrowthSample> samples;
    for (int number = 0; number < 200; ++number) {
      predict(session, image(pixels_, 2, 5 + number / 20, 10 + number % 20));
      samples.push_back({double(number), static_cast<double>(resident_bytes())});
    }
    return judge_growth(samples).grows();
  };
  // In the second round some shapes come back as other micro-batches.
  for (int round = 0; round < 2; ++round) grows_in_a_round();
  // The allocator may still find its way in one round; a leak goes on in the next.
  EXPECT_FALSE(grows_in_a_round() && grows_in_a_round());
}

TEST_F(FreeShapes, GiveTheSameBitsWhenTheyComeBack) {
  Session session(model_, {.threads = 2});
  const Outputs before = predict(session, image(pixels_, 2, 12, 9));
  predict(session, image(pixels_, 2, 64, 64));
  EXPECT_EQ(predict(session, image(pixels_, 2, 12, 9)), before);
}

TEST_F(FreeShapes, AreDescribedByThePlanOfTheLastRequest) {
  Session session(model_, {.threads = 2});
  EXPECT_TRUE(session.plan().tensors.empty());
  predict(session, image(pixels_, 2, 64, 64));
  const MemoryPlan large = session.plan();
  predict(session, image(pixels_, 2, 8, 8));
  EXPECT_LT(session.plan().arena_bytes / session.plan().micro_batch,
            large.arena_bytes / large.micro_batch);
  predict(session, image(pixels_, 2, 64, 64));
  EXPECT_EQ(session.plan().arena_bytes, large.arena_bytes);
}

TEST_F(FreeShapes, ThatAreGivenAreCountedAgainstTheInputs) {
  EXPECT_THROW(Session(model_, {.threads = 1, .row_shapes = {{8, 8, 3}, {8, 8, 3}}}), Error);
  EXPECT_THROW(Session(model_, {.threads = 1, .row_shapes = {{8, 8, 4}}}), Error);
  EXPECT_THROW(Session(model_, {.threads = 1, .row_shapes = {{8, Shape::kFree, 3}}}), Error);
}

/// The same bounds seen from within, where the programs can be counted.
TEST_F(FreeShapes, KeepProgramsWithinTheirByteLimit) {
  Model::Impl model;
  model.record = keras::load_model_bytes(golden_.model, golden_.name);
  model.inputs = layers::signature(model.record).inputs;
  model.outputs.resize(1);
  const SessionOptions options{.threads = 1};
  Device::Impl device({.threads = 1});
  const session::Preparation preparation(model, options, device, model.weights, resident_bytes());
  session::Executors executors(preparation, device);
  std::size_t most = 0;
  for (std::int64_t size = 8; size < 1200; ++size) {
    const Shape shape{1, 8, size, 3};
    executors.row_plan({&shape, 1});
    most = std::max(most, executors.program_bytes());
  }
  EXPECT_LE(most, session::Executors::kProgramLimit);
  EXPECT_GT(most, session::Executors::kProgramLimit / 2) << "the limit was never reached";
}

}  // namespace
}  // namespace weir::testing
