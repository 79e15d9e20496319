#pragma once

#include <span>

#include "exec/executor.h"
#include "exec/step_times.h"
#include "plan/schedule.h"
#include "session/kept_states.h"
#include "weir/tensor.h"

namespace weir::session {

/// The tensors of one request, of which any rows can be predicted. Inputs and outputs are checked
/// and must outlive it. Predicting allocates nothing; different rows may be predicted at the same
/// time, by different executors.
class Request {
 public:
  /// Batches of a model with states follow each other, by one executor.
  Request(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs,
          KeptStates& states)
      : inputs_(inputs), outputs_(outputs), states_(states) {}

  /// Adds there how long the steps of the programs take. Must outlive the request.
  void time_steps(exec::StepTimes& times) { times_ = &times; }

  /// Predicts the rows of a pass from row `first` on: one executor takes one micro-batch after the
  /// other; several share them. Throws what a step throws for the data.
  void run(const plan::Pass& pass, std::size_t first, std::span<const exec::Executor> executors,
           const ThreadPool& pool) const;

 private:
  /// Predicts `rows` rows from row `first` on, no more than the executor's program is for; `worker`
  /// is the executor's number.
  void run_rows(std::size_t first, std::size_t rows, const exec::Executor& executor,
                std::size_t worker) const;
  void run_shared(const plan::Pass& pass, std::size_t first,
                  std::span<const exec::Executor> executors, const ThreadPool& pool) const;
  /// A batch as a whole, whose outputs may have any number of rows: all of them are taken.
  void run_whole(std::size_t first, std::size_t rows, const exec::Executor& executor) const;

  void load(std::size_t first, std::size_t rows, const exec::Executor& executor) const;
  void execute(const exec::Executor& executor, std::size_t worker) const;

  std::span<const TensorView> inputs_;
  std::span<const MutableTensorView> outputs_;
  KeptStates& states_;
  exec::StepTimes* times_ = nullptr;
};

}  // namespace weir::session
