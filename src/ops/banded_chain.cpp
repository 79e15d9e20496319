#include "ops/banded_chain.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/caches.h"
#include "base/checked.h"
#include "base/memory.h"

namespace weir::ops {
namespace {

using graph::OperationPtr;
using graph::ValueType;
using Rows = ImageProduct::Rows;

// More bands take less memory, but more of the rows at their edges are moved.
constexpr std::size_t kFewestBands = 8;
// The rows between are to stay in this part of a second-level cache, beside weights, inputs and
// outputs: in all of a small one, for so few rows would be made at a time that most are moved.
constexpr std::size_t kCacheShare = 3;
constexpr std::size_t kSmallCache = std::size_t{512} << 10;

std::size_t room_for_rows() {
  const std::size_t cache = cache_sizes().level2;
  return std::max(cache / kCacheShare, std::min(cache, kSmallCache));
}

std::size_t row_bytes(const Shape& image) {
  return static_cast<std::size_t>(image[2] * image[3]) * sizeof(float);
}

std::size_t rows_of(const Shape& image) { return static_cast<std::size_t>(image[1]); }

/// What one product does in a band.
struct Stage {
  Rows read;                            ///< Of its input image; some were made by earlier bands.
  Rows made;                            ///< Of its output image.
  std::unique_ptr<kernels::Step> step;  ///< Null where nothing new has to be made.
};

using Band = std::vector<Stage>;  ///< A stage for each product.
using Share = std::vector<Band>;  ///< Bands of rows that follow each other, done by one thread.

template <typename Visit>
void for_bands(std::span<const Share> shares, const Visit& visit) {
  for (const Share& share : shares) {
    for (const Band& band : share) visit(band);
  }
}

/// The rows of each product's input that a band holds: at most so many.
std::vector<std::size_t> most_rows_read(std::span<const Share> shares) {
  std::vector<std::size_t> most(shares.front().front().size());
  for_bands(shares, [&](const Band& band) {
    for (std::size_t i = 0; i < band.size(); ++i) most[i] = std::max(most[i], band[i].read.count());
  });
  return most;
}

/// Each thread takes a share of the output through the whole chain, and makes the rows that two of
/// them read at their edges itself: threads that met after every product of every band would mostly
/// wait.
class BandedStep final : public kernels::Step {
 public:
  /// `images`: the input, those between, and the output, each of one sample. The inputs before
  /// `residual_input` are the first product's.
  BandedStep(std::vector<Share> shares, std::span<const Shape> images, std::size_t residual_input,
             std::size_t samples, std::size_t threads)
      : shares_(std::move(shares)),
        residual_input_(residual_input),
        samples_(samples),
        threads_(threads),
        input_bytes_(rows_of(images.front()) * row_bytes(images.front())),
        scale_bytes_(static_cast<std::size_t>(images.front()[3]) * sizeof(float)),
        output_bytes_(rows_of(images.back()) * row_bytes(images.back())) {
    const std::vector<std::size_t> rows = most_rows_read(shares_);
    places_.resize(rows.size());
    for (const Shape& image : images) row_bytes_.push_back(row_bytes(image));
    for (std::size_t i = 1; i < rows.size(); ++i) {
      places_[i] = held_bytes_;
      held_bytes_ += align_up(rows[i] * row_bytes_[i], kAlignment);
    }
    for_bands(shares_, [&](const Band& band) {
      for (const Stage& stage : band) {
        if (stage.step == nullptr) continue;
        step_scratch_bytes_ = std::max(step_scratch_bytes_, stage.step->scratch_bytes());
      }
    });
  }

  std::size_t scratch_bytes() const override { return thread_bytes() * threads_; }

  void run(const kernels::StepArgs& args) const override {
    const ThreadPool alone = args.pool.part(1);
    args.pool.run(samples_ * shares_.size(), [&](std::size_t task, std::size_t slot) {
      const std::size_t i = task / shares_.size();
      std::array<const std::byte*, 3> inputs{args.inputs[0] + i * input_bytes_};
      if (is_scaled()) inputs[1] = args.inputs[1] + i * scale_bytes_;
      if (has_residual(args)) {
        inputs[residual_input_] = args.inputs[residual_input_] + i * output_bytes_;
      }
      const std::array outputs{args.outputs[0] + i * output_bytes_};
      run_share(shares_[task % shares_.size()],
                {std::span(inputs).first(args.inputs.size()), outputs,
                 args.scratch + slot * thread_bytes(), alone});
    });
  }

