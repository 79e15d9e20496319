#include "io/jsonl_sink.h"

#include <string>
#include <vector>

#include "io/text_writer.h"

namespace weir {
namespace {

void put_json_string(TextWriter& text, std::string_view string) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text.put('"');
  for (const char c : string) {
    if (c == '"' || c == '\\') text.put('\\');
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      text.put("\\u00");
      text.put(kDigits[byte >> 4]);
      text.put(kDigits[byte & 0xf]);
    } else {
      text.put(c);
    }
  }
  text.put('"');
}

constexpr ElementWriter::Words kWords = {"null", "null", "null", "false", "true", put_json_string};

class JsonlSink final : public Sink {
 public:
  explicit JsonlSink(std::unique_ptr<OutputFile> file) : file_(std::move(file)), text_(*file_) {}

  void open(std::span<const TensorSpec> tensors) override {
    for (const TensorSpec& spec : tensors) {
      names_.push_back(spec.name);
      writers_.emplace_back(spec.dtype, kWords);
    }
  }

  void write(std::span<const TensorView> batch) override {
    const std::int64_t rows = rows_of_all(batch);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        text_.put(i == 0 ? "{" : ", ");
        put_json_string(text_, names_[i]);
        text_.put(": ");
        write_row(batch[i], row, i);
      }
      text_.put("}\n");
    }
    text_.end_batch();
  }

  bool takes_parts() const override { return true; }

  void finish() override {
    text_.flush();
    file_->finish();
  }

 private:
  void write_row(const TensorView& tensor, std::int64_t row, std::size_t output) {
    const std::int64_t elements = Shape(tensor.shape.dims().subspan(1)).elements();
    auto element = static_cast<std::size_t>(row * elements);
    write_axis(tensor, 1, output, element);
  }

  // The elements under one place of the axes before `axis`; recursion is as deep as a shape has
  // axes.
  void write_axis(const TensorView& tensor, std::size_t axis, std::size_t output,
                  std::size_t& element) {
    if (axis >= tensor.shape.rank()) {
      writers_[output].write(text_, tensor.data, element++);
      return;
    }
    text_.put('[');
    for (std::int64_t i = 0; i < tensor.shape[axis]; ++i) {
      if (i > 0) text_.put(", ");
      write_axis(tensor, axis + 1, output, element);
    }
    text_.put(']');
  }

  std::unique_ptr<OutputFile> file_;
  TextWriter text_;
  std::vector<std::string> names_;
  std::vector<ElementWriter> writers_;
};

}  // namespace

std::unique_ptr<Sink> make_jsonl_sink(std::unique_ptr<OutputFile> file) {
  return std::make_unique<JsonlSink>(std::move(file));
}

}  // namespace weir
