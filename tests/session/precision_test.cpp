#include <gtest/gtest.h>

#include <algorithm>

#include "support/prediction.h"

namespace weir::testing {
namespace {

class PrecisionOfSession : public ::testing::Test {
 protected:
  PrecisionOfSession()
      : golden_(read_golden({"wide_convolution", "wide_residual_block"})),
        model_(Model::load(golden_.model.bytes, golden_.name)) {}

  static bool has_winograd(const MemoryPlan& plan) {
    return std::ranges::any_of(
        plan.steps, [](const PlannedStep& step) { return step.kind == "winograd convolution"; });
  }

  GoldenCase golden_;
  Model model_;
};

TEST_F(PrecisionOfSession, DecidesTheAlgorithm) {
  EXPECT_TRUE(has_winograd(model_.plan()));
  EXPECT_FALSE(has_winograd(model_.plan({.precision = Precision::kStrict})));
}

TEST_F(PrecisionOfSession, IsStrictWhereMemoryIsLimited) {
  const std::uint64_t plenty = std::uint64_t{1} << 36;
  EXPECT_FALSE(has_winograd(model_.plan({.memory_limit = plenty})));
  EXPECT_FALSE(has_winograd(model_.plan({.weights = WeightsMode::kStream})));
  EXPECT_FALSE(has_winograd(model_.plan({}, Device({.memory_limit = plenty}))));
}

TEST_F(PrecisionOfSession, OfBothKindsIsCloseToTheOther) {
  const std::vector<TensorView> inputs = views(in_order(golden_.inputs, model_.inputs()));
  Session fast(model_, {.threads = 2});
  Session strict(model_, {.threads = 2, .precision = Precision::kStrict});
  Request fast_request(fast, inputs);
  Request strict_request(strict, inputs);
  fast_request.run(fast);
  strict_request.run(strict);
  const std::vector<float> a = fast_request.floats();
  const std::vector<float> b = strict_request.floats();
  EXPECT_NE(a, b) << "the algorithms round differently";
  const float largest =
      std::abs(*std::ranges::max_element(b, {}, [](float x) { return std::abs(x); }));
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5F * largest);
}

}  // namespace
}  // namespace weir::testing
