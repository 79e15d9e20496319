#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plan/make_plan.h"
#include "plan/validate.h"

namespace weir::plan {
namespace {

/// Graphs shaped like the networks people run. Tensors are measured in square pixels x channels.
class Network {
 public:
  TensorId input(std::size_t side, std::size_t channels) {
    const TensorId id = tensor(side, channels);
    problem_.inputs.push_back(id);
    return id;
  }

  /// A convolution: its scratch is a strip of patches.
  TensorId conv(TensorId in, std::size_t side, std::size_t channels, std::size_t scratch = 0) {
    return step({in}, tensor(side, channels), scratch, false);
  }

  /// An elementwise step on one or more tensors of one shape.
  TensorId pointwise(const std::vector<TensorId>& ins) {
    return step(ins, tensor(shapes_[ins[0]].side, shapes_[ins[0]].channels), 0, true);
  }

  TensorId concatenate(const std::vector<TensorId>& ins) {
    std::size_t channels = 0;
    for (const TensorId in : ins) {
      channels += shapes_[in].channels;
    }
    return step(ins, tensor(shapes_[ins[0]].side, channels), 0, false);
  }

  Problem finish(TensorId out) {
    problem_.outputs.push_back(out);
    return problem_;
  }

  std::size_t channels(TensorId id) const { return shapes_[id].channels; }

 private:
  struct Shape {
    std::size_t side;
    std::size_t channels;
  };

  TensorId tensor(std::size_t side, std::size_t channels) {
    const auto id = static_cast<TensorId>(shapes_.size());
    shapes_.push_back({side, channels});
    problem_.tensors.push_back({"t" + std::to_string(id), side * side * channels * 4});
    return id;
  }

  TensorId step(const std::vector<TensorId>& ins, TensorId out, std::size_t scratch,
                bool in_place) {
    StepInfo step{"step" + std::to_string(problem_.steps.size()), ins, {out}, scratch, {}};
    for (std::size_t i = 0; in_place && i < ins.size(); ++i) {
      step.in_place.push_back({i, 0});
    }
    problem_.steps.push_back(step);
    return out;
  }