  std::vector<SharedBytes> weights(std::size_t /*part*/) const override {
    std::vector<SharedBytes> all;
    for (const Stage& stage : shares_.front().front()) {
      for (const SharedBytes& weight : stage.step->weights(0)) all.push_back(weight);
    }
    return all;
  }

 private:
  bool is_scaled() const { return residual_input_ > 1; }
  bool has_residual(const kernels::StepArgs& args) const {
    return residual_input_ < args.inputs.size();
  }

  /// Of one thread: the rows between the products, and what a product needs.
  std::size_t thread_bytes() const {
    return held_bytes_ + align_up(step_scratch_bytes_, kAlignment);
  }

  void run_share(const Share& bands, const kernels::StepArgs& args) const {
    for (std::size_t i = 0; i < bands.size(); ++i) {
      if (i > 0) keep_rows(bands[i - 1], bands[i], args.scratch);
      for (std::size_t stage = 0; stage < bands[i].size(); ++stage) {
        if (bands[i][stage].step != nullptr) run_stage(bands[i], stage, args);
      }
    }
  }

  /// Moves what both bands read to the front.
  void keep_rows(const Band& before, const Band& after, std::byte* scratch) const {
    for (std::size_t i = 1; i < after.size(); ++i) {
      const Rows& held = before[i].read;
      const Rows& wanted = after[i].read;
      if (held.begin == wanted.begin || held.end <= wanted.begin) continue;
      std::byte* const place = scratch + places_[i];
      std::memmove(place, place + (wanted.begin - held.begin) * row_bytes_[i],
                   (held.end - wanted.begin) * row_bytes_[i]);
    }
  }

  void run_stage(const Band& band, std::size_t i, const kernels::StepArgs& args) const {
    const Stage& stage = band[i];
    const bool is_last = i + 1 == band.size();
    const std::size_t offset = stage.made.begin * row_bytes_[i + 1];
    std::byte* const output =
        is_last ? args.outputs[0] + offset
                : args.scratch + places_[i + 1] +
                      (stage.made.begin - band[i + 1].read.begin) * row_bytes_[i + 1];
    std::array<const std::byte*, 3> inputs{};
    std::size_t count = 0;
    inputs[count++] =
        i == 0 ? args.inputs[0] + stage.read.begin * row_bytes_[0] : args.scratch + places_[i];
    if (i == 0 && is_scaled()) inputs[count++] = args.inputs[1];
    if (is_last && has_residual(args)) inputs[count++] = args.inputs[residual_input_] + offset;
    const std::array outputs{output};
    stage.step->run(
        {std::span(inputs).first(count), outputs, args.scratch + held_bytes_, args.pool});
  }

  std::vector<Share> shares_;
  std::size_t residual_input_;
  std::size_t samples_;
  std::size_t threads_;
  std::size_t input_bytes_;  ///< Of a sample.
  std::size_t scale_bytes_;
  std::size_t output_bytes_;
  std::vector<std::size_t> row_bytes_;  ///< By image.
  std::vector<std::size_t> places_;     ///< Of the rows of each product's input in the scratch.
  std::size_t held_bytes_ = 0;
  std::size_t step_scratch_bytes_ = 0;
};

class BandedChain final : public graph::Operation {
 public:
  explicit BandedChain(Chain chain) : chain_(std::move(chain)) {}

  std::string_view kind() const override { return "convolutions in bands"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return chain_.back()->infer(inputs_of_last(inputs));
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    std::vector<Shape> images;
    for (const ValueType& type : images_before_last(context.inputs)) images.push_back(type.shape);
    images.push_back(context.outputs[0].shape);
    const auto samples = static_cast<std::size_t>(images.front()[0]);
    for (Shape& image : images) image[0] = 1;
    const std::size_t rows = rows_of(images.back());
    const std::size_t count = std::min(context.threads, rows);
    std::size_t step = (rows + kFewestBands - 1) / kFewestBands;
    std::vector<Share> shares = shares_of(images, count, step);
    const std::size_t room = room_for_rows();
    while (step > 1 && held_bytes(images, shares) > room) {
      step = (step + 1) / 2;
      shares = shares_of(images, count, step);
    }
    for (Share& share : shares) {
      for (Band& band : share) bind(images, context, band);
    }
    return std::make_unique<BandedStep>(std::move(shares), images, residual_input(), samples,
                                        context.threads);
  }

