#include "ops/text_vectorization.h"

#include <numeric>

#include "base/fail.h"
#include "layers/categories.h"
#include "layers/index_lookup.h"
#include "layers/registry.h"
#include "layers/shaping.h"

namespace weir::layers {
namespace {

using kernels::TextRules;
using Split = TextRules::Split;

/// A name, or "" for None. What a program wrote itself is in the file as an object.
std::string named_function(const Config& config, std::string_view key, std::string_view fallback) {
  const auto found = config.json().find(key);
  if (found == config.json().end()) return std::string(fallback);
  require(!found->is_structured(), ErrorCode::kUnsupported,
          "its '{}' is a function of the program that made the model, which Weir never runs from a "
          "file; do what it does to the texts beforehand, and save the layer with {}=None",
          key, key);
  return config.text(key, "");
}

TextRules rules_of(const Config& config) {
  const std::string standardize =
      named_function(config, "standardize", "lower_and_strip_punctuation");
  const std::string split = named_function(config, "split", "whitespace");
  const bool known = standardize.empty() || standardize == "lower" ||
                     standardize == "strip_punctuation" ||
                     standardize == "lower_and_strip_punctuation";
  require(known, ErrorCode::kMalformed, "standardize is '{}'", standardize);
  require(split.empty() || split == "whitespace" || split == "character", ErrorCode::kMalformed,
          "split is '{}'", split);
  return {standardize.starts_with("lower"), standardize.ends_with("strip_punctuation"),
          split.empty()           ? Split::kNone
          : split == "whitespace" ? Split::kWhitespace
                                  : Split::kCharacters};
}

/// An integer n stands for 1, 2, … n.
std::vector<std::size_t> widths_of(const Config& config) {
  if (!config.has("ngrams")) return {1};
  constexpr std::int64_t kMost = 256;
  std::vector<std::int64_t> given = config.integers("ngrams");
  require(!given.empty(), ErrorCode::kMalformed, "ngrams is an empty list");
  for (const std::int64_t width : given) {
    require(width >= 1 && width <= kMost, ErrorCode::kUnsupported,
            "n-grams of {} tokens are not supported", width);
  }
  if (config.json()["ngrams"].is_array()) return {given.begin(), given.end()};
  std::vector<std::size_t> widths(static_cast<std::size_t>(given.front()));
  std::iota(widths.begin(), widths.end(), std::size_t{1});
  return widths;
}

/// The texts as (rows, texts of a row), one where they are split.
ValueId as_rows(LayerCall& call, Split split, bool gives_indices) {
  const ValueId input = call.input();
  const Shape& shape = call.shape(input);
  require(call.type(input).dtype == DType::kString, ErrorCode::kInvalidArgument,
          "takes strings, but is called on {}", to_string(call.type(input).dtype));
  const bool one_text = shape.rank() == 1 || (shape.rank() == 2 && shape.back() == 1);
  if (split == Split::kNone) {
    const bool rows_are_samples = shape.rank() == 2 || (shape.rank() == 1 && gives_indices);
    require(rows_are_samples, ErrorCode::kUnsupported,
            "texts of the shape {} that are not split are not supported: give it the shape (batch, "
            "texts)",
            to_string(shape));
  } else {
    require(one_text, ErrorCode::kUnsupported,
            "splits texts of the shape (batch,) or (batch, 1), but is called on {}",
            to_string(shape));
  }
  return shape.rank() == 1 ? add_reshape(call, input, {shape[0], 1}) : input;
}

/// How many tokens a row of `texts` texts that are not split has.
std::int64_t unsplit_tokens(std::int64_t texts, const std::vector<std::size_t>& widths) {
  std::int64_t total = 0;
  for (const std::size_t width : widths) {
    total += std::max<std::int64_t>(texts + 1 - static_cast<std::int64_t>(width), 0);
  }
  return total;
}

std::int64_t length_of(const LayerCall& call, const ops::TextVectorization& text,
                       std::int64_t texts) {
  const Config config = call.config();
  require(!config.boolean("ragged", false), ErrorCode::kUnsupported,
          "ragged outputs are not supported; save the layer with ragged=False and an "
          "output_sequence_length");
  if (config.has("output_sequence_length")) {
    return config.sizes("output_sequence_length", 1, 0).front();
  }
  require(text.rules.split == Split::kNone, ErrorCode::kUnsupported,
          "gives as many indices as the longest text of a batch has tokens; save the layer with an "
          "output_sequence_length");
  return unsplit_tokens(texts, text.widths);
}

/// Texts in a row of their own each, not split: Keras makes n-grams and lengths of the whole batch.
void require_samples_apart(const LayerCall& call, const ops::TextVectorization& text) {
  if (call.shape(call.input()).rank() > 1 || text.rules.split != Split::kNone) return;
  require(!call.config().has("ngrams") && !call.config().has("output_sequence_length"),
          ErrorCode::kUnsupported,
          "n-grams and an output_sequence_length of texts of the shape (batch,) that are not split "
          "are not supported: give it the shape (batch, texts)");
}

std::vector<ValueId> text_vectorization(LayerCall& call) {
  const Config config = call.config();
  ops::TextVectorization text{rules_of(config), widths_of(config), {}, 0};
  const IndexLookup<std::string> lookup = read_string_lookup(call, std::string());
  const LookupIndices& indices = lookup.indices;
  require_samples_apart(call, text);
  const ValueId rows = as_rows(call, text.rules.split, indices.gives_indices());
  text.lookup = {lookup.mask, indices.mask_index(),
                 static_cast<std::int32_t>(indices.first_token()), ops::Oov::kOne,
                 static_cast<std::int32_t>(indices.first_oov())};
  ops::Vocabulary<std::string> vocabulary{call.path() + "/vocabulary", lookup.tokens};
  if (indices.gives_indices()) {
    text.length = length_of(call, text, call.shape(rows).back());
    const ValueId found = call.add(ops::make_text_indices(std::move(vocabulary), text), {rows});
    if (call.shape(call.input()).rank() > 1 || text.rules.split != Split::kNone) return {found};
    return {add_reshape(call, found, call.shape(call.input()))};
  }
  require(indices.mode != "one_hot", ErrorCode::kUnsupported,
          "output_mode 'one_hot' of texts is not supported");
  const bool weighted = indices.mode == "tf_idf";
  require(weighted || indices.mode == "multi_hot" || indices.mode == "count", ErrorCode::kMalformed,
          "output_mode is '{}'", indices.mode);
  const ops::CategoryCounts counts{indices.depth, indices.mode == "multi_hot",
                                   weighted ? DType::kFloat32 : DType::kInt32};
  const ValueId counted =
      call.add(ops::make_text_counts(std::move(vocabulary), text, counts), {rows});
  return {weighted ? times_idf_weights(call, indices, counted) : counted};
}

}  // namespace

void register_text_vectorization(Registry& registry) {
  registry.add_layer("TextVectorization", text_vectorization);
}

}  // namespace weir::layers
