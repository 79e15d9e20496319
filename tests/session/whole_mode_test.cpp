#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/zip_builder.h"
#include "base/zip_reader.h"
#include "support/prediction.h"

namespace weir::testing {
namespace {

constexpr std::int64_t kRowElements = 3 * 4;

/// The golden model that flips an axis of its input, changed to flip the batch.
class WholeMode : public ::testing::Test {
 protected:
  WholeMode() : file_(flip_of_the_batch()), model_(Model::load(borrow_text(file_).bytes, "flip")) {}

  std::vector<float> flipped(Session& session, std::int64_t rows) const {
    Request request(session, {{numbers_.data(), DType::kFloat32, {rows, 3, 4}}});
    request.run(session);
    return request.floats();
  }

  /// What Keras gives: each batch of `batch_size` rows is flipped by itself.
  std::vector<float> expected(std::int64_t rows, std::int64_t batch_size) const {
    std::vector<float> result;
    for (std::int64_t first = 0; first < rows; first += batch_size) {
      const std::int64_t last = std::min(rows, first + batch_size);
      for (std::int64_t row = last; row-- > first;) {
        const auto begin = numbers_.begin() + row * kRowElements;
        result.insert(result.end(), begin, begin + kRowElements);
      }
    }
    return result;
  }

  std::string file_;
  Model model_;

 private:
  static std::string flip_of_the_batch() {
    const ZipReader zip(read_golden({"operations", "ops_flip"}).model);
    ZipBuilder changed;
    for (const auto& [name, entry] : zip.entries()) {
      const SharedBytes member = zip.read(name, 1 << 20);
      std::string text(reinterpret_cast<const char*>(member.bytes.data()), member.bytes.size());
      if (const auto at = text.find("\"axis\": 1"); at != std::string::npos) text[at + 8] = '0';
      changed.add(ZipBuilder::stored(name, text));
    }
    return changed.finish();
  }

  static std::vector<float> counting() {
    std::vector<float> numbers(100 * kRowElements);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
    return numbers;
  }

  std::vector<float> numbers_ = counting();
};

TEST_F(WholeMode, IsSaidWithTheLayerThatMixesSamples) {
  const MemoryPlan plan = model_.plan({.batch_size = 7});
  EXPECT_EQ(plan.mode, ExecutionMode::kWhole);
  EXPECT_THAT(plan.mode_reason, ::testing::HasSubstr("'flip'"));
  EXPECT_EQ(plan.micro_batch, 7U);
}

TEST_F(WholeMode, PredictsEachBatchByItselfAndNeverFillsOneUp) {
  Session session(model_, {.batch_size = 8, .threads = 2});
  for (const std::int64_t rows : {8, 1, 5, 19, 3, 100}) {
    EXPECT_EQ(flipped(session, rows), expected(rows, 8)) << rows;
  }
}

TEST_F(WholeMode, HasTheSameBitsForAnyNumberOfThreads) {
  Session one(model_, {.batch_size = 16, .threads = 1});
  Session three(model_, {.batch_size = 16, .threads = 3});
  EXPECT_EQ(flipped(one, 50), flipped(three, 50));
}

TEST_F(WholeMode, TakesAnyNumberOfDifferentBatches) {
  Session session(model_, {.batch_size = 100, .threads = 1});
  for (std::int64_t rows = 1; rows <= 100; ++rows) {
    EXPECT_EQ(flipped(session, rows), expected(rows, 100)) << rows;
  }
}

}  // namespace
}  // namespace weir::testing
