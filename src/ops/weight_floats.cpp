#include "ops/weight_floats.h"

#include <algorithm>
#include <cstdint>

namespace weir::ops {
namespace {

// What is in memory twice, or three times where it is converted, while a weight is packed.
constexpr std::size_t kSliceBytes = std::size_t{1} << 20;

std::size_t elements_of(const graph::Constant& constant) {
  return static_cast<std::size_t>(constant.shape.elements());
}

bool readable_in_place(const graph::Constant& constant) {
  const auto address = reinterpret_cast<std::uintptr_t>(constant.data.bytes.data());
  return constant.dtype == DType::kFloat32 && address % alignof(float) == 0 &&
         constant.data.bytes.size() == elements_of(constant) * sizeof(float);
}

/// The file's own elements; `readable_in_place` must hold.
std::span<const float> floats_in_place(const graph::Constant& constant) {
  const std::span<const std::byte> bytes = constant.data.bytes;
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

}  // namespace

WeightFloats::WeightFloats(const graph::Constant& constant) : constant_(constant) {
  if (readable_in_place(constant)) {
    values_ = floats_in_place(constant);
  } else {
    copy_ = constant.to_floats();
    values_ = copy_;
  }
}

WeightFloats::~WeightFloats() {
  if (constant_.data.mapped) drop_pages(constant_.data.bytes);
}

std::size_t slice_elements(const graph::Constant& constant, std::size_t row_elements) {
  const std::size_t row = std::max<std::size_t>(row_elements, 1);
  const std::size_t slice = std::max<std::size_t>(kSliceBytes / sizeof(float) / row, 1) * row;
  return std::min(slice, elements_of(constant));
}

std::size_t reading_bytes(const graph::Constant& constant, std::size_t elements) {
  const std::size_t copy = readable_in_place(constant) ? 0 : sizeof(float);
  return elements * (size_of(constant.dtype) + copy);
}

void visit_slices(const graph::Constant& constant, std::size_t row_elements,
                  const std::function<void(std::size_t, std::span<const float>)>& visit) {
  const std::size_t elements = elements_of(constant);
  const std::size_t row = std::max<std::size_t>(row_elements, 1);
  const std::size_t slice = slice_elements(constant, row_elements);
  const bool in_place = readable_in_place(constant);
  for (std::size_t first = 0; first < elements; first += slice) {
    const std::size_t count = std::min(slice, elements - first);
    if (in_place) {
      visit(first / row, floats_in_place(constant).subspan(first, count));
    } else {
      visit(first / row, constant.to_floats(first, count));
    }
    if (!constant.data.mapped) continue;
    // From the start: the page that two slices share is whole only with both.
    const std::size_t done = (first + count) * size_of(constant.dtype);
    drop_pages(constant.data.bytes.first(done));
  }
}

graph::PackedWeight pack_floats(const graph::Constant& constant, graph::PackedWeights& weights) {
  const auto pack = [&constant](const graph::PackingRoom& room) {
    visit_slices(constant, 1, [&](std::size_t first, std::span<const float> slice) {
      std::ranges::copy(slice, room.floats() + first);
      room.settle();
    });
  };
  const std::size_t slice = slice_elements(constant, 1);
  return weights.get(constant.id, elements_of(constant) * sizeof(float), pack,
                     {reading_bytes(constant, slice), slice * sizeof(float)});
}

}  // namespace weir::ops
