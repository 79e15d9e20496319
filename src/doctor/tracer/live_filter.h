#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir::tracer {

/// Whether a sampled allocation may begin at an address: what every free() asks, so it is found
/// without a pointer to it and answers with one load. A "no" is certain.
///
/// A bit stands for 16 bytes of addresses, and for all others that fall on it: 16 KiB in all, so
/// that they stay in the processor's cache, and the bits of 8 KiB of addresses lie in one line of
/// it. (With 128 KiB, where each address had a place of its own, the misses took 3 % of a Keras
/// program's time.)
class LiveFilter {
 public:
  static constexpr std::size_t kPlaces = std::size_t{1} << 17;

  static std::size_t place_of(std::uintptr_t address) {
    const std::uint64_t mixed = (address >> kStretchBits) * 0x9e3779b97f4a7c15ULL;
    const std::uint64_t within = ((address >> kGrainBits) ^ (mixed >> 32)) % kLine;
    return (mixed >> (64 - kLineNumberBits)) * kLine + within;
  }
  bool may_hold(const void* address) const {
    const std::size_t place = place_of(reinterpret_cast<std::uintptr_t>(address));
    return ((words_[place / kWord].load(std::memory_order_relaxed) >> place % kWord) & 1) != 0;
  }

  /// Says yes to all, and counts nothing: where every allocation is a sample.
  void hold_all();
  /// Ends that: from now on yes is said for what has been entered.
  void hold_entered();

  // An allocation begins or ends. Those whose places lie in one word do so one after another.
  void enter(std::uintptr_t address);
  void leave(std::uintptr_t address);

 private:
  static constexpr unsigned kGrainBits = 4;
  static constexpr unsigned kStretchBits = 13;
  static constexpr unsigned kLineNumberBits = 8;
  static constexpr std::size_t kLine = 512;
  static constexpr std::size_t kWord = 64;
  /// Where so many have come together the place is never empty again.
  static constexpr std::uint8_t kMostCounted = UINT8_MAX;

  alignas(64) std::array<std::atomic<std::uint64_t>, kPlaces / kWord> words_{};
  std::array<std::uint8_t, kPlaces> counts_{};
};

extern constinit LiveFilter live_filter;

}  // namespace weir::tracer
