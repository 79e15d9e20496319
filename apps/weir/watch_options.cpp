#include "watch_options.h"

#include <fmt/format.h>

#include <cstdio>

namespace weir::app {

void WatchArguments::add_to(CLI::App& command) {
  CLI::Option* record = command.add_option("--profile", record_)
                            ->description("Record the run for `weir report` and `weir top`")
                            ->option_text("RUN.weirprof");
  add_listeners_to(command);
  for (const char* name : {"--socket", "--metrics-port"}) command.get_option(name)->needs(record);
}

void WatchArguments::add_listeners_to(CLI::App& command) {
  command.add_option("--socket", socket_)
      ->description("Offer the record to `weir top` on a local socket of this name")
      ->option_text("PATH");
  command.add_option("--metrics-port", port_)
      ->description(
          "Answer with Prometheus's text on this port of the loopback\n"
          "interface; 0 takes a free one and says which")
      ->option_text("PORT");
}

std::optional<Profile> WatchArguments::profile() const {
  if (record_.empty()) return std::nullopt;
  const Profile profile(record_);
  listen(profile);
  return profile;
}

void WatchArguments::listen(const Profile& profile) const {
  if (!socket_.empty()) profile.listen(socket_);
  if (!port_.has_value()) return;
  fmt::print(stderr, "metrics    http://127.0.0.1:{}/metrics\n", profile.serve_metrics(*port_));
}

}  // namespace weir::app
