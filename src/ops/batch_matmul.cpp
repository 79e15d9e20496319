#include "ops/batch_matmul.h"

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/matmul.h"

namespace weir::ops {
namespace {

using graph::ValueType;

/// Lays the second matrix of each sample out in scratch, as the weights of a product are.
class BatchMatmulStep final : public kernels::Step {
 public:
  BatchMatmulStep(std::size_t batch, const kernels::MatmulShape& shape, std::size_t threads)
      : batch_(batch),
        shape_(shape),
        packed_bytes_(
            align_up(kernels::packed_matmul_bytes(shape.inner, shape.columns), kAlignment)),
        product_scratch_bytes_(kernels::matmul_scratch_bytes(shape, threads)) {}

  std::size_t scratch_bytes() const override { return packed_bytes_ + product_scratch_bytes_; }

  void run(const kernels::StepArgs& args) const override {
    auto* packed = reinterpret_cast<float*>(args.scratch);
    const auto& [rows, inner, columns] = shape_;
    for (std::size_t sample = 0; sample < batch_; ++sample) {
      kernels::pack_matmul(args.input(1) + sample * inner * columns, nullptr, inner, columns,
                           packed);
      kernels::matmul(shape_, args.input(0) + sample * rows * inner, inner, packed,
                      args.output() + sample * rows * columns, columns, {},
                      args.scratch + packed_bytes_, args.pool);
    }
  }

 private:
  std::size_t batch_;
  kernels::MatmulShape shape_;
  std::size_t packed_bytes_;
  std::size_t product_scratch_bytes_;
};

class BatchMatmul final : public graph::Operation {
 public:
  std::string_view kind() const override { return "batch matmul"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 2, ErrorCode::kInvalidArgument, "a product takes 2 inputs, not {}",
            inputs.size());
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    require(inputs[0].dtype == DType::kFloat32 && inputs[1].dtype == DType::kFloat32,
            ErrorCode::kUnsupported, "only float32 matrices can be multiplied");
    require(a.rank() == 3 && b.rank() == 3 && a[0] == b[0] && a[2] == b[1],
            ErrorCode::kInvalidArgument, "matrices of shapes {} and {} cannot be multiplied",
            to_string(a), to_string(b));
    return {{DType::kFloat32, Shape{a[0], a[1], b[2]}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto size = [&](std::size_t input, std::size_t axis) {
      return static_cast<std::size_t>(context.inputs[input].shape[axis]);
    };
    return std::make_unique<BatchMatmulStep>(
        size(0, 0), kernels::MatmulShape{size(0, 1), size(0, 2), size(1, 2)}, context.threads);
  }

  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }
};

}  // namespace

graph::OperationPtr make_batch_matmul() { return std::make_shared<BatchMatmul>(); }

}  // namespace weir::ops
