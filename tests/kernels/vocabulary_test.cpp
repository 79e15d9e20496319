#include "kernels/vocabulary.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "weir/error.h"

namespace weir::kernels {
namespace {

/// Memory as packed weights have it: aligned, and zero at first.
std::vector<std::uint64_t> room_for(std::size_t bytes) {
  return std::vector<std::uint64_t>(bytes / sizeof(std::uint64_t) + 1);
}

template <typename Table, typename Token>
std::vector<std::uint64_t> packed(const std::vector<Token>& tokens, std::size_t bytes) {
  std::vector<std::uint64_t> room = room_for(bytes);
  Table::pack(tokens, std::as_writable_bytes(std::span(room)).first(bytes));
  return room;
}

std::vector<std::string> words(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back("word " + std::to_string(i * i));
  return all;
}

TEST(TextVocabulary, FindsEachOfItsTokensAndNoOther) {
  for (const std::size_t count : {0, 1, 2, 3, 100, 5000}) {
    const std::vector<std::string> tokens = words(count);
    const std::size_t bytes = TextVocabulary::packed_bytes(tokens);
    const auto room = packed<TextVocabulary>(tokens, bytes);
    const TextVocabulary vocabulary(count, std::as_bytes(std::span(room)).first(bytes));
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(vocabulary.find(tokens[i]), static_cast<std::int32_t>(i));
    }
    EXPECT_EQ(vocabulary.find("word"), kNoPlace);
    EXPECT_EQ(vocabulary.find(""), kNoPlace);
  }
}

TEST(TextVocabulary, HasEmptyTokensAndTokensWithZeros) {
  const std::vector<std::string> tokens{"", std::string("a\0b", 3), "a"};
  const std::size_t bytes = TextVocabulary::packed_bytes(tokens);
  const auto room = packed<TextVocabulary>(tokens, bytes);
  const TextVocabulary vocabulary(3, std::as_bytes(std::span(room)).first(bytes));
  EXPECT_EQ(vocabulary.find(""), 0);
  EXPECT_EQ(vocabulary.find(std::string_view("a\0b", 3)), 1);
  EXPECT_EQ(vocabulary.find("a"), 2);
}

TEST(TextVocabulary, RefusesATokenThatIsThereTwice) {
  const std::vector<std::string> tokens{"a", "b", "a"};
  const std::size_t bytes = TextVocabulary::packed_bytes(tokens);
  EXPECT_THROW(packed<TextVocabulary>(tokens, bytes), Error);
}

TEST(TextVocabulary, ThatIsDamagedEndsEverySearchWithinItsBytes) {
  const std::vector<std::string> tokens = words(50);
  const std::size_t bytes = TextVocabulary::packed_bytes(tokens);
  for (const unsigned char damage : {0x00, 0x01, 0x2a, 0xff}) {
    std::vector<std::uint64_t> room = room_for(bytes);
    std::memset(room.data(), damage, bytes);
    const TextVocabulary vocabulary(tokens.size(), std::as_bytes(std::span(room)).first(bytes));
    for (const std::string& token : tokens) EXPECT_LT(vocabulary.find(token), 50);
  }
}

TEST(IntegerVocabulary, FindsEachOfItsTokensAndNoOther) {
  const std::vector<std::int64_t> tokens{0, -1, 7, INT64_MAX, INT64_MIN, std::int64_t{1} << 40};
  const std::size_t bytes = IntegerVocabulary::packed_bytes(tokens);
  const auto room = packed<IntegerVocabulary>(tokens, bytes);
  const IntegerVocabulary vocabulary(tokens.size(), std::as_bytes(std::span(room)).first(bytes));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_EQ(vocabulary.find(tokens[i]), static_cast<std::int32_t>(i));
  }
  EXPECT_EQ(vocabulary.find(1), kNoPlace);
}

TEST(TextList, GivesEachText) {
  const std::vector<std::string> texts{"one", "", "three"};
  const std::size_t bytes = TextList::packed_bytes(texts);
  const auto room = packed<TextList>(texts, bytes);
  const TextList list(3, std::as_bytes(std::span(room)).first(bytes));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(list[i], texts[i]);
}

}  // namespace
}  // namespace weir::kernels
