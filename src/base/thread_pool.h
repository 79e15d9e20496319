#pragma once

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// Processors that this process may run on.
std::size_t available_processors();

/// Processors, by the system's numbers, that a thread is kept on; any where it is empty.
using Cores = std::vector<std::size_t>;

/// Keeps the calling thread on `cores` for as long as it lives. Costs two system calls, or nothing
/// where there are no cores. Throws kInvalidArgument for a core that is not there.
class CoreGuard {
 public:
  // Inline: mostly there are no cores, and a small model's call takes little longer than a guard.
  explicit CoreGuard(const Cores& cores) {
    if (!cores.empty()) keep_on(cores);
  }
  CoreGuard(const CoreGuard&) = delete;
  CoreGuard& operator=(const CoreGuard&) = delete;
  ~CoreGuard() {
    if (before_) sched_setaffinity(0, sizeof(*before_), &*before_);
  }

 private:
  void keep_on(const Cores& cores);

  std::optional<cpu_set_t> before_;
};

/// A fixed number of threads that run the tasks of one call at a time (fork and join). The calling
/// thread is one of them: a pool of size 1 has no thread of its own. Starting a call allocates
/// nothing. Calls from several threads at once are made one after the other. Copies share the
/// threads, and the last one ends them.
class ThreadPool {
 public:
  /// `threads` = 0: one for each processor that this process may run on. The pool's own threads are
  /// kept on `cores`; the calling thread is for the caller to keep.
  explicit ThreadPool(std::size_t threads, const Cores& cores = {});

  std::size_t size() const noexcept { return size_; }

  /// The same threads, of which a call takes no more than `threads`. Shares them: the last of a
  /// pool and its parts ends them. Allocates nothing.
  ThreadPool part(std::size_t threads) const { return {impl_, std::min(threads, size_)}; }

  /// In how many parts the work of one call is best cut, where each is still worth a task: enough
  /// for the threads that get on to do the share of one that the system, or the machine below it,
  /// has stopped for a while.
  std::size_t shares() const noexcept { return size_ == 1 ? 1 : size_ * kSharesPerThread; }

  /// Runs `task(i, slot)` for every i in [0, tasks), in any order, and returns when all are done.
  /// `slot` < size() is the thread's own during the call: the part of scratch memory it may use. A
  /// task must not throw.
  template <typename Task>
  void run(std::size_t tasks, const Task& task) const {
    if (tasks <= 1 || size_ == 1) {
      for (std::size_t i = 0; i < tasks; ++i) task(i, std::size_t{0});
      return;
    }
    run_erased(
        tasks,
        [](const void* context, std::size_t i, std::size_t slot) {
          (*static_cast<const Task*>(context))(i, slot);
        },
        &task);
  }

  /// Splits [0, count) into at most `shares()` ranges, each but the last a multiple of `grain`
  /// long, and runs `task(slot, begin, end)` for each.
  template <typename Task>
  void for_ranges(std::size_t count, std::size_t grain, const Task& task) const {
    if (size_ == 1 || count <= grain) {  // Divisions cost more than small tasks.
      if (count > 0) task(std::size_t{0}, std::size_t{0}, count);
      return;
    }
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t ranges = std::min(grains, shares());
    run(ranges, [&](std::size_t i, std::size_t slot) {
      const std::size_t begin = grains * i / ranges * grain;
      const std::size_t end = i + 1 == ranges ? count : grains * (i + 1) / ranges * grain;
      task(slot, begin, end);
    });
  }

 private:
  static constexpr std::size_t kSharesPerThread = 4;

  using ErasedTask = void (*)(const void* context, std::size_t i, std::size_t slot);
  void run_erased(std::size_t tasks, ErasedTask task, const void* context) const;

  struct Impl;
  ThreadPool(std::shared_ptr<Impl> impl, std::size_t size) : impl_(std::move(impl)), size_(size) {}

  std::shared_ptr<Impl> impl_;
  std::size_t size_;
};

}  // namespace weir
