#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "profile/record.h"

namespace weir::report {

/// What one step of the plan cost, over all recorded steps of the session. Times in seconds; in
/// throughput mode the sum of all threads'.
struct LayerCost {
  std::string name;
  std::string class_name;
  std::string kind;
  std::size_t calls = 0;
  double total = 0;
  double minimum = 0;
  double median = 0;
  double maximum = 0;
  std::uint64_t multiply_adds = 0;  ///< For one row.
  std::uint64_t bytes_made = 0;     ///< By one micro-batch.
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_alive = 0;  ///< In the arena's slice while it runs.
  double peak_share = 0;          ///< Of the machine's measured peak; 0: not known.
};

/// The session that most recorded steps belong to; nothing for a record without sessions.
const profile::SessionInfo* main_session(const profile::Record& record);
std::uint32_t main_session_number(const profile::Record& record);

/// Bytes alive at each position of the plan.
std::vector<std::uint64_t> bytes_alive(const profile::SessionInfo& session);

/// Of the main session, in the order of execution.
std::vector<LayerCost> layer_costs(const profile::Record& record);

/// The same, those that took the most time first; and the time of all together.
struct SlowestLayers {
  std::vector<LayerCost> layers;
  double total = 0;
};
SlowestLayers slowest_layers(const profile::Record& record);

}  // namespace weir::report
