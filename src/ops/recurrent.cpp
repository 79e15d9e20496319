#include "ops/recurrent.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/copy_floats.h"
#include "kernels/matmul.h"
#include "kernels/product.h"
#include "kernels/recurrent.h"
#include "ops/recurrent_weights.h"

namespace weir::ops {
namespace {

using graph::ValueType;

// Rows of inputs whose products are made at once: enough to read the kernel seldom, few enough for
// their sums to stay in the second-level cache.
constexpr std::size_t kRowsAtOnce = 64;

/// A sequence of rows: batch x time x features, and in which order the time steps run.
struct Sequence {
  std::size_t batch;
  std::size_t time;
  std::size_t features;
  bool backwards;

  std::size_t time_of(std::size_t step) const { return backwards ? time - 1 - step : step; }
};

/// The inputs of some time steps, all samples of one step after the other.
class StepRows final : public kernels::ProductRows {
 public:
  StepRows(const Sequence& sequence, const float* data, std::size_t first_step, std::size_t columns)
      : sequence_(sequence), data_(data), first_step_(first_step), columns_(columns) {}

  kernels::StridedRows read(const Block& block, float* room) const override {
    for (std::size_t r = 0; r < block.rows; ++r) {
      const std::size_t row = block.row + r;
      const std::size_t time = sequence_.time_of(first_step_ + row / sequence_.batch);
      const std::size_t from = row % sequence_.batch * sequence_.time + time;
      kernels::copy_floats(data_ + from * sequence_.features + block.inner, block.count,
                           room + r * kernels::kGatherStride);
    }
    return {room, kernels::kGatherStride};
  }

  void place(const Block& block, std::size_t* offsets) const override {
    for (std::size_t r = 0; r < block.rows; ++r) offsets[r] = (block.row + r) * columns_;
  }

