#pragma once

#include "ops/product.h"
#include "ops/sliding_window.h"

namespace weir::ops {

/// A product whose kernel slides over the spatial axes of (batch, spatial…, channels).
class ImageProduct : public ProductOperation {
 public:
  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const final;
  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const final;

 protected:
  ImageProduct(const SlidingWindow& window, std::size_t in_channels, ProductTerms terms)
      : ProductOperation(std::move(terms)), window_(window), in_channels_(in_channels) {}

  const SlidingWindow& window() const { return window_; }

 private:
  /// The window on images of the input's shape; throws where they do not fit.
  virtual PlacedWindow placed_on(const Shape& input) const { return place(window_, input); }
  virtual std::unique_ptr<kernels::Step> bind_step(const PlacedWindow& placed, std::size_t threads,
                                                   PackedProduct packed) const = 0;

  SlidingWindow window_;
  std::size_t in_channels_;
};

}  // namespace weir::ops
