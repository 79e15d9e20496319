#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "weir/tensor.h"

namespace weir::python {

/// Loads NumPy; to be called before anything else of this file. Throws ImportError.
void load_numpy();

/// An array of NumPy with room for these elements, uninitialized. Throws kUnsupported for bfloat16,
/// which NumPy has not.
nanobind::object new_array(const Shape& shape, DType dtype);

/// The elements of an array of NumPy, if the object is one in C order and of a type that Weir
/// knows; many times faster than its buffer protocol. Valid as long as the array.
std::optional<MutableTensorView> elements_of(nanobind::handle object, bool writable);

}  // namespace weir::python
