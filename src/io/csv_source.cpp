#include "io/csv_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/fail.h"
#include "io/csv_columns.h"
#include "io/csv_records.h"
#include "io/input_rows.h"
#include "io/number.h"

namespace weir {
namespace {

using Fields = std::span<const std::string_view>;

// For a message: not too long, and nothing that a terminal would act on.
std::string shown(std::string_view field) {
  constexpr std::size_t kLongest = 40;
  std::string text(field.substr(0, kLongest));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return field.size() > kLongest ? text + "…" : text;
}

bool has_names(Fields first, std::span<const TensorSpec> expected) {
  return !expected.empty() && std::ranges::all_of(expected, [&](const TensorSpec& spec) {
    return std::ranges::find(first, spec.name) != first.end();
  });
}

// Whether each chosen column feeds strings, as far as the shapes tell.
std::vector<bool> text_columns(std::size_t count, std::span<const TensorSpec> expected) {
  std::vector<bool> texts;
  for (const TensorSpec& spec : expected) {
    const Shape row(spec.shape.dims().subspan(1));
    const auto elements = row.is_static() ? static_cast<std::size_t>(row.elements()) : count;
    texts.insert(texts.end(), std::min(elements, count - texts.size()),
                 spec.dtype == DType::kString);
  }
  texts.resize(count);
  return texts;
}

bool is_header(Fields first, const CsvOptions& options, std::span<const TensorSpec> expected) {
  if (options.header != CsvHeader::kAuto) return options.header == CsvHeader::kYes;
  const auto columns = numbered_columns(options, first.size());
  if (!columns || has_names(first, expected)) return true;  // Names need a header.
  const std::vector<bool> texts = text_columns(columns->size(), expected);
  require(std::ranges::count(texts, false) > 0, ErrorCode::kInvalidArgument,
          "the model takes text, and nothing tells whether the first line, '{}', is a header: "
          "give the column the input's name ('{}'), choose it by its name, or say so (--csv-header "
          "yes or no)",
          shown(first[columns->front()]), expected.empty() ? "" : expected.front().name);
  // Columns that are not chosen may hold text in every row.
  for (std::size_t i = 0; i < columns->size(); ++i) {
    if (!texts[i] && !parse_real<double>(first[(*columns)[i]])) return true;
  }
  return false;
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
    if (is_header(first_row_, options, expected)) {
      header_ = names_in(first_row_);
      first_row_ = {};
    }
    columns_ = choose_columns(options, header_, column_count_, expected);
    inputs_.emplace(shape_columns(columns_.size(), expected));
  }

  std::span<const TensorSpec> tensors() const override { return inputs_->specs(); }

  std::span<const TensorView> next(std::size_t max_rows) override {
    inputs_->begin(max_rows);
    std::size_t rows = 0;
    while (rows < max_rows) {
      const Fields fields = first_row_.empty() ? records_.next() : std::exchange(first_row_, {});
      if (fields.empty()) break;
      store_row(fields, rows++);
    }
    if (rows == 0) return {};
    return inputs_->views(rows);
  }

 private:
  void store_row(Fields fields, std::size_t row) {
    require(fields.size() == column_count_, ErrorCode::kMalformed,
            "line {} has {} columns, the first row has {}", records_.line(), fields.size(),
            column_count_);
    std::size_t place = 0;
    for (std::size_t input = 0; input < inputs_->specs().size(); ++input) {
      for (std::size_t i = 0; i < inputs_->row_elements(input); ++i) {
        const std::size_t column = columns_[place++];
        if (!inputs_->store(input, row, i, fields[column])) {
          fail_with_field(column, fields[column], inputs_->specs()[input].dtype);
        }
      }
    }
  }

  [[noreturn]] void fail_with_field(std::size_t column, std::string_view field, DType dtype) const {
    fail(ErrorCode::kMalformed, "line {}, column {}{}: '{}' is not a number of type {}",
         records_.line(), column + 1,
         header_.empty() ? "" : fmt::format(" ('{}')", shown(header_[column])), shown(field),
         to_string(dtype));
  }

  CsvRecords records_;
  Fields first_row_;  // Read to see the number of columns, not given yet.
  std::size_t column_count_ = 0;
  std::vector<std::string> header_;
  std::vector<std::size_t> columns_;
  std::optional<InputRows> inputs_;
};

}  // namespace

std::unique_ptr<Source> open_csv(std::unique_ptr<ByteReader> bytes, const CsvOptions& options,
                                 std::span<const TensorSpec> expected) {
  return std::make_unique<CsvSource>(std::move(bytes), options, expected);
}

}  // namespace weir
