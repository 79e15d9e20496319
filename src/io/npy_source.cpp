#include "io/npy_source.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/checked.h"
#include "base/fail.h"
#include "base/file_descriptor.h"
#include "base/file_watch.h"
#include "base/memory.h"
#include "base/output_file.h"
#include "io/byte_order.h"
#include "io/fortran_gather.h"
#include "io/npy_header.h"
#include "io/npy_text.h"
#include "io/read_behind.h"

namespace weir {
namespace {

// What the npy sources share: one tensor, rows counted off, and a buffer for rows that cannot be
// given as they are.
class NpySource : public Source {
 public:
  explicit NpySource(const NpyHeader& header)
      : header_(header),
        row_bytes_(header.row_bytes()),
        spec_{{}, header.dtype, header.shape},
        view_{nullptr, header.dtype, header.shape} {}

  std::span<const TensorSpec> tensors() const override { return {&spec_, 1}; }

  std::span<const TensorView> next(std::size_t max_rows) override {
    const std::size_t rows = std::min(max_rows, header_.rows() - next_row_);
    if (rows == 0) return {};
    const std::byte* const items = read_rows(next_row_, rows);
    view_.data = items;
    if (header_.dtype == DType::kString)
      view_.data = text_.decode({items, rows * row_bytes_}, header_);
    view_.shape[0] = static_cast<std::int64_t>(rows);
    next_row_ += rows;
    return {&view_, 1};
  }

 protected:
  virtual const std::byte* read_rows(std::size_t first, std::size_t rows) = 0;

  std::span<std::byte> buffer_for(std::size_t rows) {
    const std::size_t bytes = rows * row_bytes_;
    if (buffer_.size() < bytes) buffer_ = AlignedBuffer(bytes);
    return {buffer_.data(), bytes};
  }

  void swap_if_needed(std::span<std::byte> bytes) const {
    const std::size_t item_size = header_.swapped_bytes();
    if (header_.is_swapped) swap_bytes(bytes.data(), bytes.size() / item_size, item_size);
  }

  NpyHeader header_;
  std::size_t row_bytes_;

 private:
  TensorSpec spec_;
  TensorView view_;
  std::size_t next_row_ = 0;
  AlignedBuffer buffer_;
  NpyText text_;
};

class MappedNpySource final : public NpySource {
 public:
  MappedNpySource(SharedBytes file, const NpyHeader& header)
      : NpySource(header), file_(std::move(file)), behind_(file_) {
    const auto address = reinterpret_cast<std::uintptr_t>(file_.bytes.data() + header.data_offset);
    // Members of an archive may begin anywhere.
    is_in_place_ = !header.is_swapped && address % header.swapped_bytes() == 0;
  }

  bool has_rows_ready() const override { return true; }

 protected:
  const std::byte* read_rows(std::size_t first, std::size_t rows) override {
    const std::size_t begin = header_.data_offset + first * row_bytes_;
    behind_.passed(begin);
    require_whole(file_.bytes);
    const auto bytes = file_.bytes.subspan(begin, rows * row_bytes_);
    if (is_in_place_) return bytes.data();
    const auto buffer = buffer_for(rows);
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    swap_if_needed(buffer);
    return buffer.data();
  }

 private:
  SharedBytes file_;
  ReadBehind behind_;
  bool is_in_place_;
};

class FortranNpySource final : public NpySource {
 public:
  FortranNpySource(SharedBytes file, const NpyHeader& header)
      : NpySource(header), file_(std::move(file)), gather_(file_, header) {}

  bool has_rows_ready() const override { return true; }

 protected:
  // Gathering touches a page for every column: many rows at a time cost little more than one.
  const std::byte* read_rows(std::size_t first, std::size_t rows) override {
    if (first + rows > block_end_) {
      const std::size_t block =
          std::min(std::max(rows, kBlockBytes / std::max<std::size_t>(row_bytes_, 1)),
                   header_.rows() - first);
      const auto buffer = buffer_for(block);
      require_whole(file_.bytes);
      gather_.rows(first, block, buffer);
      swap_if_needed(buffer);
      block_begin_ = first;
      block_end_ = first + block;
      block_ = buffer.data();
    }
    return block_ + (first - block_begin_) * row_bytes_;
  }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{16} << 20;
  SharedBytes file_;
  FortranGather gather_;
  const std::byte* block_ = nullptr;
  std::size_t block_begin_ = 0;
  std::size_t block_end_ = 0;
};

class StreamedNpySource final : public NpySource {
 public:
  /// `is_file`: the bytes are there, none of them has to be waited for.
  StreamedNpySource(std::unique_ptr<ByteReader> bytes, const NpyHeader& header, bool is_file)
      : NpySource(header), bytes_(std::move(bytes)), is_file_(is_file) {}

