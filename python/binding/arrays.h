#pragma once

#include <nanobind/nanobind.h>

#include "weir/tensor.h"

namespace weir::python {

/// An array of NumPy with room for these elements, uninitialized. bfloat16, which NumPy has not, is
/// refused.
nanobind::object new_array(const Shape& shape, DType dtype);

}  // namespace weir::python
