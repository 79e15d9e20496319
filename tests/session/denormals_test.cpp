#include "base/denormals.h"

#include <gtest/gtest.h>

#include "graph/graph.h"
#include "ops/unary.h"
#include "support/run_graph.h"

namespace weir::testing {
namespace {

TEST(Run, TakesDenormalNumbersForZerosAndLeavesTheCallerItsSetting) {
  graph::GraphBuilder builder;
  const graph::ValueId input = builder.add_input({DType::kFloat32, {1, 3}});
  const graph::ValueId output = builder.add(
      "scaled", ops::make_unary({.kind = kernels::UnaryKind::kAffine, .a = 1e-20F}), {input});
  const DenormalsGuard caller(Denormals::kExact);
  EXPECT_EQ(run_graph(builder.finish({output}), {{1e-20F, 1e-10F, -1e-25F}}),
            (std::vector<std::vector<float>>{{0.0F, 1e-20F * 1e-10F, -0.0F}}));
  EXPECT_EQ(denormals_of_thread(), Denormals::kExact);
}

}  // namespace
}  // namespace weir::testing
