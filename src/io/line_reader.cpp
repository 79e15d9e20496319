#include "io/line_reader.h"

#include <algorithm>
#include <cstring>

#include "base/fail.h"

namespace weir {
namespace {

constexpr std::size_t kFirstBlock = std::size_t{64} << 10;

}  // namespace

LineReader::LineReader(std::unique_ptr<ByteReader> bytes)
    : bytes_(std::move(bytes)), text_(kFirstBlock) {}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = 0;
  while (true) {
    const std::string_view rest(text_.data() + begin_, filled_ - begin_);
    const std::size_t end = rest.find('\n', searched);
    if (end != std::string_view::npos) {
      begin_ += end + 1;
      ++line_;
      return rest.substr(0, end);
    }
    searched = rest.size();
    if (refill()) continue;
    if (rest.empty()) return std::nullopt;
    begin_ = filled_;
    ++line_;
    return rest;
  }
}

bool LineReader::refill() {
  std::memmove(text_.data(), text_.data() + begin_, filled_ - begin_);
  filled_ -= begin_;
  begin_ = 0;
  if (filled_ == text_.size()) {
    require(text_.size() < kMaxLineBytes, ErrorCode::kMalformed, "line {} is longer than {} bytes",
            line_ + 1, kMaxLineBytes);
    text_.resize(2 * text_.size());
  }
  const std::size_t count =
      bytes_->read_some(std::as_writable_bytes(std::span(text_)).subspan(filled_));
  filled_ += count;
  return count > 0;
}

}  // namespace weir
