#pragma once

#include <string>

#include "profile/record.h"

namespace weir::report {

/// The record in the Trace Event Format that Chrome's tracing page and Perfetto read: steps and
/// their layers as slices, memory by owner and the queue as counters. Of long records every second
/// step (third, …) is taken, so that a viewer can open it.
std::string to_trace(const profile::Record& record);

/// Folded stacks for flame graphs, a line each: "model;layer;kind microseconds".
std::string to_folded(const profile::Record& record);

}  // namespace weir::report
