#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "graph/graph.h"
#include "ops/binary.h"
#include "ops/channel_affine.h"
#include "ops/convolution.h"
#include "ops/depthwise.h"
#include "ops/matmul.h"
#include "ops/pad.h"
#include "ops/reshape.h"
#include "ops/unary.h"
#include "support/run_graph.h"

namespace weir::graph {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kChannels = 5;
const Shape kImage{2, 6, 6, kChannels};
const Shape kRows{3, kChannels};

/// A graph of one input, written as a chain of calls.
class Maker {
 public:
  explicit Maker(const Shape& input) : input_(builder_.add_input({DType::kFloat32, input})) {}

  ValueId input() const { return input_; }
  ValueId add(OperationPtr operation, std::vector<ValueId> inputs) {
    return builder_.add("layer" + std::to_string(++count_), std::move(operation),
                        std::move(inputs));
  }
  ValueId dense(ValueId x) {
    return add(ops::make_matmul(kChannels, kChannels, terms({kChannels, kChannels})), {x});
  }
  ValueId convolution(ValueId x) {
    return add(ops::make_convolution({window(), kChannels, kChannels, 1},
                                     terms({3, 3, kChannels, kChannels})),
               {x});
  }
  ValueId depthwise(ValueId x) {
    return add(ops::make_depthwise({window(), kChannels, 1}, terms({3, 3, kChannels, 1})), {x});
  }
  ValueId normalization(ValueId x) {
    const std::vector<float> scale = testing::random_floats(kChannels, ++count_);
    const std::vector<float> shift = testing::random_floats(kChannels, ++count_);
    return add(ops::make_channel_affine({"affine" + std::to_string(count_), kChannels,
                                         [=] {
                                           return ChannelAffine::Values{scale, shift};
                                         }},
                                        0),
               {x});
  }
  ValueId relu(ValueId x) { return add(ops::make_unary(kernels::relu()), {x}); }
  ValueId sum(ValueId a, ValueId b) {
    return add(ops::make_binary(kernels::BinaryKind::kAdd), {a, b});
  }
  ValueId reshape(ValueId x, const Shape& shape) { return add(ops::make_reshape(shape), {x}); }
  ValueId pad(ValueId x) { return add(ops::make_pad({{0, 0}, {1, 1}, {1, 1}, {0, 0}}), {x}); }
  Graph finish(std::vector<ValueId> outputs) { return builder_.finish(std::move(outputs)); }

 private:
  static ops::SlidingWindow window() { return {.rank = 2, .kernel = {1, 3, 3}}; }

  ops::ProductTerms terms(const Shape& kernel) {
    const std::string id = "weight" + std::to_string(++count_);
    ops::ProductTerms terms;
    terms.kernel = testing::make_constant(
        id, kernel, testing::random_floats(static_cast<std::size_t>(kernel.elements()), count_));
    terms.bias = testing::make_constant(id + "bias", {kChannels},
                                        testing::random_floats(kChannels, count_ + 100));
    return terms;
  }

  GraphBuilder builder_;
  ValueId input_;
  unsigned count_ = 0;
};

std::vector<std::string> kinds(const Graph& graph) {
  std::vector<std::string> result;
  for (const Node& node : graph.nodes) result.emplace_back(node.operation->kind());
  return result;
}

/// Every value is made before it is read, by one node, and every output is made.
void expect_valid_order(const Graph& graph) {
  std::set<ValueId> made(graph.inputs.begin(), graph.inputs.end());
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) EXPECT_TRUE(made.contains(input)) << node.layer;
    for (const ValueId output : node.outputs) EXPECT_TRUE(made.insert(output).second) << node.layer;
  }
  for (const ValueId output : graph.outputs) EXPECT_TRUE(made.contains(output));
}

/// The optimised graph, once it is known to give what the graph gives.
Graph optimized(const Graph& graph) {
  Graph result = optimize(graph);
  expect_valid_order(result);
  const Shape& input = graph.values[graph.inputs[0]].shape;
  const std::vector<float> x =
      testing::random_floats(static_cast<std::size_t>(input.elements()), 7);
  const auto expected = testing::run_graph(graph, {x});
  const auto actual = testing::run_graph(result, {x});
  EXPECT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_THAT(actual[i], ::testing::Pointwise(::testing::FloatNear(1e-5F), expected[i]));
  }
  return result;
}

TEST(Optimize, FoldsNormalizationIntoTheProductBefore) {
  Maker dense(kRows);
  EXPECT_EQ(
      kinds(optimized(dense.finish({dense.normalization(dense.dense(dense.input()))}))).size(), 1U);
  Maker convolution(kImage);
  EXPECT_EQ(kinds(optimized(convolution.finish(
                      {convolution.normalization(convolution.convolution(convolution.input()))})))
                .size(),
            1U);
  Maker depthwise(kImage);
  EXPECT_EQ(kinds(optimized(depthwise.finish(
                      {depthwise.normalization(depthwise.depthwise(depthwise.input()))})))
                .size(),
            1U);
}

