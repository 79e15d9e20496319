#include <gtest/gtest.h>

#include "graph/graph.h"
#include "ops/convolution.h"
#include "ops/convolution_transpose.h"
#include "ops/depthwise.h"
#include "ops/unary.h"
#include "plan/make_plan.h"
#include "session/compile.h"
#include "support/run_graph.h"

namespace weir::graph {
namespace {

constexpr std::int64_t kChannels = 5;

struct Sliding {
  std::size_t kernel = 3;
  std::size_t stride = 1;
  std::size_t dilation = 1;
  ops::PaddingMode padding = ops::PaddingMode::kSame;
  std::size_t zero_rows = 0;  ///< Above and below.
};

ops::SlidingWindow window(const Sliding& sliding) {
  ops::SlidingWindow window;
  window.kernel = {1, sliding.kernel, sliding.kernel};
  window.stride = {1, sliding.stride, sliding.stride};
  window.dilation = {1, sliding.dilation, sliding.dilation};
  window.padding = sliding.padding;
  window.zeros_before[1] = window.zeros_after[1] = sliding.zero_rows;
  return window;
}

/// A graph of convolutions of `kChannels` channels, each with random weights.
class Maker {
 public:
  explicit Maker(const Shape& image) : input_(builder_.add_input({DType::kFloat32, image})) {}

  ValueId input() const { return input_; }
  ValueId convolution(const Sliding& sliding, std::vector<ValueId> inputs) {
    const auto size = static_cast<std::int64_t>(sliding.kernel);
    return add(ops::make_convolution({window(sliding), kChannels, kChannels, 1},
                                     terms({size, size, kChannels, kChannels}, inputs)),
               inputs);
  }
  ValueId depthwise(const Sliding& sliding, std::vector<ValueId> inputs) {
    const auto size = static_cast<std::int64_t>(sliding.kernel);
    return add(ops::make_depthwise({window(sliding), kChannels, 1},
                                   terms({size, size, kChannels, 1}, inputs)),
               inputs);
  }
  Graph finish(ValueId output) { return builder_.finish({output}); }

 private:
  ops::ProductTerms terms(const Shape& kernel, const std::vector<ValueId>& inputs) {
    const std::string id = std::to_string(++count_);
    ops::ProductTerms terms;
    const auto elements = static_cast<std::size_t>(kernel.elements());
    terms.kernel = testing::make_constant(id, kernel, testing::random_floats(elements, count_));
    terms.bias = testing::make_constant(id + "b", {kChannels},
                                        testing::random_floats(kChannels, count_ + 100));
    terms.residual = inputs.size() > 1;
    terms.activation = kernels::relu();
    return terms;
  }
  ValueId add(OperationPtr operation, std::vector<ValueId> inputs) {
    return builder_.add("layer" + std::to_string(count_), std::move(operation), std::move(inputs));
  }

