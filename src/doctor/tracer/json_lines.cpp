#include "doctor/tracer/json_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace weir::tracer {
namespace {

/// The length of the UTF-8 sequence that begins here, or 0 if none does. Names of files are bytes;
/// JSON is UTF-8.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

void JsonLines::set_path(std::string_view path) {
  if (path.size() >= path_.size()) return;
  std::ranges::copy(path, path_.begin());
  path_[path.size()] = '\0';
}

bool JsonLines::begins_with(std::string_view text) const {
  std::array<char, 64> start;
  const int file = ::open(path_.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return true;
  const ssize_t count = read(file, start.data(), std::min(text.size(), start.size()));
  ::close(file);
  return count <= 0 || text.starts_with(std::string_view(start.data(), count));
}

void JsonLines::open() {
  file_ = ::open(path_.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
}

void JsonLines::close() {
  flush();
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

void JsonLines::begin_record(std::string_view type) {
  needs_comma_ = false;
  begin_object();
  member("type", type);
}

void JsonLines::end_record() {
  end_object();
  append("\n");
  needs_comma_ = false;
}

void JsonLines::key(std::string_view name) {
  text(name);
  append(":");
  needs_comma_ = false;
}

void JsonLines::text(std::string_view text) {
  separate();
  append("\"");
  append_escaped(text);
  append("\"");
}

void JsonLines::value(std::string_view text) {
  separate();
  append(text);
}

void JsonLines::open_bracket(char bracket) {
  separate();
  append({&bracket, 1});
  needs_comma_ = false;
}

void JsonLines::close_bracket(char bracket) {
  append({&bracket, 1});
  needs_comma_ = true;
}

void JsonLines::separate() {
  if (needs_comma_) append(",");
  needs_comma_ = true;
}

void JsonLines::append(std::string_view text) {
  if (used_ + text.size() > buffer_.size()) flush();
  text = text.substr(0, buffer_.size());
  std::memcpy(buffer_.data() + used_, text.data(), text.size());
  used_ += text.size();
}

void JsonLines::append_escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  while (!text.empty()) {
    const char c = text[0];
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      append("\\ufffd");
    } else if (c == '"' || c == '\\') {
      append("\\");
      append(text.substr(0, 1));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      append("\\u00");
      append(kDigits.substr(static_cast<std::size_t>(c) / 16, 1));
      append(kDigits.substr(static_cast<std::size_t>(c) % 16, 1));
    } else {
      append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void JsonLines::flush() {
  std::string_view rest(buffer_.data(), used_);
  while (!rest.empty() && file_ >= 0) {
    const ssize_t written = write(file_, rest.data(), rest.size());
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  used_ = 0;
}

}  // namespace weir::tracer
