#include "buffers.h"

#include <string_view>
#include <utility>

#include "arrays.h"

namespace weir::python {
namespace {

/// A format of Python's struct module, of one element in native order. 'l' has 4 or 8 bytes.
std::optional<DType> dtype_of(std::string_view format, Py_ssize_t size) {
  if (format.size() == 2 && (format[0] == '@' || format[0] == '=' || format[0] == '<')) {
    format.remove_prefix(1);
  }
  if (format.size() != 1) return std::nullopt;
  switch (format[0]) {
    case '?':
      return DType::kBool;
    case 'e':
      return DType::kFloat16;
    case 'f':
      return DType::kFloat32;
    case 'd':
      return DType::kFloat64;
    case 'b':
      return DType::kInt8;
    case 'h':
      return DType::kInt16;
    case 'B':
      return DType::kUInt8;
    case 'H':
      return DType::kUInt16;
    case 'i':
    case 'l':
    case 'q':
    case 'n':
      return size == 8 ? DType::kInt64 : DType::kInt32;
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
      return size == 8 ? DType::kUInt64 : DType::kUInt32;
    default:
      return std::nullopt;
  }
}

std::optional<Shape> shape_of(const Py_buffer& buffer) {
  if (static_cast<std::size_t>(buffer.ndim) > Shape::kMaxRank) return std::nullopt;
  Shape shape;
  for (int axis = 0; axis < buffer.ndim; ++axis) shape.push_back(buffer.shape[axis]);
  return shape;
}

}  // namespace

std::optional<Buffer> Buffer::of(nanobind::handle object, bool writable) {
  if (const auto elements = elements_of(object, writable)) {
    return Buffer(*elements, nanobind::borrow(object));
  }
  Py_buffer buffer;
  const int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
  if (PyObject_GetBuffer(object.ptr(), &buffer, flags) != 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  const auto dtype = dtype_of(buffer.format == nullptr ? "B" : buffer.format, buffer.itemsize);
  const auto shape = shape_of(buffer);
  if (dtype && shape) return Buffer({buffer.buf, *dtype, *shape}, buffer);
  PyBuffer_Release(&buffer);
  return std::nullopt;
}

Buffer::Buffer(Buffer&& other) noexcept
    : view_(other.view_), array_(std::move(other.array_)), buffer_(other.buffer_) {
  // A moved Py_buffer is still the one request that must be released once.
  other.buffer_.obj = nullptr;
}

Buffer::~Buffer() {
  if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
}

}  // namespace weir::python
