#include "io/npy_source.h"

#include <cstdint>
#include <limits>

#include "io/io_testing.h"

namespace weir::testing {
namespace {

std::vector<double> read_file(const std::string& name, std::size_t batch = 2) {
  const auto source = open_npy(map_file(fixture(name)));
  return read_all(*source, batch).at(0);
}

std::unique_ptr<Source> open_as_pipe(const std::string& name) {
  return open_npy(std::make_unique<PiecewiseReader>(contents(fixture(name))));
}

template <typename T>
std::vector<double> counting_in(std::size_t count) {
  std::vector<double> values = counting(count);
  for (double& value : values) {
    value = static_cast<double>(static_cast<T>(static_cast<std::int64_t>(value)));
  }
  return values;
}

TEST(NpySource, ReadsEveryVersionOfTheFormat) {
  for (const char* file : {"version_1.npy", "version_2.npy", "version_3.npy"}) {
    EXPECT_EQ(read_file(file), counting(10)) << file;
    EXPECT_EQ(read_all(*open_as_pipe(file)).at(0), counting(10)) << file;
  }
}

TEST(NpySource, ReadsEveryNumericType) {
  EXPECT_EQ(read_file("type_f2.npy"), counting(6));
  EXPECT_EQ(read_file("type_f4.npy"), counting(6));
  EXPECT_EQ(read_file("type_f8.npy"), counting(6));
  EXPECT_EQ(read_file("type_i1.npy"), counting(6));
  EXPECT_EQ(read_file("type_i2.npy"), counting(6));
  EXPECT_EQ(read_file("type_i4.npy"), counting(6));
  EXPECT_EQ(read_file("type_i8.npy"), counting(6));
  EXPECT_EQ(read_file("type_u1.npy"), counting_in<std::uint8_t>(6));
  EXPECT_EQ(read_file("type_u2.npy"), counting_in<std::uint16_t>(6));
  EXPECT_EQ(read_file("type_u4.npy"), counting_in<std::uint32_t>(6));
  EXPECT_EQ(read_file("type_u8.npy"), counting_in<std::uint64_t>(6));
  EXPECT_EQ(read_file("type_b1.npy"), counting_in<bool>(6));
}

TEST(NpySource, KeepsTheTypeAndTheShapeOfTheFile) {
  const auto source = open_npy(map_file(fixture("type_u2.npy")));
  ASSERT_EQ(source->tensors().size(), 1U);
  EXPECT_EQ(source->tensors()[0].dtype, DType::kUInt16);
  EXPECT_EQ(source->tensors()[0].shape, (Shape{3, 2}));
  EXPECT_EQ(source->next(2)[0].shape, (Shape{2, 2}));
  EXPECT_EQ(source->next(2)[0].shape, (Shape{1, 2}));
  EXPECT_TRUE(source->next(2).empty());
}

TEST(NpySource, TurnsTheBytesOfOtherMachinesRound) {
  for (const char* type : {"f2", "f4", "f8", "i2", "i4", "i8"}) {
    EXPECT_EQ(read_file(std::string("big_endian_") + type + ".npy"), counting(6)) << type;
  }
  EXPECT_EQ(read_file("big_endian_u2.npy"), counting_in<std::uint16_t>(6));
  EXPECT_EQ(read_all(*open_as_pipe("big_endian_f4.npy")).at(0), counting(6));
}

TEST(NpySource, GathersRowsInFortranOrder) {
  for (const std::size_t batch : {1U, 2U, 3U, 7U, 100U}) {
    EXPECT_EQ(read_file("fortran_f4.npy", batch), counting(42)) << batch;
    EXPECT_EQ(read_file("fortran_big_endian_f8.npy", batch), counting(42)) << batch;
    EXPECT_EQ(read_file("fortran_u1.npy", batch), counting_in<std::uint8_t>(84)) << batch;
  }
}

TEST(NpySource, GathersRowsInFortranOrderFromAPipe) {
  EXPECT_EQ(read_all(*open_as_pipe("fortran_f4.npy")).at(0), counting(42));
}

TEST(NpySource, GivesRowsInPlaceWhereTheyCanBe) {
  const SharedBytes file = map_file(fixture("version_1.npy"));
  const auto source = open_npy(file);
  const auto* first = static_cast<const std::byte*>(source->next(2)[0].data);
  EXPECT_GE(first, file.bytes.data());
  EXPECT_LT(first, file.bytes.data() + file.bytes.size());
}

TEST(NpySource, GivesAlignedElementsOfAMisalignedArray) {
  const std::string text = " " + contents(fixture("type_f8.npy"));
  const auto source = open_npy(borrow_bytes(std::as_bytes(std::span(text)).subspan(1)));
  const TensorView rows = source->next(3)[0];
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(rows.data) % alignof(double), 0U);
  EXPECT_EQ(element(rows, 5), 2);
}

TEST(NpySource, HasNoBatchWithoutRows) {
  const auto source = open_npy(map_file(fixture("no_rows.npy")));
  EXPECT_EQ(source->tensors()[0].shape, (Shape{0, 3}));
  EXPECT_TRUE(source->next(4).empty());
}

TEST(NpySource, CountsRowsThatHoldNothing) {
  const auto source = open_npy(map_file(fixture("no_columns.npy")));
  EXPECT_EQ(source->next(3)[0].shape, (Shape{3, 0}));
  EXPECT_EQ(source->next(3)[0].shape, (Shape{1, 0}));
}

TEST(NpySource, RefusesASingleNumber) {
  const Error error = error_of([] { open_npy(map_file(fixture("number.npy"))); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), ::testing::HasSubstr("shape ()"));
}

TEST(NpySource, SaysAtOnceHowManyRowsAreMissing) {
  const std::string whole = contents(fixture("version_1.npy"));
  const std::string cut = whole.substr(0, whole.size() - 12);
  const Error error = error_of([&] { open_npy(borrow_bytes(std::as_bytes(std::span(cut)))); });
  EXPECT_EQ(error.code(), ErrorCode::kMalformed);
  EXPECT_THAT(error.message(), ::testing::HasSubstr("promises 5 rows (40 bytes), only 3 rows"));
}

TEST(NpySource, SaysHowManyRowsAPipeGave) {
  const std::string whole = contents(fixture("version_1.npy"));
  const auto source =
      open_npy(std::make_unique<PiecewiseReader>(whole.substr(0, whole.size() - 12)));
  EXPECT_EQ(source->next(2)[0].shape[0], 2);
  const Error error = error_of([&] { source->next(2); });
  EXPECT_EQ(error.code(), ErrorCode::kMalformed);
  EXPECT_THAT(error.message(), ::testing::HasSubstr("promises 5 rows, only 3 are there"));
}

TEST(NpySource, IsAnErrorAtEveryPlaceWhereAFileMayBeCut) {
  const std::string whole = contents(fixture("fortran_f4.npy"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_THROW(open_npy(borrow_bytes(std::as_bytes(std::span(cut)))), Error) << size;
    EXPECT_THROW(read_all(*open_npy(std::make_unique<PiecewiseReader>(cut, 64))), Error) << size;
  }
}

}  // namespace
}  // namespace weir::testing
