#include "io/joined_source.h"

#include <algorithm>

#include "base/fail.h"
#include "io/at_file.h"
#include "io/fit.h"

namespace weir {
namespace {

class JoinedSource final : public Source {
 public:
  JoinedSource(std::vector<SourcePart> parts, std::span<const TensorSpec> expected)
      : parts_(std::move(parts)) {
    for (const SourcePart& part : parts_) {
      at_file(part.file, [&] { add_tensors(part, expected); });
      at_file(part.file, [&] { check_total(part); });
    }
    require(expected.empty() || specs_.size() == expected.size(), ErrorCode::kInvalidArgument,
            "the data have {} arrays, the model has {} inputs", specs_.size(), expected.size());
    for (const TensorSpec& spec : specs_) views_.push_back({nullptr, spec.dtype, spec.shape});
  }

  std::span<const TensorSpec> tensors() const override { return specs_; }

  bool has_rows_ready() const override {
    return std::ranges::all_of(
        parts_, [](const SourcePart& part) { return part.source->has_rows_ready(); });
  }

  std::span<const TensorView> next(std::size_t max_rows) override {
    std::size_t place = 0;
    for (const SourcePart& part : parts_) {
      const auto batch = at_file(part.file, [&] { return part.source->next(max_rows); });
      const std::int64_t rows = batch.empty() ? 0 : batch[0].shape[0];
      for (std::size_t i = 0; i < part.source->tensors().size(); ++i, ++place) {
        if (!batch.empty()) views_[place].data = batch[i].data;
        views_[place].shape[0] = rows;
      }
      check_batch(part, rows);
    }
    rows_given_ += views_[0].shape[0];
    if (views_[0].shape[0] == 0) return {};
    return views_;
  }

 private:
  void add_tensors(const SourcePart& part, std::span<const TensorSpec> expected) {
    for (TensorSpec spec : part.source->tensors()) {
      if (spec.name.empty()) spec.name = part.name;
      if (specs_.size() < expected.size()) {
        const TensorSpec& input = expected[specs_.size()];
        spec.shape = fit_to_input(spec.shape, input);
        spec.name = input.name;
      }
      specs_.push_back(std::move(spec));
    }
  }

  void check_total(const SourcePart& part) const {
    const std::int64_t rows = part.source->tensors()[0].shape[0];
    const std::int64_t first = specs_[0].shape[0];
    require(rows == first || rows == Shape::kFree || first == Shape::kFree,
            ErrorCode::kInvalidArgument, "has {} rows, '{}' has {}: they belong together", rows,
            parts_[0].file, first);
  }

  void check_batch(const SourcePart& part, std::int64_t rows) const {
    const std::int64_t first = views_[0].shape[0];
    if (rows == first) return;
    at_file(part.file, [&] {
      fail(ErrorCode::kInvalidArgument, "has {} rows where '{}' has {}{}: they belong together",
           rows_given_ + rows, parts_[0].file, rows_given_ + first, rows < first ? " or more" : "");
    });
  }

  std::vector<SourcePart> parts_;
  std::vector<TensorSpec> specs_;
  std::vector<TensorView> views_;
  std::int64_t rows_given_ = 0;
};

}  // namespace

std::unique_ptr<Source> join_sources(std::vector<SourcePart> parts,
                                     std::span<const TensorSpec> expected) {
  return std::make_unique<JoinedSource>(std::move(parts), expected);
}

}  // namespace weir
