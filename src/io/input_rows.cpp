#include "io/input_rows.h"

#include <concepts>
#include <cstdint>
#include <optional>

#include "base/checked.h"
#include "io/number.h"

namespace weir {

template <typename T>
bool InputRows::store_number(std::string_view field, std::byte* to, TextArena& /*texts*/) {
  std::optional<T> value;
  if constexpr (std::is_floating_point_v<T>) {
    value = parse_real<T>(field);
  } else {
    value = parse_whole<T>(field);
  }
  if (value) *reinterpret_cast<T*>(to) = *value;
  return value.has_value();
}

bool InputRows::store_text(std::string_view field, std::byte* to, TextArena& texts) {
  *reinterpret_cast<std::string_view*>(to) = texts.keep(field);
  return true;
}

InputRows::StoreField InputRows::store_field_of(DType dtype) {
  switch (dtype) {
    case DType::kString:
      return store_text;
    case DType::kFloat64:
      return store_number<double>;
    case DType::kInt8:
      return store_number<std::int8_t>;
    case DType::kInt16:
      return store_number<std::int16_t>;
    case DType::kInt32:
      return store_number<std::int32_t>;
    case DType::kInt64:
      return store_number<std::int64_t>;
    case DType::kUInt8:
      return store_number<std::uint8_t>;
    case DType::kUInt16:
      return store_number<std::uint16_t>;
    case DType::kUInt32:
      return store_number<std::uint32_t>;
    case DType::kUInt64:
      return store_number<std::uint64_t>;
    case DType::kBool:
      return store_number<bool>;
    default:
      return store_number<float>;
  }
}

InputRows::InputRows(std::vector<TensorSpec> specs) : specs_(std::move(specs)) {
  for (TensorSpec& spec : specs_) {
    if (spec.dtype == DType::kFloat16 || spec.dtype == DType::kBFloat16) {
      spec.dtype = DType::kFloat32;
    }
    const auto elements = Shape(spec.shape.dims().subspan(1)).elements();
    inputs_.push_back(
        {static_cast<std::size_t>(elements), size_of(spec.dtype), store_field_of(spec.dtype)});
    views_.push_back({nullptr, spec.dtype, spec.shape});
  }
}

void InputRows::begin(std::size_t rows) {
  for (Input& input : inputs_) {
    const std::size_t bytes = checked_mul(rows, input.row_elements * input.item_size);
    if (input.buffer.size() < bytes) input.buffer = AlignedBuffer(bytes);
  }
  texts_.clear();
}

bool InputRows::store(std::size_t input, std::size_t row, std::size_t element,
                      std::string_view field) {
  const Input& to = inputs_[input];
  const std::size_t place = (row * to.row_elements + element) * to.item_size;
  return to.store(field, inputs_[input].buffer.data() + place, texts_);
}

std::span<const TensorView> InputRows::views(std::size_t rows) {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    views_[i].data = inputs_[i].buffer.data();
    views_[i].shape[0] = static_cast<std::int64_t>(rows);
  }
  return views_;
}

}  // namespace weir
