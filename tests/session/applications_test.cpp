#include <gtest/gtest.h>

#include "support/golden_pack.h"
#include "weir/model.h"

namespace weir::testing {
namespace {

constexpr double kMostRatio = 1.02;

class Applications : public ::testing::TestWithParam<std::string> {};

/// The shapes of one row, 224 where the architecture leaves an axis free.
std::vector<Shape> image_shapes(const Model& model) {
  std::vector<Shape> shapes;
  for (const TensorSpec& input : model.inputs()) {
    Shape& shape = shapes.emplace_back(input.shape.dims().subspan(1));
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == Shape::kFree) shape[axis] = 224;
    }
  }
  return shapes;
}

/// In debug builds every plan is also validated where it is made.
TEST_P(Applications, ArePlannedCloseToTheLowerBound) {
  const SharedBytes architecture = read_application(GetParam());
  const Model model = Model::load(architecture.bytes, GetParam());
  for (const std::size_t batch_size : {1, 32}) {
    const MemoryPlan plan =
        model.plan({.batch_size = batch_size, .threads = 2, .row_shapes = image_shapes(model)});
    EXPECT_GT(plan.lower_bound_bytes, 0U);
    EXPECT_LE(plan.ratio(), kMostRatio) << plan.arena_bytes << " of " << plan.lower_bound_bytes
                                        << " bytes, micro-batch " << plan.micro_batch;
    EXPECT_GE(plan.ratio(), 1.0);
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param.substr(0, info.param.find('.'));
}

INSTANTIATE_TEST_SUITE_P(Keras, Applications, ::testing::ValuesIn(application_names()), test_name);

TEST(ApplicationPack, HasEveryConstructorOfKeras) { EXPECT_GE(application_names().size(), 38U); }

}  // namespace
}  // namespace weir::testing
