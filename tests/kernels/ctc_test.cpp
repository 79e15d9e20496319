#include "kernels/ctc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "products_testing.h"

namespace weir::kernels {
namespace {

using Labels = std::vector<std::int32_t>;

constexpr std::int32_t kBlank = 1;

Labels reading_of(const Labels& path) {
  Labels labels;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool repeats = i > 0 && path[i] == path[i - 1];
    if (path[i] != kBlank && !repeats) labels.push_back(path[i]);
  }
  return labels;
}

/// Of all readings of a sequence of logits, from all paths there are.
std::map<Labels, double> probabilities(const CtcShape& shape, const float* logits) {
  std::map<Labels, double> found;
  Labels path(shape.steps, 0);
  const auto paths = static_cast<std::size_t>(
      std::pow(static_cast<double>(shape.classes), static_cast<double>(shape.steps)));
  for (std::size_t number = 0; number < paths; ++number) {
    double probability = 1.0;
    for (std::size_t step = 0, rest = number; step < shape.steps; ++step, rest /= shape.classes) {
      path[step] = static_cast<std::int32_t>(rest % shape.classes);
      const float* row = logits + step * shape.classes;
      double sum = 0.0;
      for (std::size_t i = 0; i < shape.classes; ++i) sum += std::exp(double{row[i]});
      probability *= std::exp(double{row[path[step]]}) / sum;
    }
    found[reading_of(path)] += probability;
  }
  return found;
}

struct Found {
  bool has_all;
  std::vector<Labels> labels;
  std::vector<float> scores;
};

Found search(const CtcBeamSearch& search, const std::vector<float>& logits, std::int32_t length,
             std::size_t threads = 1) {
  const std::size_t count = search.shape.samples * search.paths;
  const std::vector<std::int32_t> lengths(search.shape.samples, length);
  Labels labels(count * search.shape.steps);
  Found found{true, {}, std::vector<float>(count)};
  AlignedBuffer scratch(ctc_beam_search_scratch_bytes(search, threads));
  found.has_all = ctc_beam_search(search, logits.data(), lengths.data(), labels.data(),
                                  found.scores.data(), scratch.data(), ThreadPool(threads));
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(i * search.shape.steps);
    const auto end = begin + static_cast<std::ptrdiff_t>(search.shape.steps);
    found.labels.emplace_back(begin, std::find(begin, end, -1));
  }
  return found;
}

float loss_of(const CtcShape& shape, const std::vector<float>& logits, const Labels& labels) {
  const std::vector<std::int32_t> length{static_cast<std::int32_t>(shape.steps)};
  const std::vector<std::int32_t> label_length{static_cast<std::int32_t>(labels.size())};
  float loss = 0.0F;
  AlignedBuffer scratch(ctc_loss_scratch_bytes(labels.size(), 1));
  ctc_loss(shape, labels.size(), logits.data(), length.data(), labels.data(), label_length.data(),
           &loss, scratch.data(), *test_pools()[0]);
  return loss;
}

TEST(Ctc, AWideBeamFindsTheProbabilitiesOfAllReadings) {
  const CtcShape shape{1, 6, 3, kBlank};
  const std::vector<float> logits = random_floats(shape.steps * shape.classes, 3);
  const std::map<Labels, double> expected = probabilities(shape, logits.data());
  const Found found = search({shape, 200, expected.size()}, logits, 6);
  ASSERT_TRUE(found.has_all);
  for (std::size_t i = 0; i < found.labels.size(); ++i) {
    EXPECT_NEAR(std::exp(found.scores[i]), expected.at(found.labels[i]), 1e-6) << i;
  }
  EXPECT_TRUE(std::ranges::is_sorted(found.scores, std::greater()));
  EXPECT_FALSE(search({shape, 200, expected.size() + 1}, logits, 6).has_all);
}

TEST(Ctc, TheLossIsTheProbabilityOfAReading) {
  const CtcShape shape{1, 6, 3, kBlank};
  const std::vector<float> logits = random_floats(shape.steps * shape.classes, 4);
  for (const auto& [labels, probability] : probabilities(shape, logits.data())) {
    EXPECT_NEAR(loss_of(shape, logits, labels), -std::log(probability), 1e-5);
  }
}

TEST(Ctc, ANarrowBeamNeedsNoMoreReadingsThanItHas) {
  for (const std::size_t width : {1U, 2U, 3U, 7U}) {
    const CtcBeamSearch narrow{{8, 40, 6, kBlank}, width, 1};
    const std::vector<float> logits = random_floats(8 * 40 * 6, static_cast<unsigned>(width));
    const Found one = search(narrow, logits, 40, 1);
    const Found three = search(narrow, logits, 40, 3);
    EXPECT_TRUE(one.has_all);
    EXPECT_EQ(one.labels, three.labels);
    EXPECT_EQ(one.scores, three.scores);
  }
}

TEST(Ctc, LogitsThatAreNoNumbersEndInFewerReadings) {
  const CtcBeamSearch all{{1, 12, 4, kBlank}, 5, 1};
  std::vector<float> logits = random_floats(12 * 4, 5);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < logits.size(); i += 4) logits[i + 2] = -kInfinity;
  EXPECT_TRUE(search(all, logits, 12).has_all);
  for (const float odd : {kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    logits[17] = odd;
    EXPECT_FALSE(search(all, logits, 12).has_all);
  }
}

}  // namespace
}  // namespace weir::kernels
