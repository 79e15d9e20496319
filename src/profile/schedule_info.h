#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace weir::profile {

/// A schedule that could have been chosen, and what it is expected to need, or what was measured.
struct ScheduleInfo {
  std::uint64_t micro_batch = 0;
  std::uint64_t threads = 0;
  std::string mode;
  std::uint64_t peak_bytes = 0;
  double rows_per_second = 0;  ///< 0: not known.
};

/// As records and reports have it.
nlohmann::json to_json(const ScheduleInfo& schedule);
/// Throws what the library throws for a field that is missing or of another type.
ScheduleInfo read_schedule(const nlohmann::json& json);

}  // namespace weir::profile
