#include <gtest/gtest.h>

#include <cmath>

#include "graph/graph.h"
#include "ops/binary.h"
#include "ops/convolution.h"
#include "support/run_graph.h"

namespace weir::graph {
namespace {

constexpr std::int64_t kSamples = 3;
constexpr std::int64_t kChannels = 5;
constexpr std::int64_t kFilters = 6;

/// A squeeze-and-excite block's end: an image, times a value for each channel of each sample, into
/// a convolution.
class Maker {
 public:
  explicit Maker(const Shape& image)
      : image_(builder_.add_input({DType::kFloat32, image})),
        scale_(builder_.add_input({DType::kFloat32, {image[0], 1, 1, image[3]}})) {}

  ValueId image() const { return image_; }
  ValueId scale() const { return scale_; }
  ValueId multiply(ValueId a, ValueId b) {
    return builder_.add("excite", ops::make_binary(kernels::BinaryKind::kMultiply), {a, b});
  }
  ValueId convolution(std::size_t size, std::vector<ValueId> inputs) {
    const std::int64_t channels = builder_.type(inputs[0]).shape[3];
    const auto side = static_cast<std::int64_t>(size);
    const Shape kernel{side, side, channels, kFilters};
    const auto elements = static_cast<std::size_t>(kernel.elements());
    const std::string id = std::to_string(++count_);
    ops::ProductTerms terms;
    terms.kernel = testing::make_constant(id, kernel, testing::random_floats(elements, count_));
    terms.bias = testing::make_constant(id + "b", {kFilters},
                                        testing::random_floats(kFilters, count_ + 100));
    terms.residual = inputs.size() > 1;
    terms.activation = kernels::relu();
    ops::SlidingWindow window;
    window.kernel = {1, size, size};
    window.padding = ops::PaddingMode::kSame;
    return builder_.add("project",
                        ops::make_convolution({window, static_cast<std::size_t>(channels),
                                               static_cast<std::size_t>(kFilters), 1},
                                              std::move(terms)),
                        std::move(inputs));
  }
  Graph finish(ValueId output) { return builder_.finish({output}); }

 private:
  GraphBuilder builder_;
  unsigned count_ = 0;
  ValueId image_;
  ValueId scale_;
};

Shape image_of(std::int64_t height) { return {kSamples, height, 4, kChannels}; }

/// The graph's results for powers of two as scales, which a product has the same bits with whether
/// they are multiplied into one of its factors or into the other.
std::vector<std::vector<float>> run(const Graph& graph, std::size_t threads = 1) {
  const auto elements = [&](std::size_t i) {
    return static_cast<std::size_t>(graph.values[graph.inputs[i]].shape.elements());
  };
  std::vector<float> scale(elements(1));
  for (std::size_t i = 0; i < scale.size(); ++i) {
    scale[i] = std::ldexp(1.0F, static_cast<int>(i * 7 % 9) - 4);
  }
  return testing::run_graph(graph, {testing::random_floats(elements(0), 7), scale}, threads);
}

/// The faster graph has `joined` nodes fewer, and the same results.
void expect_faster(const Graph& graph, std::size_t joined) {
  const Graph faster = use_faster(graph);
  ASSERT_EQ(faster.nodes.size() + joined, graph.nodes.size());
  for (const std::size_t threads : {1, 2, 3}) {
    EXPECT_EQ(run(faster, threads), run(graph)) << threads << " threads";
  }
}

TEST(UseFaster, ScalesAKernelInPlaceOfItsImage) {
  Maker make(image_of(6));
  expect_faster(make.finish(make.convolution(1, {make.multiply(make.image(), make.scale())})), 1);
  Maker other_way(image_of(6));
  expect_faster(other_way.finish(other_way.convolution(
                    1, {other_way.multiply(other_way.scale(), other_way.image())})),
                1);
}

TEST(UseFaster, ScalesAKernelBeforeAResidual) {
  Maker make({kSamples, 6, 4, kFilters});
  const ValueId scaled = make.multiply(make.image(), make.scale());
  expect_faster(make.finish(make.convolution(1, {scaled, make.image()})), 1);
}

TEST(UseFaster, NamesBothLayers) {
  Maker make(image_of(6));
  const Graph faster =
      use_faster(make.finish(make.convolution(1, {make.multiply(make.image(), make.scale())})));
  EXPECT_EQ(faster.nodes[0].layer, "excite+project");
}

TEST(UseFaster, ScalesTheImageWhereThatIsLessWork) {
  for (const std::int64_t height : {5, 6}) {  // 20 and 24 pixels, for kernels of 6 columns.
    Maker make(image_of(height));
    expect_faster(make.finish(make.convolution(1, {make.multiply(make.image(), make.scale())})),
                  height == 5 ? 0 : 1);
  }
}

TEST(UseFaster, ScalesTheImageWhereOthersReadItToo) {
  Maker make({kSamples, 6, 4, kFilters});
  const ValueId scaled = make.multiply(make.image(), make.scale());
  expect_faster(make.finish(make.convolution(1, {scaled, scaled})), 0);
}

TEST(UseFaster, ScalesTheImageOfAWiderWindow) {
  Maker make(image_of(5));
  const Graph graph = make.finish(make.convolution(3, {make.multiply(make.image(), make.scale())}));
  EXPECT_EQ(use_faster(graph).nodes.size(), 2U);
}

TEST(UseFaster, LeavesAloneAFactorThatIsNotOneAChannel) {
  Maker make(image_of(6));
  const ValueId square = make.multiply(make.image(), make.image());
  expect_faster(make.finish(make.convolution(1, {make.multiply(square, square)})), 0);
}

/// As they are made or all together.
void expect_one_chain(const Graph& graph, std::size_t length) {
  const Graph faster = use_faster(graph);
  const Graph banded = join_in_bands(faster, 0, UINT64_MAX);
  EXPECT_EQ(banded.nodes.size() + length - 1, faster.nodes.size());
  for (const std::size_t threads : {1, 2, 3}) EXPECT_EQ(run(banded, threads), run(faster));
}

TEST(UseFaster, ScaledKernelsStartBands) {
  for (const std::int64_t height : {6, 9, 40}) {
    Maker make(image_of(height));
    const ValueId scaled = make.multiply(make.image(), make.scale());
    expect_one_chain(make.finish(make.convolution(3, {make.convolution(1, {scaled})})), 2);
  }
}

TEST(UseFaster, ScaledKernelsStartBandsThatEndWithAResidual) {
  for (const std::int64_t height : {6, 9, 40}) {
    Maker make(image_of(height));
    const ValueId shortcut = make.convolution(1, {make.image()});
    const ValueId scaled = make.multiply(make.image(), make.scale());
    const ValueId between = make.convolution(3, {make.convolution(1, {scaled})});
    expect_one_chain(make.finish(make.convolution(1, {between, shortcut})), 3);
  }
}

}  // namespace
}  // namespace weir::graph
