#include "ops/category_counts.h"

#include <algorithm>

#include "base/fail.h"
#include "kernels/parallel.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StepArgs;

template <typename T>
void count_sample(std::span<const std::int32_t> sample, const CategoryCounts& counts, T* out) {
  std::fill_n(out, counts.categories, T{0});
  for (const std::int32_t category : sample) {
    if (counts.has(category)) counts.add(out[category]);
  }
}

template <typename T>
std::unique_ptr<kernels::Step> count_step(std::size_t samples, std::size_t size,
                                          const CategoryCounts& counts) {
  return make_step([=](const StepArgs& args) {
    const auto width = static_cast<std::size_t>(counts.categories);
    kernels::for_rows(args.pool, samples, width + size, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        count_sample({args.input<std::int32_t>(0) + i * size, size}, counts,
                     args.output<T>() + i * width);
      }
    });
  });
}

class Counts final : public graph::Operation {
 public:
  explicit Counts(const CategoryCounts& counts) : counts_(counts) {}

  std::string_view kind() const override { return "category counts"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    require(inputs[0].dtype == DType::kInt32 && inputs[0].shape.rank() >= 2, ErrorCode::kInternal,
            "{} of {} {}", kind(), to_string(inputs[0].dtype), to_string(inputs[0].shape));
    Shape shape = inputs[0].shape;
    shape[shape.rank() - 1] = counts_.categories;
    return {{counts_.dtype, shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto size = static_cast<std::size_t>(context.inputs[0].shape.back());
    const auto samples =
        static_cast<std::size_t>(context.outputs[0].shape.elements() / counts_.categories);
    if (counts_.dtype == DType::kFloat32) return count_step<float>(samples, size, counts_);
    return count_step<std::int32_t>(samples, size, counts_);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  CategoryCounts counts_;
};

}  // namespace

graph::OperationPtr make_category_counts(const CategoryCounts& counts) {
  return std::make_shared<Counts>(counts);
}

}  // namespace weir::ops
