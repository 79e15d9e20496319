#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "shared_device.h"
#include "weir/weir.h"

namespace weir::python {

/// A session that any thread of Python may use: what `weir.Model` is made of. Several threads take
/// turns. The interpreter's lock is given up while rows pass, unless they take no longer than that.
class Predictor {
 public:
  Predictor(const Model& model, const SessionOptions& options, const SharedDevice& device);

  MemoryPlan plan();
  /// Nothing as long as no shapes are known.
  std::optional<ExecutionMode> mode();
  /// Whether the order of batches counts.
  bool keeps_states();

  /// From now on tells a profile what it does; nobody any more where there is none.
  void watch(const std::optional<Profile>& profile);

  /// Stateful layers start from zeros again.
  void reset_states();

  /// The shapes of the outputs for inputs of these shapes.
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs);

  /// Predicts the rows of arrays into others: both in the model's order, in C order, of the same
  /// number of rows. Looks for signals now and then, and throws what a handler raised.
  void run(const std::vector<nanobind::object>& inputs,
           const std::vector<nanobind::object>& outputs);

  /// The short way for a request of at most `most_rows` rows to a model of one input and one
  /// output: the prediction, an array of NumPy. None where it needs the long way.
  nanobind::object predict_small(nanobind::handle x, std::size_t most_rows);

  /// For the child of a fork, in which only one thread is left: starts anew on a new device, with
  /// the same weights.
  void after_fork(const SharedDevice& device);

 private:
  /// Runs with the turn, and gives up the interpreter's lock meanwhile if it is `long_work`.
  template <typename Work>
  void take_turn(bool long_work, const Work& work);
  bool takes_long(std::size_t rows) const;
  /// Whether the only output has a row for each row of the only input, as its shape promises.
  bool gives_rows(const TensorView& rows, const Shape& promised);
  void run_in_blocks(std::span<TensorView> inputs, std::span<MutableTensorView> outputs);

  Model model_;
  SessionOptions options_;
  SharedDevice device_;
  std::unique_ptr<Session> session_;
  std::uint64_t weight_bytes_ = 0;
  bool calls_python_;
  bool rows_are_apart_ = false;  ///< Known beforehand: no sample has to do with another.
};

}  // namespace weir::python
