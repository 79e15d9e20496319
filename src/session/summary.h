#pragma once

#include "keras/record.h"
#include "layers/registry.h"
#include "weir/model.h"

namespace weir::session {

/// The layers of a model with their shapes, parameters and connections. Throws what building the
/// graph throws, but not kUnsupported.
ModelSummary summarize(const keras::ModelRecord& record,
                       const layers::Registry& registry = layers::Registry::builtin());

}  // namespace weir::session
