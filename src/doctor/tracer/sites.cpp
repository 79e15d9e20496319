#include "doctor/tracer/sites.h"

#include <algorithm>

#include "doctor/tracer/hash.h"

namespace weir::tracer {
namespace {

std::uint64_t key_of(const Stack& stack, std::span<const std::uint32_t> locations) {
  const std::uint64_t seed = stack.thread_name * 2 + (stack.is_mapping ? 1 : 0);
  return mix(mix(seed, stack.native), locations);
}

}  // namespace

std::uint32_t Sites::acquire(const Stack& stack) {
  const Holding held(lock_);
  std::array<std::uint32_t, kMostPythonFrames> locations;
  for (std::size_t i = 0; i < stack.python.size(); ++i) {
    locations[i] = locations_.id_of(stack.python[i]);
  }
  const std::uint64_t key = key_of(stack, std::span(locations).first(stack.python.size()));
  std::uint32_t id = find(key);
  if (id == kOther) {
    id = take_place();
    if (id != kOther) {
      sites_[id].python = locations;
      fill(sites_[id], stack);
      std::uint32_t& chain = chains_[key % kMost];
      books_[id].key = key;
      books_[id].next = chain;
      chain = id;
    }
  }
  books_[id].is_recent = 1;
  count_live(id, 1);
  return id;
}

std::uint32_t Sites::thread_name_id(std::string_view name) {
  const Holding held(lock_);
  return texts_.id_of(name);
}

std::uint32_t Sites::find(std::uint64_t key) const {
  std::uint32_t id = chains_[key % kMost];
  while (id != kOther && books_[id].key != key) id = books_[id].next;
  return id;
}

/// A place that was never used, or that of a site without live allocations; kOther if none is found
/// soon.
std::uint32_t Sites::take_place() {
  constexpr int kMostTries = 8;
  if (used_ < limit_) return used_++;
  for (int tries = 0; tries < kMostTries; ++tries) {
    hand_ = hand_ % (limit_ - 1) + 1;
    SiteBooks& books = books_[hand_];
    const bool was_recent = books.is_recent != 0;
    books.is_recent = 0;
    if (was_recent || books.live.load(std::memory_order_relaxed) != 0) continue;
    unlink(hand_);
    count_allocated(kOther, books.allocated.exchange(0));
    return hand_;
  }
  return kOther;
}

void Sites::unlink(std::uint32_t id) {
  std::uint32_t& first = chains_[books_[id].key % kMost];
  if (first == id) {
    first = books_[id].next;
    return;
  }
  std::uint32_t before = first;
  while (books_[before].next != id) before = books_[before].next;
  books_[before].next = books_[id].next;
}

void Sites::fill(Site& site, const Stack& stack) {
  site.thread_name = stack.thread_name;
  site.is_mapping = stack.is_mapping;
  site.native_count = static_cast<std::uint8_t>(stack.native.size());
  site.python_count = static_cast<std::uint8_t>(stack.python.size());
  std::ranges::transform(stack.native, site.native.begin(), [this](std::uintptr_t address) {
    const std::size_t module = modules_.find(address);
    const std::uintptr_t base = module == Modules::kNone ? 0 : modules_[module].base;
    return CodeAddress{module, address - base};
  });
}

}  // namespace weir::tracer
