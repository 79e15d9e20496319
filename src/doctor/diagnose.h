#pragma once

#include "doctor/agent_record.h"
#include "doctor/diagnosis.h"

namespace weir::doctor {

/// Says why the program's memory grows, or that it does not, from what the agent wrote. A pure
/// function: the same record gives the same diagnosis.
Diagnosis diagnose(const AgentRecord& record);

}  // namespace weir::doctor
