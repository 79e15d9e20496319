#pragma once

#include <vector>

#include "doctor/timeline.h"

namespace weir::doctor {

/// The record as the suspects see it: what was watched, and what is known of its growth.
struct Case {
  const AgentRecord& record;
  const Timeline& timeline;
  Growth resident;
  Growth live;                 ///< Unknown where the allocator keeps no books.
  double to_explain = 0;       ///< Bytes a step of resident growth that no finding explains yet.
  double models_per_step = 0;  ///< Made, in the second half.
  double traces_per_step = 0;
};

/// Each looks for one kind of cause, and gives what it found with its evidence. They are asked in
/// this order; what one explains, the next need not.
std::vector<Finding> find_holders(const Case& watched);
std::vector<Finding> find_models(const Case& watched);
std::vector<Finding> find_traces(const Case& watched);
std::vector<Finding> find_pipelines(const Case& watched);
std::vector<Finding> find_waiting_garbage(const Case& watched);
std::vector<Finding> find_held_by_allocator(const Case& watched);
std::vector<Finding> find_native(const Case& watched);
std::vector<Finding> find_large_batch(const Case& watched);

}  // namespace weir::doctor
