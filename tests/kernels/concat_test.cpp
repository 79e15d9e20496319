#include "kernels/concat.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/moves_testing.h"

namespace weir::kernels {
namespace {

TEST(Concat, PutsRowsOneAfterTheOther) {
  const std::vector<std::byte> values = distinct_bytes(6);
  const std::vector<std::byte> a(values.begin(), values.begin() + 4);
  const std::vector<std::byte> b(values.begin() + 4, values.end());
  const std::size_t row_bytes[] = {2, 0, 1};
  const std::byte* inputs[] = {a.data(), a.data(), b.data()};
  std::vector<std::byte> out(6);
  concat(2, row_bytes, inputs, out.data(), ThreadPool(1));
  EXPECT_EQ(out, (std::vector<std::byte>{a[0], a[1], b[0], a[2], a[3], b[1]}));
}

TEST(Concat, SpreadsManyRowsOverThreads) {
  constexpr std::size_t kRows = 1000;
  const std::vector<std::byte> in = distinct_bytes(kRows * 300);
  const std::size_t row_bytes[] = {300, 300};
  const std::byte* inputs[] = {in.data(), in.data()};
  std::vector<std::byte> out(2 * in.size());
  concat(kRows, row_bytes, inputs, out.data(), ThreadPool(3));
  for (std::size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(out[i], in[i / 600 * 300 + i % 300]) << i;
  }
}

}  // namespace
}  // namespace weir::kernels
