#include "base/denormals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/prediction.h"

namespace weir::testing {
namespace {

using ::testing::Each;
using ::testing::Lt;

TEST(Denormals, CountAsZerosWhileASessionRunsAndThenAsBefore) {
  const GoldenCase golden = read_golden({"activation", "activation_leaky_relu"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  Shape shape = golden.inputs[0].shape;
  shape[0] = 64;
  const auto count = static_cast<std::size_t>(shape.elements());
  // The smallest normal number is 1.2e-38: a fifth of the first is none.
  const std::vector<float> rows(count, -2e-38F);
  const std::vector<float> larger(count, -2e-37F);
  for (const std::size_t threads : {1, 2}) {
    Session session(model, {.threads = threads});
    const DenormalsGuard caller(Denormals::kExact);
    Request request(session, {{rows.data(), DType::kFloat32, shape}});
    request.run(session);
    EXPECT_THAT(request.floats(), Each(0.0F));
    Request normal(session, {{larger.data(), DType::kFloat32, shape}});
    normal.run(session);
    EXPECT_THAT(normal.floats(), Each(Lt(0.0F)));
    EXPECT_EQ(denormals_of_thread(), Denormals::kExact);
  }
}

}  // namespace
}  // namespace weir::testing
