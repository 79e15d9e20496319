#include "io/npy_header.h"

#include "io/io_testing.h"

namespace weir::testing {
namespace {

std::string with_dictionary(const std::string& dictionary) {
  std::string text("\x93NUMPY\x01\0", 8);
  text += static_cast<char>(dictionary.size() & 0xff);
  text += static_cast<char>(dictionary.size() >> 8);
  return text + dictionary;
}

NpyHeader parse(const std::string& text) {
  return parse_npy_header(std::as_bytes(std::span(text)));
}

ErrorCode code_of(const std::string& dictionary) {
  return error_of([&] { parse(with_dictionary(dictionary)); }).code();
}

TEST(NpyHeader, ReadsItsDictionaryInAnyOrder) {
  const NpyHeader header =
      parse(with_dictionary("{\"shape\": (3,4), 'descr':'>i2', 'fortran_order': True}"));
  EXPECT_EQ(header.dtype, DType::kInt16);
  EXPECT_TRUE(header.is_swapped);
  EXPECT_TRUE(header.is_fortran);
  EXPECT_EQ(header.shape, (Shape{3, 4}));
}

TEST(NpyHeader, RefusesWhatIsNoDictionaryOfNumPys) {
  const std::vector<std::string> dictionaries = {
      "",
      "{",
      "{}",
      "[]",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': ((2,),)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 99999999999999999999)}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + 1",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4611686018427387904)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904)}",
      "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (2,)}",
  };
  for (const std::string& dictionary : dictionaries) {
    EXPECT_EQ(code_of(dictionary), ErrorCode::kMalformed) << dictionary;
  }
}

TEST(NpyHeader, KnowsTheTypesThatItDoesNotRead) {
  for (const char* type : {"'|O'", "'<c8'", "'<M8[ns]'", "'|V4'", "'<f16'", "[('a', '<f4')]"}) {
    const auto dictionary =
        std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': (2,), }";
    EXPECT_EQ(code_of(dictionary), ErrorCode::kUnsupported) << type;
  }
}

TEST(NpyHeader, KnowsHowLongStringsAre) {
  const NpyHeader header =
      parse(with_dictionary("{'descr': '>U12', 'fortran_order': False, 'shape': (3, 2), }"));
  EXPECT_EQ(header.dtype, DType::kString);
  EXPECT_TRUE(header.is_swapped);
  EXPECT_EQ(header.row_bytes(), 96U);
  for (const char* type : {"'<U'", "'|S-1'", "'|Sx'", "'<U99999999999'", "'|S5 '"}) {
    const auto dictionary =
        std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': (2,), }";
    EXPECT_EQ(code_of(dictionary), ErrorCode::kMalformed) << type;
  }
}

TEST(NpyHeader, SaysThatObjectArraysAreNeverLoaded) {
  const Error error = error_of(
      [] { parse(with_dictionary("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }")); });
  EXPECT_THAT(error.message(), ::testing::HasSubstr("object arrays are pickles"));
}

TEST(NpyHeader, RefusesTooManyAxes) {
  EXPECT_EQ(
      code_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}"),
      ErrorCode::kUnsupported);
}

TEST(NpyHeader, IsAsLongForAnyNumberOfRows) {
  const std::string none = format_npy_header(DType::kFloat32, {0, 10});
  const std::string many = format_npy_header(DType::kFloat32, {1234567890123456789, 10});
  EXPECT_EQ(none.size(), many.size());
  EXPECT_EQ(none.size() % 64, 0U);
}

TEST(NpyHeader, ReadsWhatItWrites) {
  for (const Shape& shape : {Shape{7}, Shape{0, 3}, Shape{2, 3, 4}}) {
    const NpyHeader header = parse(format_npy_header(DType::kInt64, shape));
    EXPECT_EQ(header.dtype, DType::kInt64);
    EXPECT_EQ(header.shape, shape);
    EXPECT_FALSE(header.is_fortran);
    EXPECT_FALSE(header.is_swapped);
  }
}

}  // namespace
}  // namespace weir::testing
