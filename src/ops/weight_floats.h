#pragma once

#include <functional>
#include <span>
#include <vector>

#include "graph/constant.h"
#include "graph/packed_weights.h"

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

/// Visits the elements of a weight as float32 in order, some megabytes at a time and whole rows of
/// `row_elements` each (which divide them): `visit(first_row, elements)`. Behind each visit the
/// kernel may drop the file's pages, so a weight is never resident, nor converted, as a whole.
void visit_slices(const graph::Constant& constant, std::size_t row_elements,
                  const std::function<void(std::size_t, std::span<const float>)>& visit);

/// A weight's elements as float32 in their order, packed under its name.
graph::PackedWeight pack_floats(const graph::Constant& constant, graph::PackedWeights& weights);

/// Elements of such a slice, at most.
std::size_t slice_elements(const graph::Constant& constant, std::size_t row_elements);

/// Bytes in memory while `elements` of a weight are read as float32: the file's, and their copy
/// where they are converted.
std::size_t reading_bytes(const graph::Constant& constant, std::size_t elements);

}  // namespace weir::ops
