#include "stop.h"

#include <cerrno>
#include <csignal>

#include "base/file_watch.h"

namespace weir::app {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*number*/) { stop.store(true); }

void on_lost_bytes(int number, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  // Otherwise the access is made again when this returns, and ends the program.
  if (!replace_lost_bytes(info->si_addr)) std::signal(number, SIG_DFL);
  errno = error;
}

}  // namespace

const std::atomic<bool>& stop_requested() { return stop; }

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction lost_bytes {};
  lost_bytes.sa_sigaction = on_lost_bytes;
  lost_bytes.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &lost_bytes, nullptr);
}

}  // namespace weir::app
