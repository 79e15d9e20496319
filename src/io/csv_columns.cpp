#include "io/csv_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "base/checked.h"
#include "base/fail.h"

namespace weir {
namespace {

Shape row_shape_of(const TensorSpec& spec) {
  require(!spec.shape.empty(), ErrorCode::kInvalidArgument, "input '{}' has no axis for rows",
          spec.name);
  return Shape(spec.shape.dims().subspan(1));
}

std::optional<std::size_t> place_of(std::string_view name, std::span<const std::string> header) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

std::optional<std::size_t> parse_place(std::string_view text, std::size_t column_count) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  require(number >= 1 && number <= column_count, ErrorCode::kInvalidArgument,
          "there is no column {}: the table has {}, counted from 1", number, column_count);
  return number - 1;
}

// "3", "2-65", "2-".
bool append_numbered(std::string_view text, std::size_t column_count,
                     std::vector<std::size_t>& columns) {
  const std::size_t dash = text.find('-');
  const std::optional<std::size_t> first = parse_place(text.substr(0, dash), column_count);
  if (!first) return false;
  std::optional<std::size_t> last = first;
  if (dash != std::string_view::npos) {
    const std::string_view after = text.substr(dash + 1);
    last = after.empty() ? column_count - 1 : parse_place(after, column_count);
  }
  if (!last || *last < *first) return false;
  for (std::size_t column = *first; column <= *last; ++column) columns.push_back(column);
  return true;
}

[[noreturn]] void fail_with_missing(std::string_view column, std::span<const std::string> header) {
  constexpr std::size_t kShown = 20;
  fail(ErrorCode::kInvalidArgument, "there is no column '{}'; {}", column,
       header.empty() ? "the table has no header: give numbers, counted from 1"
                      : fmt::format("the header has: {}{}",
                                    fmt::join(header.first(std::min(header.size(), kShown)), ", "),
                                    header.size() > kShown ? ", …" : ""));
}

bool has_one_element(const TensorSpec& spec) {
  const Shape row = row_shape_of(spec);
  return row.is_static() && row.elements() == 1;
}

std::vector<std::size_t> columns_named_like(std::span<const TensorSpec> expected,
                                            std::span<const std::string> header) {
  std::vector<std::size_t> columns;
  for (const TensorSpec& spec : expected) {
    const auto place = place_of(spec.name, header);
    if (!place || !has_one_element(spec)) return {};
    columns.push_back(*place);
  }
  return columns;
}

std::size_t elements_of_rows(std::span<const TensorSpec> expected) {
  std::int64_t total = 0;
  for (const TensorSpec& spec : expected) {
    const Shape row = row_shape_of(spec);
    require(row.is_static(), ErrorCode::kInvalidArgument,
            "input '{}' wants {}: a table does not say which sizes its free axes have; use .npy",
            spec.name, to_string(spec.shape));
    total = checked_add(total, row.elements());
  }
  return static_cast<std::size_t>(total);
}

// The size that makes the row hold `columns` elements, for the one axis that is free.
Shape solve_free_axis(const TensorSpec& spec, std::size_t columns) {
  Shape shape = spec.shape;
  std::int64_t known = 1;
  std::size_t free_axis = 0;
  for (std::size_t axis = 1; axis < shape.rank(); ++axis) {
    if (shape[axis] != Shape::kFree) {
      known = checked_mul(known, shape[axis]);
    } else if (free_axis != 0) {
      return shape;
    } else {
      free_axis = axis;
    }
  }
  const auto total = static_cast<std::int64_t>(columns);
  if (free_axis != 0 && known > 0 && total % known == 0) shape[free_axis] = total / known;
  return shape;
}

std::string describe(std::span<const TensorSpec> expected) {
  std::vector<std::string> inputs;
  for (const TensorSpec& spec : expected) {
    inputs.push_back(fmt::format("'{}' {}", spec.name, to_string(spec.shape)));
  }
  return fmt::format("{}", fmt::join(inputs, ", "));
}

std::vector<std::size_t> all_columns(std::size_t count) {
  std::vector<std::size_t> columns(count);
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  return columns;
}

}  // namespace

std::optional<std::vector<std::size_t>> numbered_columns(const CsvOptions& options,
                                                         std::size_t column_count) {
  if (options.columns.empty()) return all_columns(column_count);
  std::vector<std::size_t> columns;
  for (const std::string& wanted : options.columns) {
    if (!append_numbered(wanted, column_count, columns)) return std::nullopt;
  }
  return columns;
}

std::vector<std::size_t> choose_columns(const CsvOptions& options,
                                        std::span<const std::string> header,
                                        std::size_t column_count,
                                        std::span<const TensorSpec> expected) {
  std::vector<std::size_t> columns;
  for (const std::string& wanted : options.columns) {
    if (const auto place = place_of(wanted, header)) {
      columns.push_back(*place);
    } else if (!append_numbered(wanted, column_count, columns)) {
      fail_with_missing(wanted, header);
    }
  }
  if (columns.empty()) columns = columns_named_like(expected, header);
  return columns.empty() ? all_columns(column_count) : columns;
}

std::vector<TensorSpec> shape_columns(std::size_t column_count,
                                      std::span<const TensorSpec> expected) {
  if (expected.empty()) {
    return {{{}, DType::kFloat32, {Shape::kFree, static_cast<std::int64_t>(column_count)}}};
  }
  std::vector<TensorSpec> specs(expected.begin(), expected.end());
  if (specs.size() == 1) specs[0].shape = solve_free_axis(specs[0], column_count);
  const std::size_t wanted = elements_of_rows(specs);
  require(wanted == column_count, ErrorCode::kInvalidArgument,
          "the model takes {} values a row (its inputs: {}) and the table has {} columns{}", wanted,
          describe(expected), column_count,
          column_count > wanted ? ": choose the ones to use" : "");
  for (TensorSpec& spec : specs) spec.shape[0] = Shape::kFree;
  return specs;
}

}  // namespace weir
