#include "ops/text_vectorization.h"

#include <algorithm>

#include "base/checked.h"
#include "base/fail.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"
#include "ops/vocabulary_finder.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::StandardText;
using kernels::StepArgs;
using kernels::TextRules;
using kernels::TokenWindow;

/// Texts per task: taking one apart is work enough.
constexpr std::size_t kRowsPerTask = 8;

/// Takes rows of texts apart, with everything bound.
class RowReader {
 public:
  RowReader(Finder<std::string> finder, TextVectorization text, std::size_t longest,
            std::size_t row_texts)
      : finder_(std::move(finder)),
        text_(std::move(text)),
        longest_(longest),
        row_texts_(row_texts),
        window_bytes_(align_up(TokenWindow::memory_bytes(std::ranges::max(text_.widths), longest),
                               kAlignment)) {}

  /// Of scratch memory, for each thread.
  std::size_t window_bytes() const { return window_bytes_; }
  std::size_t length() const { return static_cast<std::size_t>(text_.length); }

  /// `take(index)` for each token of a row, until it returns false.
  template <typename Take>
  void read(const std::string_view* texts, std::byte* scratch, const Take& take) const {
    for (const std::size_t width : text_.widths) {
      TokenWindow window(width, longest_, scratch);
      for (std::size_t i = 0; i < row_texts_; ++i) {
        if (!read_text(texts[i], window, take)) return;
      }
    }
  }

  /// `run(row, texts, scratch)` for every row.
  template <typename Run>
  void for_all(const StepArgs& args, std::size_t rows, const Run& run) const {
    args.pool.for_ranges(rows, kRowsPerTask,
                         [&](std::size_t slot, std::size_t begin, std::size_t end) {
                           std::byte* const scratch = args.scratch + slot * window_bytes_;
                           for (std::size_t row = begin; row < end; ++row) {
                             run(row, args.input<std::string_view>(0) + row * row_texts_, scratch);
                           }
                         });
  }

 private:
  template <typename Take>
  bool read_text(std::string_view bytes, TokenWindow& window, const Take& take) const {
    StandardText text(bytes, text_.rules);
    while (next_token(text, text_.rules.split, window)) {
      if (window.is_full() && !take(finder_.index(window.text()))) return false;
      if (text_.rules.split == TextRules::Split::kNone) break;
    }
    return true;
  }

  Finder<std::string> finder_;
  TextVectorization text_;
  std::size_t longest_;
  std::size_t row_texts_;
  std::size_t window_bytes_;
};

void write_indices(const RowReader& reader, std::size_t rows, const StepArgs& args) {
  const std::size_t length = reader.length();
  reader.for_all(args, rows,
                 [&](std::size_t row, const std::string_view* texts, std::byte* scratch) {
                   std::int32_t* next = args.output<std::int32_t>() + row * length;
                   std::int32_t* const end = next + length;
                   reader.read(texts, scratch, [&](std::int32_t index) {
                     if (next != end) *next++ = index;
                     return next != end;
                   });
                   std::fill(next, end, 0);
                 });
}

template <typename T>
void write_counts(const RowReader& reader, const CategoryCounts& counts, std::size_t rows,
                  const StepArgs& args) {
  reader.for_all(
      args, rows, [&](std::size_t row, const std::string_view* texts, std::byte* scratch) {
        T* const out = args.output<T>() + row * static_cast<std::size_t>(counts.categories);
        std::fill_n(out, counts.categories, T{0});
        reader.read(texts, scratch, [&](std::int32_t index) {
          if (counts.has(index)) counts.add(out[index]);
          return true;
        });
      });
}

class VectorizedText final : public graph::Operation {
 public:
  VectorizedText(Vocabulary<std::string> vocabulary, TextVectorization text,
                 std::optional<CategoryCounts> counts)
      : vocabulary_(std::move(vocabulary)), text_(std::move(text)), counts_(counts) {}

  std::string_view kind() const override { return "text vectorization"; }

  bool takes_type(DType dtype) const override { return dtype == DType::kString; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 1);
    const Shape& shape = inputs[0].shape;
    require(shape.rank() == 2, ErrorCode::kInternal, "{} of {}", kind(), to_string(shape));
    if (counts_) return {{counts_->dtype, {shape[0], counts_->categories}}};
    return {{DType::kInt32, {shape[0], text_.length}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& shape = context.inputs[0].shape;
    const auto rows = static_cast<std::size_t>(shape[0]);
    const graph::PackedWeight packed = pack_vocabulary(vocabulary_, context.weights);
    const RowReader reader({{vocabulary_.tokens.size(), packed.bytes}, text_.lookup}, text_,
                           longest_token(), static_cast<std::size_t>(shape[1]));
    const std::size_t scratch = checked_mul(context.threads, reader.window_bytes());
    if (!counts_) {
      return make_step([reader, rows](const StepArgs& args) { write_indices(reader, rows, args); },
                       scratch, {packed});
    }
    return make_step(
        [reader, rows, counts = *counts_](const StepArgs& args) {
          if (counts.dtype == DType::kFloat32) {
            write_counts<float>(reader, counts, rows, args);
          } else {
            write_counts<std::int32_t>(reader, counts, rows, args);
          }
        },
        scratch, {packed});
  }

  std::size_t packed_bytes() const override {
    return kernels::TextVocabulary::packed_bytes(vocabulary_.tokens);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  std::size_t longest_token() const {
    std::size_t longest = 0;
    for (const std::string& token : vocabulary_.tokens) longest = std::max(longest, token.size());
    return longest;
  }

  Vocabulary<std::string> vocabulary_;
  TextVectorization text_;
  std::optional<CategoryCounts> counts_;
};

}  // namespace

graph::OperationPtr make_text_indices(Vocabulary<std::string> vocabulary, TextVectorization text) {
  return std::make_shared<VectorizedText>(std::move(vocabulary), std::move(text), std::nullopt);
}

graph::OperationPtr make_text_counts(Vocabulary<std::string> vocabulary, TextVectorization text,
                                     const CategoryCounts& counts) {
  return std::make_shared<VectorizedText>(std::move(vocabulary), std::move(text), counts);
}

}  // namespace weir::ops
