#pragma once

#include <memory>

#include "base/output_file.h"
#include "weir/stream.h"

namespace weir {

/// Writes a JSON object a row and a line: {"NAME": nested lists, …}, one entry an output. Numbers
/// read back as the same values; NaN and the infinities, which JSON does not have, are null.
std::unique_ptr<Sink> make_jsonl_sink(std::unique_ptr<OutputFile> file);

}  // namespace weir
