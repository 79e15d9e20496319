#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exec/program.h"
#include "graph/packed_weights.h"
#include "plan/schedule.h"
#include "session/device_impl.h"
#include "session/model_impl.h"

namespace weir::session {

/// How rows of given shapes are predicted: how many at a time, by whom, and the programs for it.
struct RowPlan {
  std::vector<Shape> row_shapes;  ///< One a model input, without the batch axis.
  bool independent = true;
  std::string reason;  ///< For the mode, in a sentence.
  plan::Schedule schedule;
  std::shared_ptr<const exec::Program> program;  ///< For the schedule's micro-batch.
  /// For one row with all threads in each step: what throughput mode does with rows that are too
  /// few for its threads. Null otherwise.
  std::shared_ptr<const exec::Program> single;

  /// Of all slices together.
  std::size_t arena_bytes() const;
  std::size_t lower_bound_bytes() const;
};

/// Whether rows can be planned before the first request: no axis is free but for the batch's, or
/// the options say what it is.
bool knows_row_shapes(const Model::Impl& model, const SessionOptions& options);

/// Turns a model and options into programs. Decides the mode, the micro-batch and the number of
/// threads, within the limits of the process and of the device.
class Preparation {
 public:
  /// `weights` receives packed weights (or only room for them, see graph::WeightStore). `resident`
  /// are the bytes in the process so far: measured once by who prepares twice, for what the first
  /// time touches and leaves is part of what is expected for later.
  Preparation(const Model::Impl& model, const SessionOptions& options, const Device::Impl& device,
              graph::PackedWeights& weights, std::uint64_t resident);

  const Model::Impl& model() const { return model_; }
  const SessionOptions& options() const { return options_; }

  bool knows_row_shapes() const { return session::knows_row_shapes(model_, options_); }
  /// Shapes of one row of each input, from the options and the model. Throws kInvalidArgument, with
  /// what to give, when they leave an axis free.
  std::vector<Shape> default_row_shapes() const;

  /// Throws kLimit when not even one row fits the limits.
  RowPlan plan_rows(std::vector<Shape> row_shapes) const;

  std::shared_ptr<const exec::Program> compile_rows(std::span<const Shape> row_shapes,
                                                    const plan::Schedule& schedule) const;

  /// What may be tried for rows of the shapes of this program of one row, in this order.
  std::vector<plan::RatedSchedule> schedules(const exec::Program& one_row) const;

  /// Bytes that the process is expected to have resident while rows pass.
  std::uint64_t peak_bytes(const RowPlan& plan) const;
  /// Rows that a stream reads and hands on at a time: a few passes, where they are small.
  std::size_t pass_rows(const RowPlan& plan) const;
  /// Their inputs and outputs.
  std::uint64_t stream_bytes(const RowPlan& plan) const;
  std::uint64_t weights_bytes() const { return weights_.bytes(); }
  /// In memory while a weight is packed, which is over before the first step runs.
  std::uint64_t packing_bytes() const { return weights_.packing_bytes(); }
  WeightsMode weights_mode() const {
    return streams_weights() ? WeightsMode::kStream : WeightsMode::kResident;
  }
  /// The most weights that are resident at a time while the program runs.
  std::uint64_t weights_resident_bytes(const RowPlan& plan) const;
  /// Resident in the process before this preparation: the program and the loaded model.
  std::uint64_t baseline_bytes() const { return baseline_bytes_; }

 private:
  bool streams_weights() const { return weights_.residence() == graph::Residence::kStreamed; }
  bool is_strict() const;
  /// Rows of a batch that is predicted whole: a stateful model says how many it keeps states for.
  std::size_t whole_batch(bool stateful) const;
  bool fits(const RowPlan& plan) const;
  /// What the device would hold: weights of all its models, and the arena.
  std::uint64_t device_bytes(const RowPlan& plan) const;
  /// Gives a plan of one row the best schedule that fits.
  void choose_schedule(RowPlan& plan) const;
  RowPlan with_schedule(const RowPlan& one_row, const plan::Schedule& schedule) const;
  [[noreturn]] void refuse(const RowPlan& smallest) const;

  const Model::Impl& model_;
  const SessionOptions& options_;
  const Device::Impl& device_;
  graph::PackedWeights& weights_;
  std::size_t threads_;
  std::uint64_t baseline_bytes_;
};

}  // namespace weir::session
