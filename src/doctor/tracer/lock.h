#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace weir::tracer {

/// A mutex of one word, after Drepper's "Futexes Are Tricky": it allocates nothing, needs no other
/// library, and can be reset in a forked child. `errno` is not kept.
class Lock {
 public:
  void lock() {
    std::uint32_t seen = kFree;
    if (state_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire)) return;
    if (seen != kContended) seen = state_.exchange(kContended, std::memory_order_acquire);
    while (seen != kFree) {
      syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kContended, nullptr);
      seen = state_.exchange(kContended, std::memory_order_acquire);
    }
  }
  bool try_lock() {
    std::uint32_t seen = kFree;
    return state_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire);
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kContended) {
      syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1);
    }
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;
  std::atomic<std::uint32_t> state_{kFree};
};

/// Holds a lock for a scope. (std::unique_lock would need the C++ library's exceptions.)
template <typename AnyLock>
class Holding {
 public:
  explicit Holding(AnyLock& lock) : lock_(lock) { lock_.lock(); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() { lock_.unlock(); }

 private:
  AnyLock& lock_;
};

}  // namespace weir::tracer
