#pragma once

#include <memory>
#include <span>

#include "base/byte_reader.h"
#include "weir/stream.h"

namespace weir {

/// JSON lines as the model's inputs: each an object with a member for each input by its name, or,
/// for a model of one input, a value by itself, or the only member. Numbers and strings may stand
/// in arrays that nest as the input's axes do or not at all. Other members are passed over. Axis 0
/// is free. Holds one batch and one block of text. Throws kMalformed, with the line, for what is no
/// JSON or not of the input's type and size; kInvalidArgument where an input is missing.
std::unique_ptr<Source> open_jsonl(std::unique_ptr<ByteReader> bytes,
                                   std::span<const TensorSpec> expected);

}  // namespace weir
