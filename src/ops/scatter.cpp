#include "ops/scatter.h"

#include <algorithm>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

struct Sizes {
  std::size_t rows;
  std::size_t width;
  std::size_t updates;
};

template <typename T>
T combined(ScatterKind kind, T old, T update) {
  switch (kind) {
    case ScatterKind::kReplace:
      return update;
    case ScatterKind::kAdd:
      return old + update;
    case ScatterKind::kMultiply:
      return old * update;
    case ScatterKind::kMaximum:
      return std::max(old, update);
    case ScatterKind::kMinimum:
      return std::min(old, update);
  }
  return old;
}

/// One thread, in order: positions may repeat, and sums must have the same bits.
template <typename T>
std::unique_ptr<kernels::Step> scatter_step(ScatterKind kind, OutOfRange out_of_range,
                                            const Sizes& sizes) {
  return make_step([kind, out_of_range, sizes](const StepArgs& args) {
    const auto [rows, width, updates] = sizes;
    T* out = args.output<T>();
    if (out != args.input<T>(0)) std::copy_n(args.input<T>(0), rows * width, out);
    for (std::size_t i = 0; i < updates; ++i) {
      const std::int32_t position = args.input<std::int32_t>(1)[i];
      if (position < 0 || static_cast<std::size_t>(position) >= rows) {
        require(out_of_range == OutOfRange::kSkip, ErrorCode::kInvalidArgument,
                "position {} is none of {}", position, rows);
        continue;
      }
      const T* update = args.input<T>(2) + i * width;
      T* row = out + static_cast<std::size_t>(position) * width;
      std::transform(row, row + width, update, row,
                     [kind](T old, T given) { return combined(kind, old, given); });
    }
  });
}

class Scatter final : public graph::Operation {
 public:
  Scatter(ScatterKind kind, OutOfRange out_of_range) : kind_(kind), out_of_range_(out_of_range) {}

  std::string_view kind() const override { return "scatter"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 3);
    static_cast<void>(only_number_input(kind(), inputs.first(1)));
    const auto& [rows, positions, updates] =
        std::tie(inputs[0].shape, inputs[1].shape, inputs[2].shape);
    require(inputs[0].dtype == inputs[2].dtype && inputs[1].dtype == DType::kInt32 &&
                rows.rank() == 2 && positions.rank() == 1 && updates.rank() == 2 &&
                updates[0] == positions[0] && updates[1] == rows[1],
            ErrorCode::kInvalidArgument, "{} of {} at {} into {}", kind(), to_string(updates),
            to_string(positions), to_string(rows));
    return {inputs[0]};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& rows = context.inputs[0].shape;
    const Sizes sizes{static_cast<std::size_t>(rows[0]), static_cast<std::size_t>(rows[1]),
                      static_cast<std::size_t>(context.inputs[1].shape[0])};
    return context.inputs[0].dtype == DType::kFloat32
               ? scatter_step<float>(kind_, out_of_range_, sizes)
               : scatter_step<std::int32_t>(kind_, out_of_range_, sizes);
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return false; }

 private:
  ScatterKind kind_;
  OutOfRange out_of_range_;
};

}  // namespace

graph::OperationPtr make_scatter(ScatterKind kind, OutOfRange out_of_range) {
  return std::make_shared<Scatter>(kind, out_of_range);
}

}  // namespace weir::ops
