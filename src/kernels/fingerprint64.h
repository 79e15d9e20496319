#pragma once

#include <cstdint>
#include <string_view>

namespace weir::kernels {

/// FarmHash's Fingerprint64 of any bytes: the hash of TensorFlow's `to_hash_bucket_fast`, the same
/// on every machine and in every version.
std::uint64_t fingerprint64(std::string_view bytes);

/// One fingerprint of two, in their order, as TensorFlow joins those of crossed features.
std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second);

}  // namespace weir::kernels
