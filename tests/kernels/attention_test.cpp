#include "kernels/attention.h"

#include <cmath>

#include "kernels/reference/attention.h"
#include "products_testing.h"

namespace weir::kernels {
namespace {

const AttentionShape kShapes[] = {{1, 1, 1, 1, 1, 1, 1},     {2, 3, 3, 5, 7, 4, 6},
                                  {2, 6, 2, 9, 17, 5, 3},    {1, 2, 1, 101, 33, 16, 16},
                                  {3, 2, 2, 1, 50, 40, 2},   {1, 1, 1, 3, 9000, 2, 3},
                                  {2, 4, 4, 64, 48, 32, 20}, {1, 3, 3, 49, 16, 1, 1}};

const AttentionRule kRules[] = {
    {.scale = 0.7F},
    {.scale = 1.5F, .causal = true},
    {.scale = 1.5F, .window = 3},
    {.masked = MaskedScore::kLowered, .scale = 40.0F, .causal = true, .window = 2},
    {.masked = MaskedScore::kDropped, .scale = 2.0F, .causal = true},
    {.score = ScoreKind::kTanh, .masked = MaskedScore::kLowered},
};

/// Random arrays of a shape, each one float into its buffer.
struct Data {
  explicit Data(const AttentionShape& shape)
      : queries(random_floats(shape.samples * shape.queries * shape.heads * shape.key_size + 1, 1)),
        keys(random_floats(shape.samples * shape.keys * shape.key_heads * shape.key_size + 1, 2)),
        values(
            random_floats(shape.samples * shape.keys * shape.key_heads * shape.value_size + 1, 3)),
        terms(random_floats(shape.key_size + 1, 4)),
        results(shape.samples * shape.queries * shape.heads * shape.value_size + 1),
        scores(shape.samples * shape.heads * shape.queries * shape.keys + 1) {}

  AttentionArrays arrays(bool with_scores) {
    return {queries.data() + 1, keys.data() + 1,    values.data() + 1,
            terms.data() + 1,   results.data() + 1, with_scores ? scores.data() + 1 : nullptr};
  }

  std::vector<float> queries;
  std::vector<float> keys;
  std::vector<float> values;
  std::vector<float> terms;
  std::vector<float> results;
  std::vector<float> scores;
};

/// Masks that repeat along each axis in turn, and one for each element.
struct Masks {
  explicit Masks(const AttentionShape& s) : bits(new bool[count(s)]) {
    const std::vector<float> noise = random_floats(count(s), 9);
    for (std::size_t i = 0; i < count(s); ++i) bits[i] = noise[i] > -0.6F;
    // A query that takes nothing.
    for (std::size_t key = 0; key < s.keys; ++key) bits[key] = false;
    views = {{bits.get(), {s.heads * s.queries * s.keys, s.queries * s.keys, s.keys, 1}},
             {bits.get(), {s.keys, 0, 0, 1}},
             {bits.get(), {s.queries, 0, 1, 0}}};
  }
  static std::size_t count(const AttentionShape& s) {
    return s.samples * s.heads * s.queries * s.keys;
  }

  std::unique_ptr<bool[]> bits;
  std::vector<AttentionMask> views;
};

void run(const AttentionShape& shape, const AttentionRule& rule,
         std::span<const AttentionMask> masks, const AttentionArrays& arrays,
         const ThreadPool& pool) {
  AlignedBuffer scratch(attention_scratch_bytes(shape, pool.size()));
  std::memset(scratch.data(), 0xFF, scratch.size());
  attention(shape, rule, masks, arrays, scratch.data(), pool);
}

void expect_agreement(const AttentionShape& shape, const AttentionRule& rule,
                      std::span<const AttentionMask> masks, const ThreadPool& pool) {
  Data data(shape);
  Data expected(shape);
  for (const bool with_scores : {false, true}) {
    run(shape, rule, masks, data.arrays(with_scores), pool);
    reference::attention(shape, rule, masks, expected.arrays(with_scores));
    for (std::size_t i = 1; i < data.results.size(); ++i) {
      ASSERT_NEAR(data.results[i], expected.results[i], 1e-5) << i << " of " << shape.keys;
    }
  }
  for (std::size_t i = 1; i < data.scores.size(); ++i) {
    ASSERT_NEAR(data.scores[i], expected.scores[i], 1e-5) << i;
  }
}

TEST(Attention, AgreesWithTheReference) {
  for_each_isa([] {
    for (const AttentionShape& shape : kShapes) {
      for (const AttentionRule& rule : kRules) expect_agreement(shape, rule, {}, *test_pools()[1]);
    }
  });
}

TEST(Attention, AgreesWithTheReferenceUnderMasks) {
  for (const AttentionShape& shape : kShapes) {
    const Masks masks(shape);
    for (const AttentionRule& rule : kRules) {
      for (const AttentionMask& mask : masks.views) {
        expect_agreement(shape, rule, {&mask, 1}, *test_pools()[0]);
      }
      expect_agreement(shape, rule, masks.views, *test_pools()[2]);
    }
  }
}

TEST(Attention, GivesNothingToAQueryOfWhichAllIsDropped) {
  const AttentionShape shape{1, 1, 1, 2, 3, 4, 5};
  Data data(shape);
  const bool nothing[] = {false, false, false, true, true, true};
  const AttentionMask mask{nothing, {0, 0, 3, 1}};
  run(shape, {.masked = MaskedScore::kDropped}, {&mask, 1}, data.arrays(false), *test_pools()[0]);
  for (std::size_t i = 1; i <= 5; ++i) EXPECT_EQ(data.results[i], 0.0F);
  EXPECT_NE(data.results[6], 0.0F);
}

TEST(Attention, GivesTheSameBitsForAnyNumberOfThreadsAndSamples) {
  const AttentionShape shape{3, 4, 2, 101, 70, 24, 12};
  const AttentionRule rule{.scale = 3.0F, .causal = true};
  Data one(shape);
  Data three(shape);
  run(shape, rule, {}, one.arrays(true), *test_pools()[0]);
  run(shape, rule, {}, three.arrays(true), *test_pools()[2]);
  EXPECT_EQ(one.results, three.results);
  EXPECT_EQ(one.scores, three.scores);

  AttentionShape single = shape;
  single.samples = 1;
  Data last(shape);
  AttentionArrays arrays = last.arrays(false);
  arrays.queries += 2 * 101 * 4 * 24;
  arrays.keys += 2 * 70 * 2 * 24;
  arrays.values += 2 * 70 * 2 * 12;
  run(single, rule, {}, arrays, *test_pools()[1]);
  for (std::size_t i = 0; i < 101 * 4 * 12; ++i) {
    ASSERT_EQ(last.results[1 + i], one.results[1 + 2 * 101 * 4 * 12 + i]) << i;
  }
}

}  // namespace
}  // namespace weir::kernels
