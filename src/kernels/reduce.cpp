#include "kernels/reduce.h"

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/fail.h"
#include "kernels/parallel.h"

namespace weir::kernels {

void AxisWalk::push_back(std::size_t size, std::size_t stride) {
  sizes[axes] = size;
  strides[axes] = stride;
  ++axes;
}

std::size_t AxisWalk::positions() const {
  std::size_t count = 1;
  for (std::size_t axis = 0; axis < axes; ++axis) count *= sizes[axis];
  return count;
}

std::size_t AxisWalk::offset(std::size_t index) const {
  std::size_t result = 0;
  for (std::size_t axis = axes; axis-- > 0;) {
    result += index % sizes[axis] * strides[axis];
    index /= sizes[axis];
  }
  return result;
}

Reduction make_reduction(const Shape& in, std::span<const bool> reduces) {
  struct Axis {
    std::size_t size;
    bool reduced;
  };
  std::array<Axis, Shape::kMaxRank> joined{};
  std::size_t count = 0;
  for (std::size_t axis = 0; axis < in.rank(); ++axis) {
    if (in[axis] == 1) continue;
    const auto size = static_cast<std::size_t>(in[axis]);
    if (count > 0 && joined[count - 1].reduced == reduces[axis]) {
      joined[count - 1].size *= size;
    } else {
      joined[count++] = {size, reduces[axis]};
    }
  }
  Reduction result;
  if (count == 0) return result;
  result.inner = joined[count - 1].size;
  result.reduces_inner = joined[count - 1].reduced;
  std::size_t stride = 1;
  for (std::size_t i = 0; i < count; ++i) stride *= joined[i].size;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    stride /= joined[i].size;
    (joined[i].reduced ? result.reduced : result.kept).push_back(joined[i].size, stride);
  }
  return result;
}

namespace {

/// States that run side by side: columns that are kept, or parts of a row that is reduced.
constexpr std::size_t kLanes = 32;

/// A fold has `start(center)`, `add(state, x, index)`, `merge(state, other)` and
/// `finish(state, count)`. One that names another as `Center` is given the results of that one.
struct MeanFold {
  using State = double;
  static State start(double /*center*/) { return 0.0; }
  static void add(State& state, float x, std::size_t /*index*/) { state += x; }
  static void merge(State& state, State other) { state += other; }
  static double finish(State state, std::size_t count) {
    return state / static_cast<double>(count);
  }
};

template <typename T, typename Wide>
struct SumFold {
  using State = Wide;
  static State start(double /*center*/) { return 0; }
  static void add(State& state, T x, std::size_t /*index*/) { state += static_cast<Wide>(x); }
  static void merge(State& state, State other) { state += other; }
  static State finish(State state, std::size_t /*count*/) { return state; }
};

template <typename T, typename Wide>
struct ProductFold {
  using State = Wide;
  static State start(double /*center*/) { return 1; }
  static void add(State& state, T x, std::size_t /*index*/) { state *= static_cast<Wide>(x); }
  static void merge(State& state, State other) { state *= other; }
  static State finish(State state, std::size_t /*count*/) { return state; }
};

template <typename T>
T extreme_of(bool largest) {
  using Limits = std::numeric_limits<T>;
  if constexpr (Limits::has_infinity) return largest ? Limits::infinity() : -Limits::infinity();
  return largest ? Limits::max() : Limits::min();
}

/// The largest or the smallest; NaN wins over all.
template <typename T, bool kLargest>
struct ExtremeFold {
  using State = T;
  static State start(double /*center*/) { return extreme_of<T>(!kLargest); }
  static void add(State& state, T x, std::size_t /*index*/) {
    const bool better = kLargest ? x > state : x < state;
    if (better || x != x) state = x;
  }
  static void merge(State& state, State other) { add(state, other, 0); }
  static State finish(State state, std::size_t /*count*/) { return state; }
};

/// a > b, where -0 is below 0 as in Keras 3.
template <typename T>
bool is_above(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a == b) return std::signbit(b) && !std::signbit(a);
  }
  return a > b;
}

