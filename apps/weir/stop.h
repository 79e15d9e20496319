#pragma once

#include <atomic>

namespace weir::app {

/// Set by Ctrl-C (SIGINT) or SIGTERM. The second signal ends the program at once, as without Weir.
const std::atomic<bool>& stop_requested();

/// Installs the handlers, and makes a closed pipe an error of the write instead of a signal. A
/// mapped file that is cut short is no signal either: `require_mapped_files_whole` tells of it.
void handle_signals();

}  // namespace weir::app
