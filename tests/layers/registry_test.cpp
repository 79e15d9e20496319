#include "layers/registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "layers/build_graph.h"
#include "weir/error.h"

namespace weir::layers {
namespace {

using ::testing::HasSubstr;

keras::LayerRecord layer(const std::string& class_name) {
  keras::LayerRecord record;
  record.class_name = class_name;
  record.module = "keras.layers";
  record.name = "a_layer";
  record.config = Json::object();
  return record;
}

class Promised : public ::testing::TestWithParam<const char*> {};

TEST_P(Promised, LayerIsThere) { EXPECT_NO_THROW(Registry::builtin().find(layer(GetParam()))); }

const auto kName = [](const auto& test) { return std::string(test.param); };

INSTANTIATE_TEST_SUITE_P(Product, Promised,
                         ::testing::Values("Dense", "EinsumDense", "Embedding", "Conv1D", "Conv2D",
                                           "Conv3D", "Conv1DTranspose", "Conv2DTranspose",
                                           "Conv3DTranspose", "SeparableConv1D", "SeparableConv2D",
                                           "DepthwiseConv1D", "DepthwiseConv2D"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Text, Promised,
                         ::testing::Values("TextVectorization", "StringLookup", "IntegerLookup",
                                           "Hashing", "HashedCrossing"),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Pooling, Promised,
    ::testing::Values("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D",
                      "AveragePooling2D", "AveragePooling3D", "GlobalMaxPooling1D",
                      "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GlobalAveragePooling1D",
                      "GlobalAveragePooling2D", "GlobalAveragePooling3D", "AdaptiveMaxPooling1D",
                      "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AdaptiveAveragePooling1D",
                      "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
    kName);

INSTANTIATE_TEST_SUITE_P(Normalizing, Promised,
                         ::testing::Values("BatchNormalization", "LayerNormalization",
                                           "GroupNormalization", "UnitNormalization",
                                           "RMSNormalization"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Activation, Promised,
                         ::testing::Values("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU",
                                           "Softmax", "ThresholdedReLU"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Merging, Promised,
                         ::testing::Values("Add", "Subtract", "Multiply", "Average", "Maximum",
                                           "Minimum", "Concatenate", "Dot"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Shaping, Promised,
                         ::testing::Values("Flatten", "Reshape", "Permute", "RepeatVector",
                                           "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
                                           "Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D",
                                           "UpSampling2D", "UpSampling3D"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Image, Promised,
                         ::testing::Values("Rescaling", "Normalization", "Resizing", "CenterCrop"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Recurrent, Promised,
                         ::testing::Values("SimpleRNN", "LSTM", "GRU", "RNN", "SimpleRNNCell",
                                           "LSTMCell", "GRUCell", "StackedRNNCells", "ConvLSTM1D",
                                           "ConvLSTM2D", "ConvLSTM3D", "Bidirectional",
                                           "TimeDistributed", "Masking"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Attention, Promised,
                         ::testing::Values("MultiHeadAttention", "GroupQueryAttention", "Attention",
                                           "AdditiveAttention"),
                         kName);

INSTANTIATE_TEST_SUITE_P(Preprocessing, Promised,
                         ::testing::Values("CategoryEncoding", "Discretization", "MelSpectrogram",
                                           "STFTSpectrogram", "Pipeline", "MaxNumBoundingBoxes",
                                           "Equalization"),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Training, Promised,
    ::testing::Values("Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D",
                      "SpatialDropout3D", "AlphaDropout", "GaussianDropout", "GaussianNoise",
                      "ActivityRegularization", "RandomBrightness", "RandomContrast", "RandomCrop",
                      "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom",
                      "RandomHeight", "RandomWidth", "RandomShear", "RandomHue", "RandomSaturation",
                      "RandomSharpness", "RandomColorJitter", "RandomColorDegeneration",
                      "RandomGrayscale", "RandomInvert", "RandomPosterization", "RandomPerspective",
                      "RandomGaussianBlur", "RandomElasticTransform", "RandomErasing",
                      "AutoContrast", "Solarization", "RandAugment", "AugMix", "CutMix", "MixUp"),
    kName);

/// A Sequential model of one layer on rows of 4 elements.
graph::Graph build_on_vector(const keras::LayerRecord& record) {
  keras::ModelRecord model;
  model.build_input_shape = Shape{Shape::kFree, 4};
  model.has_weights = false;
  model.layers = {record};
  const Shape input{2, 4};
  return build_graph(model, {&input, 1});
}

/// All of keras.activations but `threshold`, which Keras cannot call by its name alone: it has no
/// defaults for its further arguments.
class ActivationFunction : public ::testing::TestWithParam<const char*> {};

TEST_P(ActivationFunction, IsKnownToTheActivationLayerAndToDense) {
  keras::LayerRecord activation = layer("Activation");
  activation.config["activation"] = GetParam();
  EXPECT_EQ(build_on_vector(activation).outputs.size(), 1U);
  keras::LayerRecord dense = layer("Dense");
  dense.config = {{"units", 6}, {"activation", GetParam()}};
  EXPECT_EQ(build_on_vector(dense).outputs.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Keras, ActivationFunction,
                         ::testing::Values("celu", "elu", "exponential", "gelu", "glu",
                                           "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
                                           "hard_tanh", "leaky_relu", "linear", "log_sigmoid",
                                           "log_softmax", "mish", "relu", "relu6", "selu",
                                           "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
                                           "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax",
                                           "squareplus", "swish", "tanh", "tanh_shrink"),
                         kName);

/// A line of keras_layers.txt.
struct KerasLayer {
  std::string name;
  bool refused;
};

std::vector<KerasLayer> keras_layers() {
  std::ifstream file(std::string(WEIR_TESTS_DIR) + "/layers/keras_layers.txt");
  std::vector<KerasLayer> layers;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    layers.push_back({line.substr(0, line.find_first_of(" :")), line.find(':') != line.npos});
  }
  return layers;
}

TEST(KerasHub, HadAnotherNameBefore) {
  keras::LayerRecord record = layer("SinePositionEncoding");
  for (const char* package : {"keras_hub", "keras_nlp"}) {
    record.module = fmt::format("{}.src.layers.modeling", package);
    record.registered_name = fmt::format("{}>SinePositionEncoding", package);
    EXPECT_NO_THROW(Registry::builtin().find(record)) << package;
  }
  record.module = "my_package";
  record.registered_name = "my_package>SinePositionEncoding";
  EXPECT_THROW(Registry::builtin().find(record), Error);
}

TEST(KerasHub, IsToldByTheNameOfTheClassInALegacyFile) {
  keras::LayerRecord record = layer("keras_nlp>SinePositionEncoding");
  record.module = "";
  EXPECT_NO_THROW(Registry::builtin().find(record));
}

TEST(KerasLayers, AreAllThereOrRefusedForAReason) {
  const std::vector<KerasLayer> layers = keras_layers();
  EXPECT_EQ(layers.size(), 144U);
  for (const KerasLayer& each : layers) {
    bool is_there = true;
    try {
      Registry::builtin().find(layer(each.name));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      is_there = false;
    }
    EXPECT_EQ(is_there, !each.refused) << each.name;
  }
}

/// A config that is odd or hostile, and what the error says of it.
struct OddConfig {
  const char* class_name;
  const char* config;
  const char* message;
};

class Odd : public ::testing::TestWithParam<OddConfig> {};

TEST_P(Odd, ConfigIsAClearError) {
  keras::LayerRecord record = layer(GetParam().class_name);
  record.config = Json::parse(GetParam().config);
  try {
    build_on_vector(record);
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
    EXPECT_EQ(error.place().layer, "a_layer");
  }
}

constexpr const char* kFloat8 =
    R"({"units": 3, "dtype": {"class_name": "QuantizedFloat8DTypePolicy", "config": {"mode": "float8"}}})";

INSTANTIATE_TEST_SUITE_P(
    Keras, Odd,
    ::testing::Values(
        OddConfig{"MultiHeadAttention", R"({"num_heads": 2, "key_dim": 3})", "without a value"},
        OddConfig{"MultiHeadAttention", R"({"num_heads": 0, "key_dim": 3})", "num_heads"},
        OddConfig{"GroupQueryAttention", R"({"head_dim": 3, "num_query_heads": -1})", "num_query"},
        OddConfig{"Attention", R"({"score_mode": "sum"})", "score_mode"},
        OddConfig{"Attention", "{}", "called on 1 tensors"},
        OddConfig{"Discretization", "{}", "adapt the layer"},
        OddConfig{"Discretization", R"({"bin_boundaries": [2.0, 1.0]})", "do not rise"},
        OddConfig{"CategoryEncoding", R"({"num_tokens": 3, "sparse": true})", "sparse"},
        OddConfig{"MelSpectrogram", R"({"fft_length": 2000000000})", "fft_length"},
        OddConfig{"MelSpectrogram", R"({"fft_length": 64})", "shorter than half a frame"},
        OddConfig{"STFTSpectrogram", "{}", "expected 3 axes"},
        OddConfig{"ContrastLimitedAdaptiveHistogramEqualization", R"({"tile_grid_size": [3, 0]})",
                  "tile_grid_size"},
        OddConfig{"Dense", kFloat8, "float8"}));

class NotPromised : public ::testing::TestWithParam<const char*> {};

TEST_P(NotPromised, LayerIsUnsupportedByItsName) {
  try {
    build_on_vector(layer(GetParam()));
    ADD_FAILURE() << "it is supported";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr(GetParam()));
    EXPECT_EQ(error.place().layer, "a_layer");
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, NotPromised,
                         ::testing::Values("Lambda", "JaxLayer", "TFSMLayer", "TorchModuleWrapper",
                                           "NoSuchLayer", ""),
                         [](const auto& test) {
                           const std::string name = test.param;
                           return name.empty() ? "NoName" : name;
                         });

}  // namespace
}  // namespace weir::layers
