#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace weir::kernels {

using SipKey = std::array<std::uint64_t, 2>;

/// SipHash-2-4 of any bytes: the hash of TensorFlow's `to_hash_bucket_strong`.
std::uint64_t siphash(const SipKey& key, std::string_view bytes);

}  // namespace weir::kernels