  bool has_rows_ready() const override { return is_file_; }

 protected:
  const std::byte* read_rows(std::size_t first, std::size_t rows) override {
    const auto buffer = buffer_for(rows);
    const std::size_t count = bytes_->read(buffer);
    require(count == buffer.size() || !is_file_, ErrorCode::kIo,
            "was cut short while it was being read");
    require(count == buffer.size(), ErrorCode::kMalformed,
            "the data end early: its header promises {} rows, only {} are there", header_.rows(),
            first + count / std::max<std::size_t>(row_bytes_, 1));
    swap_if_needed(buffer);
    return buffer.data();
  }

 private:
  std::unique_ptr<ByteReader> bytes_;
  bool is_file_;
};

void require_all_rows(const NpyHeader& header, std::uint64_t file_bytes) {
  const std::uint64_t there = file_bytes - header.data_offset;
  const std::size_t promised = header.rows() * header.row_bytes();
  require(there >= promised, ErrorCode::kMalformed,
          "the file is cut short: its header promises {} rows ({} bytes), only {} rows ({} bytes) "
          "are there",
          header.rows(), promised, there / std::max<std::size_t>(header.row_bytes(), 1), there);
}

// With one axis, or one row, both orders are the same.
bool needs_gathering(const NpyHeader& header) {
  const bool needed = header.is_fortran && header.shape.rank() > 1 && header.rows() > 0;
  require(!needed || header.dtype != DType::kString, ErrorCode::kUnsupported,
          "strings in Fortran order; save numpy.ascontiguousarray(array)");
  return needed;
}

// The header, and no byte more.
std::vector<std::byte> read_head(ByteReader& bytes) {
  std::vector<std::byte> head(kNpyPreamble);
  head.resize(bytes.read(head));
  const std::size_t begin = head.size();
  head.resize(std::max(begin, npy_header_length(head)));
  head.resize(begin + bytes.read(std::span(head).subspan(begin)));
  return head;
}

SharedBytes copy_to_disk(std::span<const std::byte> head, ByteReader& rest) {
  TemporaryFile file;
  file.write(head);
  std::vector<std::byte> step(std::size_t{1} << 20);
  while (const std::size_t count = rest.read_some(step)) file.write(std::span(step).first(count));
  return file.map();
}

}  // namespace

std::unique_ptr<Source> open_npy(SharedBytes file) {
  const NpyHeader header = parse_npy_header(file.bytes);
  require_all_rows(header, file.bytes.size());
  if (needs_gathering(header)) return std::make_unique<FortranNpySource>(std::move(file), header);
  return std::make_unique<MappedNpySource>(std::move(file), header);
}

std::unique_ptr<Source> open_npy_file(const std::filesystem::path& path) {
  SharedBytes mapped = map_file(path);
  const NpyHeader header = parse_npy_header(mapped.bytes);
  require_all_rows(header, mapped.bytes.size());
  if (needs_gathering(header)) {
    return std::make_unique<FortranNpySource>(std::move(mapped), header);
  }
  FileDescriptor file = open_for_reading(path);
  if (lseek(file.get(), static_cast<off_t>(header.data_offset), SEEK_SET) < 0) {
    fail_with_errno("going to its first row");
  }
  return std::make_unique<StreamedNpySource>(std::make_unique<FileReader>(std::move(file)), header,
                                             true);
}

std::unique_ptr<Source> open_npy(std::unique_ptr<ByteReader> bytes,
                                 std::optional<std::uint64_t> size) {
  const std::vector<std::byte> head = read_head(*bytes);
  const NpyHeader header = parse_npy_header(head);
  if (size) {
    require_all_rows(header, *size);
    require(*size == header.data_offset + header.rows() * header.row_bytes(), ErrorCode::kMalformed,
            "there are {} bytes for {} rows of {}", *size - header.data_offset, header.rows(),
            header.row_bytes());
  }
  if (needs_gathering(header)) return open_npy(copy_to_disk(head, *bytes));
  return std::make_unique<StreamedNpySource>(std::move(bytes), header, false);
}

}  // namespace weir
