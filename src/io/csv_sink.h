#pragma once

#include <memory>

#include "base/output_file.h"
#include "weir/stream.h"

namespace weir {

/// Writes a table of text: a header NAME_0, NAME_1, … for each output's elements in C order, then a
/// line a row. Numbers read back as the same values; NaN is "nan", infinity "inf", bool 0 and 1.
/// `write` throws kInvalidArgument for rows that are not as long as the rows before.
std::unique_ptr<Sink> make_csv_sink(std::unique_ptr<OutputFile> file, char delimiter);

}  // namespace weir
