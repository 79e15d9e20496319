#include "ops/matmul.h"

#include <algorithm>

#include "base/fail.h"
#include "kernels/matmul.h"
#include "kernels/narrow_product.h"
#include "kernels/product.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;

/// Weights of which a part of a step reads about as much: large beside what a part costs, and small
/// beside the weights that are worth parting.
constexpr std::size_t kPartBytes = std::size_t{8} << 20;

/// A product that can run in parts of some columns, whose panels lie one after the other.
class MatmulStep final : public kernels::Step {
 public:
  MatmulStep(const kernels::MatmulShape& shape, PackedProduct packed, std::size_t threads)
      : shape_(shape),
        packed_(std::move(packed)),
        threads_(threads),
        part_columns_(columns_of(kPartBytes)),
        parts_(std::max<std::size_t>((shape.columns + part_columns_ - 1) / part_columns_, 1)) {}

  /// In the same parts, whether they are streamed or not: a narrow last one has bits of its own.
  void run(const kernels::StepArgs& args) const override {
    for (std::size_t part = 0; part < parts_; ++part) run_part(part, args);
  }

  std::size_t scratch_bytes() const override {
    return kernels::decoding_bytes(shape_.inner, shape_.columns, packed_.panels().dtype, threads_);
  }
  std::size_t parts() const override { return parts_; }
  void run_part(std::size_t part, const kernels::StepArgs& args) const override {
    const std::size_t first = part * part_columns_;
    run_columns(first, std::min(part_columns_, shape_.columns - first), args);
  }
  std::vector<SharedBytes> weights(std::size_t part) const override {
    const std::size_t begin = kernel_bytes(std::min(part * part_columns_, shape_.columns));
    const std::size_t end = kernel_bytes(std::min((part + 1) * part_columns_, shape_.columns));
    return {packed_.weight().subspan(begin, end - begin), packed_.bias()};
  }

 private:
  /// Columns, whole panels of them and at least one, whose weights take about `bytes`.
  std::size_t columns_of(std::size_t bytes) const {
    const std::size_t panel = std::max<std::size_t>(kernel_bytes(kernels::kPanelColumns), 1);
    return std::max<std::size_t>(bytes / panel, 1) * kernels::kPanelColumns;
  }
  std::size_t kernel_bytes(std::size_t columns) const {
    return kernels::packed_product_bytes(shape_.inner, columns, packed_.panels().dtype);
  }

  void run_columns(std::size_t first, std::size_t columns, const kernels::StepArgs& args) const {
    kernels::Epilogue epilogue = packed_.epilogue(args);
    if (epilogue.bias != nullptr) epilogue.bias += first;
    if (epilogue.residual != nullptr) epilogue.residual += first;
    kernels::Panels panels = packed_.panels();
    panels.bytes += kernel_bytes(first);
    kernels::matmul({shape_.rows, shape_.inner, columns}, args.input(0), shape_.inner, panels,
                    args.output() + first, shape_.columns, epilogue, args.pool, args.scratch);
  }

  kernels::MatmulShape shape_;
  PackedProduct packed_;
  std::size_t threads_;
  std::size_t part_columns_;
  std::size_t parts_;
};

std::unique_ptr<kernels::Step> make_narrow_step(const kernels::MatmulShape& shape,
                                                PackedProduct packed) {
  std::vector<SharedBytes> weights = {packed.weight()};
  return make_step(
      [shape, packed = std::move(packed)](const kernels::StepArgs& args) {
        kernels::narrow_product(shape, args.input(0), shape.inner, packed.kernel(),
                                kernels::NarrowLayout::kColumns, args.output(), shape.columns,
                                packed.epilogue(args), args.pool);
      },
      0, std::move(weights));
}

class Matmul final : public ProductOperation {
 public:
  Matmul(std::size_t inner, std::size_t columns, ProductTerms terms)
      : ProductOperation(std::move(terms)),
        inner_(inner),
        columns_(columns),
        narrow_(kernels::is_narrow(inner, columns)) {}

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
    if (narrow_) return make_narrow_step(shape, pack(context.weights));
    return std::make_unique<MatmulStep>(shape, pack(context.weights), context.threads);
  }

 private:
  OperationPtr with_terms(ProductTerms terms) const override {
    return std::make_shared<Matmul>(inner_, columns_, std::move(terms));
  }
  std::size_t out_channels() const override { return columns_; }
  std::size_t packed_kernel_bytes() const override {
    return narrow_ ? kernels::packed_columns_floats(inner_, columns_) * sizeof(float)
                   : kernels::packed_matmul_bytes(inner_, columns_);
  }
  std::optional<kernels::ProductShape> packed_product() const override {
    if (narrow_) return std::nullopt;
    return kernels::ProductShape{1, 0, inner_, columns_};
  }
  std::string_view packing() const override { return narrow_ ? "columns" : ""; }
  std::size_t kernel_rows() const override { return inner_; }
  void pack_rows(std::span<const float> weights, std::size_t first, const float* scale,
                 float* packed) const override {
    const auto pack = narrow_ ? kernels::pack_columns_rows : kernels::pack_matmul_rows;
    pack(weights.data(), scale, first, weights.size() / columns_, inner_, columns_, packed);
  }

  std::size_t inner_;
  std::size_t columns_;
  bool narrow_;
};

}  // namespace

OperationPtr make_matmul(std::size_t inner, std::size_t columns, ProductTerms terms) {
  require(columns > 0, ErrorCode::kInvalidArgument, "a product needs at least one column");
  return std::make_shared<Matmul>(inner, columns, std::move(terms));
}

}  // namespace weir::ops
