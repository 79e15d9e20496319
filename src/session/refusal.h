#pragma once

#include <cstdint>

#include "exec/program.h"

namespace weir::session {

/// A memory limit that not even the smallest plan keeps to.
struct Shortage {
  bool of_process = true;  ///< Otherwise of a device.
  std::uint64_t limit = 0;
  std::uint64_t needed = 0;
  std::uint64_t weights = 0;
  std::uint64_t arena = 0;
};

/// Throws kLimit: what was asked, the smallest limit that works, and which tensors make it so.
[[noreturn]] void refuse_limit(const Shortage& shortage, const exec::Program& smallest);

}  // namespace weir::session
