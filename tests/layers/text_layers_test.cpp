#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "layers/build_graph.h"
#include "weir/error.h"

namespace weir::layers {
namespace {

using ::testing::HasSubstr;

SharedBytes text_bytes(const std::string& text) {
  const auto owner = std::make_shared<const std::string>(text);
  return {std::as_bytes(std::span(*owner)), owner};
}

/// A model of one layer on an input of strings.
keras::ModelRecord model_of(const std::string& class_name, const Json& config,
                            const std::optional<std::string>& asset = std::nullopt) {
  keras::LayerRecord input;
  input.class_name = "InputLayer";
  input.name = "text";
  input.config = {{"batch_shape", {nullptr, 1}}, {"dtype", "string"}};
  keras::LayerRecord layer;
  layer.class_name = class_name;
  layer.module = "keras.layers";
  layer.name = "words";
  layer.config = config;
  if (asset) layer.vocabulary = text_bytes(*asset);
  keras::ModelRecord model;
  model.layers = {input, layer};
  return model;
}

graph::Graph build(const keras::ModelRecord& model) {
  const Shape input{2, 1};
  return build_graph(model, {&input, 1}, nullptr);
}

Json text_config() {
  return {{"output_mode", "int"}, {"output_sequence_length", 4}, {"vocabulary", {"a", "b"}}};
}

Json with(Json config, const std::string& key, const Json& value) {
  config[key] = value;
  return config;
}

TEST(TextVectorization, HasAsManyIndicesAsItIsAskedFor) {
  const graph::Graph graph = build(model_of("TextVectorization", text_config()));
  EXPECT_EQ(graph.values[graph.outputs[0]].shape, Shape({2, 4}));
}

TEST(TextVectorization, ReadsAnAdaptedVocabularyFromItsAsset) {
  Json config = with(text_config(), "vocabulary", nullptr);
  config["output_mode"] = "count";
  config["vocabulary_size"] = 4;
  const graph::Graph graph =
      build(model_of("TextVectorization", config, "[UNK]\r\none\x0btwo\xe2\x80\xa8three\n\n"));
  EXPECT_EQ(graph.values[graph.outputs[0]].shape, Shape({2, 4}));
}

struct Refused {
  const char* name;
  const char* class_name;
  Json config;
  std::optional<std::string> asset;
  ErrorCode code;
  const char* phrase;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class RefusedTextLayer : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedTextLayer, SaysWhy) {
  const Refused& refused = GetParam();
  try {
    build(model_of(refused.class_name, refused.config, refused.asset));
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), refused.code) << error.what();
    EXPECT_EQ(error.place().layer, "words");
    EXPECT_THAT(error.what(), HasSubstr(refused.phrase));
  }
}

const Json kCallable{{"class_name", "function"}, {"config", "clean"}};

INSTANTIATE_TEST_SUITE_P(
    Text, RefusedTextLayer,
    ::testing::Values(
        Refused{"a_function",
                "TextVectorization",
                with(text_config(), "standardize", kCallable),
                {},
                ErrorCode::kUnsupported,
                "standardize=None"},
        Refused{"a_function_to_split",
                "TextVectorization",
                with(text_config(), "split", kCallable),
                {},
                ErrorCode::kUnsupported,
                "split=None"},
        Refused{"no_length",
                "TextVectorization",
                with(text_config(), "output_sequence_length", nullptr),
                {},
                ErrorCode::kUnsupported,
                "output_sequence_length"},
        Refused{"ragged",
                "TextVectorization",
                with(text_config(), "ragged", true),
                {},
                ErrorCode::kUnsupported,
                "ragged"},
        Refused{"sparse",
                "StringLookup",
                {{"vocabulary", {"a"}}, {"sparse", true}, {"output_mode", "count"}},
                {},
                ErrorCode::kUnsupported,
                "sparse"},
        Refused{"no_vocabulary",
                "StringLookup",
                {{"vocabulary", nullptr}},
                {},
                ErrorCode::kUnsupported,
                "save the model as .keras"},
        Refused{"an_empty_vocabulary",
                "StringLookup",
                {{"vocabulary", Json::array()}},
                {},
                ErrorCode::kMalformed,
                "empty"},
        Refused{"a_number_among_words",
                "StringLookup",
                {{"vocabulary", {"a", 5}}},
                {},
                ErrorCode::kMalformed,
                "no token"},
        Refused{"a_cut_asset",
                "StringLookup",
                {{"vocabulary_size", 5}},
                "[UNK]\na\nb",
                ErrorCode::kMalformed,
                "was cut"},
        Refused{"an_empty_asset",
                "StringLookup",
                {{"vocabulary_size", 5}},
                "",
                ErrorCode::kMalformed,
                "empty"},
        Refused{"an_asset_of_bytes", "StringLookup", Json::object(), "[UNK]\n\xff\xfe",
                ErrorCode::kMalformed, "not UTF-8"},
        Refused{"an_asset_of_words", "IntegerLookup", Json::object(), "-1\ntwo",
                ErrorCode::kMalformed, "an integer belongs"},
        Refused{"too_many_tokens",
                "StringLookup",
                {{"vocabulary", {"a", "b", "c"}}, {"max_tokens", 3}},
                {},
                ErrorCode::kMalformed,
                "max_tokens is 3"},
        Refused{"absurd_oov_indices",
                "StringLookup",
                {{"vocabulary", {"a"}}, {"num_oov_indices", 9000000000000}},
                {},
                ErrorCode::kMalformed,
                "num_oov_indices"},
        Refused{"absurd_ngrams",
                "TextVectorization",
                with(text_config(), "ngrams", 1000000),
                {},
                ErrorCode::kUnsupported,
                "n-grams"},
        Refused{"a_mask_among_tokens",
                "StringLookup",
                {{"vocabulary", {"a", ""}}, {"mask_token", ""}},
                {},
                ErrorCode::kMalformed,
                "mask token"},
        Refused{"an_unknown_mode",
                "StringLookup",
                {{"vocabulary", {"a"}}, {"output_mode", "fuzzy"}},
                {},
                ErrorCode::kMalformed,
                "fuzzy"},
        Refused{"numbers_of_words",
                "IntegerLookup",
                {{"vocabulary", {1, 2}}},
                {},
                ErrorCode::kInvalidArgument,
                "the input is string"},
        Refused{"a_salt_of_three",
                "Hashing",
                {{"num_bins", 5}, {"salt", {1, 2, 3}}},
                {},
                ErrorCode::kMalformed,
                "salt"},
        Refused{"no_bins", "Hashing", {{"num_bins", 0}}, {}, ErrorCode::kMalformed, "num_bins"},
        Refused{"one_crossed_feature",
                "HashedCrossing",
                {{"num_bins", 5}},
                {},
                ErrorCode::kInvalidArgument,
                "two inputs"},
        Refused{"words_as_numbers",
                "Dense",
                {{"units", 3}},
                {},
                ErrorCode::kUnsupported,
                "of string elements"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Strings, ThatTheModelIsGivenAreNoOutput) {
  try {
    build(model_of("Reshape", {{"target_shape", {1, 1}}}));
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("use that text itself"));
  }
}

}  // namespace
}  // namespace weir::layers
