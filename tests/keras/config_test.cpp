#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keras/load.h"
#include "keras/model_config.h"
#include "weir/error.h"

namespace weir::keras {
namespace {

using ::testing::HasSubstr;

ModelRecord load(std::string_view json) {
  return load_model_bytes(borrow_bytes(std::as_bytes(std::span(json))), "model.json");
}

std::string dense(std::string_view name, std::string_view inbound_nodes = "") {
  std::string text = R"({"class_name": "Dense", "config": {"name": ")" + std::string(name) +
                     R"(", "units": 1}, "name": ")" + std::string(name) + "\"";
  if (!inbound_nodes.empty()) text += R"(, "inbound_nodes": )" + std::string(inbound_nodes);
  return text + "}";
}

std::string functional(std::string_view layers, std::string_view inputs, std::string_view outputs) {
  return R"({"class_name": "Functional", "config": {"name": "f", "layers": [)"
         R"({"class_name": "InputLayer", "config": {"name": "x"}, "name": "x",)"
         R"( "inbound_nodes": []},)" +
         std::string(layers) + R"(], "input_layers": )" + std::string(inputs) +
         R"(, "output_layers": )" + std::string(outputs) + "}}";
}

TEST(Config, ReadsABareListAsSequential) {
  const ModelRecord model = load(R"({"class_name": "Sequential", "config": [)" + dense("a") + "," +
                                 dense("b") + R"(], "keras_version": "2.1.3"})");
  EXPECT_EQ(model.kind, ModelRecord::Kind::kSequential);
  EXPECT_TRUE(model.is_keras2());
  ASSERT_EQ(model.layers.size(), 2U);
  EXPECT_EQ(model.layers[1].name, "b");
}

TEST(Config, OfKerasOneIsRefusedWithWhatToDo) {
  try {
    load(R"({"class_name": "Sequential", "config": [)" + dense("a") +
         R"(], "keras_version": "1.2.2"})");
    ADD_FAILURE() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("written by Keras 1.2.2"));
  }
}

TEST(Config, NamesLayersThatHaveNoName) {
  const ModelRecord model =
      load(R"({"class_name": "Sequential", "config": [{"class_name": "Conv2D", "config": {}}]})");
  EXPECT_EQ(model.layers.at(0).name, "conv2d_0");
}

TEST(Config, TakesTheBuildShapeFromEitherPlace) {
  const std::string layers = R"("layers": [)" + dense("a") + "]";
  const ModelRecord inside = load(R"({"class_name": "Sequential", "config": {"name": "s", )" +
                                  layers + R"(, "build_input_shape": [null, 3]}})");
  const ModelRecord outside = load(R"({"class_name": "Sequential", "config": {"name": "s", )" +
                                   layers + R"(}, "build_config": {"input_shape": [null, 3]}})");
  for (const ModelRecord& model : {inside, outside}) {
    EXPECT_EQ(model.build_input_shape, (Shape{Shape::kFree, 3}));
  }
}

TEST(Config, ReadsEndsAsOneTripleAListOrADict) {
  const std::string layer = dense("d", R"([[["x", 0, 0, {}]]])");
  const ModelRecord one = load(functional(layer, R"(["x", 0, 0])", R"([["d", 0, 0]])"));
  EXPECT_EQ(one.inputs.at(0).ref.layer, "x");
  EXPECT_EQ(one.outputs.at(0).ref.layer, "d");
  const ModelRecord dict =
      load(functional(layer, R"([[["x", 0, 0]]])", R"({"p": ["d", 0, 0], "q": ["x", 0, 0]})"));
  EXPECT_EQ(dict.inputs.size(), 1U);
  ASSERT_EQ(dict.outputs.size(), 2U);
  EXPECT_EQ(dict.outputs[1].key, "q");
  EXPECT_EQ(dict.outputs[1].ref.layer, "x");
}

TEST(Config, TellsAListOfInputsFromOneInput) {
  const ModelRecord model = load(functional(
      dense("one", R"([[["x", 0, 0, {}]]])") + "," + dense("bare", R"([["x", 0, 0, {"y": 2}]])") +
          "," + dense("two", R"([[["x", 0, 0, {}], ["one", 0, 0, {}]]])") + "," +
          dense("dict", R"([{"k": ["x", 0, 0, {}]}])"),
      R"(["x", 0, 0])", R"(["two", 0, 0])"));
  EXPECT_EQ(model.layers.at(1).calls.at(0).args, Json::parse(R"([{"tensor": 0}])"));
  EXPECT_EQ(model.layers.at(2).calls.at(0).args, Json::parse(R"([{"tensor": 0}])"));
  EXPECT_EQ(model.layers.at(2).calls.at(0).kwargs, Json::parse(R"({"y": 2})"));
  EXPECT_EQ(model.layers.at(3).calls.at(0).args,
            Json::parse(R"([[{"tensor": 0}, {"tensor": 1}]])"));
  EXPECT_EQ(model.layers.at(4).calls.at(0).args, Json::parse(R"([{"k": {"tensor": 0}}])"));
}

