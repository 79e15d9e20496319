#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "weir/profile.h"

namespace weir::app {

/// Options of a run that is to be seen from outside, as they stand on the command line.
class WatchArguments {
 public:
  /// Adds --profile, and --socket and --metrics-port, which want it. Must outlive the parsing.
  void add_to(CLI::App& command);
  /// Adds --socket and --metrics-port, for a command that records anyway.
  void add_listeners_to(CLI::App& command);

  /// The record of --profile, where it is given, seen from outside as asked for.
  std::optional<Profile> profile() const;
  /// Lets a record be seen as asked for.
  void listen(const Profile& profile) const;

 private:
  std::string record_;
  std::string socket_;
  std::optional<std::uint16_t> port_;
};

}  // namespace weir::app
