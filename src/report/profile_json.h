#pragma once

#include <nlohmann/json_fwd.hpp>

#include "profile/record.h"

namespace weir::report {

/// All of a profile as JSON, version 1 of docs/profile-format.md. Of more than 10,000 recorded
/// steps every second one (third, …) is taken. With the times of each layer in each step, packed,
/// only if `layer_seconds`.
nlohmann::json to_json(const profile::Record& record, bool layer_seconds = false);

}  // namespace weir::report
