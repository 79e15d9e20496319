#include "io/jsonl_source.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fail.h"
#include "io/csv_columns.h"
#include "io/input_rows.h"
#include "io/json_cursor.h"
#include "io/line_reader.h"

namespace weir {
namespace {

/// The elements of a value, however deep in arrays: `take(word or string, whether it is a string)`.
template <typename Take>
void visit_elements(JsonCursor& json, const Take& take, int depth = 0) {
  require(depth <= JsonCursor::kDeepest, ErrorCode::kMalformed, "values that nest too deep");
  if (json.accept('[')) {
    if (json.accept(']')) return;
    do {
      visit_elements(json, take, depth + 1);
    } while (json.accept(','));
    json.expect(']');
  } else if (json.peek() == '"') {
    take(json.string(), true);
  } else {
    take(json.word(), false);
  }
}

class JsonlSource final : public Source {
 public:
  JsonlSource(std::unique_ptr<ByteReader> bytes, std::span<const TensorSpec> expected)
      : lines_(std::move(bytes)) {
    require(!expected.empty(), ErrorCode::kInvalidArgument,
            "JSON lines do not tell which inputs they are for");
    first_line_ = next_with_text();
    require(first_line_.has_value(), ErrorCode::kMalformed, "there are no lines");
    std::vector<TensorSpec> specs(expected.begin(), expected.end());
    if (specs.size() == 1 && has_free_axis(specs[0])) {
      specs = shape_columns(count_elements(*first_line_, specs[0]), expected);
    }
    for (TensorSpec& spec : specs) {
      require(!has_free_axis(spec), ErrorCode::kInvalidArgument,
              "input '{}' wants {}: lines do not say which sizes its free axes have; use .npy",
              spec.name, to_string(spec.shape));
      spec.shape[0] = Shape::kFree;
    }
    inputs_.emplace(std::move(specs));
    has_.resize(inputs_->specs().size());
  }

  std::span<const TensorSpec> tensors() const override { return inputs_->specs(); }

  std::span<const TensorView> next(std::size_t max_rows) override {
    inputs_->begin(max_rows);
    std::size_t rows = 0;
    for (; rows < max_rows; ++rows) {
      const auto line = first_line_ ? std::exchange(first_line_, std::nullopt) : next_with_text();
      if (!line) break;
      store_row(*line, rows);
    }
    if (rows == 0) return {};
    return inputs_->views(rows);
  }

 private:
  static bool has_free_axis(const TensorSpec& spec) {
    return std::find(spec.shape.begin() + 1, spec.shape.end(), Shape::kFree) != spec.shape.end();
  }

  /// A line that is not blank.
  std::optional<std::string_view> next_with_text() {
    while (const auto line = lines_.next()) {
      if (JsonCursor(*line).peek() != '\0') return line;
    }
    return std::nullopt;
  }

  /// `at_value(input, cursor)` where each value is that belongs to an input.
  template <typename AtValue>
  static void visit_inputs(std::string_view line, std::span<const TensorSpec> specs,
                           const AtValue& at_value) {
    JsonCursor json(line);
    if (!json.accept('{')) {
      require(specs.size() == 1, ErrorCode::kMalformed,
              "is no object with a member for each of the {} inputs", specs.size());
      at_value(0, json);
    } else if (!json.accept('}')) {
      const bool only = specs.size() == 1 && has_one_member(line);
      do {
        const std::string_view name = json.string();
        const auto spec = std::ranges::find(specs, name, &TensorSpec::name);
        json.expect(':');
        if (spec == specs.end() && !only) {
          json.skip_value();
        } else {
          at_value(only ? 0 : static_cast<std::size_t>(spec - specs.begin()), json);
        }
      } while (json.accept(','));
      json.expect('}');
    }
    require(json.peek() == '\0', ErrorCode::kMalformed, "goes on after its end");
  }

  static bool has_one_member(std::string_view line) {
    JsonCursor json(line);
    json.expect('{');
    json.string();
    json.expect(':');
    json.skip_value();
    return json.peek() == '}';
  }

  std::size_t count_elements(std::string_view line, const TensorSpec& spec) const {
    std::size_t count = 0;
    at_line([&] {
      visit_inputs(line, {&spec, 1}, [&](std::size_t, JsonCursor& json) {
        visit_elements(json, [&](std::string_view, bool) { ++count; });
      });
    });
    return count;
  }

  void store_row(std::string_view line, std::size_t row) {
    at_line([&] {
      has_.assign(has_.size(), false);
      visit_inputs(line, inputs_->specs(), [&](std::size_t input, JsonCursor& json) {
        store_input(json, input, row);
        has_[input] = true;
      });
      const auto missing = std::ranges::find(has_, false);
      if (missing == has_.end()) return;
      fail(ErrorCode::kInvalidArgument, "has no member '{}'",
           inputs_->specs()[static_cast<std::size_t>(missing - has_.begin())].name);
    });
  }

  void store_input(JsonCursor& json, std::size_t input, std::size_t row) {
    const std::size_t wanted = inputs_->row_elements(input);
    const TensorSpec& spec = inputs_->specs()[input];
    std::size_t count = 0;
    visit_elements(json, [&](std::string_view element, bool is_string) {
      const bool fits = count < wanted && is_string == (spec.dtype == DType::kString) &&
                        inputs_->store(input, row, count, element);
      if (!fits && count < wanted) {
        fail(ErrorCode::kMalformed, "'{}' is not of type {}, which input '{}' takes",
             element.substr(0, 40), to_string(spec.dtype), spec.name);
      }
      ++count;
    });
    if (count == wanted) return;
    fail(ErrorCode::kMalformed, "gives {} values for input '{}', which takes {}", count, spec.name,
         wanted);
  }

  template <typename Work>
  void at_line(const Work& work) const {
    try {
      work();
    } catch (const Error& error) {
      fail(error.code(), "line {}: {}", lines_.line(), error.message());
    }
  }

  LineReader lines_;
  std::optional<std::string_view> first_line_;  // Read for the sizes, not given yet.
  std::optional<InputRows> inputs_;
  std::vector<bool> has_;
};

}  // namespace

std::unique_ptr<Source> open_jsonl(std::unique_ptr<ByteReader> bytes,
                                   std::span<const TensorSpec> expected) {
  return std::make_unique<JsonlSource>(std::move(bytes), expected);
}

}  // namespace weir
