#pragma once

#include <memory>

#include "base/output_file.h"
#include "weir/stream.h"

namespace weir {

/// Writes the one output of a model as an .npy file. `open` throws kInvalidArgument for several.
/// To a pipe whose number of rows is not known the rows go by way of a temporary file.
std::unique_ptr<Sink> make_npy_sink(std::unique_ptr<OutputFile> file);

}  // namespace weir
