#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/caches.h"
#include "weir/model.h"

namespace weir::plan {

/// How many rows pass at a time, and who works on them.
struct Schedule {
  ExecutionMode mode = ExecutionMode::kLatency;
  std::size_t micro_batch = 1;
  std::size_t threads = 1;     ///< In each step (latency, whole), or each with rows of its own.
  bool in_bands = false;       ///< More layers run in bands of rows: less memory, more time.
  std::size_t least_rows = 0;  ///< Fewer are done before another thread has begun (throughput).

  /// Rows that pass at the same time.
  std::size_t rows_in_flight() const {
    return mode == ExecutionMode::kThroughput ? micro_batch * threads : micro_batch;
  }
  /// Threads that share one step.
  std::size_t step_threads() const { return mode == ExecutionMode::kThroughput ? 1 : threads; }
  /// Parts of the arena: each worker of throughput mode has one of its own.
  std::size_t slices() const { return mode == ExecutionMode::kThroughput ? threads : 1; }

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// Rows that pass next: `rows` of them, `schedule.micro_batch` at a time.
struct Pass {
  Schedule schedule;
  std::size_t rows = 0;
};

/// The next pass of a request that has `left` rows left: as many rows as go evenly among the
/// threads, in a micro-batch that is a smaller power of two near the end. What is too little for
/// all threads passes row by row, all threads in each step; fewer than `least_rows` pass at once.
/// In latency mode the last rows pass in a micro-batch that they do not fill.
Pass next_pass(const Schedule& schedule, std::size_t left);

/// What one step does for one row.
struct StepWork {
  std::uint64_t multiply_adds = 0;
  std::uint64_t weight_bytes = 0;      ///< However many rows a pass has.
  std::uint64_t activation_bytes = 0;  ///< Read and written.
  std::uint64_t weight_reads = 1;      ///< How often the weights are read in a pass.
};

/// What one row costs. The arena is taken to grow with the rows but for its scratch, since kernels
/// work in blocks.
struct Workload {
  std::vector<StepWork> steps;
  std::uint64_t arena_bytes = 0;
  std::uint64_t scratch_bytes = 0;  ///< Of the arena: the most that a step has.
  bool streams_weights = false;     ///< From a file, page by page, in each pass.

  /// What the arena is estimated to take.
  std::uint64_t arena_of(const Schedule& schedule) const {
    return (arena_bytes - scratch_bytes) * schedule.rows_in_flight() +
           scratch_bytes * schedule.slices();
  }
};

/// What the steps run on.
struct Processor {
  CacheSizes caches;
  double multiply_adds_per_second = 40e9;  ///< Of one core: about that of one with AVX2.
};

/// What there is to choose from. Zero, or nothing, leaves a choice free.
struct ScheduleLimits {
  std::size_t threads = 1;           ///< At most.
  std::uint64_t arena_bytes = 0;     ///< At most, for more than one row at a time.
  std::uint64_t row_each_bytes = 0;  ///< The same for one row of each thread, where that is more.
  std::size_t micro_batch = 0;       ///< Exactly.
  std::optional<ExecutionMode> mode = {};
};

struct RatedSchedule {
  Schedule schedule;
  double seconds_per_row = 0;     ///< Estimated: good for comparing, not for promising.
  std::uint64_t arena_bytes = 0;  ///< Estimated.
};

/// Rates latency and throughput mode at all micro-batches (powers of two) and numbers of threads,
/// with a roofline for each step: the arithmetic, the weights once a pass, and the activations,
/// each at the speed of the cache that holds them, whichever takes longest, weights but for what is
/// hidden only in part; and what it costs to hand a step to several threads. The first one is to be
/// taken: of those about as fast as the fastest, the one with the least memory. The others follow
/// from fast to slow, for when memory is short; last those whose wide layers run in bands. Never
/// empty.
std::vector<RatedSchedule> rate_schedules(const Workload& workload, const Processor& processor,
                                          const ScheduleLimits& limits);

}  // namespace weir::plan