  OperationPtr in_bands_with(const OperationPtr& reader) const override {
    return make_banded_chain(chain_, reader);
  }

  const Chain& chain() const { return chain_; }

  std::vector<graph::InPlacePair> in_place() const override {
    if (chain_.back()->in_place().empty()) return {};
    return {{.input = residual_input(), .output = 0}};
  }
  std::size_t packed_bytes() const override {
    std::size_t bytes = 0;
    for (const auto& product : chain_) bytes += product->packed_bytes();
    return bytes;
  }
  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> outputs) const override {
    const std::vector<ValueType> images = images_before_last(inputs);
    std::uint64_t sum = chain_.back()->multiply_adds(inputs_of_last(inputs), outputs);
    for (std::size_t i = 0; i + 1 < chain_.size(); ++i) {
      sum += chain_[i]->multiply_adds({&images[i], 1}, {&images[i + 1], 1});
    }
    return sum;
  }
  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  /// Behind the inputs of the first, which has none itself.
  std::size_t residual_input() const { return chain_.front()->residual_input(); }

  /// The input, and what all but the last make.
  std::vector<ValueType> images_before_last(std::span<const ValueType> inputs) const {
    std::vector<ValueType> images{inputs[0], chain_[0]->infer(inputs.first(residual_input()))[0]};
    for (std::size_t i = 1; i + 1 < chain_.size(); ++i) {
      images.push_back(chain_[i]->infer({&images.back(), 1})[0]);
    }
    return images;
  }

  std::vector<ValueType> inputs_of_last(std::span<const ValueType> inputs) const {
    std::vector<ValueType> of_last{images_before_last(inputs).back()};
    for (const ValueType& input : inputs.subspan(residual_input())) of_last.push_back(input);
    return of_last;
  }

  /// The output in `count` shares, in bands of `step` rows, without steps.
  std::vector<Share> shares_of(std::span<const Shape> images, std::size_t count,
                               std::size_t step) const {
    const std::size_t rows = rows_of(images.back());
    std::vector<Share> shares;
    for (std::size_t i = 0; i < count; ++i) {
      shares.push_back(bands_of(images, {rows * i / count, rows * (i + 1) / count}, step));
    }
    return shares;
  }

  Share bands_of(std::span<const Shape> images, const Rows& rows, std::size_t step) const {
    Share bands;
    std::vector<std::size_t> done(chain_.size());  // The end of the rows that each has made.
    for (std::size_t row = rows.begin; row < rows.end; row += step) {
      Band band(chain_.size());
      Rows wanted{row, std::min(row + step, rows.end)};
      for (std::size_t i = chain_.size(); i-- > 0;) {
        band[i].made = {std::max(done[i], wanted.begin), std::max(done[i], wanted.end)};
        done[i] = band[i].made.end;
        // Where nothing new is made, what was held stays.
        band[i].read = band[i].made.count() > 0 ? chain_[i]->input_rows(images[i], band[i].made)
                                                : bands.back()[i].read;
        wanted = band[i].read;
      }
      bands.push_back(std::move(band));
    }
    return bands;
  }

  static std::size_t held_bytes(std::span<const Shape> images, std::span<const Share> shares) {
    const std::vector<std::size_t> rows = most_rows_read(shares);
    std::size_t bytes = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) bytes += rows[i] * row_bytes(images[i]);
    return bytes;
  }

  void bind(std::span<const Shape> images, const graph::PrepareContext& context, Band& band) const {
    for (std::size_t i = 0; i < band.size(); ++i) {
      if (band[i].made.count() == 0) continue;
      band[i].step = chain_[i]->prepare_rows(images[i], band[i].made, context.weights);
    }
  }

  Chain chain_;
};

Chain chain_of(const OperationPtr& operation) {
  if (const auto product = std::dynamic_pointer_cast<const ImageProduct>(operation)) {
    return {product};
  }
  const auto banded = std::dynamic_pointer_cast<const BandedChain>(operation);
  return banded == nullptr ? Chain{} : banded->chain();
}

}  // namespace

OperationPtr make_banded_chain(Chain chain, const OperationPtr& reader) {
  const Chain next = chain_of(reader);
  if (next.empty() || !chain.back()->can_be_in_bands_with(*next.front())) return nullptr;
  chain.insert(chain.end(), next.begin(), next.end());
  return std::make_shared<BandedChain>(std::move(chain));
}

}  // namespace weir::ops
