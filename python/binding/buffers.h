#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "weir/tensor.h"

namespace weir::python {

/// The elements of a Python object with the buffer protocol (a NumPy array, a memoryview, …), held
/// for as long as this lives: in C order without gaps, of a type that Weir knows.
class Buffer {
 public:
  /// Nothing, and no Python error, where the object has no such elements; `writable` if they are to
  /// be written.
  static std::optional<Buffer> of(nanobind::handle object, bool writable = false);

  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&&) = delete;
  ~Buffer();

  TensorView view() const { return {buffer_.buf, dtype_, shape_}; }
  MutableTensorView writable_view() const { return {buffer_.buf, dtype_, shape_}; }

 private:
  explicit Buffer(const Py_buffer& buffer, DType dtype, const Shape& shape)
      : buffer_(buffer), dtype_(dtype), shape_(shape) {}

  Py_buffer buffer_;
  DType dtype_;
  Shape shape_;
};

}  // namespace weir::python
