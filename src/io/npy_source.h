#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/byte_reader.h"
#include "base/mapped_file.h"
#include "weir/stream.h"

namespace weir {

/// The rows of an .npy file that is mapped, one unnamed tensor of the file's type. Rows in C order
/// and this machine's byte order are not copied; others go through a buffer of one batch (Fortran
/// order: of one batch or 16 MiB, whichever is more). Pages behind the reader are given back.
/// Throws at once, for a bad header (see npy_header.h) and kMalformed for missing rows; `next` is
/// kIo once the file was cut short.
std::unique_ptr<Source> open_npy(SharedBytes file);

/// The same from a file whose rows are read, not mapped: what is in memory is then known to the
/// byte, whereas of a mapped file the system maps in as much around each row as it sees fit. Arrays
/// in Fortran order are mapped all the same.
std::unique_ptr<Source> open_npy_file(const std::filesystem::path& path);

/// The same from bytes that come one after the other, through a buffer of one batch. `size` is
/// their number where that is known: too few or too many are then an error at once, else missing
/// rows are one when they are reached. An array in Fortran order is copied to a temporary file
/// first.
std::unique_ptr<Source> open_npy(std::unique_ptr<ByteReader> bytes,
                                 std::optional<std::uint64_t> size = std::nullopt);

}  // namespace weir
