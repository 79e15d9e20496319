#pragma once

namespace weir::tracer {

/// The C library's own sigaction and signal, behind the ones here.
void find_signal_functions();

/// Handles the signals that would end the process by default, to write the last records first.
///
/// The program cannot tell: sigaction and signal say SIG_DFL where this handler is, a handler or
/// SIG_IGN of the program's takes its place, and after the last record the default action follows,
/// with the same signal.
void watch_fatal_signals();

}  // namespace weir::tracer
