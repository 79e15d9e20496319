#include "profile/schedule_info.h"

#include <nlohmann/json.hpp>

namespace weir::profile {

nlohmann::json to_json(const ScheduleInfo& schedule) {
  return {{"micro_batch", schedule.micro_batch},
          {"threads", schedule.threads},
          {"mode", schedule.mode},
          {"peak_bytes", schedule.peak_bytes},
          {"rows_per_second", schedule.rows_per_second}};
}

ScheduleInfo read_schedule(const nlohmann::json& json) {
  return {json.at("micro_batch"), json.at("threads"), json.at("mode"), json.at("peak_bytes"),
          json.value("rows_per_second", 0.0)};
}

}  // namespace weir::profile
