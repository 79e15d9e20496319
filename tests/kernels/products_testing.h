#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "base/memory.h"
#include "base/thread_pool.h"
#include "kernels/unary.h"

namespace weir::kernels {

/// Numbers in [-1, 1), the same for the same seed.
inline std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> distribution(-1.0F, 1.0F);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return distribution(engine); });
  return values;
}

/// Runs the test once for each instruction set that this machine has kernels for.
template <typename Test>
void for_each_isa(const Test& test) {
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target : {HWY_AVX3, HWY_AVX2, HWY_SSE4, HWY_NEON}) {
    if ((supported & target) == 0) continue;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::GetChosenTarget().Update(supported & ~(target - 1));
    test();
  }
  hwy::GetChosenTarget().Update(supported);
}

/// Pools of 1, 2 and 3 threads.
inline const std::array<std::unique_ptr<ThreadPool>, 3>& test_pools() {
  static const std::array<std::unique_ptr<ThreadPool>, 3> pools = {std::make_unique<ThreadPool>(1),
                                                                   std::make_unique<ThreadPool>(2),
                                                                   std::make_unique<ThreadPool>(3)};
  return pools;
}

/// An output whose rows have gaps between them, which must be left alone.
struct GappedRows {
  static constexpr float kUntouched = 12345.0F;

  std::size_t rows;
  std::size_t columns;
  std::size_t stride;
  std::vector<float> values;

  GappedRows(std::size_t row_count, std::size_t column_count, std::size_t gap)
      : rows(row_count),
        columns(column_count),
        stride(column_count + gap),
        values(row_count * (column_count + gap) + 1, kUntouched) {}

  /// Starts one float into the buffer: never aligned.
  float* data() { return values.data() + 1; }
  const float* row(std::size_t r) const { return values.data() + 1 + r * stride; }

  void expect_gaps_untouched() const {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = columns; c < stride; ++c) ASSERT_EQ(row(r)[c], kUntouched);
    }
  }
};

/// What a chain of so many float additions may lose, relative to sums of about 1.
inline float chain_tolerance(std::size_t inner) {
  return 1e-6F + 3e-8F * static_cast<float>(inner);
}

inline void expect_near(const GappedRows& actual, const GappedRows& expected, float tolerance) {
  float largest = 1.0F;
  for (std::size_t r = 0; r < expected.rows; ++r) {
    for (std::size_t c = 0; c < expected.columns; ++c) {
      largest = std::max(largest, std::abs(expected.row(r)[c]));
    }
  }
  for (std::size_t r = 0; r < expected.rows; ++r) {
    for (std::size_t c = 0; c < expected.columns; ++c) {
      ASSERT_NEAR(actual.row(r)[c], expected.row(r)[c], tolerance * largest)
          << "row " << r << " column " << c;
    }
  }
  actual.expect_gaps_untouched();
}

inline void expect_same_bits(const float* actual, const float* expected, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(std::memcmp(actual + i, expected + i, sizeof(float)), 0)
        << "element " << i << ": " << actual[i] << " and " << expected[i];
  }
}

/// What an epilogue can hold, to be filled with data of a case's size.
struct EpilogueCase {
  bool bias = false;
  bool residual = false;
  bool in_place = false;  ///< The residual is the output.
  bool scale = false;
  Unary activation = {};
};

inline std::vector<EpilogueCase> epilogue_cases() {
  return {
      {},
      {.bias = true, .scale = true, .activation = relu()},
      {.residual = true, .scale = true, .activation = {UnaryKind::kSigmoid}},
      {.bias = true, .residual = true, .activation = relu(0.0F, 0.0F, 1.0F)},
      {.bias = true, .residual = true, .in_place = true, .activation = clip(-0.5F, 0.75F)},
      {.bias = true, .residual = true, .in_place = true, .activation = relu(0.25F, 0.5F, 2.0F)},
      {.bias = true, .activation = {UnaryKind::kSilu}},
  };
}

/// The operands that an EpilogueCase asks for, and the outputs of twin and kernel.
class EpilogueData {
 public:
  EpilogueData(const EpilogueCase& c, std::size_t rows, std::size_t columns, std::size_t gap)
      : case_(c),
        bias_(random_floats(columns, 5)),
        scale_(random_floats(columns, 6)),
        residual_(rows, columns, gap) {
    const auto noise = random_floats(rows * columns, 7);
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(noise.data() + r * columns, columns, residual_.data() + r * residual_.stride);
    }
  }

  const float* scale() const { return case_.scale ? scale_.data() : nullptr; }

  /// An output to be written: holds the residual where that is to be in place.
  GappedRows fresh_output() const {
    return case_.in_place ? residual_
                          : GappedRows(residual_.rows, residual_.columns,
                                       residual_.stride - residual_.columns);
  }

  Epilogue epilogue(GappedRows& out) const {
    const float* residual = case_.in_place ? out.data() : residual_.row(0);
    return {.bias = case_.bias ? bias_.data() : nullptr,
            .residual = case_.residual ? residual : nullptr,
            .activation = case_.activation};
  }

 private:
  EpilogueCase case_;
  std::vector<float> bias_;
  std::vector<float> scale_;
  GappedRows residual_;
};

}  // namespace weir::kernels
