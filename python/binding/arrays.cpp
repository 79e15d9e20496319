#include "arrays.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::python {
namespace {

namespace nb = nanobind;

struct NumPy {
  nb::object empty = nb::module_::import_("numpy").attr("empty");
  nb::object dtype = nb::module_::import_("numpy").attr("dtype");
  nb::object float32 = dtype("float32");
};

const NumPy& numpy() {
  static const auto* const loaded = new NumPy;  // The interpreter is gone when statics end.
  return *loaded;
}

nb::object numpy_dtype(DType dtype) {
  if (dtype == DType::kFloat32) return numpy().float32;
  return numpy().dtype(std::string(to_string(dtype)));
}

nb::dlpack::dtype dlpack_dtype(DType dtype) {
  using nb::dlpack::dtype_code;
  const std::string_view name = to_string(dtype);
  dtype_code code = dtype_code::Int;
  if (name.starts_with("float")) code = dtype_code::Float;
  if (name.starts_with("uint")) code = dtype_code::UInt;
  if (dtype == DType::kBool) code = dtype_code::Bool;
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * size_of(dtype)), 1};
}

}  // namespace

nb::tuple to_tuple(const Shape& shape) {
  nb::list sizes;
  for (const std::int64_t size : shape) {
    sizes.append(size == Shape::kFree ? nb::none() : nb::object(nb::int_(size)));
  }
  return nb::tuple(sizes);
}

Shape to_shape(nb::handle sizes) {
  Shape shape;
  for (const nb::handle size : sizes) {
    shape.push_back(size.is_none() ? Shape::kFree : nb::cast<std::int64_t>(size));
  }
  return shape;
}

nb::object new_array(const Shape& shape, DType dtype) {
  nb::object sizes = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(shape.rank())));
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    PyTuple_SET_ITEM(sizes.ptr(), i, PyLong_FromLongLong(shape[i]));
  }
  const nb::object type = numpy_dtype(dtype);
  PyObject* arguments[] = {nullptr, sizes.ptr(), type.ptr()};
  PyObject* array = PyObject_Vectorcall(numpy().empty.ptr(), &arguments[1],
                                        2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (array == nullptr) throw nb::python_error();
  return nb::steal(array);
}

nb::object read_only_array(const LayerWeight& weight) {
  const TensorView& view = weight.view;
  if (view.bytes() == 0) return new_array(view.shape, view.dtype);
  auto* const owner = new std::shared_ptr<const void>(weight.owner);
  const nb::capsule holder(
      owner, [](void* held) noexcept { delete static_cast<std::shared_ptr<const void>*>(held); });
  const std::vector<std::size_t> sizes(view.shape.begin(), view.shape.end());
  return nb::ndarray<nb::numpy, nb::ro>(view.data, sizes.size(), sizes.data(), holder, nullptr,
                                        dlpack_dtype(view.dtype))
      .cast();
}

}  // namespace weir::python
