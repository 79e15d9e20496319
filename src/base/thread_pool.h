#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace weir {

/// Processors that this process may run on.
std::size_t available_processors();

/// A fixed number of threads that run the tasks of one call at a time (fork and join). The calling
/// thread is one of them: a pool of size 1 has no thread of its own. Starting a call allocates
/// nothing. Calls from several threads at once are made one after the other.
class ThreadPool {
 public:
  /// `threads` = 0: one for each processor that this process may run on.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  std::size_t size() const noexcept { return size_; }

  /// Runs `task(i)` for every i in [0, tasks), in any order, and returns when all are done. A task
  /// must not throw. Where a task needs scratch memory of its own, make at most `size()` tasks and
  /// give slice i to task i.
  template <typename Task>
  void run(std::size_t tasks, const Task& task) const {
    if (tasks <= 1 || size_ == 1) {
      for (std::size_t i = 0; i < tasks; ++i) task(i);
      return;
    }
    run_erased(
        tasks, [](const void* context, std::size_t i) { (*static_cast<const Task*>(context))(i); },
        &task);
  }

  /// Splits [0, count) into at most `size()` ranges, each but the last a multiple of `grain` long,
  /// and runs `task(slot, begin, end)` for each; `slot` < size() is unique among them.
  template <typename Task>
  void for_ranges(std::size_t count, std::size_t grain, const Task& task) const {
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t slots = grains < size_ ? grains : size_;
    run(slots, [&](std::size_t slot) {
      const std::size_t begin = grains * slot / slots * grain;
      const std::size_t end = slot + 1 == slots ? count : grains * (slot + 1) / slots * grain;
      task(slot, begin, end);
    });
  }

 private:
  using ErasedTask = void (*)(const void* context, std::size_t i);
  void run_erased(std::size_t tasks, ErasedTask task, const void* context) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::size_t size_;
};

}  // namespace weir
