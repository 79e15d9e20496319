#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/siphash.h"

namespace weir::kernels {

/// Bins that elements are hashed into, as TensorFlow does: integers by their decimal text, floats
/// cut to integers, bools as "true" and "false".
class HashBins {
 public:
  /// With a salt by SipHash-2-4, else by FarmHash's fingerprint.
  HashBins(std::int64_t count, const std::optional<SipKey>& salt)
      : count_(static_cast<std::uint64_t>(count)), salt_(salt) {}

  std::int64_t bin(std::string_view text) const;
  std::int64_t bin(std::int64_t number) const;
  std::int64_t bin(std::int32_t number) const { return bin(std::int64_t{number}); }
  std::int64_t bin(float number) const;
  std::int64_t bin(bool truth) const { return bin(std::string_view(truth ? "true" : "false")); }

 private:
  std::uint64_t count_;
  std::optional<SipKey> salt_;
};

/// A float as TensorFlow casts it to int64 on x86: what is out of range becomes the least.
std::int64_t to_int64(float number);

}  // namespace weir::kernels
