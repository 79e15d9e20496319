#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "support/prediction.h"
#include "weir/allocations.h"
#include "weir/error.h"
#include "weir/stream.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

/// Rows of float32 in memory, one tensor after the other.
class MemorySource final : public Source {
 public:
  MemorySource(std::vector<TensorSpec> specs, std::vector<float> numbers)
      : specs_(std::move(specs)), numbers_(std::move(numbers)), views_(specs_.size()) {}

  std::span<const TensorSpec> tensors() const override { return specs_; }

  std::span<const TensorView> next(std::size_t max_rows) override {
    const std::int64_t left = specs_[0].shape[0] - done_;
    const std::int64_t rows = std::min(left, static_cast<std::int64_t>(max_rows)) + too_many_rows;
    if (left == 0) return {};
    const float* tensor = numbers_.data();
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      const std::int64_t elements = specs_[i].shape.elements();
      views_[i] = {tensor + done_ * (elements / specs_[i].shape[0]), DType::kFloat32,
                   specs_[i].shape};
      views_[i].shape[0] = rows;
      tensor += elements;
    }
    done_ += rows;
    return views_;
  }

  std::int64_t too_many_rows = 0;

 private:
  std::vector<TensorSpec> specs_;
  std::vector<float> numbers_;
  std::vector<TensorView> views_;
  std::int64_t done_ = 0;
};

/// Remembers what it is given.
class MemorySink final : public Sink {
 public:
  MemorySink() { rows.reserve(1000); }

  void open(std::span<const TensorSpec> tensors) override {
    specs.assign(tensors.begin(), tensors.end());
    bytes.reserve(1 << 20);
  }
  void write(std::span<const TensorView> batch) override {
    if (refuses) throw Error(ErrorCode::kIo, "the disk is full");
    rows.push_back(batch[0].shape[0]);
    const auto* begin = static_cast<const std::byte*>(batch[0].data);
    bytes.insert(bytes.end(), begin, begin + batch[0].bytes());
    allocations = allocation_count();
    if (rows.size() == 1) first_allocations = allocations;
  }
  void finish() override { finished = true; }

  bool refuses = false;
  bool finished = false;
  std::vector<TensorSpec> specs;
  std::vector<std::int64_t> rows;
  std::vector<std::byte> bytes;
  std::uint64_t first_allocations = 0;
  std::uint64_t allocations = 0;
};

class PredictStream : public ::testing::Test {
 protected:
  static constexpr std::int64_t kRows = 70;

  PredictStream()
      : golden_(read_golden({"models", "sequential_with_input"})),
        model_(Model::load(golden_.model.bytes, golden_.name)),
        session_(model_, {.batch_size = 32, .threads = 2}) {
    for (std::size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = float(i % 17) - 8;
  }

  MemorySource source(std::int64_t rows = kRows) const {
    return MemorySource({{"anything", DType::kFloat32, {rows, 6}}}, numbers_);
  }
  ErrorCode refusal(Source& from, const StreamOptions& options = {}) {
    try {
      predict_stream(session_, from, sink_, options);
    } catch (const Error& error) {
      EXPECT_FALSE(sink_.finished);
      return error.code();
    }
    return ErrorCode::kInternal;
  }

  GoldenCase golden_;
  Model model_;
  Session session_;
  MemorySink sink_;
  std::vector<float> numbers_ = std::vector<float>(kRows * 6);
};

TEST_F(PredictStream, GivesTheRowsOfOneRequestInBatches) {
  MemorySource rows = source();
  EXPECT_EQ(predict_stream(session_, rows, sink_), 70U);
  EXPECT_THAT(sink_.rows, ::testing::ElementsAre(32, 32, 6));
  EXPECT_TRUE(sink_.finished);
  const std::vector<TensorView> all{{numbers_.data(), DType::kFloat32, {kRows, 6}}};
  EXPECT_EQ(sink_.bytes, predict(session_, all)[0]);
  EXPECT_EQ(sink_.specs[0].shape[0], kRows);
  EXPECT_EQ(sink_.specs[0].name, model_.outputs()[0].name);
}

TEST_F(PredictStream, AllocatesNothingAfterTheFirstBatch) {
  MemorySource rows = source(64);
  predict_stream(session_, rows, sink_);
  ASSERT_EQ(sink_.rows.size(), 2U);
  EXPECT_EQ(sink_.allocations, sink_.first_allocations);
}

TEST_F(PredictStream, OfNoRowsFinishesAnEmptySink) {
  MemorySource none({{"", DType::kFloat32, {0, 6}}}, {});
  EXPECT_EQ(predict_stream(session_, none, sink_), 0U);
  EXPECT_TRUE(sink_.finished);
  EXPECT_TRUE(sink_.rows.empty());
}

TEST_F(PredictStream, StopsWhenItIsAskedTo) {
  MemorySource rows = source();
  std::uint64_t done = 0;
  const auto stop_at_second = [&](std::uint64_t rows_done) {
    done = rows_done;
    return rows_done < 64;
  };
  EXPECT_EQ(refusal(rows, {.on_batch = stop_at_second}), ErrorCode::kCancelled);
  EXPECT_EQ(done, 64U);
}

TEST_F(PredictStream, PassesOnWhatTheSinkThrows) {
  MemorySource rows = source();
  sink_.refuses = true;
  EXPECT_EQ(refusal(rows), ErrorCode::kIo);
}

TEST_F(PredictStream, RefusesASourceThatGivesMoreRowsThanItWasAskedFor) {
  MemorySource many = source();
  many.too_many_rows = 1;
  EXPECT_EQ(refusal(many), ErrorCode::kInvalidArgument);
}

TEST_F(PredictStream, RefusesDataThatDoNotFitBeforeItOpensTheSink) {
  MemorySource narrow({{"", DType::kFloat32, {4, 5}}}, numbers_);
  EXPECT_EQ(refusal(narrow), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(sink_.specs.empty());
}

TEST(MatchingInputs, GoesByNameWhereThereAreNamesAndByOrderElse) {
  const GoldenCase golden = read_golden({"models", "dictionary_of_both"});
  const Model model = Model::load(golden.model.bytes, golden.name);
  Session session(model, {.threads = 1});
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const std::vector<float> swapped{4, 5, 6, 1, 2, 3};
  const auto outputs = [&](const std::string& first, const std::string& second,
                           const std::vector<float>& values) {
    MemorySource source({{first, DType::kFloat32, {1, 3}}, {second, DType::kFloat32, {1, 3}}},
                        values);
    MemorySink sink;
    predict_stream(session, source, sink);
    return sink.bytes;
  };
  const auto in_order = outputs("", "", numbers);
  EXPECT_EQ(outputs("a", "b", numbers), in_order);
  EXPECT_EQ(outputs("b", "a", swapped), in_order);
  EXPECT_NE(outputs("", "", swapped), in_order);
  EXPECT_THROW(outputs("a", "c", numbers), Error);
}

}  // namespace
}  // namespace weir::testing
