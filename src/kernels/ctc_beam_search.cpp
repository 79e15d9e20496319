#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <span>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/ctc.h"

namespace weir::kernels {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr std::int32_t kNone = -1;
constexpr std::int32_t kRoot = 0;

/// log(exp(a) + exp(b))
float log_of_sum(float a, float b) {
  if (a == kNever) return b;
  if (b == kNever) return a;
  return std::max(a, b) + std::log1p(std::exp(std::min(a, b) - std::max(a, b)));
}

/// A reading: that of its parent and a label. Logarithms of its probability now and one step ago:
/// in all, and as it ends in a blank or in its label.
struct Reading {
  std::int32_t parent = kNone;
  std::int32_t label = kNone;
  std::int32_t first_child = kNone;
  std::int32_t next_sibling = kNone;  ///< Of those not in use, the next one.
  float total = kNever;
  float ends_in_blank = kNever;
  float ends_in_label = kNever;
  float total_before = kNever;
  float ends_in_blank_before = kNever;
  bool is_extended = false;  ///< In this step, and so stays until it is over.

  bool is_in_beam() const { return total > kNever; }
  void leave_beam() { total = ends_in_blank = ends_in_label = kNever; }
};

/// The readings in the beam and those that they begin with are at most `width` for each step;
/// those that go on and those that come are there together.
std::size_t most_readings(const CtcBeamSearch& search) {
  const std::size_t begun =
      checked_mul(search.width, checked_add(search.shape.steps, std::size_t{1}));
  return static_cast<std::size_t>(checked_cast<std::int32_t>(checked_add(begun, std::size_t{2})));
}

struct Layout {
  explicit Layout(const CtcBeamSearch& search)
      : beam(align_up(checked_mul(most_readings(search), sizeof(Reading)), kAlignment)),
        extended(beam + align_up(search.width * sizeof(std::int32_t), kAlignment)),
        children(extended + align_up(search.width * sizeof(std::int32_t), kAlignment)),
        bytes(children + align_up(search.shape.classes * sizeof(std::int32_t), kAlignment)) {}

  std::size_t beam;
  std::size_t extended;
  std::size_t children;
  std::size_t bytes;
};

class Beam {
 public:
  Beam(const CtcBeamSearch& search, std::byte* scratch)
      : search_(search),
        readings_(reinterpret_cast<Reading*>(scratch)),
        beam_(reinterpret_cast<std::int32_t*>(scratch + Layout(search).beam)),
        extended_(reinterpret_cast<std::int32_t*>(scratch + Layout(search).extended)),
        child_of_label_(reinterpret_cast<std::int32_t*>(scratch + Layout(search).children)) {
    std::fill_n(child_of_label_, search.shape.classes, kNone);
    readings_[kRoot] = Reading{.total = 0.0F, .ends_in_blank = 0.0F};
    beam_[0] = kRoot;
  }

  void step(const float* logits);
  /// False where there are fewer readings than are asked for.
  bool write(std::int32_t* labels, float* scores);

 private:
  Reading& at(std::int32_t reading) { return readings_[static_cast<std::size_t>(reading)]; }
  std::span<std::int32_t> in_beam() { return {beam_, size_}; }
  /// Puts the likeliest first in an order, and the least likely on top of a heap.
  auto likelier() {
    return [this](std::int32_t a, std::int32_t b) { return at(a).total > at(b).total; };
  }
  void sort() { std::ranges::sort(in_beam(), likelier()); }

  void go_on(Reading& reading, const float* logits, float norm);
  void drop_impossible();
  void extend(std::int32_t parent, const float* logits, float norm);
  bool fits(float total) {
    return total > kNever && (size_ < search_.width || total > at(beam_[0]).total);
  }
  void put_in_beam(std::int32_t reading);
  std::int32_t add_child(std::int32_t parent, std::int32_t label);
  void release(std::int32_t reading);

