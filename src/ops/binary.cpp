#include "ops/binary.h"

#include <array>
#include <utility>

#include "base/fail.h"
#include "ops/broadcast.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;
using kernels::BinaryKind;
using kernels::ComparisonKind;
using kernels::StepArgs;

/// One element for each channel of each sample.
bool is_channel_scale(const Shape& scale, const Shape& image) {
  const std::size_t rank = image.rank();
  if (scale.rank() != rank || rank < 2) return false;
  for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
    if (scale[axis] != 1) return false;
  }
  return scale[0] == image[0] && scale[rank - 1] == image[rank - 1];
}

class Binary final : public BroadcastOperation {
 public:
  Binary(BinaryKind binary_kind, std::vector<MaybeConstant> constants,
         const kernels::Unary& activation)
      : BroadcastOperation(std::move(constants)),
        binary_kind_(binary_kind),
        activation_(activation) {}

  std::string_view kind() const override { return "binary"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const DType dtype = common_type(inputs);
    const bool is_int = dtype == DType::kInt32 && activation_.is_identity();
    const bool wants_int = binary_kind_ >= BinaryKind::kBitAnd;
    require(is_int || (dtype == DType::kFloat32 && !wants_int), ErrorCode::kUnsupported,
            "{} of {} elements is not supported", kind(), to_string(dtype));
    return {{dtype, kernels::broadcast_shape(shapes(inputs))}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const DType dtype = context.outputs[0].dtype;
    BoundOperands operands = bind(context.weights, dtype);
    std::vector<SharedBytes> weights = operands.weights();
    const kernels::Broadcast shape = broadcast(context);
    if (dtype == DType::kInt32) {
      return make_step(
          [kind = binary_kind_, shape, operands = std::move(operands)](const StepArgs& args) {
            kernels::binary(kind, shape, operands.get<std::int32_t>(args, 0),
                            operands.get<std::int32_t>(args, 1), args.output<std::int32_t>(),
                            args.pool);
          },
          0, std::move(weights));
    }
    return make_step(
        [kind = binary_kind_, shape, activation = activation_,
         operands = std::move(operands)](const StepArgs& args) {
          kernels::binary(kind, shape, operands.get<float>(args, 0), operands.get<float>(args, 1),
                          args.output(), activation, args.pool);
        },
        0, std::move(weights));
  }

  /// An operand of the output's size is not broadcast, so its elements are read where they are
  /// written.
  std::vector<graph::InPlacePair> in_place() const override {
    if (has_constants()) return {{.input = 0, .output = 0}};
    return {{.input = 0, .output = 0}, {.input = 1, .output = 0}};
  }

  std::optional<std::size_t> as_channel_scaling(std::span<const ValueType> inputs) const override {
    if (binary_kind_ != BinaryKind::kMultiply || has_constants() || !activation_.is_identity()) {
      return std::nullopt;
    }
    if (is_channel_scale(inputs[1].shape, inputs[0].shape)) return 1;
    if (is_channel_scale(inputs[0].shape, inputs[1].shape)) return 0;
    return std::nullopt;
  }

  bool is_sum() const override {
    return binary_kind_ == BinaryKind::kAdd && !has_constants() && activation_.is_identity();
  }

  OperationPtr with_unary(const kernels::Unary& unary) const override {
    if (!activation_.is_identity()) return nullptr;
    return std::make_shared<Binary>(binary_kind_, constants(), unary);
  }

 private:
  BinaryKind binary_kind_;
  kernels::Unary activation_;
};

template <typename T>
std::unique_ptr<kernels::Step> comparison_step(ComparisonKind kind, const kernels::Broadcast& shape,
                                               BoundOperands operands) {
  std::vector<SharedBytes> weights = operands.weights();
  return make_step(
      [kind, shape, operands = std::move(operands)](const StepArgs& args) {
        kernels::compare(kind, shape, operands.get<T>(args, 0), operands.get<T>(args, 1),
                         args.output<bool>(), args.pool);
      },
      0, std::move(weights));
}

class Comparison final : public BroadcastOperation {
 public:
  Comparison(ComparisonKind comparison, std::vector<MaybeConstant> constants)
      : BroadcastOperation(std::move(constants)), comparison_(comparison) {}

  std::string_view kind() const override { return "comparison"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    static_cast<void>(common_type(inputs));
    return {{DType::kBool, kernels::broadcast_shape(shapes(inputs))}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const DType dtype = context.inputs[0].dtype;
    const kernels::Broadcast shape = broadcast(context);
    BoundOperands operands = bind(context.weights, dtype);
    if (dtype == DType::kBool) {
      return comparison_step<bool>(comparison_, shape, std::move(operands));
    }
    if (dtype == DType::kInt32) {
      return comparison_step<std::int32_t>(comparison_, shape, std::move(operands));
    }
    return comparison_step<float>(comparison_, shape, std::move(operands));
  }

 private:
  ComparisonKind comparison_;
};

template <typename T>
std::unique_ptr<kernels::Step> select_step(const kernels::Broadcast& shape,
                                           BoundOperands operands) {
  std::vector<SharedBytes> weights = operands.weights();
  return make_step(
      [shape, operands = std::move(operands)](const StepArgs& args) {
        kernels::select(shape, operands.get<bool>(args, 0), operands.get<T>(args, 1),
                        operands.get<T>(args, 2), args.output<T>(), args.pool);
      },
      0, std::move(weights));
}

class Select final : public BroadcastOperation {
 public:
  Select(DType dtype, std::vector<MaybeConstant> constants)
      : BroadcastOperation(std::move(constants)), dtype_(dtype) {}

  std::string_view kind() const override { return "select"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape shape = kernels::broadcast_shape(shapes(inputs));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool is_condition = i == 0 && !constants()[0];
      const DType expected = is_condition ? DType::kBool : dtype_;
      require(inputs[i].dtype == expected, ErrorCode::kInvalidArgument,
              "operand {} of a select is {}, expected {}", i, to_string(inputs[i].dtype),
              to_string(expected));
    }
    return {{dtype_, shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const kernels::Broadcast shape = broadcast(context);
    const std::array types{DType::kBool, dtype_, dtype_};
    BoundOperands operands = bind(context.weights, types);
    if (dtype_ == DType::kBool) return select_step<bool>(shape, std::move(operands));
    if (dtype_ == DType::kInt32) return select_step<std::int32_t>(shape, std::move(operands));
    return select_step<float>(shape, std::move(operands));
  }

 private:
  DType dtype_;
};

}  // namespace

OperationPtr make_binary(BinaryKind kind, MaybeConstant a, MaybeConstant b) {
  return std::make_shared<Binary>(kind, std::vector<MaybeConstant>{std::move(a), std::move(b)},
                                  kernels::Unary{});
}

OperationPtr make_comparison(ComparisonKind kind, MaybeConstant a, MaybeConstant b) {
  return std::make_shared<Comparison>(kind, std::vector<MaybeConstant>{std::move(a), std::move(b)});
}

OperationPtr make_select(DType dtype, MaybeConstant condition, MaybeConstant a, MaybeConstant b) {
  return std::make_shared<Select>(
      dtype, std::vector<MaybeConstant>{std::move(condition), std::move(a), std::move(b)});
}

}  // namespace weir::ops
