#include "ops/batch_matmul.h"

#include <algorithm>

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
        threads_(threads) {}

  std::size_t scratch_bytes() const override {
    return packed_bytes_ * (takes_samples_apart() ? threads_ : 1);
  }

  void run(const kernels::StepArgs& args) const override {
    if (!takes_samples_apart()) {
      for (std::size_t i = 0; i < batch_; ++i) run_sample(i, args, args.scratch, args.pool);
      return;
    }
    const ThreadPool alone = args.pool.part(1);
    args.pool.run(batch_, [&](std::size_t i, std::size_t slot) {
      run_sample(i, args, args.scratch + slot * packed_bytes_, alone);
    });
  }

 private:
  /// Each thread lays out and multiplies samples of its own, where there are enough to keep all of
  /// them busy.
  bool takes_samples_apart() const {
    constexpr std::size_t kEnough = 4;
    return batch_ % threads_ == 0 || batch_ >= kEnough * threads_;
  }

  void run_sample(std::size_t i, const kernels::StepArgs& args, std::byte* scratch,
                  const ThreadPool& pool) const {
    auto* const packed = reinterpret_cast<float*>(scratch);
    const auto& [rows, inner, columns] = shape_;
    kernels::pack_matmul(args.input(1) + i * inner * columns, nullptr, inner, columns, packed);
    kernels::matmul(shape_, args.input(0) + i * rows * inner, inner, packed,
                    args.output() + i * rows * columns, columns, {}, pool);
  }

  std::size_t batch_;
  kernels::MatmulShape shape_;
  std::size_t packed_bytes_;
  std::size_t threads_;
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
    const std::size_t lead = a.rank() - 2;
    require(a.rank() >= 2 && a.rank() == b.rank() &&
                std::equal(a.begin(), a.begin() + lead, b.begin()) && a.back() == b[lead],
            ErrorCode::kInvalidArgument, "matrices of shapes {} and {} cannot be multiplied",
            to_string(a), to_string(b));
    Shape product = a;
    product[lead + 1] = b.back();
    return {{DType::kFloat32, product}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& a = context.inputs[0].shape;
    std::size_t batch = 1;
    for (std::size_t axis = 0; axis + 2 < a.rank(); ++axis) {
      batch *= static_cast<std::size_t>(a[axis]);
    }
    return std::make_unique<BatchMatmulStep>(
        batch,
        kernels::MatmulShape{static_cast<std::size_t>(a[a.rank() - 2]),
                             static_cast<std::size_t>(a.back()),
                             static_cast<std::size_t>(context.outputs[0].shape.back())},
        context.threads);
  }

  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> outputs) const override {
    return static_cast<std::uint64_t>(outputs[0].shape.elements()) *
           static_cast<std::uint64_t>(inputs[0].shape.back());
  }

  bool keeps_samples_apart(std::span<const ValueType> inputs) const override {
    return inputs[0].shape.rank() > 2;
  }
};

}  // namespace

graph::OperationPtr make_batch_matmul() { return std::make_shared<BatchMatmul>(); }

}  // namespace weir::ops
