#include "ops/pool.h"

#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::PoolKind;
using kernels::PoolShape;
using kernels::PoolWindow;

/// Whether there is one window, which has the whole image and no padding.
bool is_global(const PoolShape& shape) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::vector<PoolWindow>& windows = shape.windows[axis];
    const std::size_t size = shape.in[axis];
    if (windows.size() != 1 || windows[0].begin != 0) return false;
    if (windows[0].end != size || windows[0].count != size) return false;
  }
  return true;
}

/// One average of the whole image, by way of the sums of its rows: threads that made an image's
/// rows find them in their caches, where they would have to take channels from each other's. With
/// the same bits.
struct GlobalAverage {
  PoolShape rows;   ///< Of the image, in pieces as `pool` adds them.
  PoolShape whole;  ///< Of an image that is a column of those.

  explicit GlobalAverage(const PoolShape& shape) : rows(shape), whole(shape) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t step = axis == 2 ? kernels::kPoolRowPiece : 1;
      rows.windows[axis].clear();
      for (std::size_t i = 0; i < shape.in[axis]; i += step) {
        rows.windows[axis].push_back({i, std::min(i + step, shape.in[axis]), 1});
      }
    }
    const std::size_t count = rows.out_pixels();
    whole.in = {1, count, 1};
    whole.windows = {{{{}}, {{0, count, kernels::volume(shape.in)}}, {{}}}};
  }

  /// Of the sums.
  std::size_t scratch_bytes() const {
    return rows.batch * rows.out_pixels() * rows.channels * sizeof(float);
  }
  void operator()(const kernels::StepArgs& args) const {
    auto* const sums = reinterpret_cast<float*>(args.scratch);
    kernels::pool(rows, args.input(0), sums, args.pool);
    kernels::pool(whole, sums, args.output(), args.pool);
  }
};

/// Everything but where the windows lie.
class PoolOperation : public graph::Operation {
 public:
  explicit PoolOperation(PoolKind kind) : kind_(kind) {}

  std::string_view kind() const override {
    return kind_ == PoolKind::kAverage ? "average_pool" : "max_pool";
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "pooling takes one tensor, not {}",
            inputs.size());
    require(inputs[0].dtype == DType::kFloat32, ErrorCode::kUnsupported,
            "pooling of {} tensors is not supported", to_string(inputs[0].dtype));
    return {{DType::kFloat32, out_shape(inputs[0].shape)}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& in = context.inputs[0].shape;
    PoolShape shape;
    shape.kind = kind_;
    shape.batch = static_cast<std::size_t>(in[0]);
    shape.in = to_extent(in.dims().subspan(1, in.rank() - 2));
    shape.channels = static_cast<std::size_t>(in.back());
    shape.windows = windows(in);
    if (kind_ == PoolKind::kAverage && is_global(shape) && shape.batch < context.threads) {
      GlobalAverage average(shape);
      const std::size_t scratch_bytes = average.scratch_bytes();
      return make_step(std::move(average), scratch_bytes);
    }
    return make_step([shape = std::move(shape)](const kernels::StepArgs& args) {
      kernels::pool(shape, args.input(0), args.output(), args.pool);
    });
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 protected:
  virtual Shape out_shape(const Shape& in) const = 0;
  virtual std::array<std::vector<PoolWindow>, 3> windows(const Shape& in) const = 0;

  PoolKind kind_;
};

class SlidingPool final : public PoolOperation {
 public:
  SlidingPool(PoolKind kind, const SlidingWindow& window) : PoolOperation(kind), window_(window) {}

  graph::OperationPtr after_zero_padding(const graph::ZeroPadding& padding) const override {
    const auto folded = take_in(padding, window_);
    return folded ? std::make_shared<SlidingPool>(kind_, *folded) : nullptr;
  }

 private:
  Shape out_shape(const Shape& in) const override {
    const PlacedWindow placed = place(window_, in);
    return image_shape(window_.rank, placed.batch, placed.out, static_cast<std::size_t>(in.back()));
  }

