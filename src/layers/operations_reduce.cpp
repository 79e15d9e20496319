#include "base/fail.h"
#include "layers/arguments.h"
#include "layers/as_float.h"
#include "layers/keras_operation.h"
#include "layers/last_axes.h"
#include "layers/reducing.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/scan.h"
#include "ops/softmax.h"

/// Operations of keras.ops that reduce or normalise along axes.
namespace weir::layers {
namespace {

using kernels::ReduceKind;

constexpr double kEpsilon = 1e-7;  // Of keras.config.epsilon(), which a file does not keep.

/// The type in which Keras reduces.
DType reduced_type(ReduceKind kind, DType dtype) {
  switch (kind) {
    case ReduceKind::kAny:
    case ReduceKind::kAll:
      return DType::kBool;
    case ReduceKind::kSum:
    case ReduceKind::kProduct:
    case ReduceKind::kMaximum:
    case ReduceKind::kMinimum:
    case ReduceKind::kArgMaximum:
    case ReduceKind::kArgMinimum:
      return dtype == DType::kBool ? DType::kInt32 : dtype;
    default:
      return DType::kFloat32;
  }
}

template <ReduceKind kKind>
std::vector<ValueId> reduction(LayerCall& call) {
  require(!call.config().has("initial"), ErrorCode::kUnsupported,
          "an initial value is not supported");
  return {add_reduce(call, kKind, first_input(call))};
}

std::vector<ValueId> count_nonzero(LayerCall& call) {
  const ValueId is_set = add_cast(call, DType::kBool, first_input(call));
  return {add_reduce(call, ReduceKind::kSum, is_set)};
}

using AxisMaker = graph::OperationPtr (*)(std::size_t axis);

/// Along one axis, the last where none is given.
template <AxisMaker kMaker>
std::vector<ValueId> along_axis(LayerCall& call) {
  const Json settings = settings_of(call);
  const ValueId x = as_float(call, first_input(call));
  const std::int64_t axis = Config(settings).integer("axis", -1);
  return {call.add(kMaker(to_axis(axis, call.shape(x).rank())), {x})};
}

/// By the norm of the given order, of a vector or of a matrix.
ValueId divided_by_norm(LayerCall& call, ValueId x, const std::vector<std::size_t>& axes,
                        std::int64_t order, double epsilon) {
  const Json config{{"ord", order}, {"axis", axes}, {"keepdims", true}};
  const ValueId norm = add_keras_operation(call, "Norm", config, {x}).front();
  return add_division(
      call, x, add_binary(call, kernels::BinaryKind::kMaximum, norm, Operand::real(epsilon)));
}

/// To unit length.
std::vector<ValueId> normalize(LayerCall& call) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const ValueId x = as_float(call, first_input(call));
  std::vector<std::size_t> axes = to_axes(config, "axis", call.shape(x).rank());
  if (axes.empty()) axes = {to_axis(-1, call.shape(x).rank())};
  if (const std::int64_t order = config.integer("order", 2); order != 2) {
    return {divided_by_norm(call, x, axes, order, config.number("epsilon", kEpsilon))};
  }
  const LastAxes moved = move_last(call, x, std::move(axes));
  const ops::NormalizeAttributes attributes{
      kernels::NormalizeKind::kUnit, config.number("epsilon", kEpsilon), {}, {}};
  return {move_back(call, moved,
                    call.add(ops::make_normalize(moved.count, attributes), {moved.value}))};
}

std::vector<ValueId> range(LayerCall& call) {
  const ValueId x = first_input(call);
  return {add_binary(call, kernels::BinaryKind::kSubtract,
                     add_reduce(call, ReduceKind::kMaximum, x),
                     add_reduce(call, ReduceKind::kMinimum, x))};
}

}  // namespace

ValueId add_reduce(LayerCall& call, ReduceKind kind, ValueId x) {
  const Json settings = settings_of(call);
  const Config config(settings);
  const std::size_t rank = call.shape(x).rank();
  std::vector<std::size_t> axes = axes_or_all(config, "axis", rank);
  const DType given = call.type(x).dtype;
  x = add_cast(call, reduced_type(kind, given), x);
  const ValueId result =
      call.add(ops::make_reduce(kind, std::move(axes), config.boolean("keepdims", false)), {x});
  const bool is_one_of_them = kind == ReduceKind::kMaximum || kind == ReduceKind::kMinimum;
  return is_one_of_them && given == DType::kBool ? add_cast(call, DType::kBool, result) : result;
}

ValueId add_scan(LayerCall& call, kernels::ScanKind kind, ValueId x) {
  const Config config = call.config();
  if (!config.has("axis")) x = add_reshape(call, x, {Shape::kFree});
  return call.add(ops::make_scan(kind, to_axis(config.integer("axis", 0), call.shape(x).rank())),
                  {x});
}

void register_operations_reduce(Registry& registry) {
  registry.add_operation("Sum", reduction<ReduceKind::kSum>);
  registry.add_operation("Mean", reduction<ReduceKind::kMean>);
  registry.add_operation("Max", reduction<ReduceKind::kMaximum>);
  registry.add_operation("Amax", reduction<ReduceKind::kMaximum>);
  registry.add_operation("Min", reduction<ReduceKind::kMinimum>);
  registry.add_operation("Amin", reduction<ReduceKind::kMinimum>);
  registry.add_operation("Prod", reduction<ReduceKind::kProduct>);
  registry.add_operation("Var", reduction<ReduceKind::kVariance>);
  registry.add_operation("Std", reduction<ReduceKind::kStandardDeviation>);
  registry.add_operation("Logsumexp", reduction<ReduceKind::kLogSumExp>);
  registry.add_operation("Any", reduction<ReduceKind::kAny>);
  registry.add_operation("All", reduction<ReduceKind::kAll>);
  registry.add_operation("Argmax", reduction<ReduceKind::kArgMaximum>);
  registry.add_operation("Argmin", reduction<ReduceKind::kArgMinimum>);
  registry.add_operation("CountNonzero", count_nonzero);
  registry.add_operation("Ptp", range);
  registry.add_operation("LogSoftmax", along_axis<ops::make_log_softmax>);
  registry.add_operation("Sparsemax", along_axis<ops::make_sparsemax>);
  registry.add_operation("Glu", along_axis<ops::make_glu>);
  registry.add_operation("Normalize", normalize);
}

}  // namespace weir::layers
