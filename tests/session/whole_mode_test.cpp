#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/zip_builder.h"
#include "base/zip_reader.h"
#include "support/prediction.h"
#include "weir/error.h"

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
  for (const std::int64_t rows : {8, 1, 0, 5, 19, 3, 100}) {
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

/// A model of the golden cases whose outputs have no row for each sample.
class OtherRows : public ::testing::Test {
 protected:
  explicit OtherRows(const char* name)
      : golden_(read_golden({"models", name})), model_(Model::load(golden_.model.bytes, name)) {}

  /// What the rows from `first` on give as a batch.
  std::vector<float> batch(std::size_t first, std::int64_t rows) const {
    Session session(model_, {.threads = 1});
    const auto* all = reinterpret_cast<const float*>(golden_.inputs[0].data.bytes.data());
    Shape shape = golden_.inputs[0].shape;
    const std::int64_t row = shape.elements() / shape[0];
    shape[0] = rows;
    Request request(session, {{all + first * row, DType::kFloat32, shape}});
    request.run(session);
    return request.floats();
  }

  std::vector<float> in_batches_of(std::size_t size) const {
    Session session(model_, {.batch_size = size, .threads = 1});
    Request request(session, views(golden_.inputs));
    request.run(session);
    return request.floats();
  }

  std::vector<float> expected_in_batches_of(std::int64_t size) const {
    std::vector<float> all;
    const std::int64_t rows = golden_.inputs[0].shape[0];
    for (std::int64_t first = 0; first < rows; first += size) {
      const std::vector<float> part = batch(first, std::min(size, rows - first));
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  GoldenCase golden_;
  Model model_;
};

struct MeanOfTheBatch : OtherRows {
  MeanOfTheBatch() : OtherRows("mean_of_the_batch") {}
};
struct RowsOfSamples : OtherRows {
  RowsOfSamples() : OtherRows("rows_of_samples") {}
};
struct LossOfTheBatch : OtherRows {
  LossOfTheBatch() : OtherRows("loss_of_the_batch") {}
};

TEST_F(MeanOfTheBatch, LieOneBehindTheOther) {
  for (const std::size_t size : {1, 2, 3}) {
    EXPECT_EQ(in_batches_of(size), expected_in_batches_of(static_cast<std::int64_t>(size)));
  }
}

TEST_F(RowsOfSamples, LieOneBehindTheOther) {
  for (const std::size_t size : {1, 2, 3}) {
    EXPECT_EQ(in_batches_of(size), expected_in_batches_of(static_cast<std::int64_t>(size)));
  }
}

TEST_F(LossOfTheBatch, IsOfOneBatchOnly) {
  EXPECT_EQ(in_batches_of(64).size(), 1U);
  EXPECT_THROW(in_batches_of(2), Error);
}

}  // namespace
}  // namespace weir::testing
