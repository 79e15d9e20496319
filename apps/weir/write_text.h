#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace weir::app {

/// Writes a text to a file, which appears whole or not at all; to standard output for "-". Throws
/// kIo or kNotFound, and kCancelled once `stop` is set: what is to be told after a stop has none.
void write_text(const std::string& path, std::string_view text, StopFlag stop = nullptr);

}  // namespace weir::app