  Problem problem_;
  std::vector<Shape> shapes_;
};

//  ──┬─► 1x1 ─────────────────┐
//    ├─► 1x1 ─► 3x3 ──────────┼─► concatenate ─►   (repeated)
//    ├─► 1x1 ─► 3x3 ─► 3x3 ───┤
//    └─► pool ─► 1x1 ─────────┘
Problem inception(std::size_t scratch) {
  Network net;
  TensorId x = net.conv(net.input(299, 3), 35, 192, scratch);
  for (const std::size_t side : {35, 35, 35, 17, 17, 17, 17, 8, 8}) {
    const TensorId a = net.conv(x, side, 64);
    const TensorId b = net.conv(net.conv(x, side, 48), side, 64, scratch);
    const TensorId c =
        net.conv(net.conv(net.conv(x, side, 64), side, 96, scratch), side, 96, scratch / 2);
    const TensorId d = net.conv(net.conv(x, side, net.channels(x)), side, 32);
    x = net.concatenate({a, b, c, d});
  }
  return net.finish(net.conv(x, 1, 1000));
}

//  x ─┬─► bn ─► 1x1 ─► 3x3 ─┬─► concatenate ─► …       each layer's result is kept to the block's
//  end
//     └─────────────────────┘
Problem densenet(std::size_t scratch) {
  Network net;
  TensorId x = net.conv(net.input(224, 3), 56, 64, scratch);
  std::size_t side = 56;
  for (const std::size_t layers : {6, 12, 48, 32}) {
    for (std::size_t i = 0; i < layers; ++i) {
      const TensorId narrow = net.pointwise({net.conv(net.pointwise({x}), side, 128)});
      x = net.concatenate({x, net.conv(narrow, side, 32, scratch)});
    }
    x = net.conv(net.conv(x, side, net.channels(x) / 2), side / 2, net.channels(x) / 2);
    side /= 2;
  }
  return net.finish(net.conv(x, 1, 1000));
}

//  ─► 256 ───────────────────────────► 256 ─►
//       └─► 128 ───────────────► 128 ──┘
//             └─► 64 ───► 64 ────┘             long skips, all alive at the bottom
Problem unet(std::size_t scratch) {
  Network net;
  std::vector<TensorId> skips;
  TensorId x = net.input(256, 3);
  std::size_t channels = 32;
  for (std::size_t side = 256; side >= 16; side /= 2, channels *= 2) {
    x = net.pointwise(
        {net.conv(net.pointwise({net.conv(x, side, channels, scratch)}), side, channels, scratch)});
    skips.push_back(x);
    x = net.conv(x, side / 2, channels);
  }
  for (std::size_t side = 16; side <= 256; side *= 2) {
    channels /= 2;
    x = net.concatenate({net.conv(x, side, channels), skips.back()});
    skips.pop_back();
    x = net.conv(net.conv(x, side, channels, scratch), side, channels, scratch);
  }
  return net.finish(net.pointwise({x}));
}

//  cell n reads cells n-1 and n-2; five sums of two branches each; the sums are concatenated.
//  All branches come first in the given order, as a breadth-first walk of the layers gives them.
TensorId nasnet_cell(Network& net, TensorId x, TensorId skip, std::size_t side, std::size_t filters,
                     std::size_t scratch) {
  const TensorId h = net.conv(x, side, filters);
  const TensorId p = net.conv(skip, side, filters);
  std::vector<TensorId> branches;
  for (const TensorId in : {h, p, p, p, h, p, p, p, h}) {
    TensorId branch = net.pointwise({in});
    for (int i = 0; i < 2; ++i) {
      branch = net.pointwise({net.conv(net.conv(branch, side, filters, scratch), side, filters)});
    }
    branches.push_back(branch);
  }
  std::vector<TensorId> sums{p};
  for (std::size_t i = 0; i + 1 < branches.size(); i += 2) {
    sums.push_back(net.pointwise({branches[i], branches[i + 1]}));
  }
  sums.push_back(net.pointwise({branches.back(), h}));
  return net.concatenate(sums);
}

Problem nasnet(std::size_t scratch) {
  Network net;
  TensorId skip = net.conv(net.input(331, 3), 165, 96, scratch);
  TensorId x = net.conv(skip, 83, 168);
  std::size_t filters = 168;
  for (const std::size_t side : {42, 21, 11}) {
    for (int i = 0; i < 7; ++i) {
      const TensorId next = nasnet_cell(net, x, skip, side, filters, scratch);
      skip = x;
      x = next;
    }
    filters *= 2;
  }
  return net.finish(net.conv(x, 1, 1000));
}

struct Case {
  const char* name;
  Problem (*make)(std::size_t scratch);
};

class Networks : public ::testing::TestWithParam<Case> {};

Problem times(Problem problem, std::size_t micro_batch) {
  for (TensorInfo& tensor : problem.tensors) {
    tensor.bytes *= micro_batch;
  }
  return problem;
}

TEST_P(Networks, AreWithinTwoPercentOfTheirLowerBound) {
  for (const std::size_t scratch : {0, 10'000, 300'000, 5'000'001}) {
    for (const std::size_t micro_batch : {1, 3, 16}) {
      SCOPED_TRACE(::testing::Message() << "scratch " << scratch << ", batch " << micro_batch);
      const Problem problem = times(GetParam().make(scratch), micro_batch);
      const Plan plan = make_plan(problem);
      validate(problem, plan);
      EXPECT_LE(plan.ratio(), 1.02);
    }
  }
}

TEST_P(Networks, NeedNoMoreThanInTheirGivenOrder) {
  const Problem problem = GetParam().make(10'000);
  EXPECT_LE(make_plan(problem).arena_bytes, make_plan(problem, {.order_effort = 0}).arena_bytes);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Networks,
                         ::testing::Values(Case{"Inception", inception}, Case{"DenseNet", densenet},
                                           Case{"UNet", unet}, Case{"NASNet", nasnet}),
                         [](const auto& instance) { return instance.param.name; });

TEST(NetworkOrders, ANasnetGivenBreadthFirstNeedsFarLessInAnotherOrder) {
  const Problem problem = nasnet(10'000);
  const Plan given = make_plan(problem, {.order_effort = 0});
  EXPECT_LT(make_plan(problem).lower_bound_bytes * 10, given.lower_bound_bytes * 9);
}

}  // namespace
}  // namespace weir::plan
