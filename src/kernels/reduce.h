#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/thread_pool.h"
#include "weir/tensor.h"

namespace weir::kernels {

/// What a reduction makes of many elements.
enum class ReduceKind : std::uint8_t {
  kSum,
  kMean,
  kMaximum,
  kMinimum,
  kProduct,
  kVariance,  ///< Of the population.
  kStandardDeviation,
  kLogSumExp,
  kArgMaximum,  ///< The first one, where several are equal; -0 is below 0.
  kArgMinimum,
  kAny,
  kAll,
};

/// Some axes of an array: positions that are visited in row-major order.
struct AxisWalk {
  std::size_t axes = 0;
  std::array<std::size_t, Shape::kMaxRank> sizes{};
  std::array<std::size_t, Shape::kMaxRank> strides{};

  void push_back(std::size_t size, std::size_t stride);
  std::size_t positions() const;
  /// Where position `index` lies, in elements.
  std::size_t offset(std::size_t index) const;
};

/// A reduction over any axes of an array. Axes of one element are gone, neighbours of the same fate
/// are joined, and the innermost axis, whose elements are neighbours in memory, stands apart.
struct Reduction {
  AxisWalk kept;
  AxisWalk reduced;
  std::size_t inner = 1;
  bool reduces_inner = true;

  /// Elements that become one.
  std::size_t count() const { return reduced.positions() * (reduces_inner ? inner : 1); }
};

/// `reduces[axis]` tells whether that axis of an array of shape `in` goes.
Reduction make_reduction(const Shape& in, std::span<const bool> reduces);

/// Elements are folded in an order that depends only on the reduction: the bits are the same for
/// any number of threads. Sums run in double precision. No output may be the input.
void reduce(ReduceKind kind, const Reduction& reduction, const float* in, float* out,
            const ThreadPool& pool);
/// kSum, kMaximum, kMinimum and kProduct; overflow wraps.
void reduce(ReduceKind kind, const Reduction& reduction, const std::int32_t* in, std::int32_t* out,
            const ThreadPool& pool);
/// kAny and kAll.
void reduce(ReduceKind kind, const Reduction& reduction, const bool* in, bool* out,
            const ThreadPool& pool);
/// kArgMaximum and kArgMinimum: positions among the reduced elements. T is float or std::int32_t.
template <typename T>
void reduce_to_index(ReduceKind kind, const Reduction& reduction, const T* in, std::int32_t* out,
                     const ThreadPool& pool);

}  // namespace weir::kernels
