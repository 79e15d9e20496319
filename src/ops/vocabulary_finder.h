#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "graph/packed_weights.h"
#include "kernels/hash_bins.h"
#include "kernels/vocabulary.h"
#include "ops/vocabulary_lookup.h"

/// What operations that look tokens up share.
namespace weir::ops {

template <typename Token>
constexpr bool kIsText = std::is_same_v<Token, std::string>;

template <typename Token>
using Table =
    std::conditional_t<kIsText<Token>, kernels::TextVocabulary, kernels::IntegerVocabulary>;

/// A token as elements have it.
template <typename Token>
using Key = std::conditional_t<kIsText<Token>, std::string_view, std::int64_t>;

template <typename T>
auto key_of(const T& element) {
  if constexpr (std::is_same_v<T, float>) {
    return kernels::to_int64(element);
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return element;
  } else {
    return std::int64_t{element};
  }
}

template <typename Token>
graph::PackedWeight pack_vocabulary(const Vocabulary<Token>& vocabulary,
                                    graph::PackedWeights& weights) {
  return weights.get(
      vocabulary.id, Table<Token>::packed_bytes(vocabulary.tokens),
      [&](const graph::PackingRoom& room) { Table<Token>::pack(vocabulary.tokens, room.bytes()); });
}

inline std::int64_t floor_modulo(std::int64_t value, std::int64_t by) {
  return (value % by + by) % by;
}

/// Indices of elements, with everything bound.
template <typename Token>
class Finder {
 public:
  Finder(Table<Token> table, LookupRules<Token> rules)
      : table_(table), rules_(std::move(rules)), bins_(rules_.oov_indices, rules_.salt) {}

  /// kNoPlace for a token that must not be missing.
  std::int32_t index(Key<Token> key) const {
    if (rules_.mask && key == Key<Token>(*rules_.mask)) return rules_.mask_index;
    const std::int32_t place = table_.find(key);
    return place == kernels::kNoPlace ? oov_index(key) : rules_.first_token + place;
  }

 private:
  std::int32_t oov_index(Key<Token> key) const {
    if (rules_.oov == Oov::kError) return kernels::kNoPlace;
    if (rules_.oov == Oov::kOne) return rules_.first_oov;
    if constexpr (!kIsText<Token>) {
      if (rules_.oov == Oov::kModulo) {
        return rules_.first_oov + static_cast<std::int32_t>(floor_modulo(key, rules_.oov_indices));
      }
    }
    return rules_.first_oov + static_cast<std::int32_t>(bins_.bin(key));
  }

  Table<Token> table_;
  LookupRules<Token> rules_;
  kernels::HashBins bins_;
};

}  // namespace weir::ops
