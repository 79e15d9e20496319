#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "weir/tensor.h"

namespace weir {

/// What the header of an .npy file says. The format is NumPy's NEP 1, versions 1.0 to 3.0:
/// a magic string, a version, the length of the rest, and a Python dictionary literal.
struct NpyHeader {
  DType dtype = DType::kFloat32;
  std::size_t item_bytes = 4;  ///< Of an element in the file, also of a string.
  bool is_unicode = false;     ///< Strings are of characters of 4 bytes each (type U).
  bool is_swapped = false;  ///< The bytes of an element are in the other order than this machine's.
  bool is_fortran = false;  ///< The first axis is the fastest.
  Shape shape;
  std::size_t data_offset = 0;  ///< Where the elements begin in the file.

  std::size_t rows() const { return static_cast<std::size_t>(shape[0]); }
  /// Axes after the first.
  Shape row_shape() const { return Shape(shape.dims().subspan(1)); }
  /// In the file. Throws kMalformed when the size does not fit.
  std::size_t row_bytes() const;
  std::size_t row_elements() const { return static_cast<std::size_t>(row_shape().elements()); }
  /// Bytes that are one number in the file's order.
  std::size_t swapped_bytes() const { return is_unicode ? sizeof(char32_t) : item_bytes; }
};

/// As many bytes as `npy_header_length` needs; no .npy file is shorter.
inline constexpr std::size_t kNpyPreamble = 12;

bool has_npy_magic(std::span<const std::byte> start);

/// The bytes before the first element, from the first `kNpyPreamble` bytes of a file. Throws
/// kMalformed for other magic, an unknown version or an absurd length.
std::size_t npy_header_length(std::span<const std::byte> preamble);

/// Reads a whole header: the first `npy_header_length` bytes of a file, or more. Nothing in it is
/// evaluated. Throws kMalformed for what is not such a header, kUnsupported for arrays that hold
/// neither numbers nor strings (object arrays are pickles and never loaded), kInvalidArgument for
/// shape ().
NpyHeader parse_npy_header(std::span<const std::byte> bytes);

/// A version 1.0 header in C order. Its length depends on everything but the number of rows, so
/// that a file may be begun before the number is known. Throws kUnsupported for bfloat16, which
/// the format does not have, and for strings, whose longest is not known beforehand.
std::string format_npy_header(DType dtype, const Shape& shape);

}  // namespace weir
