#pragma once

#include <string>

#include "weir/model.h"

namespace weir::app {

/// A plan's totals, a line each.
std::string plan_text(const MemoryPlan& plan);

}  // namespace weir::app
