#include "io/text_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>

#include "base/fail.h"

namespace weir {
namespace {

template <typename T>
void write_number(TextWriter& text, T value) {
  const auto room = text.room_for_number();
  const auto result = std::to_chars(room.data(), room.data() + room.size(), value);
  text.advance(static_cast<std::size_t>(result.ptr - room.data()));
}

template <typename T>
void write_element(TextWriter& text, const ElementWriter::Words& words, const void* data,
                   std::size_t index) {
  const T value = static_cast<const T*>(data)[index];
  if constexpr (std::floating_point<T>) {
    if (std::isnan(value)) return text.put(words.nan);
    if (std::isinf(value)) return text.put(value > 0 ? words.infinity : words.minus_infinity);
  }
  write_number(text, value);
}

void write_bool(TextWriter& text, const ElementWriter::Words& words, const void* data,
                std::size_t index) {
  text.put(static_cast<const std::uint8_t*>(data)[index] == 0 ? words.no : words.yes);
}

void write_string(TextWriter& text, const ElementWriter::Words& words, const void* data,
                  std::size_t index) {
  words.put_string(text, static_cast<const std::string_view*>(data)[index]);
}

}  // namespace

void TextWriter::put(char c) {
  if (used_ == block_.size()) flush();
  block_[used_++] = c;
}

void TextWriter::put(std::string_view text) {
  for (const char c : text) put(c);
}

std::span<char> TextWriter::room_for_number() {
  if (block_.size() - used_ < kLongestNumber) flush();
  return std::span(block_).subspan(used_);
}

void TextWriter::flush() {
  file_.write(std::as_bytes(std::span(block_).first(used_)));
  used_ = 0;
}

ElementWriter::ElementWriter(DType dtype, const Words& words) : words_(words) {
  switch (dtype) {
    case DType::kFloat32:
      write_ = write_element<float>;
      return;
    case DType::kFloat64:
      write_ = write_element<double>;
      return;
    case DType::kInt8:
      write_ = write_element<std::int8_t>;
      return;
    case DType::kInt16:
      write_ = write_element<std::int16_t>;
      return;
    case DType::kInt32:
      write_ = write_element<std::int32_t>;
      return;
    case DType::kInt64:
      write_ = write_element<std::int64_t>;
      return;
    case DType::kUInt8:
      write_ = write_element<std::uint8_t>;
      return;
    case DType::kUInt16:
      write_ = write_element<std::uint16_t>;
      return;
    case DType::kUInt32:
      write_ = write_element<std::uint32_t>;
      return;
    case DType::kUInt64:
      write_ = write_element<std::uint64_t>;
      return;
    case DType::kBool:
      write_ = write_bool;
      return;
    case DType::kString:
      write_ = write_string;
      return;
    case DType::kFloat16:
    case DType::kBFloat16:
      break;
  }
  fail(ErrorCode::kUnsupported, "text of {} numbers", to_string(dtype));
}

std::int64_t rows_of_all(std::span<const TensorView> batch) {
  const std::int64_t rows = batch.empty() ? 0 : batch[0].shape[0];
  for (const TensorView& output : batch) {
    if (output.shape[0] == rows) continue;
    fail(ErrorCode::kUnsupported,
         "the outputs have {} and {} rows, which make no table: write to .npz", rows,
         output.shape[0]);
  }
  return rows;
}

}  // namespace weir
