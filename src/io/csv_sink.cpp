#include "io/csv_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/fail.h"
#include "io/text_writer.h"

namespace weir {
namespace {

// In quotes where anything in it could end the field, whatever separates fields; and where nothing
// is in it, since readers pass over blank lines.
void put_field(TextWriter& text, std::string_view field) {
  const bool is_plain = field.find_first_of("\"\r\n,;\t") == std::string_view::npos;
  if (is_plain && !field.empty()) return text.put(field);
  text.put('"');
  for (const char c : field) {
    if (c == '"') text.put('"');
    text.put(c);
  }
  text.put('"');
}

constexpr ElementWriter::Words kWords = {"nan", "inf", "-inf", "0", "1", put_field};

Shape row_shape_of(const Shape& shape) { return Shape(shape.dims().subspan(1)); }

class CsvSink final : public Sink {
 public:
  CsvSink(std::unique_ptr<OutputFile> file, char delimiter)
      : file_(std::move(file)), text_(*file_), delimiter_(delimiter) {}

  void open(std::span<const TensorSpec> tensors) override {
    specs_.assign(tensors.begin(), tensors.end());
    for (const TensorSpec& spec : specs_) writers_.emplace_back(spec.dtype, kWords);
    const bool is_known = std::all_of(specs_.begin(), specs_.end(), [](const TensorSpec& spec) {
      return row_shape_of(spec.shape).is_static();
    });
    if (is_known) write_header();
  }

  void write(std::span<const TensorView> batch) override {
    if (row_elements_.empty()) take_shapes(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (row_shape_of(batch[i].shape) != row_shape_of(specs_[i].shape)) fail_with_row(i, batch[i]);
    }
    const auto rows = static_cast<std::size_t>(rows_of_all(batch));
    for (std::size_t row = 0; row < rows; ++row) write_row(batch, row);
    text_.end_batch();
  }

  bool takes_parts() const override { return true; }

  void finish() override {
    text_.flush();
    file_->finish();
  }

 private:
  void take_shapes(std::span<const TensorView> batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) specs_[i].shape = batch[i].shape;
    write_header();
  }

  [[noreturn]] void fail_with_row(std::size_t output, const TensorView& rows) const {
    fail(ErrorCode::kInvalidArgument,
         "output '{}': rows of {} do not fit a table whose rows are {}: write to .jsonl",
         specs_[output].name, to_string(rows.shape), to_string(specs_[output].shape));
  }

  void write_header() {
    for (const TensorSpec& spec : specs_) {
      const auto count = static_cast<std::size_t>(row_shape_of(spec.shape).elements());
      row_elements_.push_back(count);
      for (std::size_t i = 0; i < count; ++i) {
        separate();
        put_field(text_, fmt::format("{}_{}", spec.name, i));
      }
    }
    end_line();
  }

  void write_row(std::span<const TensorView> batch, std::size_t row) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      for (std::size_t k = 0; k < row_elements_[i]; ++k) {
        separate();
        writers_[i].write(text_, batch[i].data, row * row_elements_[i] + k);
      }
    }
    end_line();
  }

  void separate() {
    if (!is_line_start_) text_.put(delimiter_);
    is_line_start_ = false;
  }

  void end_line() {
    text_.put('\n');
    is_line_start_ = true;
  }

  std::unique_ptr<OutputFile> file_;
  TextWriter text_;
  char delimiter_;
  bool is_line_start_ = true;
  std::vector<TensorSpec> specs_;
  std::vector<ElementWriter> writers_;
  std::vector<std::size_t> row_elements_;  // Empty until the header is written.
};

}  // namespace

std::unique_ptr<Sink> make_csv_sink(std::unique_ptr<OutputFile> file, char delimiter) {
  return std::make_unique<CsvSink>(std::move(file), delimiter);
}

}  // namespace weir
