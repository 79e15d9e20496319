#include "io/csv_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/checked.h"
#include "base/fail.h"
#include "base/memory.h"
#include "io/csv_columns.h"
#include "io/csv_records.h"
#include "io/number.h"

namespace weir {
namespace {

using Fields = std::span<const std::string_view>;

// Stores the number that a field holds; false if it holds none of the type.
using StoreField = bool (*)(std::string_view field, std::byte* to);

template <typename T>
bool store_field(std::string_view field, std::byte* to) {
  std::optional<T> value;
  if constexpr (std::is_floating_point_v<T>) {
    value = parse_real<T>(field);
  } else {
    value = parse_whole<T>(field);
  }
  if (value) *reinterpret_cast<T*>(to) = *value;
  return value.has_value();
}

StoreField store_field_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return store_field<double>;
    case DType::kInt8:
      return store_field<std::int8_t>;
    case DType::kInt16:
      return store_field<std::int16_t>;
    case DType::kInt32:
      return store_field<std::int32_t>;
    case DType::kInt64:
      return store_field<std::int64_t>;
    case DType::kUInt8:
      return store_field<std::uint8_t>;
    case DType::kUInt16:
      return store_field<std::uint16_t>;
    case DType::kUInt32:
      return store_field<std::uint32_t>;
    case DType::kUInt64:
      return store_field<std::uint64_t>;
    case DType::kBool:
      return store_field<bool>;
    default:
      return store_field<float>;
  }
}

// For a message: not too long, and nothing that a terminal would act on.
std::string shown(std::string_view field) {
  constexpr std::size_t kLongest = 40;
  std::string text(field.substr(0, kLongest));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return field.size() > kLongest ? text + "…" : text;
}

bool is_header(Fields first, const CsvOptions& options) {
  if (options.header != CsvHeader::kAuto) return options.header == CsvHeader::kYes;
  const auto columns = numbered_columns(options, first.size());
  if (!columns) return true;  // Names need a header.
  // Columns that are not chosen may hold text in every row.
  return std::any_of(columns->begin(), columns->end(),
                     [&](std::size_t column) { return !parse_real<double>(first[column]); });
}

std::vector<std::string> names_in(Fields header) {
  std::vector<std::string> names;
  for (std::string_view name : header) {
    // numpy.savetxt begins its header with "# ".
    if (names.empty() && name.starts_with('#')) name.remove_prefix(1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    names.emplace_back(name);
  }
  return names;
}

class CsvSource final : public Source {
 public:
  CsvSource(std::unique_ptr<ByteReader> bytes, const CsvOptions& options,
            std::span<const TensorSpec> expected)
      : records_(std::move(bytes), options.delimiter) {
    records_.skip_lines(options.skip_lines);
    first_row_ = records_.next();
    require(!first_row_.empty(), ErrorCode::kMalformed, "the table is empty");
    column_count_ = first_row_.size();
    if (is_header(first_row_, options)) {
      header_ = names_in(first_row_);
      first_row_ = {};
    }
    columns_ = choose_columns(options, header_, column_count_, expected);
    specs_ = shape_columns(columns_.size(), expected);
    for (TensorSpec& spec : specs_) add_input(spec);
  }

  std::span<const TensorSpec> tensors() const override { return specs_; }

  std::span<const TensorView> next(std::size_t max_rows) override {
    for (Input& input : inputs_) input.make_room(max_rows);
    std::size_t rows = 0;
    while (rows < max_rows) {
      const Fields fields = first_row_.empty() ? records_.next() : std::exchange(first_row_, {});
      if (fields.empty()) break;
      store_row(fields, rows++);
    }
    if (rows == 0) return {};
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      views_[i].data = inputs_[i].buffer.data();
      views_[i].shape[0] = static_cast<std::int64_t>(rows);
    }
    return views_;
  }

 private:
  struct Input {
    std::size_t row_elements;
    std::size_t item_size;
    StoreField store;
    AlignedBuffer buffer{};

    void make_room(std::size_t rows) {
      const std::size_t bytes = checked_mul(rows, row_elements * item_size);
      if (buffer.size() < bytes) buffer = AlignedBuffer(bytes);
    }
  };

  void add_input(TensorSpec& spec) {
    if (spec.dtype == DType::kFloat16 || spec.dtype == DType::kBFloat16) {
      spec.dtype = DType::kFloat32;
    }
    const auto elements = Shape(spec.shape.dims().subspan(1)).elements();
    inputs_.push_back(
        {static_cast<std::size_t>(elements), size_of(spec.dtype), store_field_of(spec.dtype)});
    views_.push_back({nullptr, spec.dtype, spec.shape});
  }

  void store_row(Fields fields, std::size_t row) {
    require(fields.size() == column_count_, ErrorCode::kMalformed,
            "line {} has {} columns, the first row has {}", records_.line(), fields.size(),
            column_count_);
    std::size_t place = 0;
    for (const Input& input : inputs_) {
      std::byte* to = input.buffer.data() + row * input.row_elements * input.item_size;
      for (std::size_t i = 0; i < input.row_elements; ++i, to += input.item_size) {
        const std::size_t column = columns_[place++];
        if (!input.store(fields[column], to)) fail_with_field(column, fields[column], input);
      }
    }
  }

  [[noreturn]] void fail_with_field(std::size_t column, std::string_view field,
                                    const Input& input) const {
    const auto index = static_cast<std::size_t>(&input - inputs_.data());
    fail(ErrorCode::kMalformed, "line {}, column {}{}: '{}' is not a number of type {}",
         records_.line(), column + 1,
         header_.empty() ? "" : fmt::format(" ('{}')", shown(header_[column])), shown(field),
         to_string(specs_[index].dtype));
  }

  CsvRecords records_;
  Fields first_row_;  // Read to see the number of columns, not given yet.
  std::size_t column_count_ = 0;
  std::vector<std::string> header_;
  std::vector<std::size_t> columns_;
  std::vector<TensorSpec> specs_;
  std::vector<Input> inputs_;
  std::vector<TensorView> views_;
};

}  // namespace

std::unique_ptr<Source> open_csv(std::unique_ptr<ByteReader> bytes, const CsvOptions& options,
                                 std::span<const TensorSpec> expected) {
  return std::make_unique<CsvSource>(std::move(bytes), options, expected);
}

}  // namespace weir
