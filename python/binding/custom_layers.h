#pragma once

#include <nanobind/nanobind.h>

#include "weir/custom_layer.h"

namespace weir::python {

/// The layers of `weir._custom.registered()`, which must stay as long as a model predicts:
/// functions often hold the model, and what C++ held would keep both for ever. They may be copied,
/// called and destroyed by any thread, with the interpreter's lock or without: it is taken where it
/// is needed. So whoever waits for other threads that predict must not hold it.
CustomLayers to_custom_layers(const nanobind::dict& registered);

/// Whether this thread is in a function of such a layer. One that predicted with its own model
/// would wait for itself.
bool in_custom_layer();

}  // namespace weir::python
