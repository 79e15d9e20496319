#include "stop.h"

#include <csignal>

namespace weir::app {
namespace {

// A signal handler can reach nothing else.
std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*number*/) { stop.store(true); }

}  // namespace

const std::atomic<bool>& stop_requested() { return stop; }

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace weir::app
