#pragma once

#include "doctor/agent_record.h"
#include "doctor/diagnosis.h"
#include "doctor/trace_record.h"

namespace weir::doctor {

/// Says why the program's memory grows, or that it does not, from what the agent wrote, and the
/// tracer where there is a trace. A pure function: the same records give the same diagnosis.
Diagnosis diagnose(const AgentRecord& record, const TraceRecord* trace = nullptr);

}  // namespace weir::doctor
