#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>

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

int run(int argc, char** argv) {
  CLI::App program("Weir predicts with Keras models, in memory that is known and does not grow.",
                   "weir");
  program.require_subcommand(1);
  program.set_version_flag("--version", "weir " WEIR_VERSION);
  add_summary(program);
  add_plan(program);
  add_predict(program);
  add_check(program);
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
    fmt::print(stderr, "weir: {}\n", error.what());
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "weir: out of memory\n");
    return kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weir: internal error: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace
}  // namespace weir::app

int main(int argc, char** argv) {
  weir::app::handle_signals();
  const int code = weir::app::guarded_run(argc, argv);
  // What was printed must have arrived: a full disk or a closed pipe shows up here at the latest.
  if (std::fflush(stdout) != 0 && code == 0) {
    std::fputs("weir: cannot write to standard output\n", stderr);
    return weir::app::kFailed;
  }
  return code;
}
