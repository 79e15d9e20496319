#include "base/zip_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/zip_builder.h"
#include "weir/error.h"

namespace weir {
namespace {

using ::testing::HasSubstr;

std::string_view text(const SharedBytes& data) {
  return {reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size()};
}

void expect_error(ErrorCode code, std::string_view phrase, const std::function<void()>& act) {
  try {
    act();
    FAIL() << "no error; expected: " << phrase;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(std::string(phrase)));
  }
}

void expect_refused(ErrorCode code, std::string_view phrase, const std::string& archive) {
  expect_error(code, phrase, [&] { ZipReader reader(borrow_text(archive)); });
}

TEST(ZipReader, GivesStoredMembersInPlace) {
  const std::string archive = ZipBuilder().add(ZipBuilder::stored("a.txt", "weir")).finish();
  const ZipReader reader(borrow_text(archive));
  const SharedBytes data = reader.read("a.txt", 4);
  EXPECT_EQ(text(data), "weir");
  EXPECT_EQ(reinterpret_cast<const char*>(data.bytes.data()), archive.data() + 30 + 5);
}

TEST(ZipReader, UnpacksDeflatedMembersIntoBuffersOfTheirOwn) {
  const std::string long_text(100'000, 'w');
  const std::string archive = ZipBuilder()
                                  .add(ZipBuilder::deflated("long", long_text))
                                  .add(ZipBuilder::deflated("empty", ""))
                                  .finish();
  SharedBytes data;
  {
    const ZipReader reader(borrow_text(archive));
    data = reader.read("long", long_text.size());
    EXPECT_EQ(text(reader.read("empty", 0)), "");
  }
  EXPECT_EQ(text(data), long_text);
}

TEST(ZipReader, FindsTheDirectoryBeforeAComment) {
  const ZipBuilder builder = ZipBuilder().add(ZipBuilder::stored("a", "1"));
  const std::string archive = builder.finish("PK\x05\x06 is not the end");
  EXPECT_EQ(text(ZipReader(borrow_text(archive)).read("a", 1)), "1");
}

TEST(ZipReader, ReadsAnArchiveWithoutMembers) {
  EXPECT_TRUE(ZipReader(borrow_text(ZipBuilder().finish())).entries().empty());
}

TEST(ZipReader, NamesAMemberThatIsNotThere) {
  const std::string archive = ZipBuilder().finish();
  expect_error(ErrorCode::kNotFound, "'nobody'",
               [&] { ZipReader(borrow_text(archive)).read("nobody", 1); });
}

TEST(ZipReader, HoldsMembersToTheLimit) {
  const std::string archive = ZipBuilder().add(ZipBuilder::stored("a", "four")).finish();
  expect_error(ErrorCode::kLimit, "above the limit of 3",
               [&] { ZipReader(borrow_text(archive)).read("a", 3); });
}

TEST(ZipReader, ChecksTheCrcOfBothKinds) {
  for (auto member : {ZipBuilder::stored("a", "four"), ZipBuilder::deflated("a", "four")}) {
    member.crc ^= 1;
    const std::string archive = ZipBuilder().add(member).finish();
    expect_error(ErrorCode::kMalformed, "'a' is damaged",
                 [&] { ZipReader(borrow_text(archive)).read("a", 4); });
  }
}

TEST(ZipReader, HoldsDeflatedMembersToTheSizeTheyClaim) {
  for (const auto& [claimed, phrase] :
       {std::pair{3U, "longer than the size it claims"}, std::pair{5U, "unpacks to 4 bytes"}}) {
    auto member = ZipBuilder::deflated("a", "four");
    member.size = claimed;
    const std::string archive = ZipBuilder().add(member).finish();
    expect_error(ErrorCode::kMalformed, phrase,
                 [&] { ZipReader(borrow_text(archive)).read("a", 100); });
  }
}

TEST(ZipReader, RefusesCorruptAndCutOffStreams) {
  auto corrupt = ZipBuilder::deflated("a", "some text to pack");
  corrupt.packed[0] = '\xff';
  auto cut_off = ZipBuilder::deflated("a", "some text to pack");
  cut_off.packed.resize(cut_off.packed.size() / 2);
  for (const auto& [member, phrase] : {std::pair{corrupt, "corrupt"}, {cut_off, "cut off"}}) {
    const std::string archive = ZipBuilder().add(member).finish();
    expect_error(ErrorCode::kMalformed, phrase,
                 [&] { ZipReader(borrow_text(archive)).read("a", 100); });
  }
}

TEST(ZipReader, RefusesNamesThatLeadOutOfTheArchive) {
  for (const char* name : {"../a", "a/../../b", "..", "/etc/passwd", "a\\b", "C:a", ""}) {
    const std::string archive = ZipBuilder().add(ZipBuilder::stored(name, "1")).finish();
    expect_refused(ErrorCode::kMalformed, "leads out of the archive", archive);
  }
}

TEST(ZipReader, AllowsDotsThatAreNotAStepUp) {
  const std::string archive = ZipBuilder().add(ZipBuilder::stored("a..b/...", "1")).finish();
  EXPECT_TRUE(ZipReader(borrow_text(archive)).contains("a..b/..."));
}

TEST(ZipReader, RefusesTwoMembersOfOneName) {
  const std::string archive =
      ZipBuilder().add(ZipBuilder::stored("a", "1")).add(ZipBuilder::stored("a", "2")).finish();
  expect_refused(ErrorCode::kMalformed, "two members are named 'a'", archive);
}

TEST(ZipReader, RefusesMembersThatOverlap) {
  // The second member's stored bytes are a whole member themselves, which the third points at.
  const std::string inner = ZipBuilder().add(ZipBuilder::stored("c", "1")).finish();
  auto third = ZipBuilder::stored("c", "1");
  third.offset = 30 + 1 + 1 + 30 + 1;
  const std::string archive = ZipBuilder()
                                  .add(ZipBuilder::stored("a", "1"))
                                  .add(ZipBuilder::stored("b", inner))
                                  .add(third)
                                  .finish();
  expect_refused(ErrorCode::kMalformed, "overlap", archive);
}

TEST(ZipReader, RefusesALocalHeaderThatDisagrees) {
  auto member = ZipBuilder::stored("a", "1");
  member.local_name = "b";
  expect_refused(ErrorCode::kMalformed, "disagrees", ZipBuilder().add(member).finish());
}

TEST(ZipReader, RefusesWhatItDoesNotKnow) {
  auto encrypted = ZipBuilder::stored("a", "1");
  encrypted.flags = 1;
  expect_refused(ErrorCode::kUnsupported, "encrypted", ZipBuilder().add(encrypted).finish());
  auto bzip2 = ZipBuilder::deflated("a", "1");
  bzip2.method = 12;
  expect_refused(ErrorCode::kUnsupported, "compression method 12",
                 ZipBuilder().add(bzip2).finish());
}

TEST(ZipReader, RefusesEveryPrefixOfAnArchive) {
  const std::string archive = ZipBuilder()
                                  .add(ZipBuilder::stored("a", "one"))
                                  .add(ZipBuilder::deflated("b", "two"))
                                  .finish();
  for (std::size_t size = 0; size < archive.size(); ++size) {
    expect_refused(ErrorCode::kMalformed, "ZIP", archive.substr(0, size));
  }
}

TEST(ZipReader, ReadsTheLargeFormsOfZip64) {
  const auto number = ZipBuilder::number;
  const std::string extra =
      number(1, 2) + number(24, 2) + number(1, 8) + number(1, 8) + number(0, 8);
  const auto member = ZipBuilder::stored("a", "1");
  const std::string local = number(0x04034b50, 4) + number(45, 2) + number(0, 8) +
                            number(member.crc, 4) + number(0xffffffff, 4) + number(0xffffffff, 4) +
                            number(1, 2) + number(0, 2) + "a1";
  const std::string directory =
      number(0x02014b50, 4) + number(45, 4) + number(0, 8) + number(member.crc, 4) +
      number(0xffffffff, 4) + number(0xffffffff, 4) + number(1, 2) + number(extra.size(), 2) +
      number(0, 2) + number(0, 4) + number(0, 4) + number(0xffffffff, 4) + "a" + extra;
  const std::string end64 = number(0x06064b50, 4) + number(44, 8) + number(45, 4) + number(0, 8) +
                            number(1, 8) + number(1, 8) + number(directory.size(), 8) +
                            number(local.size(), 8);
  const std::string locator = number(0x07064b50, 4) + number(0, 4) +
                              number(local.size() + directory.size(), 8) + number(1, 4);
  const std::string end = number(0x06054b50, 4) + number(0, 4) + number(0xffff, 2) +
                          number(0xffff, 2) + number(0xffffffff, 4) + number(0xffffffff, 4) +
                          number(0, 2);
  const std::string archive = local + directory + end64 + locator + end;
  EXPECT_EQ(text(ZipReader(borrow_text(archive)).read("a", 1)), "1");
}

}  // namespace
}  // namespace weir
