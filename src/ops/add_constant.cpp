#include "ops/add_constant.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/fail.h"
#include "ops/lambda_step.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

using graph::ValueType;

void add_to_rows(const float* in, std::size_t rows, std::span<const float> row_values, float* out,
                 const ThreadPool& pool) {
  const std::size_t columns = row_values.size();
  pool.for_ranges(rows, 1, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      std::transform(row_values.begin(), row_values.end(), in + row * columns, out + row * columns,
                     std::plus<>());
    }
  });
}

class AddConstant final : public graph::Operation {
 public:
  AddConstant(graph::Constant weight, StridedView view)
      : weight_(std::move(weight)), view_(std::move(view)) {}

  std::string_view kind() const override { return "add constant"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const ValueType& input = inputs.front();
    const std::size_t rank = view_.sizes.size();
    const bool fits = input.dtype == DType::kFloat32 && input.shape.rank() >= rank &&
                      std::equal(view_.sizes.begin(), view_.sizes.end(), input.shape.end() - rank,
                                 [](std::size_t expected, std::int64_t size) {
                                   return expected == static_cast<std::size_t>(size);
                                 });
    require(fits, ErrorCode::kInvalidArgument, "a constant {} is added to a {} tensor of shape {}",
            view_.key(), to_string(input.dtype), to_string(input.shape));
    return {input};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto elements = static_cast<std::size_t>(context.inputs[0].shape.elements());
    const auto pack = [this](const graph::PackingRoom& room) {
      const std::vector<float> values = view_.read(WeightFloats(weight_).values());
      std::ranges::copy(values, room.floats());
    };
    graph::PackedWeight packed =
        context.weights.get(weight_.id + view_.key(), packed_bytes(), pack);
    const std::span values(reinterpret_cast<const float*>(packed.bytes.data()), columns());
    const std::size_t rows = elements / std::max<std::size_t>(columns(), 1);
    return make_step(
        [values, rows](const kernels::StepArgs& args) {
          add_to_rows(args.input(0), rows, values, args.output(), args.pool);
        },
        0, {std::move(packed)});
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  std::size_t packed_bytes() const override { return columns() * sizeof(float); }
  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    return inputs[0].shape.rank() > view_.sizes.size();
  }

 private:
  std::size_t columns() const {
    return std::accumulate(view_.sizes.begin(), view_.sizes.end(), std::size_t{1},
                           std::multiplies<>());
  }

  graph::Constant weight_;
  StridedView view_;
};

}  // namespace

graph::OperationPtr make_add_constant(graph::Constant weight, StridedView view) {
  return std::make_shared<AddConstant>(std::move(weight), std::move(view));
}

}  // namespace weir::ops