  const CtcBeamSearch& search_;
  Reading* readings_;
  std::int32_t* beam_;  ///< A heap while readings are extended.
  std::int32_t* extended_;
  std::int32_t* child_of_label_;  ///< Of the reading that is extended.
  std::size_t size_ = 1;
  std::int32_t first_free_ = kNone;
  std::int32_t used_ = 1;
};

/// The same reading after one more step: a blank, or its last label once more.
void Beam::go_on(Reading& reading, const float* logits, float norm) {
  if (reading.parent != kNone) {
    const Reading& parent = at(reading.parent);
    if (parent.is_in_beam()) {
      const bool repeats = reading.label == parent.label;
      reading.ends_in_label = log_of_sum(
          reading.ends_in_label, repeats ? parent.ends_in_blank_before : parent.total_before);
    }
    reading.ends_in_label += logits[reading.label] - norm;
  }
  reading.ends_in_blank = reading.total_before + logits[search_.shape.blank] - norm;
  reading.total = log_of_sum(reading.ends_in_blank, reading.ends_in_label);
}

/// Those that cannot be, or whose probability is no number.
void Beam::drop_impossible() {
  const std::span<std::int32_t> beam = in_beam();
  const auto dropped = std::partition(beam.begin(), beam.end(),
                                      [this](std::int32_t i) { return at(i).is_in_beam(); });
  for (auto i = dropped; i != beam.end(); ++i) at(*i).leave_beam();
  size_ = static_cast<std::size_t>(dropped - beam.begin());
}

std::int32_t Beam::add_child(std::int32_t parent, std::int32_t label) {
  const std::int32_t child = first_free_ == kNone ? used_++ : first_free_;
  if (child == first_free_) first_free_ = at(child).next_sibling;
  at(child) = {.parent = parent, .label = label, .next_sibling = at(parent).first_child};
  at(parent).first_child = child;
  return child;
}

/// Forgets a reading that nothing needs, and then those that it begins with.
void Beam::release(std::int32_t reading) {
  while (reading != kRoot && !at(reading).is_in_beam() && !at(reading).is_extended &&
         at(reading).first_child == kNone) {
    const std::int32_t parent = at(reading).parent;
    std::int32_t* link = &at(parent).first_child;
    while (*link != reading) link = &at(*link).next_sibling;
    *link = at(reading).next_sibling;
    at(reading).next_sibling = first_free_;
    first_free_ = reading;
    reading = parent;
  }
}

void Beam::put_in_beam(std::int32_t reading) {
  if (size_ == search_.width) {
    std::ranges::pop_heap(in_beam(), likelier());
    const std::int32_t least = beam_[--size_];
    at(least).leave_beam();
    release(least);
  }
  beam_[size_++] = reading;
  std::ranges::push_heap(in_beam(), likelier());
}

/// One label more. What is in the beam already has got its share.
void Beam::extend(std::int32_t parent, const float* logits, float norm) {
  if (!fits(at(parent).total_before)) return;
  for (std::int32_t i = at(parent).first_child; i != kNone; i = at(i).next_sibling) {
    child_of_label_[at(i).label] = i;
  }
  const auto classes = static_cast<std::int32_t>(search_.shape.classes);
  for (std::int32_t label = 0; label < classes; ++label) {
    std::int32_t child = child_of_label_[label];
    child_of_label_[label] = kNone;
    if (static_cast<std::size_t>(label) == search_.shape.blank) continue;
    if (child != kNone && at(child).is_in_beam()) continue;
    const bool repeats = label == at(parent).label;
    const float total = logits[label] - norm +
                        (repeats ? at(parent).ends_in_blank_before : at(parent).total_before);
    if (!fits(total)) {
      // As in TensorFlow, one that has left the beam in this step is then not extended any more.
      if (child != kNone) at(child).total_before = at(child).ends_in_blank_before = kNever;
      continue;
    }
    if (child == kNone) child = add_child(parent, label);
    at(child).total = at(child).ends_in_label = total;
    at(child).ends_in_blank = kNever;
    put_in_beam(child);
  }
}

/// The logarithm of the sum of the exponentials.
float norm_of(const float* logits, std::size_t count) {
  const float largest = *std::max_element(logits, logits + count);
  float sum = 0.0F;
  for (std::size_t i = 0; i < count; ++i) sum += std::exp(logits[i] - largest);
  return largest + std::log(sum);
}

void Beam::step(const float* logits) {
  const float norm = norm_of(logits, search_.shape.classes);
  sort();
  const std::span<std::int32_t> extended(extended_, size_);
  std::ranges::copy(in_beam(), extended.begin());
  for (const std::int32_t i : extended) {
    at(i).total_before = at(i).total;
    at(i).ends_in_blank_before = at(i).ends_in_blank;
    at(i).is_extended = true;
  }
  for (const std::int32_t i : extended) go_on(at(i), logits, norm);
  drop_impossible();
  std::ranges::make_heap(in_beam(), likelier());
  for (const std::int32_t i : extended) extend(i, logits, norm);
  for (const std::int32_t i : extended) {
    at(i).is_extended = false;
    release(i);
  }
}

bool Beam::write(std::int32_t* labels, float* scores) {
  sort();
  const std::size_t steps = search_.shape.steps;
  std::fill_n(labels, search_.paths * steps, -1);
  std::fill_n(scores, search_.paths, kNever);
  for (std::size_t path = 0; path < std::min(search_.paths, size_); ++path) {
    std::int32_t* const begin = labels + path * steps;
    std::int32_t* end = begin;
    for (std::int32_t i = beam_[path]; i != kRoot; i = at(i).parent) *end++ = at(i).label;
    std::reverse(begin, end);
    scores[path] = at(beam_[path]).total;
  }
  return size_ >= search_.paths;
}

}  // namespace

std::size_t ctc_beam_search_scratch_bytes(const CtcBeamSearch& search, std::size_t threads) {
  return checked_mul(threads, Layout(search).bytes);
}

bool ctc_beam_search(const CtcBeamSearch& search, const float* logits, const std::int32_t* lengths,
                     std::int32_t* labels, float* scores, std::byte* scratch,
                     const ThreadPool& pool) {
  const CtcShape& shape = search.shape;
  std::atomic<bool> has_all = true;
  pool.run(shape.samples, [&](std::size_t i, std::size_t slot) {
    Beam beam(search, scratch + slot * Layout(search).bytes);
    const float* sample = logits + i * shape.steps * shape.classes;
    for (std::int32_t step = 0; step < lengths[i]; ++step) {
      beam.step(sample + static_cast<std::size_t>(step) * shape.classes);
    }
    const bool is_complete =
        beam.write(labels + i * search.paths * shape.steps, scores + i * search.paths);
    if (!is_complete) has_all = false;
  });
  return has_all;
}

}  // namespace weir::kernels
