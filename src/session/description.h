#pragma once

#include <string>

#include "session/preparation.h"

namespace weir::session {

/// What a profile says of a session, as JSON (docs/profile-format.md): the machine, the model, the
/// plan with its steps and tensors, and the schedules that could have been chosen with what they
/// are expected to need. Compiles the program for one row where the plan has none.
std::string describe_for_profile(const RowPlan& rows, const Preparation& preparation,
                                 const ThreadPool& pool);

}  // namespace weir::session
