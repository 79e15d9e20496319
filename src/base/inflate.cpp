#include "base/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/fail.h"

namespace weir {
namespace {

/// zlib counts in 32 bits; larger buffers are given to it in pieces.
constexpr std::size_t kLargestPiece = std::numeric_limits<uInt>::max();

class Inflater {
 public:
  explicit Inflater(DeflateFormat format) {
    const int window_bits = format == DeflateFormat::kRaw ? -MAX_WBITS : MAX_WBITS;
    require(inflateInit2(&stream_, window_bits) == Z_OK, ErrorCode::kLimit,
            "no memory to unpack a deflate stream");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  std::size_t run(std::span<const std::byte> input, std::span<std::byte> output) {
    std::size_t consumed = 0;
    std::size_t written = 0;
    int status = Z_OK;
    while (status == Z_OK) {
      const auto in = input.subspan(consumed, std::min(input.size() - consumed, kLargestPiece));
      const auto out = output.subspan(written, std::min(output.size() - written, kLargestPiece));
      status = step(in, out);
      consumed += in.size() - stream_.avail_in;
      written += out.size() - stream_.avail_out;
    }
    require(status == Z_STREAM_END, ErrorCode::kMalformed, "a deflate stream is {}",
            status != Z_BUF_ERROR      ? "corrupt"
            : written == output.size() ? "longer than the size it claims"
                                       : "cut off");
    return written;
  }

 private:
  int step(std::span<const std::byte> in, std::span<std::byte> out) {
    // zlib takes a non-const pointer but only reads, and refuses a null one even for no room.
    std::byte nowhere{};
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.empty() ? &nowhere : out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    return inflate(&stream_, Z_NO_FLUSH);
  }

  z_stream stream_{};
};

}  // namespace

std::size_t inflate_into(std::span<const std::byte> input, DeflateFormat format,
                         std::span<std::byte> output) {
  return Inflater(format).run(input, output);
}

}  // namespace weir
