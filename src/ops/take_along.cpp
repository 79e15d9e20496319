#include "ops/take_along.h"

#include <limits>

#include "kernels/parallel.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

struct Rows {
  std::size_t count;
  std::size_t size;   ///< Of a row that is taken from.
  std::size_t taken;  ///< From each.
};

template <typename T>
T outside() {
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::quiet_NaN();
  return std::numeric_limits<T>::lowest();
}

template <typename T>
void take_row(const T* from, std::size_t size, std::span<const std::int32_t> places, T* to) {
  const auto elements = static_cast<std::int64_t>(size);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int64_t place = places[i] < 0 ? places[i] + elements : places[i];
    to[i] = place >= 0 && place < elements ? from[place] : outside<T>();
  }
}

template <typename T>
std::unique_ptr<kernels::Step> take_step(const Rows& rows) {
  return make_step([rows](const StepArgs& args) {
    kernels::for_rows(args.pool, rows.count, rows.taken, [&](std::size_t begin, std::size_t end) {
      for (std::size_t row = begin; row < end; ++row) {
        take_row(args.input<T>(0) + row * rows.size, rows.size,
                 {args.input<std::int32_t>(1) + row * rows.taken, rows.taken},
                 args.output<T>() + row * rows.taken);
      }
    });
  });
}

class TakeAlong final : public graph::Operation {
 public:
  std::string_view kind() const override { return "take along"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 2);
    const Shape& from = inputs[0].shape;
    const Shape& places = inputs[1].shape;
    static_cast<void>(only_number_input(kind(), inputs.first(1)));
    require(inputs[1].dtype == DType::kInt32 && !from.empty() && from.rank() == places.rank() &&
                std::equal(from.begin(), from.end() - 1, places.begin()),
            ErrorCode::kInvalidArgument, "{} of the shape {} at positions of {}", kind(),
            to_string(from), to_string(places));
    return {{inputs[0].dtype, places}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto size = static_cast<std::size_t>(context.inputs[0].shape.back());
    const auto taken = static_cast<std::size_t>(context.inputs[1].shape.back());
    const auto elements = static_cast<std::size_t>(context.inputs[1].shape.elements());
    const Rows rows{taken == 0 ? 0 : elements / taken, size, taken};
    return context.inputs[0].dtype == DType::kFloat32 ? take_step<float>(rows)
                                                      : take_step<std::int32_t>(rows);
  }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    return inputs[0].shape.rank() > 1;
  }
};

}  // namespace

graph::OperationPtr make_take_along() { return std::make_shared<TakeAlong>(); }

}  // namespace weir::ops
