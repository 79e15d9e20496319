#pragma once

#include "base/thread_pool.h"

namespace weir::bench {

/// What no kernel of this machine can beat with these threads: a multiplication needs a register,
/// a value beyond the caches has to be fetched.
struct Roof {
  double operations = 0;  ///< Floating-point operations a second.
  double bytes = 0;       ///< Bytes a second, from memory.

  /// The least seconds that so much work takes.
  double seconds(double work_operations, double work_bytes) const;
};

Roof measure_roof(const ThreadPool& pool);

}  // namespace weir::bench
