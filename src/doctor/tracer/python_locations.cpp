#include "doctor/tracer/python_locations.h"

#include <array>

#include "doctor/tracer/hash.h"

namespace weir::tracer {
namespace {

constexpr std::size_t kLongestText = 512;

/// Code that is freed may leave its address to other code. That its file and name are at the same
/// addresses too, and differ, is not to be expected.
std::uint64_t key_of(const PythonFrame& frame) {
  const std::array<std::uint64_t, 4> parts{
      reinterpret_cast<std::uintptr_t>(frame.code), reinterpret_cast<std::uintptr_t>(frame.file),
      reinterpret_cast<std::uintptr_t>(frame.name), static_cast<std::uint64_t>(frame.instruction)};
  return mix(0, std::span<const std::uint64_t>(parts)) | 1;
}

}  // namespace

std::optional<std::uint32_t> PythonLocations::find(const PythonFrame& frame) const {
  const std::uint64_t key = key_of(frame);
  const Cached& cached = cache_[(key >> 1) % cache_.size()];
  const std::uint64_t id = cached.id.load(std::memory_order_relaxed);
  if ((cached.key.load(std::memory_order_relaxed) ^ id) != key) return std::nullopt;
  return static_cast<std::uint32_t>(id);
}

std::uint32_t PythonLocations::add(const PythonFrame& frame) {
  const std::uint64_t key = key_of(frame);
  const std::uint32_t id = intern(read(frame));
  Cached& cached = cache_[(key >> 1) % cache_.size()];
  cached.id.store(id, std::memory_order_relaxed);
  cached.key.store(key ^ id, std::memory_order_relaxed);
  return id;
}

PythonLocation PythonLocations::read(const PythonFrame& frame) {
  std::array<char, kLongestText> buffer;
  PythonLocation location;
  location.file = texts_.id_of(python_.text_of(frame.file, buffer));
  location.function = texts_.id_of(python_.text_of(frame.name, buffer));
  location.line = python_.line_of(frame);
  return location;
}

std::uint32_t PythonLocations::intern(const PythonLocation& location) {
  const std::array<std::uint64_t, 3> parts{location.file, location.function,
                                           static_cast<std::uint64_t>(location.line)};
  std::size_t place = mix(0, std::span<const std::uint64_t>(parts)) % kMost;
  for (; places_[place] != 0; place = (place + 1) % kMost) {
    const PythonLocation& known = locations_[places_[place]];
    if (known.file == location.file && known.function == location.function &&
        known.line == location.line) {
      return places_[place];
    }
  }
  if (count_ == locations_.size()) return 0;
  locations_[count_] = location;
  places_[place] = count_;
  return count_++;
}

}  // namespace weir::tracer
