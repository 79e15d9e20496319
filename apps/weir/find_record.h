#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace weir::app {

/// The record that a process writes, found by what it has mapped; that of the only such process
/// where `process` is empty. Throws kNotFound, and kInvalidArgument where there are several.
std::filesystem::path find_record(const std::string& process);

/// Whether a text can be a process's id: digits alone.
bool is_process_id(std::string_view text);

}  // namespace weir::app
