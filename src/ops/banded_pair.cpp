#include "ops/banded_pair.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/checked.h"
#include "base/memory.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;
using Rows = ImageProduct::Rows;

// More bands take less memory, but more of the rows at their edges are moved, and a band should
// have work for all threads.
constexpr std::size_t kBands = 8;

std::size_t row_bytes(const Shape& image) {
  return static_cast<std::size_t>(image[2] * image[3]) * sizeof(float);
}

std::size_t rows_of(const Shape& image) { return static_cast<std::size_t>(image[1]); }

/// Some rows of the pair's output, and how they come about.
struct Band {
  Rows input;  ///< Of the pair's input, which `first` reads.
  Rows made;   ///< Of the image between, by `first` in this band.
  Rows read;   ///< Of the image between, by `second`: some were made by earlier bands.
  Rows output;
  std::unique_ptr<kernels::Step> first;  ///< Null where nothing new has to be made.
  std::unique_ptr<kernels::Step> second;
};

class BandedStep final : public kernels::Step {
 public:
  BandedStep(std::vector<Band> bands, const Shape& input, const Shape& between, const Shape& output)
      : bands_(std::move(bands)),
        input_row_(row_bytes(input)),
        between_row_(row_bytes(between)),
        output_row_(row_bytes(output)) {
    std::size_t rows = 0;
    std::size_t scratch = 0;
    for (const Band& band : bands_) {
      rows = std::max(rows, band.read.count());
      if (band.first != nullptr) scratch = std::max(scratch, band.first->scratch_bytes());
      scratch = std::max(scratch, band.second->scratch_bytes());
    }
    held_bytes_ = align_up(rows * between_row_, kAlignment);
    scratch_bytes_ = held_bytes_ + scratch;
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }

  void run(const kernels::StepArgs& args) const override {
    Rows held;  // Of the image between, from the start of the scratch.
    for (const Band& band : bands_) {
      if (held.begin != band.read.begin && held.end > band.read.begin) {
        std::memmove(args.scratch, args.scratch + (band.read.begin - held.begin) * between_row_,
                     (held.end - band.read.begin) * between_row_);
      }
      held = band.read;
      run_band(band, args);
    }
  }

  std::vector<SharedBytes> weights(std::size_t /*part*/) const override {
    std::vector<SharedBytes> all = bands_.front().first->weights(0);
    for (const SharedBytes& weight : bands_.front().second->weights(0)) all.push_back(weight);
    return all;
  }

 private:
  void run_band(const Band& band, const kernels::StepArgs& args) const {
    std::byte* const scratch = args.scratch + held_bytes_;
    if (band.first != nullptr) {
      const std::array inputs{args.inputs[0] + band.input.begin * input_row_};
      const std::array outputs{args.scratch + (band.made.begin - band.read.begin) * between_row_};
      band.first->run({inputs, outputs, scratch, args.pool});
    }
    const std::size_t offset = band.output.begin * output_row_;
    // The residual, where there is one, has the output's shape.
    const std::array<const std::byte*, 2> inputs{
        args.scratch, args.inputs.size() > 1 ? args.inputs[1] + offset : nullptr};
    const std::array outputs{args.outputs[0] + offset};
    band.second->run({std::span(inputs).first(args.inputs.size()), outputs, scratch, args.pool});
  }

  std::vector<Band> bands_;
  std::size_t input_row_;
  std::size_t between_row_;
  std::size_t output_row_;
  std::size_t held_bytes_ = 0;
  std::size_t scratch_bytes_ = 0;
};

class BandedPair final : public graph::Operation {
 public:
  BandedPair(std::shared_ptr<const ImageProduct> first, std::shared_ptr<const ImageProduct> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::string_view kind() const override { return "two convolutions in bands"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    std::vector<ValueType> second(inputs.begin(), inputs.end());
    second[0] = between(inputs);
    return second_->infer(second);
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& input = context.inputs[0].shape;
    const Shape middle = between(context.inputs).shape;
    const Shape& output = context.outputs[0].shape;
    const std::size_t step = (rows_of(output) + kBands - 1) / kBands;
    std::vector<Band> bands;
    std::size_t made = 0;
    for (std::size_t row = 0; row < rows_of(output); row += step) {
      Band band;
      band.output = {row, std::min(row + step, rows_of(output))};
      band.read = second_->input_rows(middle, band.output);
      band.made = {std::max(made, band.read.begin), std::max(made, band.read.end)};
      if (band.made.count() > 0) {
        band.input = first_->input_rows(input, band.made);
        band.first = first_->prepare_rows(input, band.made, context.threads, context.weights);
      }
      band.second = second_->prepare_rows(middle, band.output, context.threads, context.weights);
      made = band.made.end;
      bands.push_back(std::move(band));
    }
    return std::make_unique<BandedStep>(std::move(bands), input, middle, output);
  }

  std::vector<graph::InPlacePair> in_place() const override { return second_->in_place(); }
  std::size_t packed_bytes() const override {
    return first_->packed_bytes() + second_->packed_bytes();
  }
  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> outputs) const override {
    const std::vector<ValueType> middle{between(inputs)};
    return first_->multiply_adds(inputs, middle) + second_->multiply_adds(middle, outputs);
  }
  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  ValueType between(std::span<const ValueType> inputs) const {
    return first_->infer(inputs.first(1))[0];
  }

  std::shared_ptr<const ImageProduct> first_;
  std::shared_ptr<const ImageProduct> second_;
};

}  // namespace

OperationPtr make_banded_pair(std::shared_ptr<const ImageProduct> first,
                              std::shared_ptr<const ImageProduct> second) {
  return std::make_shared<BandedPair>(std::move(first), std::move(second));
}

}  // namespace weir::ops
