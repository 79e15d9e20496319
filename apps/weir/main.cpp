#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <system_error>

#include "command.h"
#include "stop.h"
#include "weir/error.h"

namespace weir::app {
namespace {

ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnsupported:
      return kNotSupported;
    case ErrorCode::kCancelled:
      return kInterrupted;
    default:
      return kFailed;
  }
}

constexpr std::size_t kHelpColumn = 30;
constexpr const char* kFooter =
    "\nweir COMMAND --help says what a command takes.\n\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 memory grows (check), 4 the model needs\n"
    "something that Weir does not support, 130 stopped by Ctrl-C.";

int run(int argc, char** argv) {
  CLI::App program("Weir predicts with Keras models, in memory that is known and does not grow.",
                   "weir");
  program.require_subcommand(1);
  program.set_version_flag("--version", "weir " WEIR_VERSION, "Print the version and exit");
  program.set_help_flag("-h,--help", "Print this help and exit");
  program.footer(kFooter);
  program.get_formatter()->column_width(kHelpColumn);
  add_summary(program);
  add_plan(program);
  add_predict(program);
  add_check(program);
  add_tune(program);
  add_compile(program);
  add_profile(program);
  add_report(program);
  add_top(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kFine : kWrongUsage;
  }
  return kFine;
}

int guarded_run(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Verdict& verdict) {
    return verdict.code;
  } catch (const Error& error) {
    // Ctrl-C reaches a whole pipeline: data that end early then are part of the stop.
    if (stop_requested().load()) {
      fmt::print(stderr, "weir: stopped on request\n");
      return kInterrupted;
    }
    fmt::print(stderr, "weir: {}\n", error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "weir: out of memory\n");
    return kFailed;
  } catch (const std::system_error& error) {
    // fmt's only error while it prints; all other files belong to the library, whose errors are
    // weir::Error.
    fmt::print(stderr, "weir: standard output: {}\n", error.code().message());
    return kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir: internal error: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace

void add_model(CLI::App& command, std::string& model, const std::string& what) {
  command.add_option("MODEL", model)->description(what)->option_text(" ")->required();
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print it for programs");
}

}  // namespace weir::app

int main(int argc, char** argv) {
  weir::app::handle_signals();
  const int code = weir::app::guarded_run(argc, argv);
  // What was printed must have arrived: a full disk or a closed pipe shows up here at the latest.
  if (std::fflush(stdout) != 0 && code == 0) {
    fmt::print(stderr, "weir: standard output: {}\n", std::generic_category().message(errno));
    return weir::app::kFailed;
  }
  return code;
}
