#include "layers/salt.h"

#include "base/fail.h"

namespace weir::layers {
namespace {

std::uint64_t part_of(const Json& value) {
  require(value.is_number_integer(), ErrorCode::kMalformed, "its salt is not made of integers");
  // A negative one has the bits of its complement.
  return value.is_number_unsigned() ? value.get<std::uint64_t>()
                                    : static_cast<std::uint64_t>(value.get<std::int64_t>());
}

}  // namespace

std::optional<kernels::SipKey> salt_of(const Config& config) {
  if (!config.has("salt")) return std::nullopt;
  const Json& salt = config.json()["salt"];
  if (!salt.is_array()) return kernels::SipKey{part_of(salt), part_of(salt)};
  require(salt.size() == 2, ErrorCode::kMalformed, "its salt has {} numbers, not 2", salt.size());
  return kernels::SipKey{part_of(salt[0]), part_of(salt[1])};
}

}  // namespace weir::layers
