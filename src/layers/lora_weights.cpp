#include "layers/lora_weights.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/fail.h"
#include "layers/float_weight.h"
#include "layers/layer.h"

namespace weir::layers {
namespace {

using keras::LayerRecord;
using keras::WeightRecord;

/// "kernel" of "dense/kernel:0".
std::string_view plain_name(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  return path.substr(0, path.find(':'));
}

/// Takes the weight of a name out of the list.
std::optional<WeightRecord> take(std::vector<WeightRecord>& weights, std::string_view name) {
  const auto found = std::ranges::find(
      weights, name, [](const WeightRecord& weight) { return plain_name(weight.name); });
  if (found == weights.end()) return std::nullopt;
  WeightRecord weight = std::move(*found);
  weights.erase(found);
  return weight;
}

/// kernel + factor * a b, a being (…, rank) and b (rank, columns).
WeightRecord merged(const WeightRecord& kernel, const WeightRecord& a, const WeightRecord& b,
                    float factor) {
  const auto rank = b.shape.rank() == 2 ? b.shape[0] : 0;
  require(rank > 0 && a.shape.rank() > 0 && a.shape[a.shape.rank() - 1] == rank &&
              a.shape.elements() / rank * b.shape[1] == kernel.shape.elements(),
          ErrorCode::kMalformed, "the matrices '{}' and '{}', {} and {}, do not fit '{}', {}",
          a.name, b.name, to_string(a.shape), to_string(b.shape), kernel.name,
          to_string(kernel.shape));
  std::vector<float> sum = floats_of(kernel);
  const std::vector<float> left = floats_of(a);
  const std::vector<float> right = floats_of(b);
  const auto columns = static_cast<std::size_t>(b.shape[1]);
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto row = i / static_cast<std::size_t>(rank) * columns;
    const auto first = i % static_cast<std::size_t>(rank) * columns;
    for (std::size_t j = 0; j < columns; ++j) sum[row + j] += factor * left[i] * right[first + j];
  }
  return from_floats(kernel.name, kernel.shape, std::move(sum));
}

/// The layer's list is put in the order of layers without such matrices: the kernel first.
void merge(LayerRecord& layer, std::string_view kernel_name) {
  auto& weights = layer.weights.vars;
  auto a = take(weights, fmt::format("lora_{}_a", kernel_name));
  auto b = take(weights, fmt::format("lora_{}_b", kernel_name));
  if (!a || !b) return;
  auto kernel = take(weights, kernel_name);
  require(kernel.has_value(), ErrorCode::kMalformed, "the file has no '{}' for its matrices",
          kernel_name);
  const Config config(layer.config);
  const double rank = config.number("lora_rank", 1);
  const double alpha = config.number("lora_alpha", rank);
  weights.insert(weights.begin(), merged(*kernel, *a, *b, static_cast<float>(alpha / rank)));
}

}  // namespace

void merge_lora(LayerRecord& layer) {
  if (!Config(layer.config).has("lora_rank")) return;
  merge(layer, "kernel");
  merge(layer, "embeddings");
}

}  // namespace weir::layers
