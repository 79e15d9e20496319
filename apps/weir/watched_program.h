#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace weir::app {

/// A variable of a program's environment.
using Variable = std::pair<std::string, std::string>;

/// A program that runs as a child, with this process's streams. While it runs, signals that were
/// meant for it reach it: Ctrl-C by the terminal, others by being passed on.
class WatchedProgram {
 public:
  /// Starts it: `command` is the program and its arguments, looked up in PATH. Throws kNotFound.
  WatchedProgram(const std::vector<std::string>& command, const std::vector<Variable>& environment);

  pid_t process() const { return process_; }

  /// Waits for its end, and returns its exit code (128 + the signal that ended it). Calls `on_tick`
  /// a few times a second, and `on_question` at each SIGUSR1.
  int wait(const std::function<void()>& on_tick, const std::function<void()>& on_question);

 private:
  pid_t process_ = 0;
};

}  // namespace weir::app
