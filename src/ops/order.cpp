#include "ops/order.h"

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using kernels::StepArgs;

struct Rows {
  std::size_t count;
  std::size_t size;
  std::size_t kept;
};

template <typename T>
std::unique_ptr<kernels::Step> order_step(kernels::Order order, const Rows& rows,
                                          std::size_t threads) {
  return make_step(
      [order, rows](const StepArgs& args) {
        kernels::sort_rows(order, rows.count, rows.size, rows.kept, args.input<T>(0),
                           args.output<T>(0), args.output<std::int32_t>(1),
                           reinterpret_cast<std::int32_t*>(args.scratch), args.pool);
      },
      threads * rows.size * sizeof(std::int32_t));
}

class OrderOperation final : public graph::Operation {
 public:
  OrderOperation(kernels::Order order, std::int64_t kept) : order_(order), kept_(kept) {}

  std::string_view kind() const override { return "order"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    graph::ValueType values = only_number_input(kind(), inputs);
    require(!values.shape.empty() && kept_ >= 0 && kept_ <= values.shape.back(),
            ErrorCode::kInvalidArgument, "the first {} elements of a shape {}", kept_,
            to_string(values.shape));
    require(values.shape.back() <= INT32_MAX, ErrorCode::kUnsupported,
            "an axis of {} elements is too long to be sorted", values.shape.back());
    values.shape[values.shape.rank() - 1] = kept_;
    return {values, {DType::kInt32, values.shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& shape = context.inputs[0].shape;
    const auto size = static_cast<std::size_t>(shape.back());
    const std::size_t count = size == 0 ? 0 : static_cast<std::size_t>(shape.elements()) / size;
    const Rows rows{count, size, static_cast<std::size_t>(kept_)};
    return context.inputs[0].dtype == DType::kFloat32
               ? order_step<float>(order_, rows, context.threads)
               : order_step<std::int32_t>(order_, rows, context.threads);
  }

  bool keeps_samples_apart(std::span<const graph::ValueType> inputs) const override {
    return inputs[0].shape.rank() > 1;
  }

 private:
  kernels::Order order_;
  std::int64_t kept_;
};

}  // namespace

graph::OperationPtr make_order(kernels::Order order, std::int64_t kept) {
  return std::make_shared<OrderOperation>(order, kept);
}

}  // namespace weir::ops
