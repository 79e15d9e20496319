#include "kernels/reference/normalize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "products_testing.h"

namespace weir::kernels {
namespace {

constexpr NormalizeKind kKinds[] = {NormalizeKind::kStandard, NormalizeKind::kVariance,
                                    NormalizeKind::kRootMeanSquare, NormalizeKind::kUnit};

const NormalizeShape kShapes[] = {
    {.batch = 5, .channels = 1},
    {.batch = 7, .channels = 3},
    {.batch = 3, .channels = 96},
    {.batch = 2, .channels = 1021},
    {2, 9, 4, 5},
    {3, 7, 1, 6},
    {1, 50, 32, 2},
    {.batch = 200, .channels = 333},
};

struct Problem {
  explicit Problem(const NormalizeShape& normalize_shape) : shape(normalize_shape) {
    const std::size_t row = shape.groups * shape.channels;
    // One more in front, so that nothing is aligned.
    in = random_floats(shape.batch * shape.pixels * row + 1, 1);
    for (float& x : in) x = 3.0F * x + 5.0F;
    gamma = random_floats(row + 1, 2);
    beta = random_floats(row + 1, 3);
  }

  std::vector<float> run(NormalizeKind kind, const ThreadPool& pool) const {
    std::vector<float> out(in.size());
    normalize(kind, shape, 1e-3, in.data() + 1, gamma.data() + 1, beta.data() + 1, out.data() + 1,
              pool);
    return out;
  }
  std::vector<float> run_reference(NormalizeKind kind) const {
    std::vector<float> out(in.size());
    reference::normalize(kind, shape, 1e-3, in.data() + 1, gamma.data() + 1, beta.data() + 1,
                         out.data() + 1);
    return out;
  }

  NormalizeShape shape;
  std::vector<float> in;
  std::vector<float> gamma;
  std::vector<float> beta;
};

TEST(Normalize, AgreesWithTheReference) {
  for_each_isa([] {
    for (const NormalizeShape& shape : kShapes) {
      const Problem problem(shape);
      for (const NormalizeKind kind : kKinds) {
        const std::vector<float> y = problem.run(kind, *test_pools()[0]);
        const std::vector<float> expected = problem.run_reference(kind);
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], expected[i], 2e-6 * (1.0 + std::abs(expected[i])))
              << "kind " << static_cast<int>(kind) << ", " << shape.channels << " channels, " << i;
        }
      }
    }
  });
}

TEST(Normalize, GivesTheSameBitsForAnyNumberOfThreadsAndSamples) {
  const Problem all({200, 1, 2, 111});
  const std::vector<float> y = all.run(NormalizeKind::kStandard, *test_pools()[2]);
  Problem one({1, 1, 2, 111});
  for (std::size_t sample = 0; sample < 200; sample += 67) {
    std::copy_n(all.in.begin() + 1 + static_cast<std::ptrdiff_t>(sample * 222), 222,
                one.in.begin() + 1);
    const std::vector<float> alone = one.run(NormalizeKind::kStandard, *test_pools()[0]);
    EXPECT_TRUE(std::equal(alone.begin() + 1, alone.end(),
                           y.begin() + 1 + static_cast<std::ptrdiff_t>(sample * 222)));
  }
}

TEST(Normalize, LeavesOutMissingWeightsAndWorksInPlace) {
  Problem problem({4, 1, 1, 37});
  std::vector<float> expected(problem.in.size());
  reference::normalize(NormalizeKind::kUnit, problem.shape, 1e-12, problem.in.data(), nullptr,
                       nullptr, expected.data());
  normalize(NormalizeKind::kUnit, problem.shape, 1e-12, problem.in.data(), nullptr, nullptr,
            problem.in.data(), *test_pools()[0]);
  for (std::size_t i = 0; i + 1 < expected.size(); ++i) {
    EXPECT_NEAR(problem.in[i], expected[i], 1e-6);
  }
}

TEST(Normalize, MakesNothingOfNothing) {
  std::vector<float> zeros(8, 0.0F);
  normalize(NormalizeKind::kUnit, {.batch = 1, .channels = 8}, 1e-12, zeros.data(), nullptr,
            nullptr, zeros.data(), *test_pools()[0]);
  EXPECT_EQ(zeros, std::vector<float>(8, 0.0F));
}

TEST(Normalize, KeepsAVarianceFarBelowTheMean) {
  std::vector<float> x(1000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 10000.0F + static_cast<float>(i % 2);
  std::vector<float> y(x.size());
  normalize(NormalizeKind::kStandard, {.batch = 1, .channels = x.size()}, 0.0, x.data(), nullptr,
            nullptr, y.data(), *test_pools()[0]);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], i % 2 == 0 ? -1.0F : 1.0F, 1e-6);
}

}  // namespace
}  // namespace weir::kernels
