#pragma once

#include <span>
#include <vector>

#include "graph/constant.h"

namespace weir::ops {

/// The elements of a weight as float32, for as long as this object lives: those of the file itself
/// where they lie aligned and of that type, a converted copy otherwise. Meant for packing, after
/// which nobody reads the file's copy again: the destructor lets the kernel drop its pages.
class WeightFloats {
 public:
  /// `constant` must outlive this object. Zeros when the model has no weights.
  explicit WeightFloats(const graph::Constant& constant);
  WeightFloats(const WeightFloats&) = delete;
  WeightFloats& operator=(const WeightFloats&) = delete;
  ~WeightFloats();

  std::span<const float> values() const { return values_; }

 private:
  const graph::Constant& constant_;
  std::vector<float> copy_;
  std::span<const float> values_;
};

}  // namespace weir::ops
