#include "kernels/resample.h"

#include <gtest/gtest.h>

#include <random>

namespace weir::kernels {
namespace {

/// Any taps will do: as many as 4 weights, from anywhere.
ResampleAxis random_axis(std::size_t in, std::size_t out, std::mt19937& random) {
  ResampleAxis axis;
  axis.in_size = in;
  for (std::size_t i = 0; i < out; ++i) {
    const std::size_t count = 1 + random() % std::min<std::size_t>(in, 4);
    axis.taps.push_back({random() % (in - count + 1), count, axis.weights.size()});
    for (std::size_t k = 0; k < count; ++k) {
      axis.weights.push_back(static_cast<float>(random() % 1000) / 1000.0F);
    }
  }
  return axis;
}

struct Problem {
  ResampleShape shape;
  std::vector<float> in;
};

Problem problem(std::size_t channels, std::size_t batch) {
  std::mt19937 random(static_cast<unsigned>(channels));
  Problem result;
  result.shape = {batch, channels, random_axis(6, 11, random), random_axis(9, 5, random)};
  result.in.resize(batch * 6 * 9 * channels);
  for (float& value : result.in) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
  return result;
}

std::vector<float> run(const ResampleShape& shape, const float* in, std::size_t threads) {
  std::vector<std::byte> scratch(resample_scratch_bytes(shape, threads));
  std::vector<float> out(shape.batch * 11 * 5 * shape.channels);
  resample(shape, in, out.data(), scratch.data(), ThreadPool(threads));
  return out;
}

TEST(Resample, EqualsTheReferenceForAwkwardNumbersOfChannels) {
  for (const std::size_t channels : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33}) {
    const Problem p = problem(channels, 2);
    const std::vector<float> out = run(p.shape, p.in.data(), 2);
    std::vector<float> expected(out.size());
    reference::resample(p.shape, p.in.data(), expected.data());
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 1e-5F) << i;
  }
}

TEST(Resample, ResultsDoNotDependOnTheBatchNorOnTheThreads) {
  Problem p = problem(67, 8);
  const std::vector<float> together = run(p.shape, p.in.data(), 3);
  p.shape.batch = 1;
  std::vector<float> apart;
  for (std::size_t n = 0; n < 8; ++n) {
    const auto out = run(p.shape, p.in.data() + n * p.in.size() / 8, 1);
    apart.insert(apart.end(), out.begin(), out.end());
  }
  EXPECT_EQ(together, apart);
}

}  // namespace
}  // namespace weir::kernels
