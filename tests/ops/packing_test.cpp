#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/output_file.h"
#include "base/process_memory.h"
#include "kernels/matmul.h"
#include "ops/matmul.h"
#include "ops/operation_testing.h"
#include "support/child_process.h"

namespace weir::ops {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
/// Many slices, the last of them not full; a panel of columns begins at a multiple of what a large
/// page of the page cache has.
constexpr std::size_t kInner = 4096;
constexpr std::size_t kColumns = 1000;

template <typename T>
SharedBytes in_a_file(const std::vector<T>& values) {
  TemporaryFile file;
  file.write(std::as_bytes(std::span(values)));
  return file.map();
}

template <typename T>
graph::Constant kernel_in_a_file(DType dtype, const std::vector<T>& values) {
  return {"kernel", dtype, {kInner, kColumns}, in_a_file(values)};
}

graph::OperationPtr product_with(graph::Constant kernel) {
  const auto columns = static_cast<std::size_t>(kernel.shape[1]);
  ProductTerms terms;
  terms.kernel = std::move(kernel);
  return make_matmul(kInner, columns, std::move(terms));
}

std::vector<float> numbers() {
  std::vector<float> values(kInner * kColumns);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i % 1021) - 510.0F;
  }
  return values;
}

graph::PackedWeight pack(const graph::Operation& operation, graph::PackedWeights& weights) {
  const std::vector<graph::ValueType> inputs = {{DType::kFloat32, {1, kInner}}};
  const std::vector<graph::ValueType> outputs = operation.infer(inputs);
  operation.prepare({inputs, outputs, 1, weights});
  return weights.entries().at("kernel");
}

std::vector<float> packed_at_once(const std::vector<float>& values) {
  std::vector<float> packed(kernels::packed_matmul_bytes(kInner, kColumns) / sizeof(float));
  kernels::pack_matmul(values.data(), nullptr, kInner, kColumns, packed.data());
  return packed;
}

bool same_bits(std::span<const std::byte> packed, const std::vector<float>& expected) {
  return std::ranges::equal(packed, std::as_bytes(std::span(expected)));
}

TEST(Packing, InSlicesGivesTheSameBits) {
  const std::vector<float> values = numbers();
  graph::PackedWeights weights;
  const auto operation = product_with(kernel_in_a_file(DType::kFloat32, values));
  EXPECT_TRUE(same_bits(pack(*operation, weights).bytes, packed_at_once(values)));
}

TEST(Packing, InSlicesConvertsOtherTypes) {
  const std::vector<float> values = numbers();
  std::vector<std::int16_t> short_values(values.begin(), values.end());
  graph::PackedWeights weights(graph::make_file_store());
  const auto operation = product_with(kernel_in_a_file(DType::kInt16, short_values));
  EXPECT_TRUE(same_bits(pack(*operation, weights).bytes, packed_at_once(values)));
}

/// A kernel whose file was written without ever being in memory as a whole.
graph::Constant large_kernel(DType dtype, std::size_t columns) {
  const std::vector<std::byte> row(columns * size_of(dtype), std::byte{1});
  TemporaryFile file;
  for (std::size_t i = 0; i < kInner; ++i) file.write(row);
  const Shape shape{static_cast<std::int64_t>(kInner), static_cast<std::int64_t>(columns)};
  return {"kernel", dtype, shape, file.map()};
}

constexpr std::size_t kWide = 4096;
constexpr std::uint64_t kPackedBytes = kInner * kWide * sizeof(float);
/// Pages that the process needs for itself.
constexpr std::uint64_t kOther = 2 * kMebibyte;

struct Growth {
  std::uint64_t measured;  ///< Bytes that a process grows by, at most, while it packs a kernel.
  std::uint64_t planned;   ///< Of them, those that packing said it would take.
};

Growth growth(DType dtype, std::unique_ptr<graph::WeightStore> (*make_store)(),
              graph::Residence residence) {
  const auto outcome = weir::testing::run_in_child([&] {
    const auto operation = product_with(large_kernel(dtype, kWide));
    graph::PackedWeights weights(make_store(), residence);
    const std::uint64_t before = peak_resident_bytes();
    pack(*operation, weights);
    return fmt::format("{} {}", peak_resident_bytes() - before, weights.packing_bytes());
  });
  Growth grown{};
  std::istringstream(outcome.text) >> grown.measured >> grown.planned;
  return grown;
}

class PackingMemory : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (weir::testing::kSanitized) GTEST_SKIP() << "a sanitizer's own memory is not counted";
  }
};

TEST_P(PackingMemory, IsThatOfThePackedWeightsAndASlice) {
  const Growth grown = growth(GetParam(), graph::make_resident_store, graph::Residence::kWhole);
  EXPECT_GE(grown.measured, kPackedBytes * 9 / 10) << "packed weights are resident";
  EXPECT_LE(grown.measured, kPackedBytes + grown.planned + kOther);
  EXPECT_LE(grown.planned, 2 * kMebibyte);
}

TEST_P(PackingMemory, IsThatOfASliceWhereTheyGoToAFile) {
  const Growth grown = growth(GetParam(), graph::make_file_store, graph::Residence::kStreamed);
  EXPECT_GT(grown.measured, 0U);
  EXPECT_LE(grown.measured, grown.planned + kOther);
  EXPECT_LE(grown.planned, 5 * kMebibyte);
}

INSTANTIATE_TEST_SUITE_P(Packing, PackingMemory,
                         ::testing::Values(DType::kFloat32, DType::kFloat16),
                         [](const auto& type) { return std::string(to_string(type.param)); });

}  // namespace
}  // namespace weir::ops
