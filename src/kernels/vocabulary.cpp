#include "kernels/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/checked.h"
#include "base/fail.h"
#include "kernels/fingerprint64.h"

namespace weir::kernels {
namespace {

constexpr std::size_t kWord = sizeof(std::uint32_t);

/// At most half of the slots are taken, so that a search is short and ends.
std::size_t slots_for(std::size_t count) { return std::bit_ceil(2 * count + 1); }

std::uint64_t hash(std::string_view text) { return fingerprint64(text); }
std::uint64_t hash(std::int64_t token) {
  return join_fingerprints(0, static_cast<std::uint64_t>(token));
}

/// The slot of the token, or the empty one where it would be; the end of the slots for neither,
/// which only damaged ones have.
template <typename Token, typename Tokens>
std::size_t find_slot(std::span<const std::uint32_t> slots, const Tokens& tokens,
                      const Token& token) {
  std::size_t slot = hash(token) & (slots.size() - 1);
  for (std::size_t tried = 0; tried < slots.size(); ++tried) {
    const std::size_t place = slots[slot];
    if (place == 0 || (place <= tokens.size() && tokens[place - 1] == token)) return slot;
    slot = (slot + 1) & (slots.size() - 1);
  }
  return slots.size();
}

template <typename Token, typename Tokens>
std::int32_t find_place(std::span<const std::uint32_t> slots, const Tokens& tokens,
                        const Token& token) {
  const std::size_t slot = find_slot(slots, tokens, token);
  return slot == slots.size() ? kNoPlace : static_cast<std::int32_t>(slots[slot]) - 1;
}

/// Fills empty slots.
template <typename Token>
void fill_slots(std::span<const Token> tokens, std::span<std::uint32_t> slots) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t slot = find_slot(slots, tokens, tokens[i]);
    require(slots[slot] == 0, ErrorCode::kMalformed, "the vocabulary has '{}' twice", tokens[i]);
    slots[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void require_places(std::size_t count) {
  require(count < INT32_MAX / 4, ErrorCode::kUnsupported, "a vocabulary of {} tokens is too large",
          count);
}

}  // namespace

std::size_t TextList::packed_bytes(std::span<const std::string> texts) {
  require_places(texts.size());
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  require(bytes <= UINT32_MAX, ErrorCode::kUnsupported, "a vocabulary of {} bytes is too large",
          bytes);
  return texts.size() * kWord + bytes;
}

void TextList::pack(std::span<const std::string> texts, std::span<std::byte> room) {
  auto* end = reinterpret_cast<std::uint32_t*>(room.data());
  auto* const all = reinterpret_cast<char*>(end + texts.size());
  std::uint32_t used = 0;
  for (const std::string& text : texts) {
    std::ranges::copy(text, all + used);
    used += static_cast<std::uint32_t>(text.size());
    *end++ = used;
  }
}

TextList::TextList(std::size_t count, std::span<const std::byte> packed)
    : ends_(reinterpret_cast<const std::uint32_t*>(packed.data()), count),
      all_(reinterpret_cast<const char*>(packed.data()) + ends_.size_bytes(),
           packed.size() - ends_.size_bytes()) {}

std::string_view TextList::operator[](std::size_t place) const {
  const std::size_t begin = std::min<std::size_t>(place == 0 ? 0 : ends_[place - 1], all_.size());
  const std::size_t end = std::max<std::size_t>(ends_[place], begin);
  return all_.substr(begin, end - begin);
}

std::size_t TextVocabulary::packed_bytes(std::span<const std::string> tokens) {
  return slots_for(tokens.size()) * kWord + TextList::packed_bytes(tokens);
}

void TextVocabulary::pack(std::span<const std::string> tokens, std::span<std::byte> room) {
  const std::span slots(reinterpret_cast<std::uint32_t*>(room.data()), slots_for(tokens.size()));
  TextList::pack(tokens, room.subspan(slots.size_bytes()));
  fill_slots(tokens, slots);
}

TextVocabulary::TextVocabulary(std::size_t count, std::span<const std::byte> packed)
    : slots_(reinterpret_cast<const std::uint32_t*>(packed.data()), slots_for(count)),
      tokens_(count, packed.subspan(slots_.size_bytes())) {}

std::int32_t TextVocabulary::find(std::string_view text) const {
  return find_place(slots_, tokens_, text);
}

std::size_t IntegerVocabulary::packed_bytes(std::span<const std::int64_t> tokens) {
  require_places(tokens.size());
  return tokens.size() * sizeof(std::int64_t) + slots_for(tokens.size()) * kWord;
}

void IntegerVocabulary::pack(std::span<const std::int64_t> tokens, std::span<std::byte> room) {
  std::memcpy(room.data(), tokens.data(), tokens.size_bytes());
  auto* const words = reinterpret_cast<std::uint32_t*>(room.data() + tokens.size_bytes());
  fill_slots(tokens, std::span(words, slots_for(tokens.size())));
}

IntegerVocabulary::IntegerVocabulary(std::size_t count, std::span<const std::byte> packed)
    : tokens_(reinterpret_cast<const std::int64_t*>(packed.data()), count),
      slots_(reinterpret_cast<const std::uint32_t*>(packed.data() + tokens_.size_bytes()),
             slots_for(count)) {}

std::int32_t IntegerVocabulary::find(std::int64_t token) const {
  return find_place(slots_, tokens_, token);
}

}  // namespace weir::kernels
