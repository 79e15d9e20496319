#include "arrays.h"

#include <nanobind/stl/string.h>

#include <array>
#include <string>

#include "weir/error.h"

namespace weir::python {
namespace {

namespace nb = nanobind;

constexpr std::size_t kTypes = static_cast<std::size_t>(DType::kBool) + 1;

/// What is needed of NumPy to make an array in the least time.
struct NumPy {
  nb::object empty;
  std::array<nb::object, kTypes> dtypes;  ///< Null where NumPy has no such type.

  NumPy() {
    const nb::module_ numpy = nb::module_::import_("numpy");
    empty = numpy.attr("empty");
    for (std::size_t i = 0; i < kTypes; ++i) {
      const auto dtype = static_cast<DType>(i);
      if (dtype == DType::kBFloat16) continue;
      dtypes[i] = numpy.attr("dtype")(std::string(to_string(dtype)));
    }
  }
};

const NumPy& numpy() {
  static const auto* const loaded = new NumPy;  // The interpreter is gone when statics end.
  return *loaded;
}

}  // namespace

nb::object new_array(const Shape& shape, DType dtype) {
  const nb::object& type = numpy().dtypes[static_cast<std::size_t>(dtype)];
  if (!type.is_valid()) {
    throw Error(ErrorCode::kUnsupported, "NumPy has no " + std::string(to_string(dtype)));
  }
  nb::object sizes = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(shape.rank())));
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    PyTuple_SET_ITEM(sizes.ptr(), i, PyLong_FromLongLong(shape[i]));
  }
  PyObject* arguments[] = {nullptr, sizes.ptr(), type.ptr()};
  PyObject* array = PyObject_Vectorcall(numpy().empty.ptr(), &arguments[1],
                                        2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (array == nullptr) throw nb::python_error();
  return nb::steal(array);
}

}  // namespace weir::python
