#pragma once

#include <memory>

#include "base/output_file.h"
#include "weir/stream.h"

namespace weir {

/// Writes every output of a model into one .npz archive, stored, under its Keras name; the signs
/// '/', '\\' and ':' of a name become '_'. The rows of each output wait in an unnamed temporary
/// file next to the archive (for a pipe: in $TMPDIR or /var/tmp), as large as the array.
std::unique_ptr<Sink> make_npz_sink(std::unique_ptr<OutputFile> file);

}  // namespace weir
