#pragma once

#include <optional>
#include <string>

#include "base/mapped_file.h"
#include "io/joined_source.h"

namespace weir {

/// The arrays of an .npz archive that feed `expected`, one part each: by name where the inputs'
/// names are there, else all in the archive's order. `array` chooses one by name. Stored and
/// deflated arrays are read in sequence through a buffer of one batch, their CRC checked at their
/// last byte; a deflated array in Fortran order waits in a temporary file. `file` names the
/// archive. Throws kMalformed for a broken archive, kInvalidArgument where the arrays are not the
/// inputs.
std::vector<SourcePart> open_npz(const std::string& file, SharedBytes archive,
                                 std::span<const TensorSpec> expected,
                                 const std::optional<std::string>& array);

}  // namespace weir
