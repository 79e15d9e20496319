#pragma once

#include <map>
#include <string>
#include <string_view>

#include "layers/layer.h"

/// Axes named by letters, as the equations of einsum name them.
namespace weir::layers {

inline bool has_letter(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

/// The letters of `from` for which `keep` holds, in their order.
template <typename Keep>
std::string select_letters(std::string_view from, const Keep& keep) {
  std::string letters;
  for (const char letter : from) {
    if (keep(letter)) letters.push_back(letter);
  }
  return letters;
}

using LetterSizes = std::map<char, std::int64_t>;

/// The product of the letters' sizes.
std::int64_t size_of(std::string_view letters, const LetterSizes& sizes);
Shape shape_of(std::string_view letters, const LetterSizes& sizes);

/// Moves axes named `from` into the order `to`, which has the same letters.
ValueId permute_letters(LayerCall& call, ValueId value, std::string_view from, std::string_view to);

}  // namespace weir::layers
