#include "ops/digitize.h"

#include <algorithm>

#include "kernels/parallel.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using kernels::StepArgs;

class Digitize final : public graph::Operation {
 public:
  explicit Digitize(std::vector<float> boundaries) : boundaries_(std::move(boundaries)) {}

  std::string_view kind() const override { return "digitize"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    return {{DType::kInt32, only_float_input(kind(), inputs).shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    return make_step([count, boundaries = boundaries_](const StepArgs& args) {
      const auto* in = args.input(0);
      auto* out = args.output<std::int32_t>();
      kernels::for_rows(args.pool, count, boundaries.size(),
                        [&](std::size_t begin, std::size_t end) {
                          for (std::size_t i = begin; i < end; ++i) {
                            const auto above = std::ranges::upper_bound(boundaries, in[i]);
                            out[i] = static_cast<std::int32_t>(above - boundaries.begin());
                          }
                        });
    });
  }

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

 private:
  std::vector<float> boundaries_;
};

}  // namespace

graph::OperationPtr make_digitize(std::vector<float> boundaries) {
  return std::make_shared<Digitize>(std::move(boundaries));
}

}  // namespace weir::ops
