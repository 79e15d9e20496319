#pragma once

#include <cerrno>
#include <cstdint>

#include "doctor/tracer/sampling.h"

namespace weir::tracer {

/// What the tracer keeps for each thread. In the initial-exec TLS model, which is reached without a
/// call and so without an allocation; a preloaded library may use it.
struct ThreadState {
  std::int64_t gap = 0;    ///< Bytes until the next sample; negative asks for the slow path.
  std::uint64_t mean = 0;  ///< The mean that `gap` was drawn with.
  Random random;
  std::uint32_t name = 0;  ///< The thread's name, as an id of the site table.
  std::uint16_t name_age = 0;
  bool is_seeded = false;
  bool is_inside = false;  ///< The tracer itself is at work: what it allocates is not traced.
};

extern constinit thread_local ThreadState thread_state __attribute__((tls_model("initial-exec")));

/// While it lives, this thread is inside of the tracer; `errno` is as before when it ends.
class Inside {
 public:
  Inside() : errno_(errno) { thread_state.is_inside = true; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    thread_state.is_inside = false;
    errno = errno_;
  }

 private:
  int errno_;
};

}  // namespace weir::tracer
