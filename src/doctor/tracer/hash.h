#pragma once

#include <cstdint>
#include <span>

namespace weir::tracer {

/// The finaliser of MurmurHash3: every bit of the input reaches every bit of the output.
constexpr std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ (value >> 33);
}

/// Of a sequence: one multiplication for each number, and the finaliser once.
template <typename Number>
constexpr std::uint64_t mix(std::uint64_t seed, std::span<const Number> numbers) {
  for (const Number number : numbers) {
    seed = (seed ^ static_cast<std::uint64_t>(number)) * 0x9e3779b97f4a7c15ULL;
    seed ^= seed >> 32;
  }
  return mix(seed);
}

}  // namespace weir::tracer
