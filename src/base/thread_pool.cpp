#include "base/thread_pool.h"

#include <pthreadpool.h>
#include <sched.h>

#include "base/fail.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace weir {
namespace {

// The distribution's pthreadpool is not built with ThreadSanitizer, which therefore cannot see that
// its fork and join order memory. These say so.
void publish([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(address);
#endif
}

void observe([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(address);
#endif
}

}  // namespace

std::size_t available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

struct ThreadPool::Impl {
  struct Deleter {
    void operator()(pthreadpool_t handle) const { pthreadpool_destroy(handle); }
  };
  std::unique_ptr<pthreadpool, Deleter> pool;
};

ThreadPool::ThreadPool(std::size_t threads)
    : impl_(std::make_unique<Impl>()), size_(threads == 0 ? available_processors() : threads) {
  if (size_ == 1) return;
  impl_->pool.reset(pthreadpool_create(size_));
  require(impl_->pool != nullptr, ErrorCode::kLimit, "cannot start {} threads", size_);
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::run_erased(std::size_t tasks, ErasedTask task, const void* context) const {
  struct Call {
    ErasedTask task;
    const void* context;
  } call{task, context};
  publish(&call);
  pthreadpool_parallelize_1d(
      impl_->pool.get(),
      [](void* erased, std::size_t i) {
        observe(erased);
        const auto* received = static_cast<const Call*>(erased);
        received->task(received->context, i);
        publish(erased);
      },
      &call, tasks, 0);
  observe(&call);
}

}  // namespace weir
