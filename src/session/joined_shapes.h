#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "exec/program.h"
#include "weir/model.h"

namespace weir::session {

/// Adds to `shapes`, one for each of `outputs` or none yet, what as many batches of `ports` each
/// give behind what is there: along the first axis. Throws kInvalidArgument where that does not go:
/// for single numbers, and where other axes differ.
void append_batches(std::vector<Shape>& shapes, std::span<const exec::Port> ports,
                    std::size_t batches, std::span<const TensorSpec> outputs);

}  // namespace weir::session
