#include <gtest/gtest.h>

#include <filesystem>

#include "keras/hdf5/file.h"
#include "weir/error.h"

namespace weir::hdf5 {
namespace {

using Texts = std::vector<std::string>;

const std::filesystem::path kModels = std::filesystem::path(WEIR_TESTS_DIR) / "keras" / "models";

TEST(Hdf5, ReadsLinksAndAttributesFromAFractalHeapOfManyBlocks) {
  File file(map_file(kModels / "many_links.h5"));
  const Object group = file.root().at("group");
  EXPECT_EQ(group.links().size(), 1001U);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(group.links().contains("link_" + std::to_string(i)));
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(group.text("attribute_" + std::to_string(i)), "value " + std::to_string(i));
  }
  const Array array = group.at("real").read();
  EXPECT_EQ(array.type.dtype, DType::kInt16);
  EXPECT_EQ(array.shape, Shape{3});
  EXPECT_EQ(std::to_integer<int>(array.data.bytes[2]), 1);
}

TEST(Hdf5, ReadsTextsOfFixedLengthWithoutTheirPadding) {
  File file(map_file(kModels / "many_links.h5"));
  EXPECT_EQ(file.root().at("group").text_list("padded"), (Texts{"ab", "c"}));
}

TEST(Hdf5, TakesAnEmptyListOfNumbersForAnEmptyListOfTexts) {
  File file(map_file(kModels / "sequential_keras3.h5"));
  const Object layer = file.root().at("model_weights/top_level_model_weights");
  EXPECT_EQ(layer.text_list("weight_names"), Texts{});
  EXPECT_EQ(layer.text_list("nothing"), std::nullopt);
}

TEST(Hdf5, FindsPathsAndTellsWhenThereIsNone) {
  File file(map_file(kModels / "sequential_keras3.h5"));
  const Object root = file.root();
  EXPECT_TRUE(root.find("model_weights/first/straight/first/kernel")->is_dataset());
  EXPECT_FALSE(root.find("model_weights/nobody/kernel").has_value());
  EXPECT_FALSE(root.find("").has_value());
  EXPECT_THROW(root.at("nobody"), Error);
}

TEST(Hdf5, ReadsAFileBehindAUserBlock) {
  const SharedBytes plain = map_file(kModels / "sequential_keras3.h5");
  std::vector<std::byte> shifted(512);
  shifted.insert(shifted.end(), plain.bytes.begin(), plain.bytes.end());
  File file(borrow_bytes(shifted));
  EXPECT_TRUE(file.root().find("model_weights").has_value());
}

}  // namespace
}  // namespace weir::hdf5
