#include "io/csv_records.h"

#include <algorithm>
#include <cstring>

#include "base/fail.h"

namespace weir {
namespace {

constexpr std::size_t kFirstBlock = std::size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

CsvRecords::CsvRecords(std::unique_ptr<ByteReader> bytes, char delimiter)
    : bytes_(std::move(bytes)), delimiter_(delimiter), text_(kFirstBlock) {
  while (filled_ < kUtf8Mark.size() && refill()) continue;
  skip_byte_order_mark();
}

void CsvRecords::skip_byte_order_mark() {
  const std::string_view start(text_.data(), filled_);
  require(!start.starts_with("\xFF\xFE") && !start.starts_with("\xFE\xFF"), ErrorCode::kUnsupported,
          "the text is UTF-16: save it as UTF-8");
  if (start.starts_with(kUtf8Mark)) begin_ = scan_ = kUtf8Mark.size();
}

void CsvRecords::skip_lines(std::size_t count) {
  while (count > 0) {
    begin_ = scan_;
    if (scan_ == filled_ && !refill()) return;
    if (text_[scan_++] != '\n') continue;
    --count;
    ++next_line_;
  }
  begin_ = scan_;
}

std::span<const std::string_view> CsvRecords::next() {
  while (find_record()) {
    const std::span<char> record = std::span(text_).subspan(begin_, scan_ - begin_);
    begin_ = scan_ = std::min(scan_ + 1, filled_);
    line_ = next_line_;
    next_line_ += 1 + (has_quotes_ ? std::count(record.begin(), record.end(), '\n') : 0);
    const bool has_return = !record.empty() && record.back() == '\r';
    const std::span<char> content = record.first(record.size() - (has_return ? 1 : 0));
    if (content.empty()) continue;
    fields_.clear();
    has_quotes_ ? split_quoted(content) : split(content);
    return fields_;
  }
  return {};
}

bool CsvRecords::refill() {
  if (at_end_) return false;
  std::memmove(text_.data(), text_.data() + begin_, filled_ - begin_);
  scan_ -= begin_;
  last_close_ -= std::min(last_close_, begin_);
  filled_ -= begin_;
  begin_ = 0;
  if (filled_ == text_.size()) {
    require(text_.size() < kMaxRecordBytes, ErrorCode::kMalformed,
            "line {}: the row that begins here is longer than {} bytes", next_line_,
            kMaxRecordBytes);
    text_.resize(2 * text_.size());
  }
  const std::size_t count =
      bytes_->read_some(std::as_writable_bytes(std::span(text_)).subspan(filled_));
  filled_ += count;
  at_end_ = count == 0;
  return !at_end_;
}

// Moves `scan_` to the line end that ends the record, or to the end of the text.
bool CsvRecords::find_record() {
  bool is_quoted = false;
  has_quotes_ = false;
  while (scan_ < filled_ || refill()) {
    while (scan_ < filled_ && text_[scan_] != '"' && (is_quoted || text_[scan_] != '\n')) ++scan_;
    if (scan_ == filled_) continue;
    if (text_[scan_] == '\n') return true;
    if (is_quoted) {
      is_quoted = false;
      last_close_ = scan_ + 1;
    } else if (is_opening_quote()) {
      is_quoted = has_quotes_ = true;
    }
    ++scan_;
  }
  require(!is_quoted, ErrorCode::kMalformed, "line {}: a quoted field of this row has no end",
          next_line_);
  return begin_ < filled_;
}

// At the beginning of a field, or the second one of two within a quoted field.
bool CsvRecords::is_opening_quote() const {
  return scan_ == begin_ || text_[scan_ - 1] == delimiter_ || (has_quotes_ && last_close_ == scan_);
}

void CsvRecords::split(std::span<char> record) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < record.size(); ++at) {
    if (record[at] != delimiter_) continue;
    add_field({record.data() + begin, at - begin});
    begin = at + 1;
  }
  add_field({record.data() + begin, record.size() - begin});
}

void CsvRecords::split_quoted(std::span<char> record) {
  std::size_t at = 0;
  while (true) {
    if (at < record.size() && record[at] == '"') {
      at = unquote(record, at + 1);
    } else {
      const std::size_t begin = at;
      while (at < record.size() && record[at] != delimiter_) ++at;
      add_field({record.data() + begin, at - begin});
    }
    if (at >= record.size()) return;
    ++at;
  }
}

// Adds the field whose text begins at `at`, with doubled quotes made single in place; returns where
// the delimiter after it is.
std::size_t CsvRecords::unquote(std::span<char> record, std::size_t at) {
  char* const begin = record.data() + at;
  char* out = begin;
  while (at < record.size()) {
    if (record[at] == '"' && (at + 1 == record.size() || record[at + 1] != '"')) break;
    if (record[at] == '"') ++at;
    *out++ = record[at++];
  }
  add_field({begin, static_cast<std::size_t>(out - begin)});
  ++at;
  require(at >= record.size() || record[at] == delimiter_, ErrorCode::kMalformed,
          "line {}, column {}: a quoted field goes on after its closing quote", line_,
          fields_.size());
  return at;
}

void CsvRecords::add_field(std::string_view field) {
  require(fields_.size() < kMaxFields, ErrorCode::kMalformed, "line {}: more than {} columns",
          line_, kMaxFields);
  fields_.push_back(field);
}

}  // namespace weir
