#include "ops/recurrent.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/memory.h"
#include "kernels/copy_floats.h"
#include "kernels/matmul.h"
#include "kernels/product.h"
#include "kernels/recurrent.h"
#include "kernels/split.h"
#include "ops/recurrent_weights.h"

namespace weir::ops {
namespace {

using graph::ValueType;

// Rows of inputs whose products are made at once: enough to read the kernel seldom, few enough for
// their sums to stay in the second-level cache.
constexpr std::size_t kRowsAtOnce = 64;
// Rows of a step are cut between so many: a multiple of those of most register tiles.
constexpr std::size_t kSplitRows = 12;

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
        shape_{sequence_.batch, cell.units, cell.activation, cell.recurrent_activation, cell.fast},
        joint_gates_(cell.joint_gates()),
        columns_(cell.gates() * cell.units),
        states_(cell.states()),
        state_floats_(sequence_.batch * cell.units) {
    steps_at_once_ =
        std::min(std::max<std::size_t>(kRowsAtOnce / sequence_.batch, 1), sequence_.time);
    const std::size_t rows = steps_at_once_ * sequence_.batch;
    const std::size_t state_bytes = align_up(state_floats_ * sizeof(float), kAlignment);
    hidden_offset_ = align_up(rows * columns_ * sizeof(float), kAlignment);
    inner_offset_ = hidden_offset_ + state_bytes;
    product_offset_ = inner_offset_ + (cell.is_gru() ? state_bytes : 0);
    scratch_bytes_ = product_offset_ + kernels::product_scratch_bytes(rows, threads);
  }

  std::size_t scratch_bytes() const override { return scratch_bytes_; }
  std::vector<SharedBytes> weights(std::size_t /*part*/) const override { return weights_.all(); }

  void run(const kernels::StepArgs& args) const override {
    start_states(args);
    const kernels::Split split = kernels::split_product(
        {1, sequence_.batch, columns_, kernels::unit_blocks(shape_.units) * kernels::kUnitBlock},
        kSplitRows, args.pool);
    for (std::size_t first = 0; first < sequence_.time; first += steps_at_once_) {
      const std::size_t steps = std::min(steps_at_once_, sequence_.time - first);
      auto* sums = reinterpret_cast<float*>(args.scratch);
      multiply_inputs(first, steps, sums, args);
      for (std::size_t step = first; step < first + steps; ++step) {
        run_step({step, mask_of(step, args), sums, hidden_before(step, args),
                  hidden_before(step + 1, args), args},
                 split);
        sums += sequence_.batch * columns_;
      }
    }
  }

 private:
  /// What one time step works on.
  struct TimeStep {
    std::size_t number;
    kernels::StepMask mask;
    float* sums;
    const float* hidden;
    float* next;
    const kernels::StepArgs& args;
  };

  /// The hidden state before a step. Two arrays take turns, so that the last is an output.
  float* hidden_before(std::size_t step, const kernels::StepArgs& args) const {
    if ((sequence_.time - step) % 2 == 0) return args.output(1);
    return reinterpret_cast<float*>(args.scratch + hidden_offset_);
  }

  kernels::StepMask mask_of(std::size_t step, const kernels::StepArgs& args) const {
    if (!run_.masked) return {};
    return {args.input<bool>(1) + sequence_.time_of(step), sequence_.time};
  }

