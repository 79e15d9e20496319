#include "support/child_process.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace weir::testing {
namespace {

std::string guarded(const std::function<std::string()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return std::string("not an Error\n") + error.what();
  }
}

std::string read_all(int end) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(end, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

ChildOutcome run_in_child(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    const std::string text = guarded(work);
    const bool written = write(ends[1], text.data(), text.size()) >= 0;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  ChildOutcome outcome;
  outcome.text = read_all(ends[0]);
  close(ends[0]);
  rusage usage{};
  wait4(child, &outcome.status, 0, &usage);
  outcome.peak_kibibytes = usage.ru_maxrss;
  outcome.time = std::chrono::steady_clock::now() - start;
  return outcome;
}

}  // namespace weir::testing
