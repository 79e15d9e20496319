#include "base/thread_pool.h"

#include <fmt/ranges.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/denormals.h"
#include "base/fail.h"

namespace weir {
namespace {

using Clock = std::chrono::steady_clock;

// How long a thread looks for work, or for the end of it, before it sleeps: longer than the gaps
// between the steps of a network, and than most of those between two calls. To be woken costs
// little on a machine of one's own, but a virtual one that sleeps comes back when its host likes.
constexpr std::chrono::microseconds kSpinFor{1000};
// From then on it lets others run that wait for its processor; threads of the same pool, perhaps.
constexpr std::chrono::microseconds kAloneFor{50};
constexpr int kPauses = 16;  ///< Between two looks at the clock.

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` differs from `old`: looks a while, then sleeps.
template <typename T>
void wait_for_change(const std::atomic<T>& value, T old) {
  const Clock::time_point begin = Clock::now();
  for (Clock::duration passed{}; passed < kSpinFor; passed = Clock::now() - begin) {
    for (int i = 0; i < kPauses; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause_briefly();
    }
    if (passed > kAloneFor) sched_yield();
  }
  value.wait(old, std::memory_order_acquire);
}

constexpr std::size_t kCacheLine = 64;

/// Tasks that one thread claims before it helps others: the call's number, and below it how many
/// are left. The threads' shares of a call are the same in the next one of as many tasks, so that
/// each finds in its cache the weights that it read, and mostly the rows that it wrote.
struct alignas(kCacheLine) Share {
  std::atomic<std::uint64_t> left{0};

  void announce(std::uint32_t call, std::size_t tasks) {
    left.store(std::uint64_t{call} << 32 | tasks, std::memory_order_release);
  }
};

}  // namespace

/// A call is a number of tasks to be claimed one by one, by the caller as well: each thread has a
/// share of its own, and then takes from those of the others. The call ends when all tasks are
/// done, so a worker that the system has not scheduled in time holds nobody up: the others do its
/// share. That is why Weir has a pool of its own: with the distribution's pthreadpool the caller
/// waits for every worker to wake, and on a busy machine of two cores a ResNet50 took 1.2 s with
/// two threads and 0.08 s with one.
struct ThreadPool::Impl {
  /// Throws kLimit when the system gives no more threads.
  Impl(std::size_t worker_count, const Cores& cores) : shares(worker_count + 1) {
    // A thread starts with the affinity of the one that starts it.
    const CoreGuard on_cores(cores);
    workers.reserve(worker_count);
    try {
      for (std::size_t i = 0; i < worker_count; ++i)
        workers.emplace_back([this, slot = i + 1] { work(slot); });
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

  /// Threads of a slot below `threads` take part; the caller's is 0.
  void run(std::size_t tasks, std::size_t threads, ErasedTask new_task, const void* new_context) {
    const std::lock_guard one_call_at_a_time(calls);
    task = new_task;
    context = new_context;
    task_count.store(tasks, std::memory_order_relaxed);
    slots.store(threads, std::memory_order_relaxed);
    denormals.store(denormals_of_thread(), std::memory_order_relaxed);
    unfinished.store(static_cast<std::uint32_t>(tasks), std::memory_order_relaxed);
    announce(threads);
    work_on(epoch.load(std::memory_order_relaxed), 0);
    for (std::uint32_t left; (left = unfinished.load(std::memory_order_acquire)) != 0;) {
      wait_for_change(unfinished, left);
    }
  }

  void announce(std::size_t threads) {
    const std::uint32_t call = epoch.load(std::memory_order_relaxed) + 1;
    for (std::size_t i = 0; i < threads; ++i) {
      shares[i].announce(call, first_task(i + 1) - first_task(i));
    }
    epoch.store(call, std::memory_order_release);
    epoch.notify_all();
  }

  /// Of a slot's share.
  std::size_t first_task(std::size_t slot) const {
    return task_count.load(std::memory_order_relaxed) * slot /
           slots.load(std::memory_order_relaxed);
  }

  void work(std::size_t slot) {
    started.fetch_add(1);
    started.notify_one();
    std::uint32_t seen = 0;
    while (!stop.load()) {
      wait_for_change(epoch, seen);
      seen = epoch.load(std::memory_order_acquire);
      const DenormalsGuard as_in_the_caller(denormals.load(std::memory_order_relaxed));
      work_on(seen, slot);
    }
  }

  /// Claims and runs tasks of one call while there are any: its own, then those of the others.
  void work_on(std::uint32_t call, std::size_t slot) {
    const std::size_t threads = slots.load(std::memory_order_relaxed);
    if (slot >= threads) return;
    for (std::size_t i = 0; i < threads; ++i) work_on_share(call, (slot + i) % threads, slot);
  }

  void work_on_share(std::uint32_t call, std::size_t share, std::size_t slot) {
    std::atomic<std::uint64_t>& left = shares[share].left;
    std::uint64_t state = left.load(std::memory_order_acquire);
    while (state >> 32 == call && static_cast<std::uint32_t>(state) != 0) {
      if (!left.compare_exchange_weak(state, state - 1, std::memory_order_acq_rel)) continue;
      // From the claim until the task counts as finished, the call cannot end, and so nothing of it
      // can change.
      task(context, first_task(share + 1) - static_cast<std::uint32_t>(state), slot);
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
      state = left.load(std::memory_order_acquire);
    }
  }

  std::mutex calls;
  ErasedTask task = nullptr;
  const void* context = nullptr;
  std::atomic<std::size_t> task_count{0};
  std::atomic<std::size_t> slots{1};  ///< Threads that take part.
  std::atomic<Denormals> denormals{Denormals::kExact};
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> started{0};  ///< Workers that are up.
  std::vector<Share> shares;              ///< One a thread.
  // Those who wait look at these again and again.
  alignas(kCacheLine) std::atomic<std::uint32_t> epoch{0};  ///< Number of the current call.
  alignas(kCacheLine) std::atomic<std::uint32_t> unfinished{0};
  std::vector<std::jthread> workers;
};

std::size_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

void CoreGuard::keep_on(const Cores& cores) {
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

ThreadPool::ThreadPool(std::size_t threads, const Cores& cores)
    : size_(threads == 0 ? available_processors() : threads) {
  if (size_ > 1) impl_ = std::make_shared<Impl>(size_ - 1, cores);
}

void ThreadPool::run_erased(std::size_t tasks, ErasedTask task, const void* context) const {
  impl_->run(tasks, size_, task, context);
}

}  // namespace weir