 private:
  const Sequence& sequence_;
  const float* data_;
  std::size_t first_step_;
  std::size_t columns_;
};

class RecurrentStep final : public kernels::Step {
 public:
  RecurrentStep(const RecurrentCell& cell, const RecurrentRun& run, const Shape& input,
                RecurrentWeights weights, std::size_t threads)
      : kind_(cell.kind),
        run_(run),
        weights_(std::move(weights)),
        sequence_{static_cast<std::size_t>(input[0]), static_cast<std::size_t>(input[1]),
                  cell.features, run.backwards},
        shape_{sequence_.batch, cell.units, cell.activation, cell.recurrent_activation},
        columns_(cell.gates() * cell.units),
        states_(cell.states()),
        state_floats_(sequence_.batch * cell.units) {
    steps_at_once_ =
        std::min(std::max<std::size_t>(kRowsAtOnce / sequence_.batch, 1), sequence_.time);
    const std::size_t rows = steps_at_once_ * sequence_.batch;
    inner_offset_ = align_up(rows * columns_ * sizeof(float), kAlignment);
    product_offset_ =
        inner_offset_ + (is_gru() ? align_up(state_floats_ * sizeof(float), kAlignment) : 0);
    scratch_bytes_ = product_offset_ + kernels::product_scratch_bytes(rows, threads);
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  std::vector<SharedBytes> weights(std::size_t /*part*/) const override { return weights_.all(); }

  void run(const kernels::StepArgs& args) const override {
    start_states(args);
    for (std::size_t first = 0; first < sequence_.time; first += steps_at_once_) {
      const std::size_t steps = std::min(steps_at_once_, sequence_.time - first);
      auto* sums = reinterpret_cast<float*>(args.scratch);
      multiply_inputs(first, steps, sums, args);
      for (std::size_t step = first; step < first + steps; ++step) {
        run_step(step, sums, args);
        sums += sequence_.batch * columns_;
      }
    }
  }

 private:
  bool is_gru() const {
    return kind_ == RecurrentKind::kGruResetAfter || kind_ == RecurrentKind::kGruResetBefore;
  }

  void start_states(const kernels::StepArgs& args) const {
    for (std::size_t state = 0; state < states_; ++state) {
      float* to = args.output(1 + state);
      if (run_.initial_states) {
        const float* from = args.input(args.inputs.size() - states_ + state);
        if (from != to) kernels::copy_floats(from, state_floats_, to);
      } else {
        std::fill_n(to, state_floats_, 0.0F);
      }
    }
  }

  void multiply_inputs(std::size_t first, std::size_t steps, float* sums,
                       const kernels::StepArgs& args) const {
    const kernels::ProductShape shape{1, steps * sequence_.batch, sequence_.features, columns_};
    kernels::product(shape, StepRows(sequence_, args.input(0), first, columns_), weights_.kernel(),
                     sums, {weights_.bias(), nullptr, {}}, args.scratch + product_offset_,
                     args.pool);
  }

  /// Adds the product of a state with `columns` columns to some of the sums, or makes a new one.
  void multiply_state(const float* state, const float* packed, std::size_t columns, float* out,
                      std::size_t stride, const kernels::Epilogue& epilogue,
                      const kernels::StepArgs& args) const {
    kernels::matmul({sequence_.batch, shape_.units, columns}, state, shape_.units, packed, out,
                    stride, epilogue, args.pool);
  }

  void run_step(std::size_t step, float* sums, const kernels::StepArgs& args) const {
    kernels::StepMask mask;
    if (run_.masked) mask = {args.input<bool>(1) + sequence_.time_of(step), sequence_.time};
    float* hidden = args.output(1);
    multiply_state(hidden, weights_.recurrent_kernel(), is_gru() ? 2 * shape_.units : columns_,
                   sums, columns_, {nullptr, sums, {}}, args);
    switch (kind_) {
      case RecurrentKind::kSimple:
        kernels::simple_gates(shape_, mask, sums, hidden, args.pool);
        break;
      case RecurrentKind::kLstm:
        kernels::lstm_gates(shape_, mask, sums, hidden, args.output(2), args.pool);
        break;
      default:
        run_gru(mask, sums, hidden, args);
        break;
    }
    store_output(step, mask, args);
  }

  void run_gru(const kernels::StepMask& mask, float* sums, float* hidden,
               const kernels::StepArgs& args) const {
    auto* inner = reinterpret_cast<float*>(args.scratch + inner_offset_);
    if (kind_ == RecurrentKind::kGruResetAfter) {
      multiply_state(hidden, weights_.candidate_kernel(), shape_.units, inner, shape_.units,
                     {weights_.candidate_bias(), nullptr, {}}, args);
      kernels::gru_reset_after(shape_, inner, sums, args.pool);
    } else {
      float* candidate = sums + 2 * shape_.units;
      kernels::gru_reset_before(shape_, hidden, sums, inner, args.pool);
      multiply_state(inner, weights_.candidate_kernel(), shape_.units, candidate, columns_,
                     {nullptr, candidate, {}}, args);
    }
    kernels::gru_update(shape_, mask, sums, hidden, args.pool);
  }

  void store_output(std::size_t step, const kernels::StepMask& mask,
                    const kernels::StepArgs& args) const {
    const bool is_last = step + 1 == sequence_.time;
    if (!run_.all_outputs && !run_.masked && !is_last) return;
    for (std::size_t row = 0; row < sequence_.batch; ++row) {
      float* to = output_row(row, step, args);
      if (mask.keeps(row)) {
        kernels::copy_floats(args.output(1) + row * shape_.units, shape_.units, to);
      } else if (run_.zero_when_masked || step == 0) {
        std::fill_n(to, shape_.units, 0.0F);
      } else if (run_.all_outputs) {
        kernels::copy_floats(output_row(row, step - 1, args), shape_.units, to);
      }
    }
  }

  float* output_row(std::size_t row, std::size_t step, const kernels::StepArgs& args) const {
    if (!run_.all_outputs) return args.output(0) + row * shape_.units;
    const std::size_t time = run_.in_time_order ? sequence_.time_of(step) : step;
    return args.output(0) + (row * sequence_.time + time) * shape_.units;
  }

  RecurrentKind kind_;
  RecurrentRun run_;
  RecurrentWeights weights_;
  Sequence sequence_;
  kernels::RecurrentShape shape_;
  std::size_t columns_;
  std::size_t states_;
  std::size_t state_floats_;
  std::size_t steps_at_once_ = 1;
  std::size_t inner_offset_ = 0;
  std::size_t product_offset_ = 0;
  std::size_t scratch_bytes_ = 0;
};

class Recurrent final : public graph::Operation {
 public:
  Recurrent(RecurrentCell cell, const RecurrentRun& run) : cell_(std::move(cell)), run_(run) {}

