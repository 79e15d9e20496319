#include "kernels/fingerprint64.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace weir::kernels {
namespace {

using std::rotr;

constexpr std::uint64_t kMul0 = 0xc3a5c85c97cb3127;
constexpr std::uint64_t kMul1 = 0xb492b66fbe98f273;
constexpr std::uint64_t kMul2 = 0x9ae16a3b2f90404f;
constexpr std::size_t kBlock = 64;

std::uint64_t load64(const char* from) {
  std::uint64_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

std::uint64_t load32(const char* from) {
  std::uint32_t value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

std::uint64_t mix(std::uint64_t value) { return value ^ (value >> 47); }

std::uint64_t join(std::uint64_t u, std::uint64_t v, std::uint64_t mul) {
  const std::uint64_t a = mix((u ^ v) * mul);
  return mix((v ^ a) * mul) * mul;
}

std::uint64_t of_up_to_16(const char* s, std::size_t size) {
  const std::uint64_t mul = kMul2 + size * 2;
  if (size >= 8) {
    const std::uint64_t a = load64(s) + kMul2;
    const std::uint64_t b = load64(s + size - 8);
    return join(rotr(b, 37) * mul + a, (rotr(a, 25) + b) * mul, mul);
  }
  if (size >= 4) return join(size + (load32(s) << 3), load32(s + size - 4), mul);
  if (size == 0) return kMul2;
  const auto byte = [s](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(s[i])}; };
  const std::uint64_t y = byte(0) + (byte(size / 2) << 8);
  const std::uint64_t z = size + (byte(size - 1) << 2);
  return mix((y * kMul2) ^ (z * kMul0)) * kMul2;
}

std::uint64_t of_up_to_32(const char* s, std::size_t size) {
  const std::uint64_t mul = kMul2 + size * 2;
  const std::uint64_t a = load64(s) * kMul1;
  const std::uint64_t b = load64(s + 8);
  const std::uint64_t c = load64(s + size - 8) * mul;
  const std::uint64_t d = load64(s + size - 16) * kMul2;
  return join(rotr(a + b, 43) + rotr(c, 30) + d, a + rotr(b + kMul2, 18) + c, mul);
}

std::uint64_t of_up_to_64(const char* s, std::size_t size) {
  const std::uint64_t mul = kMul2 + size * 2;
  const std::uint64_t a = load64(s) * kMul2;
  const std::uint64_t b = load64(s + 8);
  const std::uint64_t c = load64(s + size - 8) * mul;
  const std::uint64_t d = load64(s + size - 16) * kMul2;
  const std::uint64_t y = rotr(a + b, 43) + rotr(c, 30) + d;
  const std::uint64_t z = join(y, a + rotr(b + kMul2, 18) + c, mul);
  const std::uint64_t e = load64(s + 16) * mul;
  const std::uint64_t f = load64(s + 24);
  const std::uint64_t g = (y + load64(s + size - 32)) * mul;
  const std::uint64_t h = (z + load64(s + size - 24)) * mul;
  return join(rotr(e + f, 43) + rotr(g, 30) + h, e + rotr(f + a, 18) + g, mul);
}

struct Pair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

Pair of_half_block(const char* s, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t w = load64(s);
  const std::uint64_t z = load64(s + 24);
  a += w;
  b = rotr(b + a + z, 21);
  const std::uint64_t c = a;
  a += load64(s + 8) + load64(s + 16);
  b += rotr(a, 44);
  return {a + z, b + c};
}

/// What is carried from one block of 64 bytes to the next.
struct State {
  std::uint64_t x;
  std::uint64_t y;
  std::uint64_t z;
  Pair v{};
  Pair w{};

  void take(const char* s, std::uint64_t mul, std::uint64_t w_weight, std::uint64_t v_weight) {
    x = rotr(x + y + v.first + load64(s + 8), 37) * mul;
    y = rotr(y + v.second + load64(s + 48), 42) * mul;
    x ^= w.second * w_weight;
    y += v.first * v_weight + load64(s + 40);
    z = rotr(z + w.first, 33) * mul;
    v = of_half_block(s, v.second * mul, x + w.first);
    w = of_half_block(s + 32, z + w.second, y + load64(s + 16));
    std::swap(z, x);
  }
};

std::uint64_t of_blocks(const char* s, std::size_t size) {
  constexpr std::uint64_t kSeed = 81;
  State state{kSeed * kMul2 + load64(s), kSeed * kMul1 + 113, 0};
  state.z = mix(state.y * kMul2 + 113) * kMul2;
  const std::size_t last = (size - 1) % kBlock;
  const char* const end = s + (size - 1) / kBlock * kBlock;
  for (; s != end; s += kBlock) state.take(s, kMul1, 1, 1);
  const std::uint64_t mul = kMul1 + ((state.z & 0xff) << 1);
  state.w.first += last;
  state.v.first += state.w.first;
  state.w.first += state.v.first;
  state.take(end + last + 1 - kBlock, mul, 9, 9);
  return join(join(state.v.first, state.w.first, mul) + mix(state.y) * kMul0 + state.z,
              join(state.v.second, state.w.second, mul) + state.x, mul);
}

}  // namespace

std::uint64_t fingerprint64(std::string_view bytes) {
  if (bytes.size() <= 16) return of_up_to_16(bytes.data(), bytes.size());
  if (bytes.size() <= 32) return of_up_to_32(bytes.data(), bytes.size());
  if (bytes.size() <= kBlock) return of_up_to_64(bytes.data(), bytes.size());
  return of_blocks(bytes.data(), bytes.size());
}

std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second) {
  constexpr std::uint64_t kMul = 0xc6a4a7935bd1e995;
  const std::uint64_t joined = ((first ^ kMul) ^ (mix(second * kMul) * kMul)) * kMul;
  return mix(mix(joined) * kMul);
}

}  // namespace weir::kernels
