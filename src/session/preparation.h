#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exec/program.h"
#include "graph/packed_weights.h"
#include "session/model_impl.h"

namespace weir::session {

/// How rows of given shapes are predicted: how many at a time, and the program for that many.
struct RowPlan {
  std::vector<Shape> row_shapes;  ///< One a model input, without the batch axis.
  bool independent = true;
  std::string reason;
  std::size_t micro_batch = 1;
  std::shared_ptr<const exec::Program> program;  ///< For `micro_batch` rows.
};

/// Turns a model and options into programs. Decides the micro-batch.
class Preparation {
 public:
  /// `weights` receives packed weights (or only room for them, see graph::WeightStore).
  Preparation(const Model::Impl& model, const SessionOptions& options,
              graph::PackedWeights& weights);

  const Model::Impl& model() const { return model_; }
  const SessionOptions& options() const { return options_; }
  std::size_t threads() const { return threads_; }

  /// Whether rows can be planned before the first request: no axis is free but for the batch's, or
  /// the options say what it is.
  bool knows_row_shapes() const;
  /// Shapes of one row of each input, from the options and the model. Throws kInvalidArgument, with
  /// what to give, when they leave an axis free.
  std::vector<Shape> default_row_shapes() const;

  /// Throws kLimit when not even one row fits the memory limit.
  RowPlan plan_rows(std::vector<Shape> row_shapes) const;

  std::shared_ptr<const exec::Program> compile_rows(std::span<const Shape> row_shapes,
                                                    std::size_t rows) const;

  /// Bytes that the process is expected to have resident while the program runs.
  std::uint64_t peak_bytes(const exec::Program& program) const;
  /// One batch of inputs and outputs, as a stream holds them.
  std::uint64_t stream_bytes(const exec::Program& program) const;
  std::uint64_t weights_bytes() const { return weights_.bytes(); }
  /// The most weights that are resident at a time while the program runs.
  std::uint64_t weights_resident_bytes(const exec::Program& program) const;
  /// Resident in the process before this preparation: the program and the loaded model.
  std::uint64_t baseline_bytes() const { return baseline_bytes_; }

 private:
  std::uint64_t memory_limit() const { return options_.memory_limit.value_or(UINT64_MAX); }
  /// Gives a plan of one row the largest micro-batch that pays and fits the memory limit.
  void widen(RowPlan& plan) const;
  void check_outputs(const RowPlan& plan) const;
  void check_limit(const RowPlan& plan) const;
  std::size_t affordable_micro_batch(const exec::Program& one_row) const;

  const Model::Impl& model_;
  const SessionOptions& options_;
  graph::PackedWeights& weights_;
  std::size_t threads_;
  std::uint64_t baseline_bytes_;
};

}  // namespace weir::session
