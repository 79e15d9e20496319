#define WEIR_DEFINES_NUMPY_API
#include "arrays.h"

#include <nanobind/ndarray.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
