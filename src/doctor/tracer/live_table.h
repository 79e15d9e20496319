#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "doctor/tracer/lock.h"
#include "doctor/tracer/sampling.h"

namespace weir::tracer {

/// A sampled allocation that has not been freed.
struct LiveAllocation {
  static constexpr std::uint32_t kSiteBits = INT32_MAX;

  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint32_t step = 0;  ///< In which it was made.
  std::uint32_t site : 31 = 0;
  std::uint32_t is_mapping : 1 = 0;
};

/// Estimates of all live allocations, made of the sampled ones with their weights.
struct LiveTotals {
  double bytes = 0;
  double count = 0;
  double mapped_bytes = 0;
};

/// The sampled allocations that are alive: a hash table in stripes, each with a lock and a linear
/// probing of its own that leaves no tombstones. A stripe grows by doubling up to its share of the
/// limit; then the whole table is thinned out to a mean that is twice as large. All entries are
/// always samples with one mean, so a weight follows from a size.
class LiveTable {
 public:
  static constexpr std::size_t kStripes = 64;

  /// An address will be inserted soon: has its place fetched into the cache meanwhile.
  void expect(const void* address);
  /// Of an allocation that was hit with `mean`. False if it is no sample after all, because the
  /// mean has grown since. `random` is the calling thread's.
  bool insert(const LiveAllocation& allocation, std::uint64_t mean, Random& random);
  std::optional<LiveAllocation> erase(const void* address);

  /// The mean, in bytes, between samples. 0 is exact mode.
  std::uint64_t mean() const { return mean_.load(std::memory_order_relaxed); }
  void start(std::uint64_t mean, std::size_t limit_bytes);
  LiveTotals totals();

  /// Calls `visit(allocation, chance)` for each entry, a stripe's lock held.
  template <typename Visit>
  void for_each(const Visit& visit) {
    for (Stripe& stripe : stripes_) {
      const Holding held(stripe.lock);
      for (std::size_t i = 0; i < stripe.capacity; ++i) {
        const LiveAllocation& entry = stripe.entries[i];
        if (entry.address != 0) visit(entry, sampling_chance(entry.size, mean()));
      }
    }
  }

  /// Has each entry's site replaced by `change(site)`.
  template <typename Change>
  void change_sites(const Change& change) {
    for (Stripe& stripe : stripes_) {
      const Holding held(stripe.lock);
      for (std::size_t i = 0; i < stripe.capacity; ++i) {
        LiveAllocation& entry = stripe.entries[i];
        if (entry.address != 0) entry.site = change(entry.site) & LiveAllocation::kSiteBits;
      }
    }
  }

  /// All of it, around a fork.
  void lock();
  void unlock();

 private:
  struct alignas(64) Stripe {
    Lock lock;
    std::atomic<LiveAllocation*> entries{nullptr};  ///< Pages of its own,
    std::atomic<std::size_t> capacity{0};           ///< a power of two of them.
    std::size_t count = 0;
    LiveTotals totals;
  };

  static LiveAllocation* probe(LiveAllocation* entries, std::size_t capacity,
                               std::uint64_t address);
  Stripe& stripe_of(std::uint64_t address);
  bool make_room(Stripe& stripe);
  bool resize(Stripe& stripe, std::size_t capacity);
  void put(Stripe& stripe, const LiveAllocation& allocation);
  void take(Stripe& stripe, LiveAllocation* entry);
  void close_gap(Stripe& stripe, std::size_t gap);
  void count(Stripe& stripe, const LiveAllocation& allocation, int sign);
  void weigh(Stripe& stripe, const LiveAllocation& allocation, int sign);
  void thin_out(std::uint64_t from, std::uint64_t to, std::uint64_t salt);

  std::array<Stripe, kStripes> stripes_{};
  std::atomic<std::uint64_t> mean_{0};
  std::size_t most_per_stripe_ = 0;
};

}  // namespace weir::tracer
