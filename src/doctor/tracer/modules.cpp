#include "doctor/tracer/modules.h"

#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "doctor/tracer/file_pages.h"

namespace weir::tracer {
namespace {

std::uint64_t changes_of(const dl_phdr_info& info) { return info.dlpi_adds + info.dlpi_subs; }

/// Asks the loader for its counters alone, by stopping at the first module.
std::uint64_t count_changes() {
  std::uint64_t changes = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        *static_cast<std::uint64_t*>(result) = changes_of(*info);
        return 1;
      },
      &changes);
  return changes;
}

}  // namespace

std::size_t Modules::find(std::uintptr_t address) {
  const std::size_t known = find_known(address);
  if (known != kNone || count_changes() == changes_.load(std::memory_order_relaxed)) return known;
  refresh();
  return find_known(address);
}

std::size_t Modules::find_known(std::uintptr_t address) const {
  const std::size_t count = size();
  for (std::size_t id = 0; id < count; ++id) {
    if (holds(id, address)) return id;
  }
  return kNone;
}

bool Modules::holds(std::size_t id, std::uintptr_t address) const {
  if (id == kNone) return false;
  const Module& module = modules_[id];
  return address >= module.begin && address < module.end &&
         module.is_loaded.load(std::memory_order_relaxed);
}

void Modules::refresh() {
  // Never waits: a thread may come here with the loader's lock, which the holder of ours wants
  // next.
  if (!lock_.try_lock()) return;
  const std::uint64_t changes = count_changes();
  std::fill(seen_.begin(), seen_.end(), false);
  dl_iterate_phdr(see_one, this);
  for (std::size_t id = 0; id < size(); ++id) modules_[id].is_loaded = seen_[id];
  changes_ = changes;
  lock_.unlock();
}

void Modules::note_read(std::size_t id, const std::byte* entry) {
  if (entry == nullptr) return;
  Module& module = modules_[id];
  const auto place = reinterpret_cast<std::uintptr_t>(entry);
  // A lost race costs a few pages.
  const std::uintptr_t first = module.first_entry.load(std::memory_order_relaxed);
  if (first == 0 || place < first) module.first_entry.store(place, std::memory_order_relaxed);
  if (place > module.last_entry.load(std::memory_order_relaxed)) {
    module.last_entry.store(place, std::memory_order_relaxed);
  }
  reads_.fetch_add(1, std::memory_order_relaxed);
}

void Modules::release_read_pages() {
  constexpr std::uint32_t kMany = 200;
  if (reads_.load(std::memory_order_relaxed) < kMany || !lock_.try_lock()) return;
  reads_ = 0;
  for (std::size_t id = 0; id < size(); ++id) {
    const Module& module = modules_[id];
    if (module.first_entry == 0 || !module.is_loaded) continue;
    release_file_pages(reinterpret_cast<std::uintptr_t>(module.unwinding), module.unwinding_end);
    release_file_pages(module.first_entry, module.last_entry);
  }
  lock_.unlock();
}

int Modules::see_one(dl_phdr_info* info, std::size_t, void* modules) {
  Extent extent;
  extent.base = info->dlpi_addr;
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    const std::uintptr_t end = begin + header.p_memsz;
    if (header.p_type == PT_LOAD) {
      extent.begin = std::min(extent.begin, begin);
      extent.end = std::max(extent.end, end);
    }
    if (header.p_type == PT_GNU_EH_FRAME) {
      extent.unwinding = begin;
      extent.unwinding_end = end;
    }
  }
  static_cast<Modules*>(modules)->see(extent, info->dlpi_name);
  return 0;
}

void Modules::see(const Extent& extent, const char* path) {
  // The loader gives the main program no name.
  std::array<char, 4096> program;
  if (size() == 0 && path[0] == '\0') {
    const ssize_t length = readlink("/proc/self/exe", program.data(), program.size() - 1);
    program[static_cast<std::size_t>(std::max<ssize_t>(length, 0))] = '\0';
    path = program.data();
  }
  const std::size_t count = size();
  for (std::size_t id = 0; id < count; ++id) {
    const Module& module = modules_[id];
    if (module.begin == extent.begin && module.end == extent.end &&
        (id == 0 || std::strcmp(module.path, path) == 0)) {
      seen_[id] = true;
      return;
    }
  }
  if (count == kMost) return;
  Module& module = modules_[count];
  module.begin = extent.begin;
  module.end = extent.end;
  module.base = extent.base;
  module.unwinding = reinterpret_cast<const std::byte*>(extent.unwinding);
  module.unwinding_end = extent.unwinding_end;
  module.path = keep(path);
  module.is_loaded = true;
  seen_[count] = true;
  count_.store(count + 1, std::memory_order_release);
}

const char* Modules::keep(const char* path) {
  const std::size_t bytes = std::strlen(path) + 1;
  if (names_used_ + bytes > names_.size()) return "";
  char* kept = names_.data() + names_used_;
  std::memcpy(kept, path, bytes);
  names_used_ += bytes;
  return kept;
}

}  // namespace weir::tracer
