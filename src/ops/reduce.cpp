#include "ops/reduce.h"

#include <algorithm>
#include <utility>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using kernels::ReduceKind;
using kernels::Reduction;
using kernels::StepArgs;

bool gives_index(ReduceKind kind) {
  return kind == ReduceKind::kArgMaximum || kind == ReduceKind::kArgMinimum;
}

bool takes(ReduceKind kind, DType dtype) {
  switch (kind) {
    case ReduceKind::kAny:
    case ReduceKind::kAll:
      return dtype == DType::kBool;
    case ReduceKind::kSum:
    case ReduceKind::kProduct:
    case ReduceKind::kMaximum:
    case ReduceKind::kMinimum:
    case ReduceKind::kArgMaximum:
    case ReduceKind::kArgMinimum:
      return dtype == DType::kFloat32 || dtype == DType::kInt32;
    default:
      return dtype == DType::kFloat32;
  }
}

template <typename T>
std::unique_ptr<kernels::Step> reduce_step(ReduceKind kind, const Reduction& reduction) {
  return make_step([kind, reduction](const StepArgs& args) {
    kernels::reduce(kind, reduction, args.input<T>(0), args.output<T>(), args.pool);
  });
}

template <typename T>
std::unique_ptr<kernels::Step> index_step(ReduceKind kind, const Reduction& reduction) {
  return make_step([kind, reduction](const StepArgs& args) {
    kernels::reduce_to_index(kind, reduction, args.input<T>(0), args.output<std::int32_t>(),
                             args.pool);
  });
}

class Reduce final : public graph::Operation {
 public:
  Reduce(ReduceKind reduce_kind, std::vector<std::size_t> axes, bool keeps_axes)
      : reduce_kind_(reduce_kind), axes_(std::move(axes)), keeps_axes_(keeps_axes) {}

  std::string_view kind() const override { return "reduction"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "{} takes 1 input, not {}", kind(),
            inputs.size());
    const graph::ValueType& input = inputs[0];
    require(takes(reduce_kind_, input.dtype), ErrorCode::kUnsupported,
            "this {} of {} elements is not supported", kind(), to_string(input.dtype));
    for (const std::size_t axis : axes_) require_axis(kind(), input.shape, axis);
    graph::ValueType output{gives_index(reduce_kind_) ? DType::kInt32 : input.dtype, {}};
    for (std::size_t axis = 0; axis < input.shape.rank(); ++axis) {
      if (!reduces(axis)) {
        output.shape.push_back(input.shape[axis]);
      } else if (keeps_axes_) {
        output.shape.push_back(1);
      }
    }
    return {output};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const graph::ValueType& input = context.inputs[0];
    std::array<bool, Shape::kMaxRank> mask{};
    for (const std::size_t axis : axes_) mask[axis] = true;
    const Reduction reduction = kernels::make_reduction(input.shape, mask);
    const bool is_float = input.dtype == DType::kFloat32;
    if (gives_index(reduce_kind_)) {
      return is_float ? index_step<float>(reduce_kind_, reduction)
                      : index_step<std::int32_t>(reduce_kind_, reduction);
    }
    if (input.dtype == DType::kBool) return reduce_step<bool>(reduce_kind_, reduction);
    return is_float ? reduce_step<float>(reduce_kind_, reduction)
                    : reduce_step<std::int32_t>(reduce_kind_, reduction);
  }

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return !reduces(0);
  }

 private:
  bool reduces(std::size_t axis) const {
    return std::find(axes_.begin(), axes_.end(), axis) != axes_.end();
  }

  ReduceKind reduce_kind_;
  std::vector<std::size_t> axes_;
  bool keeps_axes_;
};

}  // namespace

graph::OperationPtr make_reduce(ReduceKind kind, std::vector<std::size_t> axes, bool keeps_axes) {
  return std::make_shared<Reduce>(kind, std::move(axes), keeps_axes);
}

}  // namespace weir::ops