TEST(Optimize, FoldsTwoNormalizationsInTheirOrder) {
  Maker maker(kRows);
  const ValueId once = maker.normalization(maker.dense(maker.input()));
  EXPECT_EQ(optimized(maker.finish({maker.normalization(once)})).nodes.size(), 1U);
}

TEST(Optimize, FusesTheActivationButNotANormalizationAfterIt) {
  Maker maker(kRows);
  const ValueId activated = maker.relu(maker.normalization(maker.dense(maker.input())));
  EXPECT_EQ(optimized(maker.finish({activated})).nodes.size(), 1U);
  Maker later(kRows);
  const ValueId scaled = later.normalization(later.relu(later.dense(later.input())));
  EXPECT_EQ(optimized(later.finish({scaled})).nodes.size(), 2U);
}

TEST(Optimize, FusesAResidualSumAndTheActivationAfterIt) {
  Maker maker(kImage);
  const ValueId padded = maker.pad(maker.input());
  const ValueId main = maker.convolution(padded);
  const ValueId activated = maker.relu(maker.sum(main, maker.input()));
  const Graph graph = optimized(maker.finish({activated}));
  ASSERT_EQ(graph.nodes.size(), 1U) << "padding, convolution, sum and activation are one step";
  EXPECT_EQ(graph.nodes[0].inputs.size(), 2U);
}

TEST(Optimize, FusesAResidualOfTwoProductsIntoOneOfThem) {
  Maker maker(kRows);
  const ValueId sum = maker.sum(maker.dense(maker.input()), maker.dense(maker.input()));
  EXPECT_THAT(kinds(optimized(maker.finish({sum}))), ElementsAre("matmul", "matmul"));
}

TEST(Optimize, DoesNotAddAResidualAfterAnActivation) {
  Maker maker(kRows);
  const ValueId main = maker.relu(maker.dense(maker.input()));
  EXPECT_EQ(optimized(maker.finish({maker.sum(main, maker.input())})).nodes.size(), 2U);
}

TEST(Optimize, AddsAValueToItselfAsItStands) {
  Maker maker(kRows);
  const ValueId main = maker.dense(maker.input());
  EXPECT_EQ(optimized(maker.finish({maker.sum(main, main)})).nodes.size(), 2U);
}

TEST(Optimize, DropsIdentitiesAndKeepsReshapesThatChangeTheShape) {
  Maker maker(kRows);
  const ValueId same = maker.reshape(maker.relu(maker.input()), kRows);
  const ValueId other = maker.reshape(same, {3, 1, kChannels});
  EXPECT_EQ(optimized(maker.finish({other})).nodes.size(), 2U);
}

TEST(Optimize, LooksThroughAnIdentityBetweenTwoNodesThatFuse) {
  Maker maker(kRows);
  const ValueId same = maker.reshape(maker.dense(maker.input()), kRows);
  EXPECT_EQ(optimized(maker.finish({maker.relu(same)})).nodes.size(), 1U);
}

TEST(Optimize, DoesNotFuseAValueThatIsSharedOrAnOutput) {
  Maker shared(kRows);
  const ValueId read_twice = shared.dense(shared.input());
  EXPECT_EQ(optimized(shared.finish({shared.relu(read_twice), shared.normalization(read_twice)}))
                .nodes.size(),
            3U);
  Maker seen(kRows);
  const ValueId output = seen.dense(seen.input());
  EXPECT_EQ(optimized(seen.finish({output, seen.relu(output)})).nodes.size(), 2U);
}

TEST(Optimize, KeepsAnOutputThatIsAnInputOrGivenTwice) {
  Maker maker(kRows);
  const ValueId same = maker.reshape(maker.input(), kRows);
  const ValueId made = maker.relu(maker.input());
  const Graph graph = optimized(maker.finish({same, made, made}));
  EXPECT_EQ(graph.nodes.size(), 1U);
  EXPECT_THAT(graph.outputs, ElementsAre(graph.inputs[0], made, made));
}

TEST(Optimize, DropsWhatNobodyReads) {
  Maker maker(kRows);
  maker.relu(maker.dense(maker.input()));
  EXPECT_EQ(optimized(maker.finish({maker.relu(maker.input())})).nodes.size(), 1U);
}

TEST(Optimize, FoldsPaddingIntoAConvolutionButNotIntoASharedReader) {
  Maker maker(kImage);
  const ValueId padded = maker.pad(maker.input());
  EXPECT_EQ(optimized(maker.finish({maker.convolution(padded)})).nodes.size(), 1U);
  Maker shared(kImage);
  const ValueId twice = shared.pad(shared.input());
  EXPECT_EQ(
      optimized(shared.finish({shared.convolution(twice), shared.depthwise(twice)})).nodes.size(),
      3U);
}

}  // namespace
}  // namespace weir::graph
