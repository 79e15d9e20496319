#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "doctor/timeline.h"
#include "doctor/trace_record.h"

namespace weir::doctor {

/// The record as the suspects see it: what was watched, and what is known of its growth.
struct Case {
  const AgentRecord& record;
  const Timeline& timeline;
  const TraceRecord* trace;    ///< Null where allocations were not traced.
  Growth resident;             ///< Of pages that are not those of files.
  Growth live;                 ///< Unknown where the allocator keeps no books.
  double growth = 0;           ///< Bytes a step, of which all is to be explained.
  double to_explain = 0;       ///< What no finding explains yet.
  double models_per_step = 0;  ///< Made, in the second half.
  double traces_per_step = 0;

  /// Whether enough is left to be explained: less is the uncertainty of sums.
  bool unexplained() const;
};

/// Each looks for one kind of cause, and gives what it found with its evidence. They are asked in
/// this order; what one explains, the next need not.
std::vector<Finding> find_holders(const Case& watched);
/// What a library keeps for the program, like figures that were not closed.
std::vector<Finding> find_library_holders(const Case& watched);
std::vector<Finding> find_models(const Case& watched);
std::vector<Finding> find_traces(const Case& watched);
/// What the framework keeps for each shape that it has not met before, without a trace of its own.
std::vector<Finding> find_shapes(const Case& watched);
std::vector<Finding> find_pipelines(const Case& watched);
std::vector<Finding> find_waiting_garbage(const Case& watched);
std::vector<Finding> find_held_by_allocator(const Case& watched);
std::vector<Finding> find_native(const Case& watched);
/// Native memory alone, by the trace.
std::vector<Finding> find_native_share(const Case& watched);
/// The container of the program that keeps native memory which grows by so many bytes a step: one
/// that gets objects of a library in C. With what it was blamed for by `find_holders`, in whose
/// place the finding is. Nothing where there is none.
std::optional<Finding> holder_of_native(const Case& watched, double bytes_per_step);
std::vector<Finding> find_large_batch(const Case& watched);

/// Bytes a step of the frameworks' memory that stay alive, by the trace; nothing without one.
std::optional<double> traced_in_frameworks(const Case& watched);

/// Whether resident memory grows while what the program has in use does not.
bool live_is_flat(const Case& watched);

/// A finding that explains all that is left to explain.
Finding of_growth(const Case& watched, Cause cause);

/// The traced line that cost the most bytes a step, and that cost.
std::pair<Place, double> costliest_line(const AgentRecord& record);

}  // namespace weir::doctor
