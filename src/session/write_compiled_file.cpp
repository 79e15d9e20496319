#include <algorithm>
#include <string>
#include <vector>

#include "base/byte_builder.h"
#include "base/checked.h"
#include "base/crc32.h"
#include "base/isa.h"
#include "kernels/packed_layout.h"
#include "session/compiled_file.h"
#include "session/compiled_format.h"

namespace weir::session {
namespace {

using namespace compiled_format;

/// Writes what stands at increasing places of the file, with zeros between.
class PlacedWriter {
 public:
  explicit PlacedWriter(OutputFile& out) : out_(out) {}

  void write(std::uint64_t offset, const SharedBytes& data) {
    constexpr std::size_t kPiece = std::size_t{4} << 20;
    out_.write(std::vector<std::byte>(static_cast<std::size_t>(offset - at_)));
    for (std::size_t done = 0; done < data.bytes.size(); done += kPiece) {
      const auto piece = data.bytes.subspan(done, std::min(kPiece, data.bytes.size() - done));
      out_.write(piece);
      if (data.mapped) drop_pages(data.bytes.first(done + piece.size()));
    }
    at_ = offset + data.bytes.size();
  }

 private:
  OutputFile& out_;
  std::uint64_t at_ = 0;
};

constexpr std::size_t kEntryBytes = 2 * sizeof(std::uint64_t) + 3 * sizeof(std::uint32_t);

/// Where everything goes, known before the first byte is written.
struct Layout {
  Layout(const SharedBytes& original, const graph::PackedWeights::Entries& weights) {
    for (const auto& [name, data] : weights) directory_bytes += kEntryBytes + name.size();
    original_offset = align_up(kHeaderBytes + directory_bytes, kWeightAlignment);
    file_bytes = original_offset + original.bytes.size();
    for (const auto& [name, data] : weights) {
      offsets.push_back(align_up(file_bytes, kWeightAlignment));
      file_bytes = offsets.back() + data.bytes.size();
    }
  }

  std::uint64_t directory_bytes = 0;
  std::uint64_t original_offset = 0;
  std::uint64_t file_bytes = 0;
  std::vector<std::uint64_t> offsets;  ///< Of the weights, in their order.
};

ByteBuilder build_directory(const Layout& layout, const graph::PackedWeights::Entries& weights) {
  ByteBuilder directory;
  auto offset = layout.offsets.begin();
  for (const auto& [name, data] : weights) {
    directory.add(*offset++)
        .add(std::uint64_t{data.bytes.size()})
        .add(crc32_of(data))
        .add(kernels::kPackedLayout)
        .add(checked_cast<std::uint32_t>(name.size()))
        .add(name);
  }
  return directory;
}

ByteBuilder build_header(const Layout& layout, std::size_t entries,
                         std::span<const std::byte> directory, const SharedBytes& original) {
  std::string isa = select_isa();
  isa.resize(kIsaBytes);
  ByteBuilder header;
  header.add(kMagic)
      .add(kVersion)
      .add(static_cast<std::uint32_t>(entries))
      .add(layout.file_bytes)
      .add(layout.directory_bytes)
      .add(crc32_of(directory))
      .add(crc32_of(original))
      .add(layout.original_offset)
      .add(std::uint64_t{original.bytes.size()})
      .add(isa);
  header.add(crc32_of(header.bytes()));
  return header;
}

}  // namespace

void write_compiled_file(const SharedBytes& original, const graph::PackedWeights::Entries& weights,
                         OutputFile& out) {
  const Layout layout(original, weights);
  out.reserve(layout.file_bytes);
  const ByteBuilder directory = build_directory(layout, weights);
  const ByteBuilder header = build_header(layout, weights.size(), directory.bytes(), original);
  PlacedWriter writer(out);
  writer.write(0, borrow_bytes(header.bytes()));
  writer.write(kHeaderBytes, borrow_bytes(directory.bytes()));
  writer.write(layout.original_offset, original);
  auto offset = layout.offsets.begin();
  for (const auto& [name, data] : weights) writer.write(*offset++, data);
}

}  // namespace weir::session
