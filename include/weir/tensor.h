#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// Element types, named as NumPy and Keras name them.
enum class DType : std::uint8_t {
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kBool,
  /// Text or other bytes, of any length: each element is a `std::string_view` of bytes that belong
  /// to whoever made the tensor and that stay valid as long as it does. Elements are read, never
  /// written over, by Weir.
  kString,
};

/// Bytes of one element.
std::size_t size_of(DType dtype);
/// "float32", "bool", …
std::string_view to_string(DType dtype);
/// The inverse of `to_string`; nothing for a name that is not a type of Weir's.
std::optional<DType> dtype_from_name(std::string_view name);

/// Sizes of a tensor's axes, at most `kMaxRank` of them, held in place (copying never allocates).
/// An axis of `kFree` is one whose size is known only with the data.
class Shape {
 public:
  static constexpr std::size_t kMaxRank = 8;
  static constexpr std::int64_t kFree = -1;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  /// Throws kUnsupported for more than `kMaxRank` axes, kInvalidArgument for a size below -1.
  explicit Shape(std::span<const std::int64_t> dims);

  std::size_t rank() const noexcept { return rank_; }
  bool empty() const noexcept { return rank_ == 0; }
  std::int64_t operator[](std::size_t axis) const noexcept { return dims_[axis]; }
  std::int64_t& operator[](std::size_t axis) noexcept { return dims_[axis]; }
  std::int64_t back() const noexcept { return dims_[rank_ - 1]; }
  const std::int64_t* begin() const noexcept { return dims_.data(); }
  const std::int64_t* end() const noexcept { return dims_.data() + rank_; }
  std::span<const std::int64_t> dims() const noexcept { return {dims_.data(), rank_}; }

  /// Throws kUnsupported when the shape is full.
  void push_back(std::int64_t size);

  /// No free axis.
  bool is_static() const noexcept;
  /// The number of elements; 1 for rank 0. Throws kInvalidArgument for a free axis and kMalformed
  /// when the product does not fit in 63 bits.
  std::int64_t elements() const;

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t axis = 0; axis < a.rank_; ++axis) {
      if (a.dims_[axis] != b.dims_[axis]) return false;
    }
    return true;
  }

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  std::uint8_t rank_ = 0;
};

/// "(None, 28, 28, 1)", as Keras prints it.
std::string to_string(const Shape& shape);

/// The name, the type and the shape of an input or an output of a model.
struct TensorSpec {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
};

/// Somebody else's elements, read only, in C order without gaps. Does not own them.
struct TensorView {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  Shape shape;

  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
};

/// Somebody else's elements, to be written, in C order without gaps. Does not own them.
struct MutableTensorView {
  void* data = nullptr;
  DType dtype = DType::kFloat32;
  Shape shape;

  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
};

}  // namespace weir
