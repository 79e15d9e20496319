#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/operation.h"
#include "kernels/product.h"
#include "ops/strided_view.h"

namespace weir::ops {

/// What a product with constant weights, whatever its shape, is made of: out =
/// activation(affine(product(in * scale, kernel) + bias) + residual).
struct ProductTerms {
  graph::Constant kernel;
  std::optional<graph::Constant> bias;     ///< One value an output channel.
  std::optional<StridedView> kernel_view;  ///< Where the kernel is not used as it stands.
  std::optional<StridedView> bias_view;
  std::optional<graph::ChannelAffine> affine;  ///< Goes into the packed kernel and bias.
  bool scaled = false;    ///< Input 1 scales the input's channels: (batch, 1..., channels).
  bool residual = false;  ///< The last input is added.
  kernels::Unary activation;
  DType weights_dtype = DType::kFloat32;  ///< What the packed kernel is kept as.

  /// The index of the residual, where there is one.
  std::size_t residual_input() const { return scaled ? 2 : 1; }
};

/// The packed kernel and, behind it, the bias of a product. Shares the memory's ownership.
class PackedProduct {
 public:
  /// `bias_offset` in bytes; nothing when there is no bias.
  PackedProduct(graph::PackedWeight weight, std::optional<std::size_t> bias_offset,
                const ProductTerms& terms)
      : weight_(std::move(weight)),
        bias_offset_(bias_offset),
        residual_input_(terms.residual ? terms.residual_input() : 0),
        activation_(terms.activation),
        dtype_(terms.weights_dtype) {}

  /// All of it.
  const graph::PackedWeight& weight() const { return weight_; }
  /// The bias; empty where there is none.
  SharedBytes bias() const {
    if (!bias_offset_) return {};
    return weight_.subspan(*bias_offset_, weight_.bytes.size() - *bias_offset_);
  }
  const float* kernel() const { return reinterpret_cast<const float*>(weight_.bytes.data()); }
  /// The kernel of a product whose weights may be kept as another type.
  kernels::Panels panels() const { return {weight_.bytes.data(), dtype_}; }
  kernels::Epilogue epilogue(const kernels::StepArgs& args) const {
    const float* bias = nullptr;
    if (bias_offset_) bias = reinterpret_cast<const float*>(weight_.bytes.data() + *bias_offset_);
    return {bias, residual_input_ > 0 ? args.input(residual_input_) : nullptr, activation_};
  }

 private:
  graph::PackedWeight weight_;
  std::optional<std::size_t> bias_offset_;
  std::size_t residual_input_;  ///< 0 where there is none.
  kernels::Unary activation_;
  DType dtype_;
};

/// A product with constant weights: takes in a scale and shift of its output channels (along the
/// last axis), then a residual sum, then an activation.
class ProductOperation : public graph::Operation {
 public:
  std::vector<graph::InPlacePair> in_place() const final;
  std::size_t packed_bytes() const final;
  /// Each element of the kernel once for each output position.
  std::uint64_t multiply_adds(std::span<const graph::ValueType> inputs,
                              std::span<const graph::ValueType> outputs) const override;
  bool keeps_samples_apart(std::span<const graph::ValueType>) const final { return true; }
  graph::OperationPtr with_unary(const kernels::Unary& unary) const final;
  graph::OperationPtr with_channel_affine(const graph::ChannelAffine& affine) const final;
  graph::OperationPtr with_residual() const final;
  graph::OperationPtr with_weights_as(DType dtype) const final;

 protected:
  explicit ProductOperation(ProductTerms terms) : terms_(std::move(terms)) {}

  const ProductTerms& terms() const { return terms_; }
  /// Checks number and types of the inputs; returns the shape of the product's own.
  const Shape& data_shape(std::span<const graph::ValueType> inputs) const;
  /// The output's type, once it is known that a residual input has its shape.
  std::vector<graph::ValueType> output_of(const Shape& shape,
                                          std::span<const graph::ValueType> inputs) const;
  PackedProduct pack(graph::PackedWeights& weights) const;
  virtual std::size_t out_channels() const = 0;

 private:
  /// The same operation with other terms.
  virtual graph::OperationPtr with_terms(ProductTerms terms) const = 0;
  /// Of a kernel that is kept as floats.
  virtual std::size_t packed_kernel_bytes() const = 0;
  /// The product that the kernel is packed for, each of its `kernel_rows` being a row of all
  /// groups' columns; nothing where it has a layout of its own, and is always kept as floats.
  virtual std::optional<kernels::ProductShape> packed_product() const { return std::nullopt; }
  /// Names the layout of the packed kernel, where an operation on the same kernel has another.
  virtual std::string_view packing() const { return ""; }
  /// Equal parts of the kernel, as it stands, that may be packed one by one; 1 where it is packed
  /// as a whole.
  virtual std::size_t kernel_rows() const { return 1; }
  /// Packs rows from `first` on as floats. `scale` has a value an output channel, or is null.
  virtual void pack_rows(std::span<const float> weights, std::size_t first, const float* scale,
                         float* packed) const = 0;

  using VisitRows = std::function<void(std::size_t first, std::span<const float> rows)>;

  bool keeps_floats() const { return terms_.weights_dtype == DType::kFloat32; }
  bool has_bias() const { return terms_.bias.has_value() || terms_.affine.has_value(); }
  std::size_t kernel_bytes() const;
  std::size_t bias_offset() const;
  /// Elements of the least part of the kernel that may be packed alone.
  std::size_t kernel_row() const;
  graph::PackingBytes packing_bytes() const;
  /// Visits the kernel's rows as they are to be packed.
  void visit_kernel(const VisitRows& visit) const;
  void pack_kernel(const float* scale, const graph::PackingRoom& room) const;
  /// Of each output channel, for weights that are kept as int8.
  std::vector<float> largest_weights(const float* scale) const;
  void pack_other_than_floats(const float* scale, const graph::PackingRoom& room) const;
  void pack_bias(const std::optional<graph::ChannelAffine::Values>& affine, float* bias) const;

  ProductTerms terms_;
};

}  // namespace weir::ops
