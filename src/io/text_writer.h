#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/output_file.h"
#include "weir/tensor.h"

namespace weir {

/// Text on its way to a file that it does not own, through a block of fixed size.
class TextWriter {
 public:
  explicit TextWriter(OutputFile& file) : file_(file), block_(kBlockBytes) {}

  void put(char c);
  void put(std::string_view text);
  /// Hands everything to the file.
  void flush();
  /// Hands everything to a pipe, whose reader may be waiting for it; a file may wait.
  void end_batch() {
    if (!file_.is_rewritable()) flush();
  }

  /// Room for one number: write there, then `advance` by what was written.
  std::span<char> room_for_number();
  void advance(std::size_t count) { used_ += count; }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
  static constexpr std::size_t kLongestNumber = 32;

  OutputFile& file_;
  std::vector<char> block_;
  std::size_t used_ = 0;
};

/// Writes the elements of one tensor as text, each number the shortest decimal number that reads
/// back as the same value.
class ElementWriter {
 public:
  /// What is written where the number is not one.
  struct Words {
    std::string_view nan;
    std::string_view infinity;
    std::string_view minus_infinity;
    std::string_view no;  ///< false
    std::string_view yes;
    /// Writes a string so that it reads back as the same.
    void (*put_string)(TextWriter& text, std::string_view string);
  };

  /// Throws kUnsupported for the 16-bit floating point types, which no output has.
  ElementWriter(DType dtype, const Words& words);

  /// Element `index` of the elements at `data`.
  void write(TextWriter& text, const void* data, std::size_t index) const {
    write_(text, words_, data, index);
  }

 private:
  using Write = void (*)(TextWriter&, const Words&, const void* data, std::size_t index);
  Write write_;
  Words words_;
};

/// The rows of a batch of a table, of which each output has as many. Throws kUnsupported where one
/// has not: its rows do not stand beside those of the others.
std::int64_t rows_of_all(std::span<const TensorView> batch);

}  // namespace weir
