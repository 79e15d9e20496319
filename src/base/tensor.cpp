#include "weir/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/checked.h"

namespace weir {
namespace {

struct DTypeInfo {
  std::string_view name;
  std::size_t bytes;
};

// In the order of the enumeration.
constexpr std::array<DTypeInfo, 14> kDTypes{{{"float16", 2},
                                             {"bfloat16", 2},
                                             {"float32", 4},
                                             {"float64", 8},
                                             {"int8", 1},
                                             {"int16", 2},
                                             {"int32", 4},
                                             {"int64", 8},
                                             {"uint8", 1},
                                             {"uint16", 2},
                                             {"uint32", 4},
                                             {"uint64", 8},
                                             {"bool", 1},
                                             {"string", sizeof(std::string_view)}}};

}  // namespace

std::size_t size_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].bytes; }

std::string_view to_string(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].name; }

std::optional<DType> dtype_from_name(std::string_view name) {
  const auto* found = std::find_if(kDTypes.begin(), kDTypes.end(),
                                   [&](const DTypeInfo& info) { return info.name == name; });
  if (found == kDTypes.end()) return std::nullopt;
  return static_cast<DType>(found - kDTypes.begin());
}

Shape::Shape(std::initializer_list<std::int64_t> dims)
    : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) {
  for (const std::int64_t size : dims) push_back(size);
}

void Shape::push_back(std::int64_t size) {
  require(rank_ < kMaxRank, ErrorCode::kUnsupported, "a tensor has more than {} axes", kMaxRank);
  require(size >= kFree, ErrorCode::kInvalidArgument, "an axis has the size {}", size);
  dims_[rank_++] = size;
}

bool Shape::is_static() const noexcept {
  return std::none_of(begin(), end(), [](std::int64_t size) { return size == kFree; });
}

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t size : dims()) {
    // Not `require`, which would build the text each time: this runs for every batch.
    if (size == kFree) {
      fail(ErrorCode::kInvalidArgument, "shape {} has a free axis", to_string(*this));
    }
    product = checked_mul(product, size);
  }
  return product;
}

std::string to_string(const Shape& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape.dims()) {
    sizes.push_back(size == Shape::kFree ? "None" : std::to_string(size));
  }
  return fmt::format("({}{})", fmt::join(sizes, ", "), sizes.size() == 1 ? "," : "");
}

}  // namespace weir
