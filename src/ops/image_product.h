#pragma once

#include "ops/product.h"
#include "ops/sliding_window.h"

namespace weir::ops {

/// A product whose kernel slides over the spatial axes of (batch, spatial…, channels).
class ImageProduct : public ProductOperation {
 public:
  /// Rows [begin, end) of an image.
  struct Rows {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t count() const { return end - begin; }
  };

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const final;
  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const final;
  graph::OperationPtr in_bands_with(const graph::OperationPtr& reader) const final;

  /// Whether bands of rows of this one's output can be the input of the other one's.
  bool can_be_in_bands_with(const ImageProduct& reader) const;
  /// The index of the residual, where there is one: behind the image, and the scale of its channels
  /// where it is scaled.
  std::size_t residual_input() const { return terms().residual_input(); }
  /// The rows of an input image (batch 1, two spatial axes) that these rows of the output depend
  /// on.
  Rows input_rows(const Shape& input, Rows outputs) const;
  /// A step that makes only these rows of the output: it gets the first of `input_rows`, the scale
  /// where it has one, and the places of the first output row and of its residual. For one thread.
  std::unique_ptr<kernels::Step> prepare_rows(const Shape& input, Rows outputs,
                                              graph::PackedWeights& weights) const;

 protected:
  ImageProduct(const SlidingWindow& window, std::size_t in_channels, ProductTerms terms)
      : ProductOperation(std::move(terms)), window_(window), in_channels_(in_channels) {}

  const SlidingWindow& window() const { return window_; }
  /// The window on images of the input's shape; throws where they do not fit.
  virtual PlacedWindow placed_on(const Shape& input) const { return place(window_, input); }

 private:
  /// Whether an output row depends on a few neighbouring input rows, as its window says.
  virtual bool slides_over_input() const { return true; }
  bool runs_in_rows() const;
  virtual std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t threads,
                                                   PackedProduct packed) const = 0;

  SlidingWindow window_;
  std::size_t in_channels_;
};

}  // namespace weir::ops
