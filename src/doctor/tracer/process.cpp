// The tracer's life in a process: it begins when the library is loaded, passes forks, and ends at
// exit. (After exec it begins anew, because the environment is kept.)

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <new>

#include "doctor/tracer/signals.h"
#include "doctor/tracer/tracer.h"

namespace weir::tracer {
namespace {

alignas(Tracer) constinit std::byte tracer_memory[sizeof(Tracer)]{};

void finish(const char* reason) {
  Tracer* traced = current_tracer();
  if (traced == nullptr || thread_state.is_inside || !traced->is_own_process()) return;
  const Inside inside;
  traced->recorder().finish(reason);
}

void before_fork() {
  if (Tracer* traced = current_tracer()) traced->before_fork();
}

void after_fork_in_parent() {
  if (Tracer* traced = current_tracer()) traced->after_fork();
}

void after_fork_in_child() {
  Tracer* traced = current_tracer();
  if (traced == nullptr) return;
  traced->after_fork();
  if (!traced->start_in_child()) tracer = nullptr;
}

__attribute__((constructor)) void start() {
  const Inside inside;
  auto* made = new (tracer_memory) Tracer;
  find_signal_functions();
  if (!made->start()) return;
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  watch_fatal_signals();
  tracer = made;
}

__attribute__((destructor)) void stop() { finish("exit"); }

[[noreturn]] void end_now(int status) {
  finish("_exit");
  for (;;) syscall(SYS_exit_group, status);
}

}  // namespace
}  // namespace weir::tracer

#define WEIR_EXPORT extern "C" __attribute__((visibility("default")))

// NOLINTBEGIN(bugprone-reserved-identifier)
WEIR_EXPORT void _exit(int status) { weir::tracer::end_now(status); }
WEIR_EXPORT void _Exit(int status) noexcept { weir::tracer::end_now(status); }
// NOLINTEND(bugprone-reserved-identifier)
