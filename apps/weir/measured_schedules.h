#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weir/model.h"

namespace weir::app {

/// A mode and a micro-batch that fit the limits, and what was measured of them in steady state.
struct MeasuredSchedule {
  Tuning tuning;
  std::uint64_t peak_bytes = 0;      ///< Planned.
  std::uint64_t resident_bytes = 0;  ///< Of the whole process, after its steps.
  std::vector<double> speeds;        ///< Rows a second, in each round.

  /// The median of all rounds.
  double speed() const;
};

/// How long to measure, and up to how many rows that pass at the same time.
struct MeasuringOptions {
  double seconds = 0.2;
  std::size_t rounds = 5;
  std::size_t most_rows = 32;
};

/// Both modes with micro-batches of 1, 2, 4, … rows, all with batches of the same number of
/// made-up rows. Every schedule is measured in each round, so that a machine that slows down for a
/// while slows all of them. Throws kLimit where none fits, kInvalidArgument for a model whose
/// batches are predicted whole, kCancelled when a signal asks to stop.
std::vector<MeasuredSchedule> measure_schedules(const Model& model, const SessionOptions& options,
                                                const Device& device,
                                                const MeasuringOptions& measuring);

}  // namespace weir::app
