#pragma once

#include "doctor/agent_record.h"
#include "doctor/trial.h"

namespace weir::app {

/// Predicts as many made-up rows a step with the model that a program exported as the program does
/// itself, for some seconds. Never throws for what is wrong with the model: the trial says it.
doctor::Trial try_weir(const doctor::ExportedModel& exported);

}  // namespace weir::app
