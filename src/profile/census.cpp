#include "profile/census.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "base/mapped_file.h"
#include "profile/process_map.h"

namespace weir::profile {
namespace {

/// glibc's heaps beside the first begin at multiples of this (HEAP_MAX_SIZE in its malloc/arena.c).
constexpr std::uintptr_t kHeapAlignment = std::uintptr_t{64} << 20;
/// The guard below a thread's stack is a page; what a heap has reserved behind it is mostly more.
constexpr std::uintptr_t kLargestGuard = std::uintptr_t{1} << 20;

std::uintptr_t address(const std::byte* bytes) { return reinterpret_cast<std::uintptr_t>(bytes); }

struct Overlap {
  std::uintptr_t begin;
  std::uintptr_t end;
  bool empty() const { return begin >= end; }
  std::uint64_t size() const { return end - begin; }
};

Overlap overlap_of(const Mapping& mapping, std::span<const std::byte> bytes) {
  return {std::max(mapping.begin, address(bytes.data())),
          std::min(mapping.end, address(bytes.data()) + bytes.size())};
}

/// Resident bytes of anonymous memory, page by page.
std::uint64_t resident_in(const Overlap& part) {
  const std::size_t page = page_size();
  std::array<unsigned char, 4096> is_resident;
  std::uint64_t pages = 0;
  const std::uintptr_t end = (part.end + page - 1) / page * page;
  for (std::uintptr_t begin = part.begin / page * page; begin < end;) {
    const std::size_t bytes = std::min<std::size_t>(end - begin, is_resident.size() * page);
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (mincore(reinterpret_cast<void*>(begin), bytes, is_resident.data()) != 0) break;
    pages += static_cast<std::uint64_t>(std::count_if(
        is_resident.begin(), is_resident.begin() + static_cast<std::ptrdiff_t>(bytes / page),
        [](unsigned char flags) { return (flags & 1U) != 0; }));
    begin += bytes;
  }
  return std::min<std::uint64_t>(pages * page, part.size());
}

bool is_file(const Mapping& mapping) { return !mapping.path.empty() && mapping.path[0] != '['; }

/// Which owner has the most of a file's mapping; a `.weir` file holds both kinds of weights.
Owner owner_of_file(const Mapping& mapping, std::span<const NamedRange> ranges) {
  OwnerBytes shares{};
  for (const NamedRange& range : ranges) {
    const Overlap part = overlap_of(mapping, range.bytes);
    if (!part.empty()) at(shares, range.owner) += part.size();
  }
  const auto largest = std::max_element(shares.begin(), shares.end());
  return *largest == 0 ? Owner::kProgram : static_cast<Owner>(largest - shares.begin());
}

/// Goes through the mappings and gives each one's resident bytes to owners; what only the
/// allocator's books can divide is summed in `heap`.
class Division {
 public:
  Division(std::span<const NamedRange> ranges, Census& census) : ranges_(ranges), census_(census) {}

  std::uint64_t heap() const { return heap_; }

  void add(const Mapping& mapping) {
    census_.resident += mapping.resident;
    census_.proportional += mapping.proportional;
    census_.anonymous += mapping.anonymous;
    if (is_file(mapping)) {
      give(owner_of_file(mapping, ranges_), mapping.resident);
    } else if (mapping.path == "[stack]" || is_stack(mapping)) {
      give(Owner::kStacks, mapping.resident);
    } else if (mapping.path.empty() && follows_data_ && mapping.begin == last_end_) {
      // The part of a library's data that its file leaves out.
      give(Owner::kProgram, give_named(mapping));
    } else if (mapping.path.empty() || mapping.path == "[heap]" ||
               mapping.path.starts_with("[anon")) {
      heap_ += give_named(mapping);
    } else {
      give(Owner::kProgram, mapping.resident);  // What the kernel maps in.
    }
    follows_data_ = is_file(mapping) && mapping.own_data;
    follows_guard_ = !mapping.accessible && mapping.end - mapping.begin <= kLargestGuard &&
                     !is_rest_of_heap(mapping);
    last_begin_ = mapping.begin;
    last_end_ = mapping.end;
  }

 private:
  void give(Owner owner, std::uint64_t bytes) { at(census_.owners, owner) += bytes; }

  bool is_stack(const Mapping& mapping) const {
    return mapping.path.empty() && follows_guard_ && mapping.begin == last_end_;
  }

  /// Whether these inaccessible bytes are what a heap has not used yet. Stacks too may begin at a
  /// multiple of its alignment, by chance: what tells is that a heap ends at the next one.
  bool is_rest_of_heap(const Mapping& mapping) const {
    return mapping.begin == last_end_ && last_begin_ % kHeapAlignment == 0 &&
           mapping.end - last_begin_ == kHeapAlignment;
  }

  /// Gives what has a name to its owners, and returns how much is left. The kernel joins neighbours
  /// of anonymous memory to one mapping, so it is told apart by pages.
  std::uint64_t give_named(const Mapping& mapping) {
    std::uint64_t left = mapping.resident;
    for (const NamedRange& range : ranges_) {
      const Overlap part = overlap_of(mapping, range.bytes);
      if (part.empty()) continue;
      const std::uint64_t bytes = std::min(left, resident_in(part));
      give(range.owner, bytes);
      left -= bytes;
    }
    return left;
  }

  std::span<const NamedRange> ranges_;
  Census& census_;
  std::uint64_t heap_ = 0;
  bool follows_data_ = false;
  bool follows_guard_ = false;
  std::uintptr_t last_begin_ = 0;
  std::uintptr_t last_end_ = 0;
};

/// Divides the heap by the allocator's books. Memory that is in use, but was never touched, is in
/// them and not resident: so none gets more than is left.
void divide_heap(std::uint64_t resident, const HeapShares& shares, OwnerBytes& owners) {
  const struct mallinfo2 books = mallinfo2();
  std::uint64_t used = std::min<std::uint64_t>(resident, books.uordblks + books.hblkhd);
  const std::uint64_t unused = resident - used;
  for (std::size_t owner = 0; owner < kOwnerCount; ++owner) {
    const std::uint64_t share = std::min(used, shares[owner]);
    owners[owner] += share;
    used -= share;
  }
  at(owners, Owner::kHeap) += used;
  const std::uint64_t kept = std::min<std::uint64_t>(unused, books.fordblks);
  at(owners, Owner::kAllocator) += kept;
  at(owners, Owner::kUnnamed) += unused - kept;
}

}  // namespace

Census take_census(std::span<const NamedRange> ranges, const HeapShares& heap_shares) {
  Census census;
  Division division(ranges, census);
  ProcessMap map;
  for (Mapping mapping; map.next(mapping);) division.add(mapping);
  divide_heap(division.heap(), heap_shares, census.owners);
  return census;
}

}  // namespace weir::profile
