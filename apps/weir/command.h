#pragma once

#include <CLI/CLI.hpp>
#include <string>

/// The command line, one file a subcommand. A subcommand adds its options to the program, with a
/// callback that does the work and may throw weir::Error; `main` maps errors to exit codes.
namespace weir::app {

/// What the program ends with.
enum ExitCode : int {
  kFine = 0,
  kFailed = 1,
  kWrongUsage = 2,
  kGrows = 3,          ///< Memory was seen to grow.
  kNotSupported = 4,   ///< The model needs something that Weir does not have.
  kInterrupted = 130,  ///< Stopped by Ctrl-C, as shells expect it.
};

/// Ends the program with a code that is not an error: thrown by a subcommand's callback.
struct Verdict {
  ExitCode code;
};

/// The MODEL argument and the --json flag, which several subcommands have.
void add_model(CLI::App& command, std::string& model, const std::string& what);
void add_json(CLI::App& command, bool& json);

void add_summary(CLI::App& program);
void add_plan(CLI::App& program);
void add_predict(CLI::App& program);
void add_check(CLI::App& program);
void add_tune(CLI::App& program);
void add_compile(CLI::App& program);
void add_profile(CLI::App& program);
void add_report(CLI::App& program);
void add_top(CLI::App& program);

}  // namespace weir::app