  void start_states(const kernels::StepArgs& args) const {
    for (std::size_t state = 0; state < states_; ++state) {
      float* to = state == 0 ? hidden_before(0, args) : args.output(1 + state);
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

  /// Runs `run(part)` for parts of a step on all threads. A thread has the same parts in each step,
  /// and finds their weights in its cache.
  template <typename Run>
  static void for_parts(const kernels::Split& split, const kernels::StepArgs& args,
                        const Run& run) {
    args.pool.run(split.tasks(), [&](std::size_t task, std::size_t /*slot*/) {
      const kernels::Range blocks = split.panels(task);
      split.for_rows(task, [&](std::size_t /*group*/, kernels::Range rows) {
        run(kernels::RecurrentPart{rows, blocks});
      });
    });
  }

  void run_step(const TimeStep& step, const kernels::Split& split) const {
    // Then the candidate's product needs the reset states of all units.
    const bool in_two_rounds = kind_ == RecurrentKind::kGruResetBefore;
    for_parts(split, step.args, [&](const kernels::RecurrentPart& part) {
      multiply(step.hidden, weights_.recurrent_kernel(), joint_gates_, part, step.sums, columns_,
               {nullptr, step.sums, {}});
      if (in_two_rounds) {
        kernels::gru_reset_before(shape_, part, step.sums, step.hidden, inner(step.args));
      } else {
        finish_part(step, part);
      }
    });
    if (!in_two_rounds) return;
    for_parts(split, step.args,
              [&](const kernels::RecurrentPart& part) { finish_part(step, part); });
  }

  void finish_part(const TimeStep& step, const kernels::RecurrentPart& part) const {
    const auto& [number, mask, sums, hidden, next, args] = step;
    switch (kind_) {
      case RecurrentKind::kSimple:
        kernels::simple_gates(shape_, part, mask, sums, hidden, next);
        break;
      case RecurrentKind::kLstm:
        kernels::lstm_gates(shape_, part, mask, sums, hidden, next, args.output(2));
        break;
      case RecurrentKind::kGruResetAfter:
        multiply(hidden, weights_.candidate_kernel(), 1, part, inner(args), shape_.units,
                 {weights_.candidate_bias(), nullptr, {}});
        kernels::gru_reset_after(shape_, part, mask, sums, inner(args), hidden, next);
        break;
      case RecurrentKind::kGruResetBefore: {
        float* candidate = sums + joint_gates_ * shape_.units;
        multiply(inner(args), weights_.candidate_kernel(), 1, part, candidate, columns_,
                 {nullptr, candidate, {}});
        kernels::gru_update(shape_, part, mask, sums, hidden, next);
        break;
      }
    }
    store_output(step, part);
  }

  /// The product of a part's rows of a state with its columns of `gates` gates, which lie in blocks
  /// from the start of a row of `out` on. Bias and residual are those of row 0 and unit 0.
  void multiply(const float* state, const float* packed, std::size_t gates,
                const kernels::RecurrentPart& part, float* out, std::size_t stride,
                kernels::Epilogue epilogue) const {
    const kernels::Range rows = part.rows;
    const kernels::Range units = kernels::units_of(part.blocks, shape_.units);
    const std::size_t column = gates * units.begin;
    const std::size_t at = rows.begin * stride + column;
    if (epilogue.bias != nullptr) epilogue.bias += column;
    if (epilogue.residual != nullptr) epilogue.residual += at;
    kernels::matmul({rows.end - rows.begin, shape_.units, gates * units.end - column},
                    state + rows.begin * shape_.units, shape_.units, packed + column * shape_.units,
                    out + at, stride, epilogue, alone_);
  }

  /// Of a GRU: the product of the hidden state for the candidate, or the reset hidden state.
  float* inner(const kernels::StepArgs& args) const {
    return reinterpret_cast<float*>(args.scratch + inner_offset_);
  }

  void store_output(const TimeStep& step, const kernels::RecurrentPart& part) const {
    const bool is_last = step.number + 1 == sequence_.time;
    if (!run_.all_outputs && !run_.masked && !is_last) return;
    const auto [unit, end] = kernels::units_of(part.blocks, shape_.units);
    const std::size_t units = end - unit;
    for (std::size_t row = part.rows.begin; row < part.rows.end; ++row) {
      float* to = output_row(row, step.number, step.args) + unit;
      if (step.mask.keeps(row)) {
        kernels::copy_floats(step.next + row * shape_.units + unit, units, to);
      } else if (run_.zero_when_masked || step.number == 0) {
        std::fill_n(to, units, 0.0F);
      } else if (run_.all_outputs) {
        kernels::copy_floats(output_row(row, step.number - 1, step.args) + unit, units, to);
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
  std::size_t joint_gates_;
  std::size_t columns_;
  std::size_t states_;
  std::size_t state_floats_;
  std::size_t steps_at_once_ = 1;
  std::size_t hidden_offset_ = 0;
  std::size_t inner_offset_ = 0;
  std::size_t product_offset_ = 0;
  std::size_t scratch_bytes_ = 0;
  ThreadPool alone_{1};  ///< For what one thread does of a step.
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

  graph::OperationPtr faster(std::span<const ValueType> /*inputs*/) const override {
    RecurrentCell fast = cell_;
    fast.fast = true;
    return make_recurrent(std::move(fast), run_);
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
