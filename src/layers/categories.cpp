#include "layers/categories.h"

#include <algorithm>

#include "base/fail.h"
#include "layers/shaping.h"
#include "ops/category_counts.h"

namespace weir::layers {
namespace {

/// One sample an element, but for a last axis of size 1, which goes.
ValueId each_alone(LayerCall& call, ValueId categories) {
  Shape shape = call.shape(categories);
  if (shape.rank() > 1 && shape.back() == 1) return categories;
  shape.push_back(1);
  return add_reshape(call, categories, shape);
}

/// Keras counts along the first axis behind the batch, whatever axes are behind it.
ValueId counted_last(LayerCall& call, ValueId categories, const std::string& mode) {
  const std::size_t rank = call.shape(categories).rank();
  require(
      rank >= 2, ErrorCode::kUnsupported,
      "output_mode '{}' of a tensor of the shape {} is not supported: give it the shape (batch, "
      "elements)",
      mode, to_string(call.shape(categories)));
  std::vector<std::size_t> order = all_axes(rank);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return add_transpose(call, categories, std::move(order));
}

}  // namespace

std::string output_mode_of(const Config& config) {
  require(!config.boolean("sparse", false), ErrorCode::kUnsupported,
          "sparse outputs are not supported; save the layer with sparse=False");
  const std::string mode = config.text("output_mode", "int");
  if (mode == "binary") return "multi_hot";
  return mode == "tf-idf" ? "tf_idf" : mode;
}

DType encoded_type_of(const Config& config) {
  const auto found = config.json().find("dtype");
  if (found == config.json().end() || found->is_null()) return DType::kFloat32;
  const Json name =
      found->is_object() ? found->value("config", Json::object()).value("name", Json()) : *found;
  const bool is_integer = name.is_string() && name.get<std::string>().find("int") == 0;
  return is_integer ? DType::kInt32 : DType::kFloat32;
}

ValueId encode_categories(LayerCall& call, ValueId categories, const std::string& mode,
                          std::int64_t depth, DType dtype) {
  if (mode == "int") return categories;
  if (mode == "one_hot") {
    return call.add(ops::make_category_counts({depth, true, dtype}),
                    {each_alone(call, categories)});
  }
  require(mode == "multi_hot" || mode == "count", ErrorCode::kMalformed, "output_mode is '{}'",
          mode);
  return call.add(ops::make_category_counts({depth, mode == "multi_hot", dtype}),
                  {counted_last(call, categories, mode)});
}

}  // namespace weir::layers
