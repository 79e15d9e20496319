#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::profile {

/// A series that is thinned out as it becomes long: when there are twice as many samples as wanted,
/// every other one goes and the distance doubles. Of a series that is taken without an end it holds
/// the whole course in fixed memory, all of it taken at the beginning.
template <typename Sample>
class ThinnedSeries {
 public:
  explicit ThinnedSeries(std::size_t wanted) : wanted_(wanted) { samples_.reserve(2 * wanted); }

  /// Counts a moment; true where a sample of it is to be added.
  bool is_due() { return seen_++ % distance_ == 0; }

  void add(const Sample& sample) {
    samples_.push_back(sample);
    if (samples_.size() < 2 * wanted_) return;
    for (std::size_t i = 0; i < wanted_; ++i) samples_[i] = samples_[2 * i];
    samples_.resize(wanted_);
    distance_ *= 2;
  }

  /// Forgets the samples at the beginning for which this holds.
  template <typename Predicate>
  void drop_while(Predicate predicate) {
    samples_.erase(samples_.begin(), std::find_if_not(samples_.begin(), samples_.end(), predicate));
  }

  std::span<const Sample> samples() const { return samples_; }

 private:
  std::size_t wanted_;
  std::vector<Sample> samples_;
  std::uint64_t seen_ = 0;
  std::uint64_t distance_ = 1;
};

}  // namespace weir::profile
