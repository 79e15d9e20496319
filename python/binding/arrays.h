#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "weir/custom_layer.h"
#include "weir/tensor.h"

namespace weir::python {

/// Loads NumPy; to be called before anything else of this file. Throws ImportError.
void load_numpy();

/// Sizes as Python has them: None for a free axis.
nanobind::tuple to_tuple(const Shape& shape);
Shape to_shape(nanobind::handle sizes);

/// An array of NumPy with room for these elements, uninitialized; strings are objects. Throws
/// kUnsupported for bfloat16, which NumPy has not.
nanobind::object new_array(const Shape& shape, DType dtype);

/// An array of NumPy that is a copy of these elements.
nanobind::object copy_of(const TensorView& elements);

/// The elements of an array of NumPy, if the object is one in C order and of a type that Weir
/// knows; many times faster than its buffer protocol. Valid as long as the array.
std::optional<MutableTensorView> elements_of(nanobind::handle object, bool writable = false);

/// An array of NumPy that is the weight, and holds it.
nanobind::object read_only_array(const LayerWeight& weight);

}  // namespace weir::python
