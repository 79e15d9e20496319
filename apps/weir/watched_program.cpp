#include "watched_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "base/fail.h"

namespace weir::app {
namespace {

constexpr long kTickNanoseconds = 200'000'000;
constexpr int kSignalled = 128;
constexpr std::array kPassedOn = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR2, SIGCONT};

sigset_t waited_for() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kPassedOn) sigaddset(&set, number);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// This process's environment with the variables given, in the form that exec wants.
std::vector<std::string> merged(const std::vector<Variable>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (std::ranges::find(variables, name, &Variable::first) == variables.end()) {
      all.push_back(text);
    }
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// The program gets the signals as a shell would give them: none blocked, none ignored by us.
class SpawnAttributes {
 public:
  explicit SpawnAttributes(const sigset_t& mask) {
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setsigmask(&attributes_, &mask);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

void pass_on(pid_t process, const siginfo_t& signal) {
  // The terminal sends Ctrl-C to both; what somebody sent to the doctor alone is for the program.
  if (signal.si_code != SI_KERNEL) kill(process, signal.si_signo);
}

}  // namespace

WatchedProgram::WatchedProgram(const std::vector<std::string>& command,
                               const std::vector<Variable>& environment) {
  std::vector<std::string> words = command;
  std::vector<std::string> variables = merged(environment);
  const sigset_t blocked = waited_for();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const SpawnAttributes attributes(before);
  const int error = posix_spawnp(&process_, words.front().c_str(), nullptr, attributes.get(),
                                 pointers(words).data(), pointers(variables).data());
  require(error == 0, ErrorCode::kNotFound, "{}: {}", command.front(), std::strerror(error));
}

int WatchedProgram::wait(const std::function<void()>& on_tick,
                         const std::function<void()>& on_question) {
  const sigset_t signals = waited_for();
  const timespec tick{0, kTickNanoseconds};
  while (true) {
    siginfo_t signal{};
    const int number = sigtimedwait(&signals, &signal, &tick);
    if (number == SIGUSR1) on_question();
    if (number > 0 && number != SIGUSR1 && number != SIGCHLD) pass_on(process_, signal);
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_) {
      return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (number < 0) on_tick();
  }
}

}  // namespace weir::app
