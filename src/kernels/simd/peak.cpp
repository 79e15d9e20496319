#include "kernels/peak.h"

#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/peak.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which includes this file for each target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace weir::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

double MultiplyRegisters(std::size_t rounds) {
  constexpr std::size_t kChains = 12;
  const hn::ScalableTag<float> d;
  hn::Vec<decltype(d)> sums[kChains];
  for (std::size_t i = 0; i < kChains; ++i) sums[i] = hn::Iota(d, static_cast<float>(i));
  const auto factor = hn::Set(d, 0.5F);
  for (std::size_t i = 0; i < rounds; ++i) {
    for (auto& sum : sums) sum = hn::MulAdd(sum, factor, factor);
  }
  // The results must be used, or nothing would be computed.
  auto total = hn::Zero(d);
  for (const auto& sum : sums) total = hn::Add(total, sum);
  const double operations = static_cast<double>(rounds * kChains * 2 * hn::Lanes(d));
  return hn::GetLane(total) < 0.0F ? 0.0 : operations;
}

float SumFloats(std::span<const float> values) {
  constexpr std::size_t kChains = 8;
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sums[kChains];
  for (auto& sum : sums) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kChains * lanes <= values.size(); i += kChains * lanes) {
    for (std::size_t j = 0; j < kChains; ++j)
      sums[j] = hn::Add(sums[j], hn::LoadU(d, values.data() + i + j * lanes));
  }
  auto total = hn::Zero(d);
  for (const auto& sum : sums) total = hn::Add(total, sum);
  return std::accumulate(values.begin() + i, values.end(), hn::GetLane(hn::SumOfLanes(d, total)));
}

}  // namespace weir::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace weir::kernels {

HWY_EXPORT(MultiplyRegisters);
HWY_EXPORT(SumFloats);

double multiply_registers(std::size_t rounds) {
  return HWY_DYNAMIC_DISPATCH(MultiplyRegisters)(rounds);
}

float sum_floats(std::span<const float> values) { return HWY_DYNAMIC_DISPATCH(SumFloats)(values); }

}  // namespace weir::kernels
#endif
