#include "ops/weight_floats.h"

#include <cstdint>

namespace weir::ops {
namespace {

bool readable_in_place(const graph::Constant& constant) {
  const auto address = reinterpret_cast<std::uintptr_t>(constant.data.bytes.data());
  const auto elements = static_cast<std::size_t>(constant.shape.elements());
  return constant.dtype == DType::kFloat32 && address % alignof(float) == 0 &&
         constant.data.bytes.size() == elements * sizeof(float);
}

}  // namespace

WeightFloats::WeightFloats(const graph::Constant& constant) : constant_(constant) {
  if (readable_in_place(constant)) {
    const std::span<const std::byte> bytes = constant.data.bytes;
    values_ = {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
  } else {
    copy_ = constant.to_floats();
    values_ = copy_;
  }
}

WeightFloats::~WeightFloats() {
  if (constant_.data.mapped) drop_pages(constant_.data.bytes);
}

}  // namespace weir::ops