TEST(Config, ReadsConstantsAndTensorsAmongKeras2Arguments) {
  const ModelRecord model =
      load(functional(dense("d", R"([[["x", 0, 0, {"mask": ["x", 0, 0], "sizes": [1, 2, 3]}],)"
                                 R"( ["_CONSTANT_VALUE", -1, [4, 5], {}]]])"),
                      R"(["x", 0, 0])", R"(["d", 0, 0])"));
  const CallRecord& call = model.layers.at(1).calls.at(0);
  EXPECT_EQ(call.args[0][1], Json::parse("[4, 5]"));
  EXPECT_TRUE(call.args[0][0].contains("tensor"));
  EXPECT_TRUE(call.kwargs.at("mask").contains("tensor"));
  EXPECT_EQ(call.kwargs.at("sizes"), Json::parse("[1, 2, 3]"));
  EXPECT_EQ(call.tensors.size(), 2U);
}

TEST(Config, LeavesCodeAsItIs) {
  const ModelRecord model =
      load(R"({"class_name": "Sequential", "config": [{"class_name": "Lambda", "name": "l",)"
           R"( "config": {"function": ["4wEAAAA=", null, null]}}]})");
  EXPECT_EQ(model.layers.at(0).class_name, "Lambda");
  EXPECT_EQ(model.layers.at(0).config.at("function")[0], "4wEAAAA=");
}

TEST(Config, ReadsASubclassOfFunctionalByItsConfig) {
  std::string text =
      functional(dense("d", R"([[["x", 0, 0, {}]]])"), R"(["x", 0, 0])", R"(["d", 0, 0])");
  text.replace(text.find("Functional"), 10, "MyModel");
  EXPECT_EQ(load(text).kind, ModelRecord::Kind::kFunctional);
}

TEST(Config, AllowsALayerThatIsUsedBeforeItIsListed) {
  const ModelRecord model = load(functional(
      dense("late", R"([[["early", 0, 0, {}]]])") + "," + dense("early", R"([[["x", 0, 0, {}]]])"),
      R"(["x", 0, 0])", R"(["late", 0, 0])"));
  EXPECT_EQ(model.layers.size(), 3U);
}

TEST(Config, AllowsALayerThatIsCalledOnItsOwnOutput) {
  const ModelRecord model = load(functional(dense("d", R"([[["x", 0, 0, {}]], [["d", 0, 0, {}]]])"),
                                            R"(["x", 0, 0])", R"(["d", 1, 0])"));
  EXPECT_EQ(model.layers.at(1).calls.size(), 2U);
}

TEST(Config, NamesTheLayerInErrors) {
  try {
    load(functional(dense("d", R"([[["nobody", 0, 0, {}]]])"), R"(["x", 0, 0])", R"(["d", 0, 0])"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kMalformed);
    EXPECT_EQ(error.place().file, "model.json");
    EXPECT_EQ(error.place().layer, "d");
    EXPECT_THAT(error.what(), HasSubstr("'nobody' is used but not defined"));
  }
}

TEST(SnakeCase, IsThatOfKeras) {
  // From keras.src.utils.naming.to_snake_case.
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"Conv2DTranspose", "conv2d_transpose"},
      {"BatchNormalization", "batch_normalization"},
      {"LSTM", "lstm"},
      {"ReLU", "re_lu"},
      {"PReLU", "p_re_lu"},
      {"GlobalAveragePooling2D", "global_average_pooling2d"},
      {"RMSNormalization", "rms_normalization"},
      {"TFOpLambda", "tf_op_lambda"},
      {"ConvLSTM2D", "conv_lstm2d"},
      {"My_Layer", "my__layer"},
      {"ABCd", "ab_cd"}};
  for (const auto& [name, snake] : pairs) EXPECT_EQ(to_snake_case(name), snake);
}

}  // namespace
}  // namespace weir::keras