  std::array<std::vector<PoolWindow>, 3> windows(const Shape& in) const override {
    const PlacedWindow placed = place(window_, in);
    std::array<std::vector<PoolWindow>, 3> result;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (std::size_t i = 0; i < placed.out[axis]; ++i) {
        result[axis].push_back(window_at(placed, axis, i));
      }
    }
    return result;
  }

  /// Zeros of a folded ZeroPadding count; those of `window_.padding` do not.
  PoolWindow window_at(const PlacedWindow& placed, std::size_t axis, std::size_t i) const {
    const auto in = static_cast<std::ptrdiff_t>(placed.in[axis]);
    const auto begin = static_cast<std::ptrdiff_t>(i * window_.stride[axis]) -
                       static_cast<std::ptrdiff_t>(placed.window.pad_before[axis]);
    const auto end = begin + static_cast<std::ptrdiff_t>(window_.kernel[axis]);
    const auto first = -static_cast<std::ptrdiff_t>(window_.zeros_before[axis]);
    const auto last = in + static_cast<std::ptrdiff_t>(window_.zeros_after[axis]);
    const auto inside = [in](std::ptrdiff_t at) {
      return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, in));
    };
    return {inside(begin), inside(end),
            static_cast<std::size_t>(std::min(end, last) - std::max(begin, first))};
  }

  SlidingWindow window_;
};

class AdaptivePool final : public PoolOperation {
 public:
  AdaptivePool(PoolKind kind, std::span<const std::int64_t> out_sizes)
      : PoolOperation(kind), out_sizes_(out_sizes.begin(), out_sizes.end()) {}

 private:
  Shape out_shape(const Shape& in) const override {
    require(in.rank() == out_sizes_.size() + 2, ErrorCode::kInvalidArgument,
            "the input has the shape {}, expected {} axes", to_string(in), out_sizes_.size() + 2);
    Shape out = in;
    for (std::size_t i = 0; i < out_sizes_.size(); ++i) {
      require(in[i + 1] > 0, ErrorCode::kInvalidArgument, "the input of shape {} is empty",
              to_string(in));
      out[i + 1] = out_sizes_[i];
    }
    return out;
  }

  std::array<std::vector<PoolWindow>, 3> windows(const Shape& in) const override {
    std::array<std::vector<PoolWindow>, 3> result{{{{}}, {{}}, {{}}}};
    for (std::size_t i = 0; i < out_sizes_.size(); ++i) {
      result[3 - out_sizes_.size() + i] =
          bins(static_cast<std::size_t>(in[i + 1]), static_cast<std::size_t>(out_sizes_[i]));
    }
    return result;
  }

  static std::vector<PoolWindow> bins(std::size_t in, std::size_t out) {
    std::vector<PoolWindow> result;
    for (std::size_t i = 0; i < out; ++i) {
      const std::size_t begin = i * in / out;
      const std::size_t end = ((i + 1) * in + out - 1) / out;
      result.push_back({begin, end, end - begin});
    }
    return result;
  }

  std::vector<std::int64_t> out_sizes_;
};

}  // namespace

graph::OperationPtr make_pool(PoolKind kind, const SlidingWindow& window) {
  require(window.dilation == kernels::kOnes, ErrorCode::kUnsupported,
          "pooling with dilation is not supported");
  return std::make_shared<SlidingPool>(kind, window);
}

graph::OperationPtr make_adaptive_pool(PoolKind kind, std::span<const std::int64_t> out_sizes) {
  require(!out_sizes.empty() && out_sizes.size() <= 3 &&
              std::ranges::all_of(out_sizes, [](std::int64_t size) { return size > 0; }),
          ErrorCode::kInvalidArgument, "adaptive pooling needs 1 to 3 positive sizes");
  return std::make_shared<AdaptivePool>(kind, out_sizes);
}

}  // namespace weir::ops
