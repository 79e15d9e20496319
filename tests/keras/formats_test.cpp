#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "keras/load.h"
#include "keras/saved_model.h"
#include "keras/weights_file.h"
#include "weir/error.h"

namespace weir::keras {
namespace {

const std::filesystem::path kModels = std::filesystem::path(WEIR_TESTS_DIR) / "keras" / "models";

Json expected() {
  std::ifstream file(kModels / "expected.json");
  return Json::parse(file);
}

float to_float(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// The weights are whole numbers below 2048, so that a half's exponent and mantissa do.
double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  return exponent == 0 ? 0.0 : std::ldexp(1024 + (bits & 1023), exponent - 25);
}

double number_at(const WeightRecord& weight, std::size_t index) {
  std::uint32_t bits = 0;
  const std::size_t size = size_of(weight.dtype);
  std::memcpy(&bits, weight.data.bytes.data() + index * size, size);
  if (weight.dtype == DType::kFloat16) return from_half(static_cast<std::uint16_t>(bits));
  return to_float(weight.dtype == DType::kBFloat16 ? bits << 16 : bits);
}

Json describe(const WeightRecord& weight) {
  const auto count = static_cast<std::size_t>(weight.shape.elements());
  EXPECT_EQ(weight.data.bytes.size(), count * size_of(weight.dtype));
  return {to_string(weight.dtype), std::vector(weight.shape.begin(), weight.shape.end()),
          number_at(weight, 0), number_at(weight, count - 1)};
}

/// All variables, those of parts too.
void describe_vars(const LayerWeights& weights, Json& list) {
  for (const WeightRecord& weight : weights.vars) list.push_back(describe(weight));
  for (const auto& [name, part] : weights.parts) describe_vars(part, list);
}

/// Those of the layers in its config, too.
void describe_vars(const LayerRecord& layer, Json& list) {
  describe_vars(layer.weights, list);
  for (const InnerLayer& inner : layer.inner) describe_vars(*inner.layer, list);
}

void describe_layers(const ModelRecord& model, const std::string& prefix, Json& layers) {
  for (const LayerRecord& layer : model.layers) {
    if (layer.model != nullptr) describe_layers(*layer.model, prefix + layer.name + "/", layers);
    Json list = Json::array();
    describe_vars(layer, list);
    if (!list.empty()) layers[prefix + layer.name] = list;
  }
}

/// Of an architecture the file has the weights alone; it has the same name up to the first dot.
ModelRecord load(const std::string& name) {
  if (std::filesystem::is_directory(kModels / name)) {
    Folder folder(kModels / name);
    return load_saved_model(folder);
  }
  if (!name.starts_with("architecture")) return load_model_file(kModels / name);
  ModelRecord model = load_model_file(kModels / (name.substr(0, name.find('.')) + ".json"));
  load_weights_file(kModels / name, model);
  return model;
}

class Formats : public ::testing::TestWithParam<std::string> {};

TEST_P(Formats, HoldTheWeightsThatKerasSaved) {
  const ModelRecord model = load(GetParam());
  Json found = Json::object();
  describe_layers(model, "", found);
  Json wanted = expected().at(GetParam());
  if (GetParam() == "recurrent.keras") {  // Parts come in the order of their names.
    for (Json* layers : {&found, &wanted}) {
      for (Json& layer : *layers) std::sort(layer.begin(), layer.end());
    }
  }
  EXPECT_EQ(found, wanted);
  EXPECT_TRUE(model.has_weights);
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  const Json files = expected();
  for (const auto& [name, layers] : files.items()) all.push_back(name);
  return all;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Keras, Formats, ::testing::ValuesIn(names()), test_name);

TEST(Load, MapsContiguousWeights) {
  const ModelRecord model = load_model_file(kModels / "sequential_keras3.keras");
  for (const WeightRecord& weight : model.layers.at(1).weights.vars) {
    EXPECT_TRUE(weight.data.mapped);
  }
}

TEST(Load, KeepsTheBytesAliveWithTheWeights) {
  WeightRecord weight;
  {
    const ModelRecord model = load_model_file(kModels / "deflated.keras");
    weight = model.layers.at(1).weights.vars.at(0);
  }
  EXPECT_EQ(number_at(weight, 19), 19);
}

TEST(Load, ReadsVersionsFromEachFormat) {
  EXPECT_TRUE(load_model_file(kModels / "sequential_keras2.keras").is_keras2());
  EXPECT_TRUE(load_model_file(kModels / "sequential_keras2.h5").is_keras2());
  EXPECT_TRUE(load_model_file(kModels / "architecture_keras2.json").is_keras2());
  EXPECT_TRUE(load_model_file(kModels / "sequential_keras3.keras").keras_version.starts_with("3."));
  EXPECT_TRUE(load_model_file(kModels / "sequential_keras3.h5").keras_version.starts_with("3."));
}

std::string to_text(const TensorRef& ref) {
  return ref.layer + ":" + std::to_string(ref.node) + ":" + std::to_string(ref.tensor);
}

const LayerRecord& layer_named(const ModelRecord& model, std::string_view name) {
  const auto found = std::find_if(model.layers.begin(), model.layers.end(),
                                  [&](const LayerRecord& layer) { return layer.name == name; });
  if (found == model.layers.end()) throw std::out_of_range(std::string(name));
  return *found;
}

class Branched : public ::testing::TestWithParam<std::string> {};

/// The same model in six files: the records must not tell Keras 2 from 3, nor `.keras` from `.h5`.
TEST_P(Branched, IsTheSameGraphInEveryFormat) {
  const ModelRecord model = load_model_file(kModels / GetParam());
  EXPECT_EQ(model.kind, ModelRecord::Kind::kFunctional);

  const LayerRecord& inner = layer_named(model, "inner");
  ASSERT_EQ(inner.calls.size(), 2U);
  EXPECT_EQ(to_text(inner.calls[0].tensors.at(0)), "left:0:0");
  EXPECT_EQ(to_text(inner.calls[1].tensors.at(0)), "right:0:0");
  ASSERT_NE(inner.model, nullptr);
  EXPECT_EQ(inner.model->outputs.size(), 2U);

  const LayerRecord& total = layer_named(model, "total");
  EXPECT_EQ(total.calls.at(0).args, Json::parse(R"([[{"tensor": 0}, {"tensor": 1}]])"));
  EXPECT_EQ(to_text(total.calls[0].tensors.at(0)), "shared:0:0");
  EXPECT_EQ(to_text(total.calls[0].tensors.at(1)), "tail:0:0");
  EXPECT_EQ(to_text(layer_named(model, "tail").calls.at(0).tensors.at(0)), "inner:1:0");

  ASSERT_EQ(model.inputs.size(), 2U);
  EXPECT_EQ(model.inputs[0].key, "l");
  EXPECT_EQ(model.inputs[0].ref.layer, "left");
  ASSERT_EQ(model.outputs.size(), 3U);
  EXPECT_EQ(model.outputs[0].key, "raw");
  EXPECT_EQ(to_text(model.outputs[0].ref), "inner:0:1");
  EXPECT_EQ(model.outputs[1].key, "sum");
  EXPECT_EQ(to_text(model.outputs[1].ref), "total:0:0");
}

INSTANTIATE_TEST_SUITE_P(Keras, Branched,
                         ::testing::Values("branched_keras2.keras", "branched_keras2.h5",
                                           "branched_keras3.keras", "branched_keras3.h5",
                                           "architecture_keras2.json", "architecture_keras3.json"),
                         test_name);

TEST(Load, GivesOperationsTheirModuleInEveryFormat) {
  for (const char* name : {"branched_keras3.keras", "branched_keras3.h5"}) {
    const ModelRecord model = load_model_file(kModels / name);
    const LayerRecord& multiply = layer_named(model, "multiply");
    EXPECT_TRUE(multiply.module.starts_with("keras.src.ops")) << multiply.module;
    EXPECT_EQ(multiply.calls.at(0).args, Json::parse(R"([{"tensor": 0}, 2.0])"));
  }
}

TEST(Load, KeepsArgumentsOfKeras2CallsAsKeywords) {
  const ModelRecord model = load_model_file(kModels / "branched_keras2.keras");
  const CallRecord& call = layer_named(model, "tf.math.multiply").calls.at(0);
  EXPECT_EQ(call.args, Json::parse(R"([{"tensor": 0}])"));
  EXPECT_EQ(call.kwargs.at("y"), 2.0);
}

TEST(Load, GivesAnArchitectureNoWeights) {
  const ModelRecord model = load_model_file(kModels / "architecture_keras3.json");
  EXPECT_FALSE(model.has_weights);
  EXPECT_TRUE(layer_named(model, "end").weights.vars.empty());
}

TEST(Load, KeepsTheVariablesOfPartsApart) {
  const ModelRecord model = load_model_file(kModels / "recurrent.keras");
  const LayerRecord& both = layer_named(model, "both");
  EXPECT_TRUE(both.weights.vars.empty());
  ASSERT_EQ(both.inner.size(), 2U);
  EXPECT_EQ(both.inner[0].part, "forward_layer");
  EXPECT_EQ(both.inner[0].layer->weights.parts.at("cell").vars.size(), 3U);
  const LayerRecord& cells = *layer_named(model, "stack").inner.at(0).layer;
  EXPECT_EQ(cells.inner.at(1).part, "cells/gru_cell_1");
  EXPECT_EQ(cells.inner.at(1).layer->weights.vars.at(1).shape, (Shape{3, 9}));
}

TEST(Load, NamesAFileThatIsNotThere) {
  try {
    load_model_file(kModels / "nobody.keras");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_EQ(error.place().file, (kModels / "nobody.keras").string());
  }
}

}  // namespace
}  // namespace weir::keras
