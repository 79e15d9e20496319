#pragma once

#include <nanobind/nanobind.h>

#include "weir/custom_layer.h"
#include "weir/tensor.h"

namespace weir::python {

/// Sizes as Python has them: None for a free axis.
nanobind::tuple to_tuple(const Shape& shape);
Shape to_shape(nanobind::handle sizes);

/// An array of NumPy of its own, with whatever is in its memory.
nanobind::object new_array(const Shape& shape, DType dtype = DType::kFloat32);

/// An array of NumPy that is the weight, and holds it.
nanobind::object read_only_array(const LayerWeight& weight);

}  // namespace weir::python
