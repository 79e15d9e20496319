#pragma once

#include "session/preparation.h"
#include "weir/model.h"

namespace weir::session {

/// The public form of a row plan.
MemoryPlan describe(const RowPlan& rows, const Preparation& preparation);

}  // namespace weir::session
