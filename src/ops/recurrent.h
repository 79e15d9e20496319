#pragma once

#include <optional>

#include "graph/operation.h"

namespace weir::ops {

enum class RecurrentKind {
  kSimple,
  kLstm,            ///< Gates input, forget, candidate, output; states hidden and carry.
  kGruResetAfter,   ///< Gates update, reset, candidate; the bias, if any, has two rows.
  kGruResetBefore,  ///< The same gates; a bias of one row.
};

/// A recurrent layer's cell: sums of gates are input * kernel + hidden * recurrent_kernel + bias.
struct RecurrentCell {
  RecurrentKind kind = RecurrentKind::kSimple;
  std::size_t features = 0;
  std::size_t units = 0;
  graph::Constant kernel;            ///< (features, gates * units)
  graph::Constant recurrent_kernel;  ///< (units, gates * units)
  std::optional<graph::Constant> bias;
  kernels::Unary activation;
  kernels::Unary recurrent_activation;
  bool fast = false;  ///< The gates may be off by 4 units in the last place.

  bool is_gru() const {
    return kind == RecurrentKind::kGruResetAfter || kind == RecurrentKind::kGruResetBefore;
  }
  std::size_t gates() const;
  /// Those whose products with the hidden state are made at once: all but a GRU's candidate.
  std::size_t joint_gates() const { return is_gru() ? gates() - 1 : gates(); }
  std::size_t states() const { return kind == RecurrentKind::kLstm ? 2 : 1; }
};

/// How a cell runs over a sequence.
struct RecurrentRun {
  bool backwards = false;         ///< From the last time step to the first.
  bool in_time_order = false;     ///< All outputs at their own time step, also when backwards.
  bool all_outputs = false;       ///< The output of every step, not only of the last.
  bool masked = false;            ///< Input 1 is a mask, bool (batch, time).
  bool zero_when_masked = false;  ///< The output of a masked step is 0, not that of the one before.
  bool initial_states = false;    ///< Given as the last inputs; else they are 0.
};

/// The cell over a float32 (batch, time, features): outputs (batch, [time,] units), then the last
/// states, (batch, units) each. A masked step leaves the states of its row alone, and its output is
/// that of the step before (0 at first).
///
/// The products of the inputs are made for some time steps at once, so that the kernel is read from
/// the cache; the sums of no more steps are ever in memory.
graph::OperationPtr make_recurrent(RecurrentCell cell, const RecurrentRun& run);

}  // namespace weir::ops
