#pragma once

#include <span>
#include <string>
#include <vector>

namespace weir::layers {

/// The tokens in a `vocabulary.txt` as Keras reads it: lines that end where Python's `splitlines`
/// has it, without empty ones at the end. Throws kMalformed for bytes that are not UTF-8.
std::vector<std::string> vocabulary_lines(std::span<const std::byte> text);

}  // namespace weir::layers
