#include "doctor/tracer/signals.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "doctor/tracer/tracer.h"

namespace weir::tracer {
namespace {

using Handler = void (*)(int);

struct SignalFunctions {
  int (*sigaction)(int, const struct sigaction*, struct sigaction*) = nullptr;
  Handler (*signal)(int, Handler) = nullptr;
  Handler (*sysv_signal)(int, Handler) = nullptr;
};

constinit SignalFunctions real_signals;

constexpr std::array kFatalSignals{SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT,
                                   SIGBUS, SIGFPE, SIGSEGV, SIGTERM};

template <typename Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

const SignalFunctions& signals() {
  if (real_signals.sigaction == nullptr) find_signal_functions();
  return real_signals;
}

void write_last_records(int number) {
  Tracer* traced = current_tracer();
  if (traced == nullptr || thread_state.is_inside || !traced->is_own_process()) return;
  const Inside inside;
  std::array<char, 24> reason{"signal "};
  const std::size_t used = std::strlen(reason.data());
  const auto end = std::to_chars(reason.data() + used, reason.data() + reason.size(), number).ptr;
  traced->recorder().finish_in_signal(
      {reason.data(), static_cast<std::size_t>(end - reason.data())});
}

void end_by_default(int number, siginfo_t* info, void*) {
  write_last_records(number);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  signals().sigaction(number, &action, nullptr);
  // A fault happens again when the instruction does. What was sent is sent again, and comes through
  // when this handler returns.
  const bool is_fault = info->si_code > 0 && (number == SIGSEGV || number == SIGBUS ||
                                              number == SIGFPE || number == SIGILL);
  if (!is_fault) raise(number);
}

bool is_own(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == end_by_default;
}

/// Compared as addresses: `signal` gives handlers of either type as one.
Handler shown(Handler handler) {
  const bool is_own_handler =
      reinterpret_cast<std::uintptr_t>(handler) == reinterpret_cast<std::uintptr_t>(end_by_default);
  return is_own_handler ? SIG_DFL : handler;
}

}  // namespace

void find_signal_functions() {
  find(real_signals.sigaction, "sigaction");
  find(real_signals.signal, "signal");
  find(real_signals.sysv_signal, "__sysv_signal");
}

void watch_fatal_signals() {
  // The first process of a container ignores what it has no handler for.
  if (getpid() == 1) return;
  for (const int number : kFatalSignals) {
    struct sigaction action {};
    if (signals().sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) {
      continue;
    }
    action = {};
    action.sa_sigaction = end_by_default;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    signals().sigaction(number, &action, nullptr);
  }
}

}  // namespace weir::tracer

#define WEIR_EXPORT extern "C" __attribute__((visibility("default")))

namespace tracer = weir::tracer;

WEIR_EXPORT int sigaction(int number, const struct sigaction* action,
                          struct sigaction* before) noexcept {
  const int result = tracer::signals().sigaction(number, action, before);
  if (result == 0 && before != nullptr && tracer::is_own(*before)) {
    *before = {};
    before->sa_handler = SIG_DFL;
  }
  return result;
}

WEIR_EXPORT tracer::Handler signal(int number, tracer::Handler handler) noexcept {
  return tracer::shown(tracer::signals().signal(number, handler));
}

// NOLINTNEXTLINE(bugprone-reserved-identifier)
WEIR_EXPORT tracer::Handler __sysv_signal(int number, tracer::Handler handler) noexcept {
  return tracer::shown(tracer::signals().sysv_signal(number, handler));
}
