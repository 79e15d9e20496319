#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "ops/matmul.h"
#include "ops/operation_testing.h"

namespace weir::ops {
namespace {

using testing::constant;
using testing::random_tensor;

constexpr std::int64_t kInner = 5000;
/// Weights of 20 MB, and a last panel that is not full.
constexpr std::int64_t kColumns = 1001;

/// A product of `rows` rows with all that can be fused, prepared and with its operands.
class LargeProduct {
 public:
  explicit LargeProduct(std::int64_t rows)
      : input_(random_tensor({rows, kInner}, 1).values),
        residual_(random_tensor({rows, kColumns}, 2).values) {
    ProductTerms terms;
    terms.kernel = constant("dense/0", random_tensor({kInner, kColumns}, 3));
    terms.bias = constant("dense/1", random_tensor({kColumns}, 4));
    terms.residual = true;
    terms.activation = {kernels::UnaryKind::kTanh};
    const auto operation = make_matmul(kInner, kColumns, std::move(terms));
    const std::vector<graph::ValueType> inputs = {{DType::kFloat32, {rows, kInner}},
                                                  {DType::kFloat32, {rows, kColumns}}};
    step_ = operation->prepare({inputs, operation->infer(inputs), 2, weights_});
    scratch_ = AlignedBuffer(step_->scratch_bytes() + 1);
  }

  const kernels::Step& step() const { return *step_; }
  std::size_t weight_bytes() const { return weights_.bytes(); }

  /// Written over the residual, as the planner may have it.
  template <typename Run>
  std::vector<float> output(const Run& run) {
    std::vector<float> out = residual_;
    const std::array<const std::byte*, 2> inputs = {
        reinterpret_cast<const std::byte*>(input_.data()),
        reinterpret_cast<const std::byte*>(out.data())};
    const std::array<std::byte*, 1> outputs = {reinterpret_cast<std::byte*>(out.data())};
    const ThreadPool pool(2);
    run(kernels::StepArgs{inputs, outputs, scratch_.data(), pool});
    return out;
  }

 private:
  graph::PackedWeights weights_;
  std::vector<float> input_;
  std::vector<float> residual_;
  std::unique_ptr<kernels::Step> step_;
  AlignedBuffer scratch_;
};

TEST(MatmulParts, AreOneRunToTheBit) {
  for (const std::int64_t rows : {1, 3, 40}) {
    LargeProduct product(rows);
    const kernels::Step& step = product.step();
    ASSERT_GT(step.parts(), 2U);
    const auto whole = product.output([&](const auto& args) { step.run(args); });
    const auto parts = product.output([&](const auto& args) {
      for (std::size_t part = 0; part < step.parts(); ++part) step.run_part(part, args);
    });
    EXPECT_EQ(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)), 0) << rows;
  }
}

TEST(MatmulParts, ReadAllWeightsOnceAndFewAtATime) {
  LargeProduct product(1);
  const kernels::Step& step = product.step();
  std::size_t total = 0;
  const std::byte* expected = step.weights(0)[0].bytes.data();
  for (std::size_t part = 0; part < step.parts(); ++part) {
    const std::vector<SharedBytes> weights = step.weights(part);
    ASSERT_EQ(weights.size(), 2U) << "a part of the kernel, and the bias";
    EXPECT_EQ(weights[0].bytes.data(), expected);
    EXPECT_LE(weights[0].bytes.size(), std::size_t{8} << 20);
    expected += weights[0].bytes.size();
    total += weights[0].bytes.size();
  }
  EXPECT_EQ(total + step.weights(0)[1].bytes.size(), product.weight_bytes());
}

}  // namespace
}  // namespace weir::ops
