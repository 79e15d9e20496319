#define WEIR_DEFINES_NUMPY_API
#include "arrays.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "numpy_api.h"
#include "texts.h"
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
    case DType::kString:
      return NPY_OBJECT;
  }
  return std::nullopt;
}

std::optional<DType> dtype_of(int number) {
  // Of two C types of 64 bits, NumPy has one under its name for the size and one beside it.
  if (number == NPY_LONGLONG) number = NPY_INT64;
  if (number == NPY_ULONGLONG) number = NPY_UINT64;
  for (int i = 0; i <= static_cast<int>(DType::kBool); ++i) {
    const auto dtype = static_cast<DType>(i);
    if (number_of(dtype) == number) return dtype;
  }
  return std::nullopt;
}

PyArrayObject* as_numpy(nb::handle array) { return reinterpret_cast<PyArrayObject*>(array.ptr()); }

/// An array over `data` with these flags, or over memory of its own where `data` is null.
nb::object make_array(const Shape& shape, DType dtype, const void* data, int flags) {
  const std::optional<int> number = number_of(dtype);
  if (!number) {
    throw Error(ErrorCode::kUnsupported, "NumPy has no " + std::string(to_string(dtype)));
  }
  std::array<npy_intp, Shape::kMaxRank> sizes;
  std::copy(shape.begin(), shape.end(), sizes.begin());
  PyObject* array = PyArray_New(&PyArray_Type, static_cast<int>(shape.rank()), sizes.data(),
                                *number, nullptr, const_cast<void*>(data), 0, flags, nullptr);
  if (array == nullptr) throw nb::python_error();
  return nb::steal(array);
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
  return make_array(shape, dtype, nullptr, 0);
}

nb::object copy_of(const TensorView& elements) {
  nb::object array = new_array(elements.shape, elements.dtype);
  if (elements.dtype == DType::kString) {
    Texts texts;
    std::memcpy(texts.room_for(array).data, elements.data, elements.bytes());
    texts.write_all();
    return array;
  }
  std::memcpy(PyArray_DATA(as_numpy(array)), elements.data, elements.bytes());
  return array;
}

std::optional<MutableTensorView> elements_of(nb::handle object, bool writable) {
  if (!PyArray_Check(object.ptr())) return std::nullopt;
  PyArrayObject* const array = as_numpy(object);
  const int wanted = NPY_ARRAY_C_CONTIGUOUS | (writable ? NPY_ARRAY_WRITEABLE : 0);
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
  nb::capsule holder(
      owner, [](void* held) noexcept { delete static_cast<std::shared_ptr<const void>*>(held); });
  nb::object array = make_array(view.shape, view.dtype, view.data, NPY_ARRAY_C_CONTIGUOUS);
  PyArray_UpdateFlags(as_numpy(array), NPY_ARRAY_UPDATE_ALL);
  // The array takes the holder, also where this fails.
  if (PyArray_SetBaseObject(as_numpy(array), holder.release().ptr()) < 0) throw nb::python_error();
  return array;
}

}  // namespace weir::python
