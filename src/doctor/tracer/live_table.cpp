#include "doctor/tracer/live_table.h"

#include <bit>

#include "doctor/tracer/hash.h"
#include "doctor/tracer/live_filter.h"
#include "doctor/tracer/pages.h"

namespace weir::tracer {
namespace {

constexpr std::size_t kFirstCapacity = 64;
// The mean with which an exact table goes on when it is full: allocations of a few dozen bytes fill
// it.
constexpr std::uint64_t kFirstMean = 64;

std::size_t home(std::uint64_t address, std::size_t capacity) {
  return mix(address) & (capacity - 1);
}

/// Linear probing stays fast up to here.
bool is_crowded(std::size_t count, std::size_t capacity) { return count * 4 >= capacity * 3; }

}  // namespace

/// Its lock is that of the filter's words for the address as well.
LiveTable::Stripe& LiveTable::stripe_of(std::uint64_t address) {
  return stripes_[LiveFilter::place_of(address) / (LiveFilter::kPlaces / kStripes)];
}

void LiveTable::expect(const void* address) {
  const auto key = reinterpret_cast<std::uintptr_t>(address);
  const Stripe& stripe = stripe_of(key);
  // Without the lock: whatever is fetched, nothing is read.
  __builtin_prefetch(stripe.entries + home(key, stripe.capacity), 1);
}

void LiveTable::start(std::uint64_t mean, std::size_t limit_bytes) {
  mean_ = mean;
  if (mean == 0) live_filter.hold_all();
  most_per_stripe_ = std::bit_floor(limit_bytes / kStripes / sizeof(LiveAllocation));
}

bool LiveTable::insert(const LiveAllocation& allocation, std::uint64_t mean, Random& random) {
  Stripe& stripe = stripe_of(allocation.address);
  for (;;) {
    const std::uint64_t now = this->mean();
    if (now != mean) {
      const double kept =
          sampling_chance(allocation.size, now) / sampling_chance(allocation.size, mean);
      if (random.next_fraction() > kept) return false;
      mean = now;
    }
    {
      const Holding held(stripe.lock);
      if (this->mean() != mean) continue;
      if (make_room(stripe)) {
        put(stripe, allocation);
        return true;
      }
    }
    thin_out(mean, mean == 0 ? kFirstMean : mean * 2, random.next());
  }
}

std::optional<LiveAllocation> LiveTable::erase(const void* address) {
  const auto key = reinterpret_cast<std::uintptr_t>(address);
  Stripe& stripe = stripe_of(key);
  const Holding held(stripe.lock);
  if (stripe.capacity == 0) return std::nullopt;
  LiveAllocation* entry = probe(stripe.entries, stripe.capacity, key);
  if (entry->address == 0) return std::nullopt;
  const LiveAllocation erased = *entry;
  take(stripe, entry);
  return erased;
}

LiveTotals LiveTable::totals() {
  LiveTotals sum;
  for (Stripe& stripe : stripes_) {
    const Holding held(stripe.lock);
    sum.bytes += stripe.totals.bytes;
    sum.count += stripe.totals.count;
    sum.mapped_bytes += stripe.totals.mapped_bytes;
  }
  return sum;
}

void LiveTable::lock() {
  for (Stripe& stripe : stripes_) stripe.lock.lock();
}

void LiveTable::unlock() {
  for (Stripe& stripe : stripes_) stripe.lock.unlock();
}

/// The entry of an address, or the empty one where it belongs.
LiveAllocation* LiveTable::probe(LiveAllocation* entries, std::size_t capacity,
                                 std::uint64_t address) {
  std::size_t place = home(address, capacity);
  while (entries[place].address != 0 && entries[place].address != address) {
    place = (place + 1) & (capacity - 1);
  }
  return entries + place;
}

bool LiveTable::make_room(Stripe& stripe) {
  if (!is_crowded(stripe.count + 1, stripe.capacity)) return true;
  const std::size_t capacity = stripe.capacity == 0 ? kFirstCapacity : stripe.capacity * 2;
  return capacity <= most_per_stripe_ && resize(stripe, capacity);
}

bool LiveTable::resize(Stripe& stripe, std::size_t capacity) {
  auto* entries = static_cast<LiveAllocation*>(map_pages(capacity * sizeof(LiveAllocation)));
  if (entries == nullptr) return false;
  for (std::size_t i = 0; i < stripe.capacity; ++i) {
    const LiveAllocation& entry = stripe.entries[i];
    if (entry.address != 0) *probe(entries, capacity, entry.address) = entry;
  }
  if (stripe.entries != nullptr) {
    unmap_pages(stripe.entries, stripe.capacity * sizeof(LiveAllocation));
  }
  stripe.entries = entries;
  stripe.capacity = capacity;
  return true;
}

void LiveTable::put(Stripe& stripe, const LiveAllocation& allocation) {
  LiveAllocation* entry = probe(stripe.entries, stripe.capacity, allocation.address);
  // An allocation whose end was not seen (freed by a signal handler, say) is over when its address
  // is given out again.
  if (entry->address != 0) {
    take(stripe, entry);
    entry = probe(stripe.entries, stripe.capacity, allocation.address);
  }
  *entry = allocation;
  count(stripe, allocation, 1);
}

void LiveTable::take(Stripe& stripe, LiveAllocation* entry) {
  count(stripe, *entry, -1);
  close_gap(stripe, static_cast<std::size_t>(entry - stripe.entries));
}

/// Moves later entries of the same run back, so that none is cut off from its home.
void LiveTable::close_gap(Stripe& stripe, std::size_t gap) {
  const std::size_t last = stripe.capacity - 1;
  for (std::size_t next = (gap + 1) & last; stripe.entries[next].address != 0;
       next = (next + 1) & last) {
    const std::size_t wanted = home(stripe.entries[next].address, stripe.capacity);
    if (((next - wanted) & last) < ((next - gap) & last)) continue;
    stripe.entries[gap] = stripe.entries[next];
    gap = next;
  }
  stripe.entries[gap].address = 0;
}

/// Enters an allocation into, or strikes it from, all that is counted.
void LiveTable::count(Stripe& stripe, const LiveAllocation& allocation, int sign) {
  weigh(stripe, allocation, sign);
  stripe.count += static_cast<std::size_t>(sign);
  // What additions and subtractions have lost to rounding ends here.
  if (stripe.count == 0) stripe.totals = {};
  if (mean() == 0) return;
  if (sign > 0) {
    live_filter.enter(allocation.address);
  } else {
    live_filter.leave(allocation.address);
  }
}

void LiveTable::weigh(Stripe& stripe, const LiveAllocation& allocation, int sign) {
  const double weight = sign / sampling_chance(allocation.size, mean());
  const double bytes = weight * static_cast<double>(allocation.size);
  if (allocation.is_mapping != 0) {
    stripe.totals.mapped_bytes += bytes;
  } else {
    stripe.totals.bytes += bytes;
    stripe.totals.count += weight;
  }
}

/// Keeps each entry with the chance that makes it a sample with the mean `to`. Its lot is a hash of
/// its address, so that it is the same when an entry that has moved is met twice.
void LiveTable::thin_out(std::uint64_t from, std::uint64_t to, std::uint64_t salt) {
  const Holding all(*this);
  if (mean() != from) return;
  const auto is_dropped = [&](const LiveAllocation& entry) {
    const double lot = static_cast<double>(mix(entry.address ^ salt) >> 11) * 0x1.0p-53;
    return lot * sampling_chance(entry.size, from) >= sampling_chance(entry.size, to);
  };
  for (Stripe& stripe : stripes_) {
    for (std::size_t i = 0; i < stripe.capacity; ++i) {
      LiveAllocation* entry = stripe.entries + i;
      while (entry->address != 0 && is_dropped(*entry)) take(stripe, entry);
    }
  }
  mean_.store(to, std::memory_order_relaxed);
  for (Stripe& stripe : stripes_) {
    stripe.totals = {};
    for (std::size_t i = 0; i < stripe.capacity; ++i) {
      const LiveAllocation& entry = stripe.entries[i];
      if (entry.address == 0) continue;
      weigh(stripe, entry, 1);
      if (from == 0) live_filter.enter(entry.address);
    }
  }
  if (from == 0) live_filter.hold_entered();
}

}  // namespace weir::tracer
