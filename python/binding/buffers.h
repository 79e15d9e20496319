#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <utility>

#include "weir/tensor.h"

namespace weir::python {

/// The elements of a Python object (an array of NumPy, or anything else with the buffer protocol),
/// held for as long as this lives: in C order without gaps, of a type that Weir knows.
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

  TensorView view() const { return {view_.data, view_.dtype, view_.shape}; }
  const MutableTensorView& writable_view() const { return view_; }

 private:
  Buffer(const MutableTensorView& view, nanobind::object array)
      : view_(view), array_(std::move(array)) {}
  Buffer(const MutableTensorView& view, const Py_buffer& buffer) : view_(view), buffer_(buffer) {}

  MutableTensorView view_;
  nanobind::object array_;  ///< What holds the elements, where it is an array of NumPy, …
  Py_buffer buffer_ = {};   ///< … or else the request that must be released.
};

}  // namespace weir::python
