#include "layers/float_weight.h"

#include <memory>
#include <span>
#include <utility>

#include "graph/constant.h"

namespace weir::layers {

std::vector<float> floats_of(const keras::WeightRecord& weight) {
  return graph::Constant{weight.name, weight.dtype, weight.shape, weight.data}.to_floats();
}

keras::WeightRecord from_floats(std::string name, const Shape& shape, std::vector<float> values) {
  auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return {std::move(name), DType::kFloat32, shape, {std::as_bytes(std::span(*owner)), owner}};
}

}  // namespace weir::layers
