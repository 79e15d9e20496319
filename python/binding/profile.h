#pragma once

#include <nanobind/nanobind.h>

namespace weir::python {

/// `_core.Profile`, and the reports and judgements of records.
void bind_profile(nanobind::module_& module);

}  // namespace weir::python
