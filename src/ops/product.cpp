#include "ops/product.h"

#include <algorithm>

#include "base/checked.h"
#include "base/memory.h"
#include "ops/weight_floats.h"

namespace weir::ops {

using graph::ChannelAffine;
using graph::OperationPtr;

namespace {

/// Calls `use` with the elements of `constant`, arranged by `view` where there is one.
template <typename Use>
void use_weight(const graph::Constant& constant, const std::optional<StridedView>& view,
                const Use& use) {
  const WeightFloats weight(constant);
  if (view) {
    use(std::span<const float>(view->read(weight.values())));
  } else {
    use(weight.values());
  }
}

}  // namespace

kernels::Epilogue PackedProduct::epilogue(const kernels::StepArgs& args) const {
  const float* bias = nullptr;
  if (bias_offset_) bias = reinterpret_cast<const float*>(weight_->data() + *bias_offset_);
  return {bias, residual_ ? args.input(1) : nullptr, activation_};
}

std::vector<graph::InPlacePair> ProductOperation::in_place() const {
  if (!terms_.residual) return {};
  return {{.input = 1, .output = 0}};
}

std::size_t ProductOperation::packed_bytes() const {
  const std::size_t kernel = align_up(packed_kernel_bytes(), kAlignment);
  return kernel + (has_bias() ? align_up(out_channels() * sizeof(float), kAlignment) : 0);
}

std::uint64_t ProductOperation::multiply_adds(std::span<const graph::ValueType> /*inputs*/,
                                              std::span<const graph::ValueType> outputs) const {
  const auto results = static_cast<std::uint64_t>(outputs[0].shape.elements());
  return static_cast<std::uint64_t>(terms_.kernel.shape.elements()) * (results / out_channels());
}

OperationPtr ProductOperation::with_unary(const kernels::Unary& unary) const {
  if (!terms_.activation.is_identity()) return nullptr;
  ProductTerms terms = terms_;
  terms.activation = unary;
  return with_terms(std::move(terms));
}

OperationPtr ProductOperation::with_channel_affine(const ChannelAffine& affine) const {
  if (terms_.residual || !terms_.activation.is_identity()) return nullptr;
  if (static_cast<std::size_t>(affine.channels) != out_channels()) return nullptr;
  ProductTerms terms = terms_;
  terms.affine = terms.affine ? graph::compose(*terms.affine, affine) : affine;
  return with_terms(std::move(terms));
}

OperationPtr ProductOperation::with_residual() const {
  if (terms_.residual || !terms_.activation.is_identity()) return nullptr;
  ProductTerms terms = terms_;
  terms.residual = true;
  return with_terms(std::move(terms));
}

const Shape& ProductOperation::data_shape(std::span<const graph::ValueType> inputs) const {
  const std::size_t expected = terms_.residual ? 2 : 1;
  require(inputs.size() == expected, ErrorCode::kInvalidArgument, "{} takes {} inputs, not {}",
          kind(), expected, inputs.size());
  for (const graph::ValueType& input : inputs) {
    require(input.dtype == DType::kFloat32, ErrorCode::kUnsupported,
            "{} of {} elements is not supported", kind(), to_string(input.dtype));
  }
  return inputs[0].shape;
}

std::vector<graph::ValueType> ProductOperation::output_of(
    const Shape& shape, std::span<const graph::ValueType> inputs) const {
  require(!terms_.residual || inputs[1].shape == shape, ErrorCode::kInvalidArgument,
          "a residual of shape {} is added to {}", to_string(inputs.back().shape),
          to_string(shape));
  return {{DType::kFloat32, shape}};
}

PackedProduct ProductOperation::pack(graph::PackedWeights& weights) const {
  std::string key = terms_.kernel.id;
  if (terms_.kernel_view) key += terms_.kernel_view->key();
  if (terms_.affine) key += "*" + terms_.affine->id;
  graph::PackedWeight weight =
      weights.get(key, packed_bytes(), [this](std::span<std::byte> bytes) { pack_into(bytes); });
  std::optional<std::size_t> bias_offset;
  if (has_bias()) bias_offset = align_up(packed_kernel_bytes(), kAlignment);
  return {std::move(weight), bias_offset, terms_};
}

void ProductOperation::pack_into(std::span<std::byte> bytes) const {
  std::optional<ChannelAffine::Values> affine;
  if (terms_.affine) affine = terms_.affine->values();
  const float* scale = affine ? affine->scale.data() : nullptr;
  use_weight(terms_.kernel, terms_.kernel_view, [&](std::span<const float> kernel) {
    pack_kernel(kernel, scale, reinterpret_cast<float*>(bytes.data()));
  });
  if (!has_bias()) return;

  auto* bias = reinterpret_cast<float*>(bytes.data() + align_up(packed_kernel_bytes(), kAlignment));
  if (terms_.bias) {
    use_weight(*terms_.bias, terms_.bias_view,
               [&](std::span<const float> values) { std::ranges::copy(values, bias); });
  }
  if (!affine) return;
  // Without a bias of its own, the product's is the zero that the buffer came with.
  for (std::size_t c = 0; c < out_channels(); ++c) {
    bias[c] = bias[c] * affine->scale[c] + affine->shift[c];
  }
}

}  // namespace weir::ops
