#include "kernels/transpose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "kernels/moves_testing.h"

namespace weir::kernels {
namespace {

void expect_like_reference(const std::vector<std::size_t>& sizes,
                           const std::vector<std::size_t>& permutation) {
  static const ThreadPool one_thread(1);
  static const ThreadPool three_threads(3);
  const std::size_t elements =
      std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
  for (const std::size_t element_bytes : {std::size_t{1}, std::size_t{4}}) {
    for (const ThreadPool* threads : {&one_thread, &three_threads}) {
      const TransposeShape shape{sizes, permutation, element_bytes};
      const std::vector<std::byte> in = distinct_bytes(elements * element_bytes);
      std::vector<std::byte> out(in.size());
      std::vector<std::byte> expected(in.size());
      Transpose(shape).run(in.data(), out.data(), *threads);
      reference::transpose(shape, in.data(), expected.data());
      EXPECT_EQ(out, expected) << testing::PrintToString(sizes)
                               << testing::PrintToString(permutation) << element_bytes;
    }
  }
}

TEST(Transpose, EqualsTheReferenceForEveryPermutationOfFourAxes) {
  for (const std::vector<std::size_t>& sizes :
       {std::vector<std::size_t>{2, 3, 4, 5}, {2, 1, 7, 3}, {1, 9, 1, 6}, {3, 17, 2, 19}}) {
    std::vector<std::size_t> permutation = {0, 1, 2, 3};
    do expect_like_reference(sizes, permutation);
    while (std::ranges::next_permutation(permutation).found);
  }
}

TEST(Transpose, TurnsMatricesOfAwkwardSizes) {
  for (const std::size_t rows : {1, 2, 3, 4, 5, 8, 15, 16, 17, 33}) {
    for (const std::size_t columns : {1, 3, 4, 7, 16, 31, 32}) {
      expect_like_reference({rows, columns}, {1, 0});
    }
  }
}

TEST(Transpose, ChangesTheLayoutOfImages) {
  expect_like_reference({2, 33, 29, 37}, {0, 3, 1, 2});
  expect_like_reference({2, 37, 33, 29}, {0, 2, 3, 1});
}

TEST(Transpose, EmptyAndScalarTensorsAreFine) {
  expect_like_reference({0, 3}, {1, 0});
  expect_like_reference({3, 0, 2}, {2, 0, 1});
  expect_like_reference({}, {});
}

}  // namespace
}  // namespace weir::kernels
