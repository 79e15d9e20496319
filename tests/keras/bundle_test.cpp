#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "keras/bundle/object_graph.h"
#include "keras/bundle/table.h"
#include "keras/bundle/tensor_bundle.h"
#include "keras/bundle/wire.h"
#include "keras/saved_model.h"
#include "weir/error.h"

namespace weir::bundle {
namespace {

using Bytes = std::vector<std::byte>;

const std::filesystem::path kFolder =
    std::filesystem::path(WEIR_TESTS_DIR) / "keras" / "models" / "saved_model_keras2";

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Bytes file(const std::string& name) {
  const SharedBytes mapped = map_file(kFolder / name);
  return {mapped.bytes.begin(), mapped.bytes.end()};
}

const std::string kIndex = "variables/variables.index";
const std::string kData = "variables/variables.data-00000-of-00001";

/// The folder's files, of which a test changes some.
std::map<std::string, Bytes> files() {
  std::map<std::string, Bytes> all;
  for (const std::string& name : {std::string("keras_metadata.pb"), kIndex, kData}) {
    all.emplace(name, file(name));
  }
  return all;
}

keras::ModelRecord read(const std::map<std::string, Bytes>& files) {
  return keras::read_saved_model(
      [&](const std::string& name) { return borrow_bytes(files.at(name)); });
}

std::uint64_t varint(const Bytes& bytes) {
  ByteCursor cursor(bytes, "a number");
  return read_varint(cursor);
}

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(Varint, HasSevenBitsAByte) {
  EXPECT_EQ(varint(bytes_of({0x05})), 5U);
  EXPECT_EQ(varint(bytes_of({0xac, 0x02})), 300U);
  const Bytes largest = bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 1});
  EXPECT_EQ(varint(largest), UINT64_MAX);
}

TEST(Varint, OfMoreThanSixtyFourBitsIsAnError) {
  EXPECT_THROW(varint(bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 2})), Error);
  EXPECT_THROW(varint(bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})), Error);
  EXPECT_THROW(varint(bytes_of({0x80})), Error);
}

TEST(MessageReader, GivesFieldsOfEveryKind) {
  const Bytes message = bytes_of({0x08, 0x96, 0x01,                        // 1: 150
                                  0x12, 0x02, 'h',  'i',                   // 2: "hi"
                                  0x1d, 1,    0,    0,   0,                // 3: 1, of 4 bytes
                                  0x21, 2,    0,    0,   0, 0, 0, 0, 0});  // 4: 2, of 8 bytes
  MessageReader reader(message);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.number(), 150U);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.field(), 2U);
  EXPECT_EQ(reader.text(), "hi");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.number(), 1U);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.number(), 2U);
  EXPECT_FALSE(reader.next());
}

TEST(MessageReader, RefusesWhatIsCutOffOrOfNoKnownKind) {
  for (const Bytes& message :
       {bytes_of({0x12, 0x05, 'h'}), bytes_of({0x1d, 1}), bytes_of({0x0b})}) {
    MessageReader reader(message);
    EXPECT_THROW(reader.next(), Error);
  }
}

TEST(Table, HasTheKeysThatTensorFlowWrote) {
  const Bytes index = file(kIndex);
  const auto entries = read_table(index);
  EXPECT_TRUE(entries.contains(""));
  EXPECT_TRUE(entries.contains("_CHECKPOINTABLE_OBJECT_GRAPH"));
  EXPECT_GT(entries.size(), 10U);
}

TEST(Table, IsFoundDamagedWhateverByteIsAnother) {
  Bytes index = file(kIndex);
  const auto keys = [&] {
    std::vector<std::string> found;
    for (const auto& [key, value] : read_table(index)) found.push_back(key);
    return found;
  };
  const std::vector<std::string> whole = keys();
  std::size_t errors = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::byte was = std::exchange(index[i], index[i] ^ std::byte{0x41});
    try {
      EXPECT_EQ(keys(), whole) << "byte " << i;  // Of the footer's empty part, and of filters'.
    } catch (const Error&) {
      ++errors;
    }
    index[i] = was;
  }
  EXPECT_GT(errors, index.size() - 80);
}

TEST(Table, IsAnErrorWhereverItIsCutOff) {
  const Bytes index = file(kIndex);
  for (std::size_t size = 0; size < index.size(); ++size) {
    EXPECT_THROW(read_table(std::span(index).first(size)), Error) << size;
  }
}

TEST(SavedModel, IsAnErrorWhereItsShardIsCutOff) {
  std::map<std::string, Bytes> all = files();
  EXPECT_FALSE(read(all).layers.empty());
  const std::size_t size = all[kData].size();
  for (const std::size_t part : {std::size_t{0}, std::size_t{1}, size / 2, size - 1}) {
    all[kData].resize(size);
    all[kData].resize(part);
    EXPECT_EQ(code_of([&] { read(all); }), ErrorCode::kMalformed) << part;
  }
}

TEST(SavedModel, OfAnyBytesIsOnlyAnError) {
  for (const std::string& name : {std::string("keras_metadata.pb"), kData}) {
    std::map<std::string, Bytes> all = files();
    Bytes& bytes = all[name];
    for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 500) {
      const std::byte was = std::exchange(bytes[i], static_cast<std::byte>(255));
      EXPECT_NO_FATAL_FAILURE(static_cast<void>(code_of([&] { read(all); })));
      bytes[i] = was;
    }
  }
}

TEST(ObjectGraph, RefusesAChildThatIsNotThere) {
  // An object with a child, "a", that is object 7.
  const Bytes message = bytes_of({0x0a, 0x07, 0x0a, 0x05, 0x08, 0x07, 0x12, 0x01, 'a'});
  EXPECT_EQ(code_of([&] { read_object_graph(message); }), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace weir::bundle
