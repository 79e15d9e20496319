#include "graph/constant.h"

#include <cstring>

#include "base/fail.h"
#include "base/half.h"

namespace weir::graph {
namespace {

// File data may lie at any address, so elements are copied out one by one.
template <typename T, typename Convert>
std::vector<float> convert(std::span<const std::byte> bytes, const Convert& to_float) {
  std::vector<float> floats(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    floats[i] = to_float(element);
  }
  return floats;
}

template <typename T>
std::vector<float> cast(std::span<const std::byte> bytes) {
  return convert<T>(bytes, [](T element) { return static_cast<float>(element); });
}

}  // namespace

std::vector<float> Constant::to_floats() const {
  return to_floats(0, static_cast<std::size_t>(shape.elements()));
}

std::vector<float> Constant::to_floats(std::size_t first, std::size_t count) const {
  if (data.bytes.empty()) return std::vector<float>(count, 0.0F);
  const auto elements = static_cast<std::size_t>(shape.elements());
  require(data.bytes.size() == elements * size_of(dtype), ErrorCode::kMalformed,
          "the weight '{}' has {} bytes, not {}", id, data.bytes.size(), elements * size_of(dtype));
  const auto bytes = data.bytes.subspan(first * size_of(dtype), count * size_of(dtype));
  switch (dtype) {
    case DType::kFloat16:
      return convert<std::uint16_t>(bytes, half_to_float);
    case DType::kBFloat16:
      return convert<std::uint16_t>(bytes, bfloat_to_float);
    case DType::kFloat32:
      return cast<float>(bytes);
    case DType::kFloat64:
      return cast<double>(bytes);
    case DType::kInt8:
      return cast<std::int8_t>(bytes);
    case DType::kInt16:
      return cast<std::int16_t>(bytes);
    case DType::kInt32:
      return cast<std::int32_t>(bytes);
    case DType::kInt64:
      return cast<std::int64_t>(bytes);
    case DType::kUInt8:
    case DType::kBool:
      return cast<std::uint8_t>(bytes);
    case DType::kUInt16:
      return cast<std::uint16_t>(bytes);
    case DType::kUInt32:
      return cast<std::uint32_t>(bytes);
    case DType::kUInt64:
      return cast<std::uint64_t>(bytes);
    case DType::kString:
      break;
  }
  fail(ErrorCode::kInternal, "a weight of no numbers");
}

ChannelAffine compose(const ChannelAffine& first, const ChannelAffine& second) {
  return {first.id + "+" + second.id, first.channels,
          [inner = first.values, outer = second.values] {
            ChannelAffine::Values result = inner();
            const ChannelAffine::Values then = outer();
            for (std::size_t c = 0; c < result.scale.size(); ++c) {
              result.scale[c] *= then.scale[c];
              result.shift[c] = result.shift[c] * then.scale[c] + then.shift[c];
            }
            return result;
          }};
}

}  // namespace weir::graph
