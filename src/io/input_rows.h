#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "io/text_arena.h"
#include "weir/tensor.h"

namespace weir {

/// A batch of rows of several inputs on its way from text: memory that is taken once, and kept.
class InputRows {
 public:
  /// Takes the specs of the inputs, whose rows have no free axis. The 16-bit types become float32.
  explicit InputRows(std::vector<TensorSpec> specs);

  std::span<const TensorSpec> specs() const { return specs_; }
  std::size_t row_elements(std::size_t input) const { return inputs_[input].row_elements; }

  /// Forgets the batch before; the next has up to `rows` rows.
  void begin(std::size_t rows);
  /// Stores the number that a field holds, or a copy of its text, as an element of a row; false if
  /// it holds none of the input's type.
  bool store(std::size_t input, std::size_t row, std::size_t element, std::string_view field);
  /// The first `rows` rows of the batch, valid until the next begins.
  std::span<const TensorView> views(std::size_t rows);

 private:
  using StoreField = bool (*)(std::string_view field, std::byte* to, TextArena& texts);
  template <typename T>
  static bool store_number(std::string_view field, std::byte* to, TextArena& texts);
  static bool store_text(std::string_view field, std::byte* to, TextArena& texts);
  static StoreField store_field_of(DType dtype);

  struct Input {
    std::size_t row_elements;
    std::size_t item_size;
    StoreField store;
    AlignedBuffer buffer{};
  };

  std::vector<TensorSpec> specs_;
  std::vector<Input> inputs_;
  std::vector<TensorView> views_;
  TextArena texts_;
};

}  // namespace weir
