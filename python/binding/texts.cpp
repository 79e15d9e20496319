#include "texts.h"

#include "arrays.h"
#include "numpy_api.h"

namespace weir::python {
namespace {

namespace nb = nanobind;

PyArrayObject* as_numpy(nb::handle array) { return reinterpret_cast<PyArrayObject*>(array.ptr()); }

std::string_view text_of(PyObject* object) {
  Py_ssize_t size = 0;
  if (PyUnicode_Check(object)) {
    const char* const text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) throw nb::python_error();
    return {text, static_cast<std::size_t>(size)};
  }
  char* bytes = nullptr;
  if (PyBytes_AsStringAndSize(object, &bytes, &size) < 0) throw nb::python_error();
  return {bytes, static_cast<std::size_t>(size)};
}

nb::object object_of(std::string_view text) {
  const auto size = static_cast<Py_ssize_t>(text.size());
  PyObject* object = PyUnicode_DecodeUTF8(text.data(), size, nullptr);
  if (object == nullptr) {
    PyErr_Clear();
    object = PyBytes_FromStringAndSize(text.data(), size);
  }
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

PyObject** objects_in(nb::handle array) {
  return static_cast<PyObject**>(PyArray_DATA(as_numpy(array)));
}

}  // namespace

bool Texts::are_in(nb::handle array) {
  return PyArray_Check(array.ptr()) && PyArray_TYPE(as_numpy(array)) == NPY_OBJECT &&
         PyArray_IS_C_CONTIGUOUS(as_numpy(array)) &&
         PyArray_NDIM(as_numpy(array)) <= static_cast<int>(Shape::kMaxRank);
}

MutableTensorView Texts::add(nb::handle array) {
  const auto count = static_cast<std::size_t>(PyArray_SIZE(as_numpy(array)));
  rooms_.push_back({nb::borrow(array), std::make_shared<std::vector<std::string_view>>(count)});
  MutableTensorView view{rooms_.back().strings->data(), DType::kString, {}};
  for (int axis = 0; axis < PyArray_NDIM(as_numpy(array)); ++axis) {
    view.shape.push_back(PyArray_DIM(as_numpy(array), axis));
  }
  return view;
}

MutableTensorView Texts::read(nb::handle array) {
  const MutableTensorView view = add(array);
  PyObject** object = objects_in(array);
  for (std::string_view& text : *rooms_.back().strings) text = text_of(*object++);
  return view;
}

MutableTensorView Texts::room_for(nb::handle array) { return add(array); }

void Texts::write_all() const {
  for (const Room& room : rooms_) {
    PyObject** object = objects_in(room.array);
    for (const std::string_view text : *room.strings) {
      Py_XSETREF(*object, object_of(text).release().ptr());
      ++object;
    }
  }
}

}  // namespace weir::python
