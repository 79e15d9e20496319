#pragma once

#include <memory>

#include "exec/program.h"

namespace weir::exec {

/// A program as one step of another one: its arena is scratch, its inputs and outputs are copied in
/// and out. All of its weights are read in one part.
std::unique_ptr<kernels::Step> make_program_step(std::shared_ptr<const Program> program);

}  // namespace weir::exec
