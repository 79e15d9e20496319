#pragma once

#include <memory>

#include "base/byte_reader.h"
#include "base/zip_reader.h"

namespace weir {

/// The unpacked bytes of an archive's member in sequence, holding a few kilobytes of state and a
/// few megabytes of the mapped archive. Throws kMalformed for a broken deflate stream, one that is
/// longer or shorter than the archive says, and, with the last byte, for a wrong CRC.
std::unique_ptr<ByteReader> read_member(const ZipReader& archive, const ZipEntry& entry);

}  // namespace weir
