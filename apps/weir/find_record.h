#pragma once

#include <filesystem>
#include <string>

namespace weir::app {

/// The record that a process writes, found by what it has mapped; that of the only such process
/// where `process` is empty. Throws kNotFound, and kInvalidArgument where there are several.
std::filesystem::path find_record(const std::string& process);

}  // namespace weir::app