  std::string_view kind() const override {
    switch (cell_.kind) {
      case RecurrentKind::kSimple:
        return "simple recurrence";
      case RecurrentKind::kLstm:
        return "lstm";
      default:
        return "gru";
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const std::size_t states = run_.initial_states ? cell_.states() : 0;
    const std::size_t expected = 1 + (run_.masked ? 1 : 0) + states;
    require(inputs.size() == expected, ErrorCode::kInvalidArgument, "{} takes {} inputs, not {}",
            kind(), expected, inputs.size());
    const Shape& shape = inputs[0].shape;
    require(shape.rank() == 3 && static_cast<std::size_t>(shape[2]) == cell_.features,
            ErrorCode::kInvalidArgument, "the input has the shape {}, expected (batch, time, {})",
            to_string(shape), cell_.features);
    require(shape[0] > 0 && shape[1] > 0, ErrorCode::kInvalidArgument,
            "a sequence of shape {} has no time steps", to_string(shape));
    check(inputs[0], {DType::kFloat32, shape}, "input");
    if (run_.masked) check(inputs[1], {DType::kBool, {shape[0], shape[1]}}, "mask");
    const auto units = static_cast<std::int64_t>(cell_.units);
    const ValueType state{DType::kFloat32, {shape[0], units}};
    for (const ValueType& initial : inputs.last(states)) check(initial, state, "initial state");
    std::vector<ValueType> outputs(1 + cell_.states(), state);
    if (run_.all_outputs) outputs[0].shape = {shape[0], shape[1], units};
    return outputs;
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    return std::make_unique<RecurrentStep>(cell_, run_, context.inputs[0].shape,
                                           RecurrentWeights(cell_, context.weights),
                                           context.threads);
  }

  std::size_t packed_bytes() const override { return RecurrentWeights::packed_bytes(cell_); }
  std::uint64_t weight_reads(std::span<const ValueType> inputs) const override {
    return static_cast<std::uint64_t>(inputs[0].shape[1]);
  }
  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> /*outputs*/) const override {
    const auto rows = static_cast<std::uint64_t>(inputs[0].shape[0] * inputs[0].shape[1]);
    return rows * (cell_.features + cell_.units) * cell_.gates() * cell_.units;
  }
  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  static void check(const ValueType& given, const ValueType& expected, std::string_view what) {
    require(given == expected, ErrorCode::kInvalidArgument,
            "the {} is a {} tensor of shape {}, expected {} and {}", what, to_string(given.dtype),
            to_string(given.shape), to_string(expected.dtype), to_string(expected.shape));
  }

  RecurrentCell cell_;
  RecurrentRun run_;
};

}  // namespace

std::size_t RecurrentCell::gates() const {
  switch (kind) {
    case RecurrentKind::kSimple:
      return 1;
    case RecurrentKind::kLstm:
      return 4;
    default:
      return 3;
  }
}

graph::OperationPtr make_recurrent(RecurrentCell cell, const RecurrentRun& run) {
  return std::make_shared<Recurrent>(std::move(cell), run);
}

}  // namespace weir::ops
