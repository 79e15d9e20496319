#include "io/io_testing.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<TensorSpec> kInputs = {{"a", DType::kFloat32, {Shape::kFree, 2}},
                                         {"b", DType::kFloat32, {Shape::kFree, 1}}};

TEST(NpzSource, ReadsStoredAndDeflatedArrays) {
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    const auto source = open_files({fixture(file)});
    ASSERT_EQ(source->tensors().size(), 2U);
    EXPECT_EQ(source->tensors()[0].name, "a");
    EXPECT_EQ(source->tensors()[1].name, "b");
    EXPECT_EQ(source->tensors()[1].dtype, DType::kInt64);
    const auto tensors = read_all(*source, 3);
    EXPECT_EQ(tensors[0], counting(8)) << file;
    EXPECT_EQ(tensors[1], counting(4)) << file;
  }
}

TEST(NpzSource, FindsInputsByTheirNames) {
  const auto source = open_files({fixture("extra.npz")}, kInputs);
  ASSERT_EQ(source->tensors().size(), 2U);
  EXPECT_EQ(source->tensors()[0].shape, (Shape{4, 2}));
  EXPECT_EQ(source->tensors()[1].shape, (Shape{4, 1}));
  EXPECT_EQ(read_all(*source)[0], counting(8));
}

TEST(NpzSource, TakesArraysInOrderWhereNoNameIsAnInputs) {
  const auto source = open_files({fixture("in_order.npz")}, kInputs);
  EXPECT_EQ(source->tensors()[0].name, "a");
  EXPECT_EQ(read_all(*source)[1], counting(4));
}

TEST(NpzSource, DoesNotGuessWhichArraysAreMeant) {
  const std::vector<TensorSpec> one = {{"image", DType::kFloat32, {Shape::kFree, 2}}};
  const Error error = error_of([&] { open_files({fixture("stored.npz")}, one); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("the arrays (a, b) are not the model's inputs (image)"));
}

TEST(NpzSource, ReadsOneChosenArray) {
  const std::vector<TensorSpec> one = {{"image", DType::kFloat32, {Shape::kFree, 2}}};
  EXPECT_EQ(read_all(*open_files({fixture("stored.npz") + ":a"}, one))[0], counting(8));
  EXPECT_EQ(read_all(*open_files({"image=" + fixture("stored.npz") + ":a"}, one))[0], counting(8));
  const Error error = error_of([&] { open_files({fixture("stored.npz") + ":c"}, one); });
  EXPECT_THAT(error.message(), HasSubstr("has no array 'c'; it has: a, b"));
}

TEST(NpzSource, GathersFortranOrderOutOfAnArchive) {
  for (const char* file : {"fortran.npz", "fortran_stored.npz"}) {
    EXPECT_EQ(read_all(*open_files({fixture(file)}), 3)[0], counting(42)) << file;
  }
}

// Each byte of the archive in turn is damaged: what can be read at all is either right or an error.
TEST(NpzSource, NoticesDamage) {
  const TemporaryFolder folder;
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    const std::string whole = contents(fixture(file));
    std::size_t noticed = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      const std::string path = folder.write("damaged.npz", damaged);
      try {
        const auto tensors = read_all(*open_files({path}));
        EXPECT_EQ(tensors[0], counting(8)) << file << " with byte " << i << " changed";
      } catch (const Error& error) {
        EXPECT_THAT(error.place().file, HasSubstr("damaged.npz"));
        ++noticed;
      }
    }
    EXPECT_GT(noticed, whole.size() / 2);
  }
}

}  // namespace
}  // namespace weir::testing
