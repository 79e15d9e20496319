#pragma once

#include <vector>

#include "doctor/trace_record.h"

namespace weir::doctor {

/// A place that allocates, of whose allocations more stay alive with each step.
struct GrowingSite {
  const TraceSite* site = nullptr;
  double bytes_per_step = 0;  ///< In the tracer's steps.
};

/// The tracer's last step.
double last_traced_step(const TraceRecord& trace);

/// The sites that keep about as much of every step in the second half of the run: no warm-up, of
/// which only early steps are alive, and no work, of which only the last one is. The fastest first.
std::vector<GrowingSite> growing_sites(const TraceRecord& trace);

/// Whether what the program uses of the heap, by the tracer's own count, stays the same.
bool live_is_level(const TraceRecord& trace);

}  // namespace weir::doctor