template <typename T, bool kLargest>
struct IndexFold {
  struct State {
    T best;
    std::size_t index;
  };
  static State start(double /*center*/) { return {T{}, std::numeric_limits<std::size_t>::max()}; }
  static void add(State& state, T x, std::size_t index) {
    const bool first = state.index == std::numeric_limits<std::size_t>::max();
    const bool better = kLargest ? is_above(x, state.best) : is_above(state.best, x);
    const bool worse = kLargest ? is_above(state.best, x) : is_above(x, state.best);
    const bool earlier = x == state.best && !worse && index < state.index;
    if (first || better || earlier) state = {x, index};
  }
  static void merge(State& state, const State& other) {
    if (other.index != std::numeric_limits<std::size_t>::max()) add(state, other.best, other.index);
  }
  static std::int32_t finish(const State& state, std::size_t /*count*/) {
    return static_cast<std::int32_t>(state.index);
  }
};

template <bool kStart>
struct LogicalFold {
  using State = bool;
  static State start(double /*center*/) { return kStart; }
  static void add(State& state, bool x, std::size_t /*index*/) {
    state = kStart ? state && x : state || x;
  }
  static void merge(State& state, State other) { add(state, other, 0); }
  static State finish(State state, std::size_t /*count*/) { return state; }
};

struct Centered {
  double center;
  double sum;
};

template <bool kRoot>
struct VarianceFold {
  using Center = MeanFold;
  using State = Centered;
  static State start(double center) { return {center, 0.0}; }
  static void add(State& state, float x, std::size_t /*index*/) {
    const double deviation = x - state.center;
    state.sum += deviation * deviation;
  }
  static void merge(State& state, const State& other) { state.sum += other.sum; }
  static double finish(const State& state, std::size_t count) {
    const double variance = state.sum / static_cast<double>(count);
    return kRoot ? std::sqrt(variance) : variance;
  }
};

struct LogSumExpFold {
  using Center = ExtremeFold<float, true>;
  using State = Centered;
  static State start(double center) { return {std::isfinite(center) ? center : 0.0, 0.0}; }
  static void add(State& state, float x, std::size_t /*index*/) {
    state.sum += std::exp(x - state.center);
  }
  static void merge(State& state, const State& other) { state.sum += other.sum; }
  static double finish(const State& state, std::size_t /*count*/) {
    return state.center + std::log(state.sum);
  }
};

/// Calls `row(offset)` for each position, in order.
template <typename Row>
void walk(const AxisWalk& walk, const Row& row) {
  std::array<std::size_t, Shape::kMaxRank> index{};
  std::size_t offset = 0;
  for (std::size_t i = walk.positions(); i > 0; --i) {
    row(offset);
    for (std::size_t axis = walk.axes; axis-- > 0;) {
      offset += walk.strides[axis];
      if (++index[axis] < walk.sizes[axis]) break;
      offset -= walk.sizes[axis] * walk.strides[axis];
      index[axis] = 0;
    }
  }
}

/// Folds `width` <= kLanes columns that start at `in`.
template <typename Fold, typename T>
void fold_columns(const Reduction& reduction, const T* in, std::size_t width,
                  std::array<typename Fold::State, kLanes>& states) {
  std::size_t index = 0;
  walk(reduction.reduced, [&](std::size_t offset) {
    for (std::size_t j = 0; j < width; ++j) Fold::add(states[j], in[offset + j], index);
    ++index;
  });
}

/// Folds all rows that start at `in` and their elements, kLanes of them side by side.
template <typename Fold, typename T>
typename Fold::State fold_rows(const Reduction& reduction, const T* in,
                               typename Fold::State start) {
  std::array<typename Fold::State, kLanes> states;
  states.fill(start);
  std::size_t index = 0;
  walk(reduction.reduced, [&](std::size_t offset) {
    for (std::size_t i = 0; i < reduction.inner; i += kLanes) {
      const std::size_t width = std::min(kLanes, reduction.inner - i);
      for (std::size_t j = 0; j < width; ++j) {
        Fold::add(states[j], in[offset + i + j], index + i + j);
      }
    }
    index += reduction.inner;
  });
  for (std::size_t j = 1; j < kLanes; ++j) Fold::merge(states[0], states[j]);
  return states[0];
}

