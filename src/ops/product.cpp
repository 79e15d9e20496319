#include "ops/product.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/mapped_file.h"
#include "base/memory.h"
#include "kernels/product.h"
#include "ops/weight_floats.h"

namespace weir::ops {

using graph::ChannelAffine;
using graph::OperationPtr;

std::vector<graph::InPlacePair> ProductOperation::in_place() const {
  if (!terms_.residual) return {};
  return {{.input = terms_.residual_input(), .output = 0}};
}

std::size_t ProductOperation::packed_bytes() const {
  return bias_offset() + (has_bias() ? align_up(out_channels() * sizeof(float), kAlignment) : 0);
}

std::size_t ProductOperation::kernel_bytes() const {
  if (keeps_floats()) return packed_kernel_bytes();
  const kernels::ProductShape shape = *packed_product();
  return shape.groups *
         kernels::packed_product_bytes(shape.inner, shape.columns, terms_.weights_dtype);
}

std::size_t ProductOperation::bias_offset() const { return align_up(kernel_bytes(), kAlignment); }

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

OperationPtr ProductOperation::with_weights_as(DType dtype) const {
  if (!packed_product() || terms_.scaled) return nullptr;
  ProductTerms terms = terms_;
  terms.weights_dtype = dtype;
  return with_terms(std::move(terms));
}

const Shape& ProductOperation::data_shape(std::span<const graph::ValueType> inputs) const {
  const std::size_t expected = terms_.residual_input() + (terms_.residual ? 1 : 0);
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
  require(!terms_.residual || inputs.back().shape == shape, ErrorCode::kInvalidArgument,
          "a residual of shape {} is added to {}", to_string(inputs.back().shape),
          to_string(shape));
  return {{DType::kFloat32, shape}};
}

PackedProduct ProductOperation::pack(graph::PackedWeights& weights) const {
  std::string key = terms_.kernel.id;
  if (terms_.kernel_view) key += terms_.kernel_view->key();
  if (terms_.affine) key += "*" + terms_.affine->id;
  if (!packing().empty()) key += fmt::format("#{}", packing());
  if (!keeps_floats()) key += fmt::format("#{}", to_string(terms_.weights_dtype));
  const auto pack = [this](const graph::PackingRoom& room) {
    std::optional<ChannelAffine::Values> affine;
    if (terms_.affine) affine = terms_.affine->values();
    pack_kernel(affine ? affine->scale.data() : nullptr, room);
    if (has_bias()) pack_bias(affine, room.floats() + bias_offset() / sizeof(float));
  };
  graph::PackedWeight weight = weights.get(key, packed_bytes(), pack, packing_bytes());
  std::optional<std::size_t> offset;
  if (has_bias()) offset = bias_offset();
  return {std::move(weight), offset, terms_};
}

std::size_t ProductOperation::kernel_row() const {
  const auto elements = static_cast<std::size_t>(terms_.kernel.shape.elements());
  return elements / std::max<std::size_t>(kernel_rows(), 1);
}

graph::PackingBytes ProductOperation::packing_bytes() const {
  const auto elements = static_cast<std::size_t>(terms_.kernel.shape.elements());
  if (terms_.kernel_view) {
    const std::size_t arranged = elements * sizeof(float);
    return {reading_bytes(terms_.kernel, elements) + arranged, packed_bytes()};
  }
  const std::size_t slice = slice_elements(terms_.kernel, kernel_row());
  // A slice goes to a part of each panel: whole pages, and two that it shares with others.
  const std::size_t panel_bytes = kernels::panel_bytes(kernel_rows(), terms_.weights_dtype);
  const std::size_t panels = kernel_bytes() / std::max<std::size_t>(panel_bytes, 1);
  const std::size_t pages =
      packed_bytes() * slice / std::max<std::size_t>(elements, 1) + 2 * panels * page_size();
  return {reading_bytes(terms_.kernel, slice), std::min(pages, packed_bytes())};
}

void ProductOperation::visit_kernel(const VisitRows& visit) const {
  if (terms_.kernel_view) {
    const WeightFloats kernel(terms_.kernel);
    visit(0, terms_.kernel_view->read(kernel.values()));
  } else {
    visit_slices(terms_.kernel, kernel_row(), visit);
  }
}

void ProductOperation::pack_kernel(const float* scale, const graph::PackingRoom& room) const {
  if (!keeps_floats()) return pack_other_than_floats(scale, room);
  visit_kernel([&](std::size_t first, std::span<const float> rows) {
    pack_rows(rows, first, scale, room.floats());
    room.settle();
  });
}

std::vector<float> ProductOperation::largest_weights(const float* scale) const {
  std::vector<float> largest(out_channels());
  if (terms_.weights_dtype != DType::kInt8) return largest;
  visit_kernel([&](std::size_t, std::span<const float> rows) {
    kernels::find_largest({rows.data(), largest.size(), 1}, scale, rows.size() / largest.size(),
                          largest.size(), largest.data());
  });
  return largest;
}

void ProductOperation::pack_other_than_floats(const float* scale,
                                              const graph::PackingRoom& room) const {
  const DType dtype = terms_.weights_dtype;
  const kernels::ProductShape shape = *packed_product();
  const std::size_t width = shape.groups * shape.columns;
  const std::size_t group_bytes = kernels::packed_product_bytes(shape.inner, shape.columns, dtype);
  const std::vector<float> largest = largest_weights(scale);
  visit_kernel([&](std::size_t first, std::span<const float> rows) {
    for (std::size_t group = 0; group < shape.groups; ++group) {
      const std::size_t column = group * shape.columns;
      kernels::pack_product_rows_as(dtype, {rows.data() + column, width, 1},
                                    scale == nullptr ? nullptr : scale + column,
                                    largest.data() + column, first, rows.size() / width, shape,
                                    room.bytes().data() + group * group_bytes);
    }
    room.settle();
  });
}

void ProductOperation::pack_bias(const std::optional<ChannelAffine::Values>& affine,
                                 float* bias) const {
  if (terms_.bias) {
    const WeightFloats values(*terms_.bias);
    if (terms_.bias_view) {
      std::ranges::copy(terms_.bias_view->read(values.values()), bias);
    } else {
      std::ranges::copy(values.values(), bias);
    }
  }
  if (!affine) return;
  // Without a bias of its own, the product's is the zero that the room came with.
  for (std::size_t c = 0; c < out_channels(); ++c) {
    bias[c] = bias[c] * affine->scale[c] + affine->shift[c];
  }
}

}  // namespace weir::ops
