#include "ops/matmul.h"

#include "base/fail.h"
#include "kernels/matmul.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;

class Matmul final : public ProductOperation {
 public:
  Matmul(std::size_t inner, std::size_t columns, ProductTerms terms)
      : ProductOperation(std::move(terms)), inner_(inner), columns_(columns) {}

  std::string_view kind() const override { return "matmul"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = data_shape(inputs);
    require(shape.rank() >= 2 && static_cast<std::size_t>(shape.back()) == inner_,
            ErrorCode::kInvalidArgument, "the input has the shape {}, expected {} in the last axis",
            to_string(shape), inner_);
    shape[shape.rank() - 1] = static_cast<std::int64_t>(columns_);
    return output_of(shape, inputs);
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto outputs = static_cast<std::size_t>(context.outputs[0].shape.elements());
    const kernels::MatmulShape shape{outputs / columns_, inner_, columns_};
    return make_step(
        [shape, packed = pack(context.weights)](const kernels::StepArgs& args) {
          kernels::matmul(shape, args.input(0), shape.inner, packed.kernel(), args.output(),
                          shape.columns, packed.epilogue(args), args.scratch, args.pool);
        },
        kernels::matmul_scratch_bytes(shape, context.threads));
  }

 private:
  OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<Matmul>(inner_, columns_, std::move(terms));
  }
  std::size_t out_channels() const override { return columns_; }
  std::size_t packed_kernel_bytes() const override {
    return kernels::packed_matmul_bytes(inner_, columns_);
  }
  void pack_kernel(std::span<const float> kernel, const float* scale,
                   float* packed) const override {
    kernels::pack_matmul(kernel.data(), scale, inner_, columns_, packed);
  }

  std::size_t inner_;
  std::size_t columns_;
};

}  // namespace

OperationPtr make_matmul(std::size_t inner, std::size_t columns, ProductTerms terms) {
  require(columns > 0, ErrorCode::kInvalidArgument, "a product needs at least one column");
  return std::make_shared<Matmul>(inner, columns, std::move(terms));
}

}  // namespace weir::ops
