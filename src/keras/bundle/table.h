#pragma once

#include <map>
#include <span>
#include <string>

namespace weir::bundle {

/// The entries of a sorted table of keys and values, the format of LevelDB's tables, which the
/// index of a tensor bundle has. The values lie in `file`.
///
/// The bytes are not trusted: throws kMalformed for what is no table, for a block with a wrong
/// checksum and for keys out of order; kUnsupported for packed blocks, which TensorFlow does not
/// write here; kLimit for keys of more bytes than any model's.
std::map<std::string, std::span<const std::byte>> read_table(std::span<const std::byte> file);

}  // namespace weir::bundle
