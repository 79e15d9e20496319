#include "doctor/tracer/sites.h"

#include <algorithm>
#include <bit>

#include "doctor/tracer/hash.h"

namespace weir::tracer {
namespace {

std::uint64_t key_of(const Stack& stack, std::span<const std::uint32_t> locations) {
  const std::uint64_t seed = stack.thread_name * 2 + (stack.is_mapping ? 1 : 0);
  return mix(mix(seed, stack.native), locations);
}

/// The lines of the thread's last stack: between two allocations most stay the same.
struct LastLocated {
  std::array<PythonFrame, kMostPythonFrames> frames{};
  Locations locations{};
};
constinit thread_local LastLocated last_located __attribute__((tls_model("initial-exec")));

}  // namespace

void Sites::start(std::uint32_t limit) {
  limit_ = limit;
  const std::size_t slots = std::bit_ceil(std::size_t{2} * limit);
  last_slot_ = slots - 1;
  home_shift_ = 64 - static_cast<unsigned>(std::bit_width(last_slot_));
}

std::uint32_t Sites::note(const Stack& stack, std::uint64_t bytes) {
  const Locations& locations = locate(stack.python);
  const std::uint64_t key =
      key_of(stack, std::span(locations).first(stack.python.size())) & kKeyBits;
  std::size_t place = find(key);
  std::uint64_t entry = slots_[place].entry.load(std::memory_order_relaxed);
  if (entry == 0 || (entry & kKeyBits) != key) {
    const Holding held(lock_);
    place = enter(key, stack, locations);
    entry = slots_[place].entry.load(std::memory_order_relaxed);
  }
  if (entry == 0) {
    allocated_elsewhere_.fetch_add(bytes, std::memory_order_relaxed);
    return kOther;
  }
  Slot& slot = slots_[place];
  const auto id = static_cast<std::uint32_t>(entry & kSiteBits);
  if ((entry & kRecent) == 0) slot.entry.compare_exchange_strong(entry, entry | kRecent);
  slot.allocated.fetch_add(bytes, std::memory_order_relaxed);
  return id;
}

const Locations& Sites::locate(std::span<const PythonFrame> frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] == last_located.frames[i]) continue;
    last_located.frames[i] = frames[i];
    last_located.locations[i] = locate(frames[i]);
  }
  return last_located.locations;
}

std::uint32_t Sites::locate(const PythonFrame& frame) {
  if (const auto known = locations_.find(frame)) return *known;
  const Holding held(lock_);
  return locations_.add(frame);
}

std::uint64_t Sites::allocated(std::uint32_t id) const {
  const auto& of_site =
      id == kOther ? allocated_elsewhere_ : slots_[find(sites_[id].key)].allocated;
  return of_site.load(std::memory_order_relaxed);
}

std::uint32_t Sites::thread_name_id(std::string_view name) {
  const Holding held(lock_);
  return texts_.id_of(name);
}

std::size_t Sites::find(std::uint64_t key) const {
  std::size_t place = home(key);
  for (;; place = after(place)) {
    const std::uint64_t entry = slots_[place].entry.load(std::memory_order_acquire);
    if (entry == 0 || (entry & kKeyBits) == key) return place;
  }
}

/// The slot of a stack that was not found, unless another thread has just entered it or slots have
/// moved meanwhile. Still empty if there is no place for a site.
std::size_t Sites::enter(std::uint64_t key, const Stack& stack, const Locations& locations) {
  if (slots_[find(key)].entry != 0) return find(key);
  const std::uint32_t id = take_place();
  const std::size_t place = find(key);
  if (id == kOther) return place;
  sites_[id].key = key;
  sites_[id].python = locations;
  fill(sites_[id], stack);
  slots_[place].allocated.store(0, std::memory_order_relaxed);
  slots_[place].entry.store(key | kRecent | id, std::memory_order_release);
  return place;
}

std::uint32_t Sites::take_place() {
  if (used_ < limit_) return used_++;
  if (unused_count_ == 0 && patience_ > 0) {
    --patience_;
    return kOther;
  }
  // Looking takes as long as ten thousand allocations.
  if (unused_count_ == 0 && give_up_places() < limit_ / 32) patience_ = limit_ / 2;
  return unused_count_ == 0 ? kOther : unused_[--unused_count_];
}

/// Of the sites with little that is alive, those that were not met since the last time lose their
/// places, and the others have until the next time. Gives how many places are unused then.
std::uint32_t Sites::give_up_places() {
  std::fill_n(alive_.begin(), used_, 0);
  live_.for_each([this](const LiveAllocation& allocation, double chance) {
    alive_[allocation.site] += static_cast<double>(allocation.size) / chance;
  });
  for (std::size_t place = 0; place <= last_slot_; ++place) {
    std::atomic<std::uint64_t>& entry = slots_[place].entry;
    const auto is_given_up = [&] {
      return entry != 0 && (entry & kRecent) == 0 && alive_[entry & kSiteBits] < kLittle;
    };
    while (is_given_up()) give_up(place);
    entry.fetch_and(~kRecent, std::memory_order_relaxed);
  }
  live_.change_sites([this](std::uint32_t id) { return sites_[id].key == kNoKey ? kOther : id; });
  return unused_count_;
}

/// Moves later slots of the same run back, so that none is cut off from its home. A thread that
/// looks meanwhile may miss one, and looks again with the lock.
void Sites::give_up(std::size_t gap) {
  const auto id = static_cast<std::uint32_t>(slots_[gap].entry & kSiteBits);
  sites_[id].key = kNoKey;
  unused_[unused_count_++] = id;
  allocated_elsewhere_.fetch_add(slots_[gap].allocated, std::memory_order_relaxed);
  for (std::size_t next = after(gap); slots_[next].entry != 0; next = after(next)) {
    const std::size_t wanted = home(slots_[next].entry);
    if (((next - wanted) & last_slot_) < ((next - gap) & last_slot_)) continue;
    slots_[gap].allocated = slots_[next].allocated.load();
    slots_[gap].entry = slots_[next].entry.load();
    gap = next;
  }
  slots_[gap].entry = 0;
}

void Sites::fill(Site& site, const Stack& stack) {
  site.thread_name = stack.thread_name;
  site.is_mapping = stack.is_mapping;
  site.native_count = static_cast<std::uint8_t>(stack.native.size());
  site.python_count = static_cast<std::uint8_t>(stack.python.size());
  std::size_t module = Modules::kNone;
  std::ranges::transform(stack.native, site.native.begin(), [&](std::uintptr_t address) {
    if (!modules_.holds(module, address)) module = modules_.find(address);
    const std::uintptr_t base = module == Modules::kNone ? 0 : modules_[module].base;
    return CodeAddress{module, address - base};
  });
}

}  // namespace weir::tracer
