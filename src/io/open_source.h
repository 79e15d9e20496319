#pragma once

#include <memory>

#include "io/input_options.h"
#include "weir/stream.h"

namespace weir {

/// Opens what a person named as the inputs of a model: .npy, .npz, .csv, .tsv, standard input or
/// any pipe. Throws, naming the file: kNotFound, kIo, kMalformed and kUnsupported for the files,
/// kInvalidArgument where they, or the names given to them, do not fit the model's inputs.
std::unique_ptr<Source> open_source(const InputOptions& options);

}  // namespace weir