  GraphBuilder builder_;
  unsigned count_ = 0;
  ValueId input_;
};

/// The joined graph has `joined` nodes fewer, and the same results to the bit.
void expect_joined(const Graph& graph, std::size_t joined) {
  const Graph banded = join_in_bands(graph, 0, UINT64_MAX);
  ASSERT_EQ(banded.nodes.size() + joined, graph.nodes.size());
  const auto elements = static_cast<std::size_t>(graph.values[graph.inputs[0]].shape.elements());
  const std::vector<float> image = testing::random_floats(elements, 7);
  const auto expected = testing::run_graph(graph, {image});
  for (const std::size_t threads : {1, 2, 3}) {
    EXPECT_EQ(testing::run_graph(banded, {image}, threads), expected) << threads << " threads";
  }
}

TEST(JoinInBands, GivesTheSameBitsForAnyWindowsAndSizes) {
  const std::vector<Sliding> all{{1},    {3},       {3, 2},    {5, 2}, {3, 1, 2},
                                 {2, 2}, {3, 2, 2}, {4, 1, 1}, {1, 2}, {7, 1}};
  for (const std::int64_t height : {1, 2, 7, 8, 9, 16, 31}) {
    for (const Sliding& first : all) {
      for (const Sliding& second : all) {
        SCOPED_TRACE(::testing::Message()
                     << height << " rows, " << first.kernel << "/" << first.stride << " then "
                     << second.kernel << "/" << second.stride << "*" << second.dilation);
        Maker make({1, height, 6, kChannels});
        const ValueId between = make.convolution(first, {make.input()});
        expect_joined(make.finish(make.depthwise(second, {between})), 1);
      }
    }
  }
}

TEST(JoinInBands, GivesTheSameBitsWithoutPadding) {
  const Sliding valid{3, 1, 1, ops::PaddingMode::kValid};
  for (const std::int64_t height : {5, 6, 13, 40}) {
    Maker make({1, height, 9, kChannels});
    const ValueId between = make.depthwise(valid, {make.input()});
    expect_joined(make.finish(make.convolution(valid, {between})), 1);
  }
}

TEST(JoinInBands, LeavesAloneWhoseRowsMayDependOnZerosAlone) {
  for (const std::size_t zero_rows : {1, 2, 3, 8}) {
    const Sliding padded{3, 1, 1, ops::PaddingMode::kValid, zero_rows};
    Maker make({1, 12, 6, kChannels});
    const ValueId between = make.convolution(padded, {make.input()});
    expect_joined(make.finish(make.convolution({3}, {between})), zero_rows < 3 ? 1 : 0);
  }
}

TEST(JoinInBands, AddsAResidualThatIsTheInputItself) {
  Maker make({1, 20, 6, kChannels});
  const ValueId between = make.convolution({3}, {make.input()});
  expect_joined(make.finish(make.convolution({3}, {between, make.input()})), 1);
}

TEST(JoinInBands, LeavesAloneWhatOthersReadAsWell) {
  Maker make({1, 20, 6, kChannels});
  const ValueId between = make.convolution({3}, {make.input()});
  const ValueId after = make.convolution({3}, {between});
  expect_joined(make.finish(make.convolution({1}, {after, between})), 1);
}

TEST(JoinInBands, TakesOneImageAfterTheOther) {
  Maker make({3, 20, 6, kChannels});
  const ValueId between = make.convolution({3}, {make.input()});
  expect_joined(make.finish(make.depthwise({3, 2}, {between})), 1);
  Maker with_residual({3, 20, 6, kChannels});
  const ValueId narrow = with_residual.convolution({3}, {with_residual.input()});
  expect_joined(
      with_residual.finish(with_residual.convolution({3}, {narrow, with_residual.input()})), 1);
}

TEST(JoinInBands, JoinsChainsOfAnyLength) {
  for (const std::int64_t height : {1, 5, 8, 20, 33}) {
    for (const std::size_t stride : {1, 2, 3}) {
      Maker make({1, height, 6, kChannels});
      ValueId value = make.input();
      for (int i = 0; i < 5; ++i) {
        value = make.convolution({3}, {value});
        value = make.depthwise({i % 2 == 0 ? 5U : 1U, stride}, {value});
      }
      expect_joined(make.finish(value), 9);
    }
  }
}

TEST(JoinInBands, EndsAChainAtAResidual) {
  Maker make({1, 20, 6, kChannels});
  ValueId value = make.convolution({1}, {make.input()});
  value = make.depthwise({3}, {value});
  value = make.convolution({1}, {value, make.input()});
  value = make.convolution({1}, {value});
  expect_joined(make.finish(make.depthwise({3}, {value})), 3);
}

TEST(JoinInBands, LeavesAloneWhatIsNarrow) {
  Maker make({1, 20, 6, kChannels});
  const Graph graph = make.finish(make.depthwise({3}, {make.convolution({1}, {make.input()})}));
  const std::uint64_t bytes = 20UL * 6 * kChannels * sizeof(float);
  EXPECT_EQ(widest_bytes(graph), bytes);
  EXPECT_EQ(join_in_bands(graph, bytes, UINT64_MAX).nodes.size(), 1U);
  EXPECT_EQ(join_in_bands(graph, bytes + 1, UINT64_MAX).nodes.size(), 2U);
}

TEST(JoinInBands, LeavesAloneWhoseWeightsAreMany) {
  Maker make({1, 20, 6, kChannels});
  const Graph graph = make.finish(make.depthwise({3}, {make.convolution({1}, {make.input()})}));
  const std::uint64_t weights =
      graph.nodes[0].operation->packed_bytes() + graph.nodes[1].operation->packed_bytes();
  EXPECT_EQ(join_in_bands(graph, 0, weights).nodes.size(), 1U);
  EXPECT_EQ(join_in_bands(graph, 0, weights - 1).nodes.size(), 2U);
}

TEST(JoinInBands, JoinsChainsThatAreThereAlready) {
  Maker make({1, 40, 6, kChannels});
  ValueId value = make.convolution({3}, {make.input()});
  value = make.convolution({3, 2}, {value});  // Makes a quarter.
  value = make.convolution({3}, {value});
  const Graph graph = make.finish(make.depthwise({3}, {value}));
  const Graph some = join_in_bands(graph, 40UL * 6 * kChannels * sizeof(float), UINT64_MAX);
  EXPECT_EQ(some.nodes.size(), 3U);
  EXPECT_EQ(join_in_bands(some, 0, UINT64_MAX).nodes.size(), 1U);
  const std::vector<float> image = testing::random_floats(40UL * 6 * kChannels, 7);
  EXPECT_EQ(testing::run_graph(join_in_bands(some, 0, UINT64_MAX), {image}),
            testing::run_graph(graph, {image}));
}

TEST(JoinInBands, LowersTheArena) {
  Maker make({1, 512, 256, kChannels});
  ValueId value = make.depthwise({3, 2}, {make.convolution({1}, {make.input()})});
  value = make.convolution({3}, {value});
  const Graph graph = make.finish(value);
  PackedWeights weights;
  const auto whole = session::compile(graph, 1, weights);
  const auto banded = session::compile(join_in_bands(graph, 0, UINT64_MAX), 1, weights);
  EXPECT_LT(banded->plan.arena_bytes, whole->plan.arena_bytes * 3 / 4);
}

}  // namespace
}  // namespace weir::graph
