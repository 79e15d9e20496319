#include "doctor/tracer/live_filter.h"

namespace weir::tracer {

constinit LiveFilter live_filter;

void LiveFilter::hold_all() {
  for (auto& word : words_) word.store(~std::uint64_t{0}, std::memory_order_relaxed);
}

void LiveFilter::hold_entered() {
  for (std::size_t first = 0; first < kPlaces; first += kWord) {
    std::uint64_t held = 0;
    for (std::size_t bit = 0; bit < kWord; ++bit) {
      held |= std::uint64_t{counts_[first + bit] != 0} << bit;
    }
    words_[first / kWord].store(held, std::memory_order_relaxed);
  }
}

void LiveFilter::enter(std::uintptr_t address) {
  const std::size_t place = place_of(address);
  if (counts_[place] != kMostCounted) ++counts_[place];
  auto& word = words_[place / kWord];
  word.store(word.load(std::memory_order_relaxed) | std::uint64_t{1} << place % kWord,
             std::memory_order_relaxed);
}

void LiveFilter::leave(std::uintptr_t address) {
  const std::size_t place = place_of(address);
  if (counts_[place] == kMostCounted || --counts_[place] != 0) return;
  auto& word = words_[place / kWord];
  word.store(word.load(std::memory_order_relaxed) & ~(std::uint64_t{1} << place % kWord),
             std::memory_order_relaxed);
}

}  // namespace weir::tracer
