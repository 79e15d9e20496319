#define WEIR_DEFINES_NUMPY_API
#include "arrays.h"

#include <algorithm>
#include <array>
#include <string>

#include "numpy_api.h"
#include "weir/error.h"

namespace weir::python {
namespace {

namespace nb = nanobind;

static_assert(Shape::kMaxRank <= NPY_MAXDIMS);

/// NumPy's number of a type; nothing for bfloat16.
std::optional<int> number_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return NPY_FLOAT16;
    case DType::kBFloat16:
      return std::nullopt;
    case DType::kFloat32:
      return NPY_FLOAT32;
    case DType::kFloat64:
      return NPY_FLOAT64;
    case DType::kInt8:
      return NPY_INT8;
    case DType::kInt16:
      return NPY_INT16;
    case DType::kInt32:
      return NPY_INT32;
    case DType::kInt64:
      return NPY_INT64;
    case DType::kUInt8:
      return NPY_UINT8;
    case DType::kUInt16:
      return NPY_UINT16;
    case DType::kUInt32:
      return NPY_UINT32;
    case DType::kUInt64:
      return NPY_UINT64;
    case DType::kBool:
      return NPY_BOOL;
  }
  return std::nullopt;
}

std::optional<DType> dtype_of(int number) {
  for (int i = 0; i <= static_cast<int>(DType::kBool); ++i) {
    const auto dtype = static_cast<DType>(i);
    if (number_of(dtype) == number) return dtype;
  }
  return std::nullopt;
}

}  // namespace

void load_numpy() {
  if (_import_array() < 0) throw nb::python_error();
}

nb::object new_array(const Shape& shape, DType dtype) {
  const std::optional<int> number = number_of(dtype);
  if (!number) {
    throw Error(ErrorCode::kUnsupported, "NumPy has no " + std::string(to_string(dtype)));
  }
  std::array<npy_intp, Shape::kMaxRank> sizes;
  std::copy(shape.begin(), shape.end(), sizes.begin());
  PyObject* array = PyArray_SimpleNew(static_cast<int>(shape.rank()), sizes.data(), *number);
  if (array == nullptr) throw nb::python_error();
  return nb::steal(array);
}

std::optional<MutableTensorView> elements_of(nb::handle object, bool writable) {
  if (!PyArray_Check(object.ptr())) return std::nullopt;
  auto* array = reinterpret_cast<PyArrayObject*>(object.ptr());
  const int wanted = writable ? NPY_ARRAY_CARRAY : NPY_ARRAY_CARRAY_RO;
  if (!PyArray_CHKFLAGS(array, wanted) || !PyArray_ISNOTSWAPPED(array)) return std::nullopt;
  const std::optional<DType> dtype = dtype_of(PyArray_TYPE(array));
  if (!dtype || PyArray_NDIM(array) > static_cast<int>(Shape::kMaxRank)) return std::nullopt;
  MutableTensorView view{PyArray_DATA(array), *dtype, {}};
  for (int axis = 0; axis < PyArray_NDIM(array); ++axis) {
    view.shape.push_back(PyArray_DIM(array, axis));
  }
  return view;
}

}  // namespace weir::python
