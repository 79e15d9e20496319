#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "base/fail.h"
#include "command.h"
#include "find_record.h"
#include "profile/listener.h"
#include "profile/record.h"
#include "report/top_text.h"
#include "stop.h"
#include "terminal.h"

namespace weir::app {
namespace {

// Steps and censuses that the screen is made of.
constexpr std::size_t kKept = 3000;
// Where it is no terminal.
constexpr std::size_t kColumns = 200;

struct Arguments {
  std::string target;
  double interval = 1;
  bool once = false;
};

/// The record of a process, of a socket that one listens on, or at a path.
FileDescriptor open_record(const std::string& target) {
  if (target.empty() || is_process_id(target)) return open_for_reading(find_record(target));
  if (std::filesystem::is_socket(target)) return profile::receive_file(target);
  return open_for_reading(target);
}

bool is_running(std::uint32_t process) {
  return kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM;
}

/// Waits, but not for longer than a stop is asked for.
void wait(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end && !stop_requested().load()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void run(const Arguments& arguments) {
  profile::RecordFollower follower(open_record(arguments.target));
  const bool redraws = isatty(STDOUT_FILENO) == 1 && !arguments.once;
  while (true) {
    follower.read_on();
    const std::size_t columns = terminal_columns(STDOUT_FILENO).value_or(kColumns);
    const std::string screen = report::to_top_text(follower.record(), follower.process(), columns);
    // Home, and what is below is cleared.
    fmt::print("{}{}", redraws ? "\x1b[H\x1b[2J" : "", screen);
    std::fflush(stdout);
    if (arguments.once || stop_requested().load()) return;
    if (follower.record().end || !is_running(follower.process())) {
      fmt::print("\nprocess {} has {}\n", follower.process(),
                 follower.record().end ? "finished its record" : "ended");
      return;
    }
    follower.forget_old(kKept);
    wait(arguments.interval);
    if (stop_requested().load()) return;
  }
}

}  // namespace

void add_top(CLI::App& program) {
  CLI::App* command = program.add_subcommand("top", "Watch a running process that writes a record");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("TARGET", arguments->target)
      ->description(
          "A process id, a socket that the process offers, or its record;\nby default the one "
          "process that writes one")
      ->option_text(" ");
  command->add_option("--interval", arguments->interval)
      ->description("Seconds between two screens; 1 by default")
      ->option_text("S")
      ->check(CLI::PositiveNumber);
  command->add_flag("--once", arguments->once, "Print one screen and end");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
