#pragma once

#include <vector>

#include "kernels/text_tokens.h"
#include "ops/category_counts.h"
#include "ops/vocabulary_lookup.h"

namespace weir::ops {

/// Strings to int32 indices of their tokens: (rows, n) -> (rows, length), n being 1 unless texts
/// are not split, when each of them is a token. What is left of a row is 0.
struct TextVectorization {
  kernels::TextRules rules;
  /// Numbers of tokens that are joined by blanks and looked up as one: first all of the first
  /// number, then all of the second. Without n-grams it is {1}.
  std::vector<std::size_t> widths{1};
  LookupRules<std::string> lookup;  ///< Without errors and hashes.
  std::int64_t length = 0;
};
graph::OperationPtr make_text_indices(Vocabulary<std::string> vocabulary, TextVectorization text);

/// The same with counts of the indices below `depth`, of float32 or int32: (rows, n) -> (rows,
/// depth). `length` is not used.
graph::OperationPtr make_text_counts(Vocabulary<std::string> vocabulary, TextVectorization text,
                                     const CategoryCounts& counts);

}  // namespace weir::ops
