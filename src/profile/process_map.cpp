#include "profile/process_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/fail.h"

namespace weir::profile {
namespace {

// A header line holds a path, of at most 4096 bytes.
constexpr std::size_t kBufferBytes = 64 * 1024;

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string_view without_front_spaces(std::string_view text) {
  const std::size_t start = text.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

/// The part up to the next space, taken off the front.
std::string_view take_word(std::string_view& text) {
  text = without_front_spaces(text);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

/// Header lines begin with an address, the others with the capital letter of a name.
bool is_header(std::string_view line) { return !line.empty() && (line[0] < 'A' || line[0] > 'Z'); }

/// "7f00-7f01 r-xp offset device inode   path"
void read_header(std::string_view line, Mapping& mapping) {
  const std::string_view range = take_word(line);
  const std::size_t dash = std::min(range.find('-'), range.size());
  mapping.begin = number(range.substr(0, dash), 16);
  mapping.end = number(range.substr(std::min(dash + 1, range.size())), 16);
  const std::string_view permissions = take_word(line);
  mapping.accessible = !permissions.starts_with("---");
  mapping.own_data = permissions.starts_with("rw") && permissions.ends_with('p');
  for (int field = 0; field < 3; ++field) take_word(line);
  mapping.path = without_front_spaces(line);
}

/// "Rss:    123 kB"
void read_figure(std::string_view line, Mapping& mapping) {
  const std::string_view name = take_word(line);
  std::uint64_t* figure = name == "Rss:"         ? &mapping.resident
                          : name == "Pss:"       ? &mapping.proportional
                          : name == "Anonymous:" ? &mapping.anonymous
                                                 : nullptr;
  if (figure != nullptr) *figure = number(take_word(line), 10) * 1024;
}

}  // namespace

ProcessMap::ProcessMap(const char* file) : buffer_(kBufferBytes) {
  file_ = FileDescriptor::owned(open(file, O_RDONLY | O_CLOEXEC));
  require(file_.get() >= 0, ErrorCode::kIo, "cannot open {}", file);
}

bool ProcessMap::next_line(std::string_view& line) {
  char* bytes = reinterpret_cast<char*>(buffer_.data());
  while (true) {
    const std::string_view rest(bytes + begin_, end_ - begin_);
    const std::size_t end = rest.find('\n');
    if (end != std::string_view::npos) {
      line = rest.substr(0, end);
      begin_ += end + 1;
      return true;
    }
    // A header that waits lies before `begin_`: it moves along with what is not read yet.
    const std::size_t kept = pending_.size();
    if (kept > 0) std::memmove(bytes, pending_.data(), kept);
    std::memmove(bytes + kept, bytes + begin_, end_ - begin_);
    pending_ = {bytes, kept};
    end_ = kept + (end_ - begin_);
    begin_ = kept;
    if (end_ == buffer_.size()) return false;
    const ssize_t count = read(file_.get(), bytes + end_, buffer_.size() - end_);
    if (count <= 0) return false;
    end_ += static_cast<std::size_t>(count);
  }
}

bool ProcessMap::next(Mapping& mapping) {
  std::string_view line;
  if (pending_.empty() && !next_line(pending_)) return false;
  mapping = {};
  while (next_line(line) && !is_header(line)) {
    read_figure(line, mapping);
    line = {};
  }
  read_header(pending_, mapping);  // Only now: a line more may have moved it.
  pending_ = line;
  return true;
}

}  // namespace weir::profile
