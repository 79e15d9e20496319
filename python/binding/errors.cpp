#include "errors.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "weir/error.h"

namespace weir::python {
namespace {

namespace nb = nanobind;

/// `weir.errors.from_code(code, message, file, layer, tensor)` makes the exception.
void raise(const Error& error) {
  const ErrorPlace& place = error.place();
  const nb::object exception =
      nb::module_::import_("weir.errors")
          .attr("from_code")(std::string(to_string(error.code())), error.what(), place.file,
                             place.layer, place.tensor);
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
}

}  // namespace

void translate_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void* /*payload*/) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace weir::python
