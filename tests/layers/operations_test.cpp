#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "layers/build_graph.h"
#include "layers/registry.h"
#include "support/run_graph.h"
#include "weir/error.h"

/// Operations of keras.ops for which there can be no golden case: what is refused, and what is
/// finer than a golden case's tolerance.
namespace weir::layers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

keras::LayerRecord input_layer(const char* name, const Shape& shape) {
  keras::LayerRecord layer;
  layer.class_name = "InputLayer";
  layer.module = "keras.layers";
  layer.name = name;
  Json batch_shape = Json::array({nullptr});
  for (const std::int64_t size : shape.dims().subspan(1)) batch_shape.push_back(size);
  layer.config = {{"batch_shape", batch_shape}, {"dtype", "float32"}};
  return layer;
}

/// One operation on a tensor, or on two.
struct Node {
  const char* class_name;
  const char* args = R"([{"tensor": 0}])";
  const char* config = "{}";
  std::size_t inputs = 1;
  Shape shape = {2, 4};
};

graph::Graph build(const Node& node) {
  keras::ModelRecord model;
  model.kind = keras::ModelRecord::Kind::kFunctional;
  keras::LayerRecord operation;
  operation.class_name = node.class_name;
  operation.module = "keras.src.ops.numpy";
  operation.name = "node";
  operation.config = Json::parse(node.config);
  keras::CallRecord call;
  call.args = Json::parse(node.args);
  for (std::size_t i = 0; i < node.inputs; ++i) {
    model.layers.push_back(input_layer(i == 0 ? "x" : "y", node.shape));
    call.tensors.push_back({model.layers.back().name, 0, 0});
    model.inputs.push_back({"", call.tensors.back()});
  }
  operation.calls = {call};
  model.layers.push_back(operation);
  model.outputs = {{"", {"node", 0, 0}}};
  const std::vector<Shape> shapes(node.inputs, node.shape);
  return build_graph(model, shapes);
}

struct Refusal {
  Node node;
  const char* reason;
};

class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, OperationSaysWhy) {
  try {
    build(GetParam().node);
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr(GetParam().reason));
    EXPECT_EQ(error.place().layer, "node");
  }
}

constexpr const char* kWithLambda =
    R"([{"class_name": "__lambda__", "config": {"value": ["4wAA", null]}}, {"tensor": 0}])";
constexpr const char* kMapOfLambda =
    R"({"function": {"class_name": "__lambda__", "config": {"value": ["4wAA", null]}}})";
constexpr const char* kOfBytes = R"([{"tensor": 0, "dtype": "uint8"}])";

INSTANTIATE_TEST_SUITE_P(
    Keras, Refused,
    ::testing::Values(
        Refusal{{"Cond", R"([{"tensor": 0}, {"class_name": "__lambda__"}])"}, "never runs code"},
        Refusal{{"Switch", R"([{"tensor": 0}, [{"class_name": "__lambda__"}]])"},
                "never runs code"},
        Refusal{{"WhileLoop"}, "never runs code"}, Refusal{{"ForiLoop"}, "never runs code"},
        Refusal{{"Scan", kWithLambda}, "never runs code"},
        Refusal{{"AssociativeScan", kWithLambda}, "never runs code"},
        Refusal{{"Map", kWithLambda}, "never runs code"},
        Refusal{{"VectorizedMap", R"([{"tensor": 0}])", kMapOfLambda}, "never runs code"},
        Refusal{{"JVP", kWithLambda}, "never runs code"},
        Refusal{{"Nonzero"}, "depends on the data"}, Refusal{{"Unique"}, "give a size"},
        Refusal{{"Bincount"}, "give a minlength"}, Refusal{{"SegmentSum"}, "give num_segments"},
        Refusal{{"Eig"}, "complex"}, Refusal{{"ViewAsComplex"}, "complex"},
        Refusal{{"View", R"([{"tensor": 0}])", R"({"dtype": "float64"})"}, "float32 elements as"},
        Refusal{{"View", kOfBytes, R"({"dtype": "int8"})"}, "the bits of uint8"}),
    [](const auto& test) { return std::to_string(test.index) + test.param.node.class_name; });

/// The first output of what `node` makes of the floats.
std::vector<float> run(const Node& node, const std::vector<float>& x) {
  return testing::run_graph(build(node), {x}).front();
}

TEST(Bincount, OfAnElementThatHasNoCountIsAnError) {
  const Node node{"Bincount", R"([{"tensor": 0}])", R"({"minlength": 3})"};
  try {
    run(node, {0, 1, 2, 2, 1, 1, 3, 0});
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("larger minlength"));
  }
}

/// Keras on TensorFlow cannot run it as a node; what NumPy counts.
TEST(Histogram, CountsUpToTheUpperEdgeOfTheLastBinOnly) {
  const std::vector<float> x{0, 1, 2, 3, 4, 4.5, NAN, -1};
  const auto count = [&](const char* config) {
    return run({"Histogram", R"([{"tensor": 0}])", config, /*inputs=*/1, Shape{8}}, x);
  };
  EXPECT_THAT(count(R"({"bins": 4, "range": [0, 4]})"), ElementsAre(1, 1, 1, 2));
  EXPECT_THAT(count(R"({"bins": 1, "range": [-1, 4.5]})"), ElementsAre(7));
}

TEST(Nanquantile, OfNoNumberIsNone) {
  const Node node{"Nanquantile", R"([{"tensor": 0}, 0.5])", R"({"axis": 1})"};
  const std::vector<float> medians = run(node, {NAN, NAN, NAN, NAN, INFINITY, 2, NAN, INFINITY});
  EXPECT_TRUE(std::isnan(medians[0]));
  EXPECT_EQ(medians[1], INFINITY);
}

TEST(Quantile, OfRowsWithoutANumberIsNone) {
  const Node node{"Quantile", R"([{"tensor": 0}, 0.25])", R"({"axis": 1})"};
  const std::vector<float> quantiles = run(node, {4, 3, NAN, 1, 5, 1, 2, 3});
  EXPECT_TRUE(std::isnan(quantiles[0]));
  EXPECT_EQ(quantiles[1], 1.75F);
}

TEST(NextAfter, IsTheNextFloat) {
  const std::vector<float> x{1.0F, -1.0F, 0.0F, 2.5F, INFINITY, -3e38F, NAN, 5.0F};
  const std::vector<float> y{2.0F, 7.0F, -1.0F, 2.5F, 0.0F, -INFINITY, 1.0F, -5.0F};
  const graph::Graph graph =
      build({"Nextafter", R"([{"tensor": 0}, {"tensor": 1}])", "{}", /*inputs=*/2});
  const std::vector<float> next = testing::run_graph(graph, {x, y}).front();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float expected = std::nextafter(x[i], y[i]);
    EXPECT_TRUE(next[i] == expected || (std::isnan(next[i]) && std::isnan(expected)))
        << x[i] << " to " << y[i] << ": " << next[i];
  }
}

}  // namespace
}  // namespace weir::layers
