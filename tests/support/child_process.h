#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace weir::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// What became of a function that ran in a process of its own.
struct ChildOutcome {
  std::string text;  ///< What the function returned.
  int status = 0;    ///< As `wait` gives it: 0 is a clean end.
  long peak_kibibytes = 0;
  std::chrono::steady_clock::duration time{};
};

/// Runs `work` in a forked process, whose peak of memory is its own and whose crash is only a
/// result. An exception that is not caught ends it with a text that begins with "not an Error". No
/// thread of the caller's lives in the child.
ChildOutcome run_in_child(const std::function<std::string()>& work);

}  // namespace weir::testing
