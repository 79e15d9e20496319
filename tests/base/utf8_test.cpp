#include "base/utf8.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string_view text_of(const Utf8Bytes& utf8) { return {utf8.bytes.data(), utf8.size}; }

TEST(Utf8, HasTheBytesOfEachCharacter) {
  EXPECT_EQ(text_of(to_utf8(U'a')), "a");
  EXPECT_EQ(text_of(to_utf8(U'é')), "é");
  EXPECT_EQ(text_of(to_utf8(U'日')), "日");
  EXPECT_EQ(text_of(to_utf8(U'😀')), "😀");
  EXPECT_EQ(text_of(to_utf8(0xd800)), kReplacementCharacter);
  EXPECT_EQ(text_of(to_utf8(0x110000)), kReplacementCharacter);
}

TEST(Utf8, IsToldFromOtherBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("aé日😀"));
  for (const char* const broken : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
                                   "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    EXPECT_FALSE(is_utf8(broken)) << broken;
  }
}

}  // namespace
}  // namespace weir
