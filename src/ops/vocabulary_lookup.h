#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graph/operation.h"
#include "kernels/siphash.h"

namespace weir::ops {

/// Distinct texts or integers. Packed weights of its own, under `id`.
template <typename Token>
struct Vocabulary {
  std::string id;
  std::vector<Token> tokens;
};

/// What takes the place of a token that the vocabulary lacks.
enum class Oov : std::uint8_t {
  kError,   ///< The step throws kInvalidArgument.
  kOne,     ///< One index.
  kModulo,  ///< One of several indices, by the integer's remainder.
  kHash,    ///< One of several indices, by the bin that the token is hashed into.
};

/// To which int32 indices tokens go.
template <typename Token>
struct LookupRules {
  std::optional<Token> mask = {};  ///< Comes before the vocabulary.
  std::int32_t mask_index = 0;
  std::int32_t first_token = 0;  ///< The index of the vocabulary's first token.
  Oov oov = Oov::kOne;
  std::int32_t first_oov = 0;
  std::int64_t oov_indices = 1;
  std::optional<kernels::SipKey> salt = {};
};

/// Strings, or integers (bool and floats among them, cut as TensorFlow does), to indices.
graph::OperationPtr make_lookup(Vocabulary<std::string> vocabulary, LookupRules<std::string> rules);
graph::OperationPtr make_lookup(Vocabulary<std::int64_t> vocabulary,
                                LookupRules<std::int64_t> rules);

/// Indices to tokens: element i becomes tokens[i], or `oov` where there is none. Strings lie in the
/// packed weight; integers become int32, which all of them must fit.
graph::OperationPtr make_inverse_lookup(Vocabulary<std::string> vocabulary, std::string oov);
graph::OperationPtr make_inverse_lookup(Vocabulary<std::int64_t> vocabulary, std::int64_t oov);

}  // namespace weir::ops
