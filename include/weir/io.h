#pragma once

#include <memory>
#include <span>
#include <string>

#include "weir/stream.h"

namespace weir {

/// Opens a file of rows: .npy, .npz, .csv, .tsv, .jsonl; "-" is standard input. The
/// shapes must fit `expected` (a model's inputs) unless that is empty, and a table of text takes
/// its shapes from it. Throws, naming the file: kNotFound, kIo, kMalformed, kUnsupported,
/// kInvalidArgument.
std::unique_ptr<Source> open_source(const std::string& file,
                                    std::span<const TensorSpec> expected = {});

/// Opens a destination: .npy, .npz, .csv, .tsv or .jsonl, which appears whole when it is finished
/// or not at all; "-" is standard output. Throws, naming the file: kNotFound, kIo,
/// kInvalidArgument.
std::unique_ptr<Sink> open_sink(const std::string& file);

}  // namespace weir
