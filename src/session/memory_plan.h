#pragma once

#include "session/preparation.h"
#include "weir/model.h"

namespace weir::session {

/// The public form of a row plan.
MemoryPlan describe(const RowPlan& rows, const Preparation& preparation);

/// What `Model::plan` answers, with nothing packed, in a process that has had `resident` bytes.
/// Throws kLimit.
MemoryPlan plan_memory(const Model::Impl& model, const SessionOptions& options,
                       const Device::Impl& device, std::uint64_t resident);

}  // namespace weir::session
