#include "layers/index_lookup.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/fail.h"
#include "layers/categories.h"
#include "layers/vocabulary_lines.h"
#include "ops/channel_affine.h"

namespace weir::layers {
namespace {

constexpr std::string_view kVocabulary = "vocabulary";

std::string parse_token(const Json& value, const std::string& /*type*/) {
  require(value.is_string(), ErrorCode::kMalformed, "'{}' is no token of a vocabulary of strings",
          value.dump().substr(0, 60));
  return value.get<std::string>();
}

std::int64_t parse_token(const Json& value, std::int64_t /*type*/) {
  require(value.is_number_integer(), ErrorCode::kMalformed,
          "'{}' is no token of a vocabulary of integers", value.dump().substr(0, 60));
  return value.get<std::int64_t>();
}

std::string token_of_line(std::string line, const std::string& /*type*/) { return line; }

std::int64_t token_of_line(const std::string& line, std::int64_t /*type*/) {
  std::int64_t token = 0;
  const char* const end = line.data() + line.size();
  const auto [parsed, error] = std::from_chars(line.data(), end, token);
  require(error == std::errc{} && parsed == end, ErrorCode::kMalformed,
          "its vocabulary.txt has '{}' where an integer belongs", line.substr(0, 40));
  return token;
}

/// A token that the config gives, or null for none.
template <typename Token>
std::optional<Token> special_token(const Config& config, std::string_view key,
                                   const std::optional<Token>& fallback) {
  const auto found = config.json().find(key);
  if (found == config.json().end()) return fallback;
  if (found->is_null()) return std::nullopt;
  return parse_token(*found, Token());
}

template <typename Token>
std::vector<Token> listed_tokens(const LayerCall& call) {
  const Config config = call.config();
  std::vector<Token> tokens;
  if (config.has(kVocabulary)) {
    const Json& list = config.json()[kVocabulary];
    require(list.is_array(), ErrorCode::kMalformed, "its vocabulary is not a list");
    for (const Json& token : list) tokens.push_back(parse_token(token, Token()));
  } else if (call.record().vocabulary) {
    for (std::string& line : vocabulary_lines(call.record().vocabulary->bytes)) {
      tokens.push_back(token_of_line(std::move(line), Token()));
    }
  } else {
    require(!call.has_weights(), ErrorCode::kUnsupported,
            "the file has no vocabulary for it: an adapted layer's is kept in .keras files only; "
            "save the model as .keras, or give the layer its vocabulary when it is made");
    return tokens;
  }
  require(!tokens.empty(), ErrorCode::kMalformed, "its vocabulary is empty");
  return tokens;
}

/// Takes the tokens for masks and unknown ones off the front, where all of them are there.
template <typename Token>
bool take_special_tokens(IndexLookup<Token>& lookup) {
  const auto first = static_cast<std::size_t>(lookup.indices.first_token());
  if (lookup.tokens.size() < first) return false;
  for (std::size_t i = 0; i < first; ++i) {
    const bool is_mask = std::cmp_less(i, lookup.indices.first_oov());
    if ((is_mask ? lookup.mask : lookup.oov) != lookup.tokens[i]) return false;
  }
  lookup.tokens.erase(lookup.tokens.begin(),
                      lookup.tokens.begin() + static_cast<std::ptrdiff_t>(first));
  return true;
}

void set_sizes(const LayerCall& call, std::size_t tokens, LookupIndices& indices) {
  const Config config = call.config();
  indices.size = indices.first_token() + static_cast<std::int64_t>(tokens);
  const std::int64_t promised = config.integer("vocabulary_size", indices.size);
  if (tokens == 0) {
    indices.size = promised;  // An architecture alone.
  } else if (call.record().vocabulary && !config.has(kVocabulary)) {
    require(
        promised == indices.size, ErrorCode::kMalformed,
        "its vocabulary.txt makes {} indices, its config promises {}: the asset was cut, or has "
        "tokens with line ends in them",
        indices.size, promised);
  }
  const std::int64_t most = config.integer("max_tokens", INT32_MAX);
  require(indices.size > 0 && indices.size <= most, ErrorCode::kMalformed,
          "its vocabulary makes {} indices, and max_tokens is {}", indices.size, most);
  const bool padded = config.boolean("pad_to_max_tokens", false);
  require(!padded || config.has("max_tokens"), ErrorCode::kMalformed,
          "pad_to_max_tokens is set, and max_tokens is not");
  indices.depth = padded ? most : indices.size;
}

template <typename Token>
IndexLookup<Token> read_index_lookup(LayerCall& call, const std::optional<Token>& mask,
                                     const Token& oov) {
  const Config config = call.config();
  IndexLookup<Token> lookup;
  lookup.mask = special_token<Token>(config, "mask_token", mask);
  lookup.oov = special_token<Token>(config, "oov_token", oov);
  lookup.tokens = listed_tokens<Token>(call);
  LookupIndices& indices = lookup.indices;
  indices.mode = output_mode_of(config);
  indices.has_mask = lookup.mask.has_value();
  indices.oov_indices = config.integer("num_oov_indices", 1);
  require(indices.oov_indices >= 0 && indices.oov_indices < INT32_MAX, ErrorCode::kMalformed,
          "num_oov_indices is {}", indices.oov_indices);
  indices.lists_special_tokens = take_special_tokens(lookup);
  require(!lookup.mask || !std::ranges::count(lookup.tokens, *lookup.mask), ErrorCode::kMalformed,
          "its vocabulary has the mask token, '{}', among the others", *lookup.mask);
  set_sizes(call, lookup.tokens.size(), indices);
  return lookup;
}

/// The weights that a config gives: one for each token of the vocabulary as it is given there.
std::vector<float> configured_weights(const LayerCall& call, const LookupIndices& indices) {
  std::vector<double> given = call.config().numbers("idf_weights");
  const std::int64_t before = indices.lists_special_tokens ? 0 : indices.first_token();
  require(std::cmp_equal(given.size(), indices.size - before), ErrorCode::kMalformed,
          "it has {} idf_weights for {} tokens", given.size(), indices.size - before);
  const double average =
      std::accumulate(given.begin(), given.end(), 0.0) / static_cast<double>(given.size());
  std::vector<float> weights(static_cast<std::size_t>(before), static_cast<float>(average));
  for (const double weight : given) weights.push_back(static_cast<float>(weight));
  weights.resize(static_cast<std::size_t>(indices.depth));
  return weights;
}

std::vector<float> idf_weights(const LayerCall& call, const LookupIndices& indices) {
  if (call.weight_count() == 0 && call.config().has("idf_weights")) {
    return configured_weights(call, indices);
  }
  return call.weight(0, {indices.depth}).to_floats();
}

}  // namespace

IndexLookup<std::string> read_string_lookup(LayerCall& call,
                                            const std::optional<std::string>& mask) {
  return read_index_lookup<std::string>(call, mask, "[UNK]");
}

IndexLookup<std::int64_t> read_integer_lookup(LayerCall& call) {
  return read_index_lookup<std::int64_t>(call, std::nullopt, -1);
}

ValueId times_idf_weights(LayerCall& call, const LookupIndices& indices, ValueId counts) {
  const std::vector<float> weights = idf_weights(call, indices);
  return call.add(
      ops::make_channel_affine(
          {call.path() + "/idf_weights", indices.depth,
           [weights] {
             return graph::ChannelAffine::Values{weights, std::vector<float>(weights.size(), 0.0F)};
           }},
          0),
      {counts});
}

}  // namespace weir::layers