/// The result for the row or, with `column` < width, for each column at `in`; through the fold that
/// gives the center first, where there is one.
template <typename Fold, typename T>
void fold_all(const Reduction& reduction, const T* in, std::size_t width, auto* out) {
  using State = typename Fold::State;
  std::array<double, kLanes> centers{};
  if constexpr (requires { typename Fold::Center; }) {
    fold_all<typename Fold::Center>(reduction, in, width, centers.data());
  }
  using Result = std::remove_reference_t<decltype(*out)>;
  if (reduction.reduces_inner) {
    const State state = fold_rows<Fold>(reduction, in, Fold::start(centers[0]));
    *out = static_cast<Result>(Fold::finish(state, reduction.count()));
    return;
  }
  std::array<State, kLanes> states;
  for (std::size_t j = 0; j < width; ++j) states[j] = Fold::start(centers[j]);
  fold_columns<Fold>(reduction, in, width, states);
  for (std::size_t j = 0; j < width; ++j) {
    out[j] = static_cast<Result>(Fold::finish(states[j], reduction.count()));
  }
}

template <typename Fold, typename T, typename Out>
void run(const Reduction& reduction, const T* in, Out* out, const ThreadPool& pool) {
  const std::size_t columns = reduction.reduces_inner ? 1 : reduction.inner;
  const std::size_t blocks = (columns + kLanes - 1) / kLanes;
  const std::size_t tasks = reduction.kept.positions() * blocks;
  const std::size_t task_elements = reduction.count() * std::min(columns, kLanes);
  for_rows(pool, tasks, task_elements, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t column = i % blocks * kLanes;
      const T* from = in + reduction.kept.offset(i / blocks) + column;
      fold_all<Fold>(reduction, from, std::min(kLanes, columns - column),
                     out + i / blocks * columns + column);
    }
  });
}

[[noreturn]] void fail_kind() { fail(ErrorCode::kInternal, "no such reduction of this type"); }

}  // namespace

void reduce(ReduceKind kind, const Reduction& reduction, const float* in, float* out,
            const ThreadPool& pool) {
  switch (kind) {
    case ReduceKind::kSum:
      return run<SumFold<float, double>>(reduction, in, out, pool);
    case ReduceKind::kMean:
      return run<MeanFold>(reduction, in, out, pool);
    case ReduceKind::kMaximum:
      return run<ExtremeFold<float, true>>(reduction, in, out, pool);
    case ReduceKind::kMinimum:
      return run<ExtremeFold<float, false>>(reduction, in, out, pool);
    case ReduceKind::kProduct:
      return run<ProductFold<float, double>>(reduction, in, out, pool);
    case ReduceKind::kVariance:
      return run<VarianceFold<false>>(reduction, in, out, pool);
    case ReduceKind::kStandardDeviation:
      return run<VarianceFold<true>>(reduction, in, out, pool);
    case ReduceKind::kLogSumExp:
      return run<LogSumExpFold>(reduction, in, out, pool);
    default:
      fail_kind();
  }
}

void reduce(ReduceKind kind, const Reduction& reduction, const std::int32_t* in, std::int32_t* out,
            const ThreadPool& pool) {
  // Unsigned, so that overflow wraps.
  switch (kind) {
    case ReduceKind::kSum:
      return run<SumFold<std::int32_t, std::uint32_t>>(reduction, in, out, pool);
    case ReduceKind::kProduct:
      return run<ProductFold<std::int32_t, std::uint32_t>>(reduction, in, out, pool);
    case ReduceKind::kMaximum:
      return run<ExtremeFold<std::int32_t, true>>(reduction, in, out, pool);
    case ReduceKind::kMinimum:
      return run<ExtremeFold<std::int32_t, false>>(reduction, in, out, pool);
    default:
      fail_kind();
  }
}

void reduce(ReduceKind kind, const Reduction& reduction, const bool* in, bool* out,
            const ThreadPool& pool) {
  if (kind == ReduceKind::kAny) return run<LogicalFold<false>>(reduction, in, out, pool);
  if (kind == ReduceKind::kAll) return run<LogicalFold<true>>(reduction, in, out, pool);
  fail_kind();
}

template <typename T>
void reduce_to_index(ReduceKind kind, const Reduction& reduction, const T* in, std::int32_t* out,
                     const ThreadPool& pool) {
  if (kind == ReduceKind::kArgMaximum) {
    return run<IndexFold<T, true>>(reduction, in, out, pool);
  }
  if (kind == ReduceKind::kArgMinimum) {
    return run<IndexFold<T, false>>(reduction, in, out, pool);
  }
  fail_kind();
}

template void reduce_to_index(ReduceKind, const Reduction&, const float*, std::int32_t*,
                              const ThreadPool&);
template void reduce_to_index(ReduceKind, const Reduction&, const std::int32_t*, std::int32_t*,
                              const ThreadPool&);

}  // namespace weir::kernels
