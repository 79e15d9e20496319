#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/ctc.h"

namespace weir::kernels {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
/// log(1e-307): what TensorFlow gives an end that is none.
constexpr double kNoEnd = -706.893623549172;

/// log(exp(a) + exp(b))
double log_of_sum(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == kNever ? a : a + std::log1p(std::exp(b - a));
}

double norm_of(const float* logits, std::size_t count) {
  const double largest = *std::max_element(logits, logits + count);
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) sum += std::exp(logits[i] - largest);
  return largest + std::log(sum);
}

/// The label where TensorFlow has moved the blank to the front: those below it are one higher, and
/// the blank's own number is then that of the class before it.
std::int64_t moved(const CtcShape& shape, std::int32_t label) {
  const bool is_moved = shape.blank > 0 && label < static_cast<std::int64_t>(shape.blank);
  return is_moved ? std::int64_t{label} + 1 : std::int64_t{label};
}

/// The class that a moved label stands for.
std::optional<std::size_t> class_of(const CtcShape& shape, std::int64_t label) {
  if (label < 0 || label >= static_cast<std::int64_t>(shape.classes)) return std::nullopt;
  const auto place = static_cast<std::size_t>(label);
  if (place == 0) return shape.blank;
  return place <= shape.blank ? place - 1 : place;
}

/// What has been read of one sample's labels: the probabilities, as logarithms, of having read the
/// first i of them, and of having ended in the last of them or in a blank.
class Progress {
 public:
  Progress(const CtcShape& shape, std::span<const std::int32_t> labels, double* scratch)
      : shape_(shape),
        labels_(labels),
        in_label_(scratch, labels.size() + 1),
        in_blank_(scratch + labels.size() + 1, labels.size() + 1) {
    std::ranges::fill(in_label_, kNever);
    std::ranges::fill(in_blank_, kNever);
    in_label_[0] = 0.0;  // before the first step
  }

  void step(const float* logits) {
    const double norm = norm_of(logits, shape_.classes);
    for (std::size_t i = labels_.size() + 1; i-- > 0;) {
      const double blank = log_of_sum(in_blank_[i], in_label_[i]) + logits[shape_.blank] - norm;
      in_label_[i] = i == 0 ? kNever : reached(i) + logarithm_of(labels_[i - 1], logits, norm);
      in_blank_[i] = blank;
    }
  }

  double logarithm_of_end(std::int64_t length) const {
    double sum = kNever;
    for (std::size_t i = 0; i < in_label_.size(); ++i) {
      const double end = static_cast<std::int64_t>(i) == length ? 0.0 : kNoEnd;
      sum = log_of_sum(sum, log_of_sum(in_label_[i], in_blank_[i]) + end);
    }
    return sum;
  }

 private:
  /// That the next label read is label `i`, counted from 1.
  double reached(std::size_t i) const {
    const double stays = log_of_sum(in_label_[i], in_blank_[i - 1]);
    const bool repeats = i > 1 && moved(shape_, labels_[i - 1]) == moved(shape_, labels_[i - 2]);
    return repeats ? stays : log_of_sum(stays, in_label_[i - 1]);
  }

  /// Labels that are no class have the probability 1.
  double logarithm_of(std::int32_t label, const float* logits, double norm) const {
    const std::optional<std::size_t> found = class_of(shape_, moved(shape_, label));
    return found ? logits[*found] - norm : 0.0;
  }

  const CtcShape& shape_;
  std::span<const std::int32_t> labels_;
  std::span<double> in_label_;
  std::span<double> in_blank_;
};

std::size_t sample_bytes(std::size_t most_labels) {
  return align_up(checked_mul(checked_add(most_labels, std::size_t{1}), 2 * sizeof(double)),
                  kAlignment);
}

}  // namespace

std::size_t ctc_loss_scratch_bytes(std::size_t most_labels, std::size_t threads) {
  return checked_mul(threads, sample_bytes(most_labels));
}

void ctc_loss(const CtcShape& shape, std::size_t most_labels, const float* logits,
              const std::int32_t* lengths, const std::int32_t* labels,
              const std::int32_t* label_lengths, float* losses, std::byte* scratch,
              const ThreadPool& pool) {
  pool.run(shape.samples, [&](std::size_t i, std::size_t slot) {
    Progress progress(shape, {labels + i * most_labels, most_labels},
                      reinterpret_cast<double*>(scratch + slot * sample_bytes(most_labels)));
    const auto length = std::min(static_cast<std::size_t>(std::max(lengths[i], 0)), shape.steps);
    for (std::size_t step = 0; step < length; ++step) {
      progress.step(logits + (i * shape.steps + step) * shape.classes);
    }
    losses[i] = static_cast<float>(-progress.logarithm_of_end(label_lengths[i]));
  });
}

}  // namespace weir::kernels
