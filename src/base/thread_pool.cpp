#include "base/thread_pool.h"

#include <fmt/ranges.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fail.h"

namespace weir {
namespace {

// How often a thread looks for work, or for the end of it, before it sleeps: some ten microseconds,
// which is longer than the gap between two steps of a network.
constexpr int kSpins = 4000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` differs from `old`: looks a while, then sleeps.
template <typename T>
void wait_for_change(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause_briefly();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

/// A call is a number of tasks to be claimed one by one, by the caller as well. It ends when all
/// claimed tasks are done, so a worker that the system has not scheduled in time holds nobody up:
/// the others do its share. That is why Weir has a pool of its own: with the distribution's
/// pthreadpool the caller waits for every worker to wake, and on a busy machine of two cores a
/// ResNet50 took 1.2 s with two threads and 0.08 s with one.
struct ThreadPool::Impl {
  /// Throws kLimit when the system gives no more threads.
  Impl(std::size_t worker_count, const Cores& cores) {
    // A thread starts with the affinity of the one that starts it.
    const CoreGuard on_cores(cores);
    workers.reserve(worker_count);
    try {
      for (std::size_t i = 0; i < worker_count; ++i) workers.emplace_back([this] { work(); });
      // A thread allocates while it starts, and a call is to allocate nothing.
      for (std::uint32_t up; (up = started.load()) != worker_count;) started.wait(up);
    } catch (const std::system_error& error) {
      end_workers();
      fail(ErrorCode::kLimit, "cannot start {} threads: {}", worker_count, error.what());
    }
  }

  ~Impl() { end_workers(); }

  void end_workers() {
    stop.store(true);
    announce(0);
    workers.clear();
  }

  void run(std::size_t tasks, ErasedTask new_task, const void* new_context) {
    const std::lock_guard one_call_at_a_time(calls);
    task = new_task;
    context = new_context;
    unfinished.store(static_cast<std::uint32_t>(tasks), std::memory_order_relaxed);
    announce(tasks);
    work_on(epoch.load(std::memory_order_relaxed));
    for (std::uint32_t left; (left = unfinished.load(std::memory_order_acquire)) != 0;) {
      wait_for_change(unfinished, left);
    }
  }

  void announce(std::size_t tasks) {
    const std::uint32_t call = epoch.load(std::memory_order_relaxed) + 1;
    unclaimed.store(std::uint64_t{call} << 32 | tasks, std::memory_order_release);
    epoch.store(call, std::memory_order_release);
    epoch.notify_all();
  }

  void work() {
    started.fetch_add(1);
    started.notify_one();
    std::uint32_t seen = 0;
    while (!stop.load()) {
      wait_for_change(epoch, seen);
      seen = epoch.load(std::memory_order_acquire);
      work_on(seen);
    }
  }

  /// Claims and runs tasks of one call while there are any.
  void work_on(std::uint32_t call) {
    std::uint64_t state = unclaimed.load(std::memory_order_acquire);
    while (state >> 32 == call && static_cast<std::uint32_t>(state) != 0) {
      if (!unclaimed.compare_exchange_weak(state, state - 1, std::memory_order_acq_rel)) continue;
      // From the claim until the task counts as finished, the call cannot end, and so `task` and
      // `context` cannot change.
      task(context, static_cast<std::uint32_t>(state) - 1);
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
      state = unclaimed.load(std::memory_order_acquire);
    }
  }

  std::mutex calls;
  ErasedTask task = nullptr;
  const void* context = nullptr;
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> started{0};    ///< Workers that are up.
  std::atomic<std::uint32_t> epoch{0};      ///< Number of the current call.
  std::atomic<std::uint64_t> unclaimed{0};  ///< The call's number, and below it tasks to claim.
  std::atomic<std::uint32_t> unfinished{0};
  std::vector<std::jthread> workers;
};

std::size_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

CoreGuard::CoreGuard(const Cores& cores) {
  if (cores.empty()) return;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const std::size_t core : cores) {
    require(core < CPU_SETSIZE, ErrorCode::kInvalidArgument, "there is no processor {}", core);
    CPU_SET(core, &wanted);
  }
  cpu_set_t before;
  const bool kept = sched_getaffinity(0, sizeof(before), &before) == 0 &&
                    sched_setaffinity(0, sizeof(wanted), &wanted) == 0;
  require(kept, ErrorCode::kInvalidArgument, "threads cannot be kept on the processors {}",
          fmt::join(cores, ", "));
  before_ = before;
}

CoreGuard::~CoreGuard() {
  if (before_) sched_setaffinity(0, sizeof(*before_), &*before_);
}

ThreadPool::ThreadPool(std::size_t threads, const Cores& cores)
    : size_(threads == 0 ? available_processors() : threads) {
  if (size_ > 1) impl_ = std::make_shared<Impl>(size_ - 1, cores);
}

void ThreadPool::run_erased(std::size_t tasks, ErasedTask task, const void* context) const {
  impl_->run(tasks, task, context);
}

}  // namespace weir
