#pragma once

namespace weir::python {

/// Lets every weir::Error arrive in Python as one of the exceptions of `weir.errors`.
void translate_errors();

}  // namespace weir::python
