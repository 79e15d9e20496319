#include "doctor/tracer/text_pool.h"

#include <cstring>
#include <span>

#include "doctor/tracer/hash.h"

namespace weir::tracer {

std::uint32_t TextPool::id_of(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t place = mix(text.size(), std::span<const char>(text)) % kMost;
  for (; places_[place] != 0; place = (place + 1) % kMost) {
    if (texts_[places_[place]] == text) return places_[place];
  }
  if (count_ == texts_.size() || used_ + text.size() > characters_.size()) return 0;
  char* kept = characters_.data() + used_;
  std::memcpy(kept, text.data(), text.size());
  used_ += text.size();
  texts_[count_] = {kept, text.size()};
  places_[place] = count_;
  return count_++;
}

}  // namespace weir::tracer
