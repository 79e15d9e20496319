#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/mapped_file.h"
#include "base/output_file.h"
#include "graph/packed_weights.h"

/// The format of a `.weir` file. All numbers are little-endian.
///
///     header     76 bytes: magic, version, where the other parts lie, checksums, instruction set
///     directory  for each packed weight: offset, size, CRC-32, layout, name
///     original   the Keras file, byte by byte
///     weights    each at a multiple of 4096, in the layout that kernels read
namespace weir::session {

/// One packed weight in a file.
struct PackedRecord {
  SharedBytes data;
  std::uint32_t crc32 = 0;
  std::uint32_t layout = 0;  ///< kernels::kPackedLayout of the program that wrote it.
};

/// A `.weir` file, read in place. The bytes are not trusted. Immutable.
class CompiledFile {
 public:
  static bool looks_like(std::span<const std::byte> bytes);

  /// Reads and checks header and directory, nothing else: of the weights no page is touched. Throws
  /// kMalformed, or kUnsupported for a version of the format that this program does not know.
  explicit CompiledFile(SharedBytes bytes);

  /// The bytes of the Keras file.
  const SharedBytes& original() const { return original_; }
  /// The instruction set of the machine that wrote it, as `select_isa` names it.
  const std::string& isa() const { return isa_; }
  /// By name, those in the layout of this program.
  graph::PackedWeights::Entries usable() const;
  /// Reads everything and compares checksums. Throws kMalformed.
  void verify() const;

 private:
  struct Header;
  void read_directory(const Header& header);
  void check_disjoint(std::uint64_t directory_end) const;

  SharedBytes bytes_;
  SharedBytes original_;
  std::uint32_t original_crc_ = 0;
  std::string isa_;
  std::map<std::string, PackedRecord, std::less<>> weights_;
};

/// Writes such a file: everything but `finish`. Throws kIo.
void write_compiled_file(const SharedBytes& original, const graph::PackedWeights::Entries& weights,
                         OutputFile& out);

}  // namespace weir::session
