#pragma once

#include <memory>

#include "base/byte_reader.h"
#include "io/input_options.h"
#include "weir/stream.h"

namespace weir {

/// The rows of a table of text as the model's inputs: the chosen columns fill each input in C
/// order, one input after the other, in the input's type (float32 for the 16-bit types). Axis 0 is
/// free. Holds one batch and one block of text. Throws kMalformed, with line and column, for a
/// field that is no number and for rows of different lengths; kInvalidArgument where the columns do
/// not fit the inputs.
std::unique_ptr<Source> open_csv(std::unique_ptr<ByteReader> bytes, const CsvOptions& options,
                                 std::span<const TensorSpec> expected);

}  // namespace weir
