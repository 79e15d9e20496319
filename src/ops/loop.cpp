#include "ops/loop.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/memory.h"

namespace weir::ops {
namespace {

using graph::Graph;
using graph::ValueType;

std::vector<ValueType> types_of(const Graph& graph, const std::vector<graph::ValueId>& values) {
  std::vector<ValueType> types;
  for (const graph::ValueId value : values) types.push_back(graph.values[value]);
  return types;
}

/// The type of `type` at all of `steps` time steps.
ValueType over_time(const ValueType& type, std::int64_t steps) {
  ValueType result{type.dtype, {type.shape[0], steps}};
  for (const std::int64_t size : type.shape.dims().subspan(1)) result.shape.push_back(size);
  return result;
}

/// Rows of one time step in a sequence, `row_bytes` each.
struct StepRows {
  std::size_t batch;
  std::size_t time;
  std::size_t row_bytes;

  std::size_t bytes() const { return batch * row_bytes; }
  std::size_t offset(std::size_t row, std::size_t step) const {
    return (row * time + step) * row_bytes;
  }
};

class LoopStep final : public kernels::Step {
 public:
  /// `inputs` and `outputs` are the body's.
  LoopStep(std::unique_ptr<kernels::Step> body, const RecurrentRun& run, std::size_t time,
           std::span<const ValueType> inputs, std::span<const ValueType> outputs)
      : body_(std::move(body)), run_(run), batch_(static_cast<std::size_t>(inputs[0].shape[0])) {
    input_ = {batch_, time, inputs[0].bytes() / batch_};
    output_ = {batch_, time, outputs[0].bytes() / batch_};
    for (const ValueType& state : inputs.subspan(1)) state_bytes_.push_back(state.bytes());
    std::size_t offset = 0;
    const auto reserve = [&](std::size_t bytes) {
      const std::size_t start = offset;
      offset += align_up(bytes, kAlignment);
      return start;
    };
    input_offset_ = reserve(input_.bytes());
    output_offset_ = reserve(output_.bytes());
    for (const std::size_t bytes : state_bytes_) state_offsets_.push_back(reserve(bytes));
    pointers_offset_ = reserve(2 * (1 + state_bytes_.size()) * sizeof(std::byte*));
    body_offset_ = offset;
  }

  std::size_t scratch_bytes() const override { return body_offset_ + body_->scratch_bytes(); }
  std::vector<SharedBytes> weights(std::size_t /*part*/) const override {
    return body_->weights(0);
  }

  void run(const kernels::StepArgs& args) const override {
    for (std::size_t i = 0; i < state_bytes_.size(); ++i) start_state(i, args);
    const std::size_t count = 1 + state_bytes_.size();
    auto** inputs = reinterpret_cast<const std::byte**>(args.scratch + pointers_offset_);
    auto** outputs = reinterpret_cast<std::byte**>(args.scratch + pointers_offset_) + count;
    inputs[0] = args.scratch + input_offset_;
    outputs[0] = args.scratch + output_offset_;
    for (std::size_t i = 0; i < state_bytes_.size(); ++i) {
      inputs[1 + i] = args.outputs[1 + i];
      outputs[1 + i] = args.scratch + state_offsets_[i];
    }
    const kernels::StepArgs body_args{
        {inputs, count}, {outputs, count}, args.scratch + body_offset_, args.pool};
    for (std::size_t step = 0; step < input_.time; ++step) {
      load_input(time_of(step), args);
      body_->run(body_args);
      for (std::size_t row = 0; row < batch_; ++row) store_row(row, step, args);
    }
  }

 private:
  std::size_t time_of(std::size_t step) const {
    return run_.backwards ? input_.time - 1 - step : step;
  }

  void start_state(std::size_t i, const kernels::StepArgs& args) const {
    if (run_.initial_states) {
      const std::byte* from = args.inputs[args.inputs.size() - state_bytes_.size() + i];
      std::memmove(args.outputs[1 + i], from, state_bytes_[i]);
    } else {
      std::memset(args.outputs[1 + i], 0, state_bytes_[i]);
    }
  }

  void load_input(std::size_t time, const kernels::StepArgs& args) const {
    std::byte* to = args.scratch + input_offset_;
    for (std::size_t row = 0; row < batch_; ++row, to += input_.row_bytes) {
      std::memcpy(to, args.inputs[0] + input_.offset(row, time), input_.row_bytes);
    }
  }

  void store_row(std::size_t row, std::size_t step, const kernels::StepArgs& args) const {
    std::byte* to = output_row(row, step, args);
    if (!run_.masked || args.input<bool>(1)[row * input_.time + time_of(step)]) {
      keep_states(row, args);
      std::memcpy(to, args.scratch + output_offset_ + row * output_.row_bytes, output_.row_bytes);
    } else if (run_.zero_when_masked || step == 0) {
      std::memset(to, 0, output_.row_bytes);
    } else if (run_.all_outputs) {
      std::memcpy(to, output_row(row, step - 1, args), output_.row_bytes);
    }
  }

  void keep_states(std::size_t row, const kernels::StepArgs& args) const {
    for (std::size_t i = 0; i < state_bytes_.size(); ++i) {
      const std::size_t bytes = state_bytes_[i] / batch_;
      std::memcpy(args.outputs[1 + i] + row * bytes, args.scratch + state_offsets_[i] + row * bytes,
                  bytes);
    }
  }

  std::byte* output_row(std::size_t row, std::size_t step, const kernels::StepArgs& args) const {
    if (!run_.all_outputs) return args.outputs[0] + row * output_.row_bytes;
    return args.outputs[0] + output_.offset(row, run_.in_time_order ? time_of(step) : step);
  }

  std::unique_ptr<kernels::Step> body_;
  RecurrentRun run_;
  std::size_t batch_;
  StepRows input_{};
  StepRows output_{};
  std::vector<std::size_t> state_bytes_;
  std::size_t input_offset_ = 0;
  std::size_t output_offset_ = 0;
  std::vector<std::size_t> state_offsets_;
  std::size_t pointers_offset_ = 0;
  std::size_t body_offset_ = 0;
};

class Loop final : public graph::Operation {
 public:
  Loop(Graph body, const RecurrentRun& run)
      : body_(graph::optimize(std::move(body))),
        run_(run),
        inputs_(types_of(body_, body_.inputs)),
        outputs_(types_of(body_, body_.outputs)) {
    require(body_.states == 0, ErrorCode::kUnsupported,
            "a stateful layer that runs once for each time step is not supported");
    require(inputs_.size() == outputs_.size() &&
                std::equal(inputs_.begin() + 1, inputs_.end(), outputs_.begin() + 1),
            ErrorCode::kInvalidArgument, "a time step does not give the states that it takes");
  }

  std::string_view kind() const override { return "loop"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(!inputs.empty() && inputs[0].shape.rank() >= 2 && inputs[0].shape[1] > 0,
            ErrorCode::kInvalidArgument, "there is no sequence of time steps");
    const std::int64_t steps = inputs[0].shape[1];
    std::vector<ValueType> expected{over_time(inputs_[0], steps)};
    if (run_.masked) expected.push_back({DType::kBool, {inputs_[0].shape[0], steps}});
    if (run_.initial_states) {
      expected.insert(expected.end(), inputs_.begin() + 1, inputs_.end());
    }
    require(inputs.size() == expected.size(), ErrorCode::kInvalidArgument,
            "a loop takes {} inputs, not {}", expected.size(), inputs.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      require(inputs[i] == expected[i], ErrorCode::kInvalidArgument,
              "input {} is a {} tensor of shape {}, expected {} and {}", i,
              to_string(inputs[i].dtype), to_string(inputs[i].shape), to_string(expected[i].dtype),
              to_string(expected[i].shape));
    }
    std::vector<ValueType> outputs = outputs_;
    if (run_.all_outputs) outputs[0] = over_time(outputs[0], steps);
    return outputs;
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    require(context.compile_body != nullptr, ErrorCode::kInternal, "nobody can compile the body");
    return std::make_unique<LoopStep>(context.compile_body(body_), run_,
                                      static_cast<std::size_t>(context.inputs[0].shape[1]), inputs_,
                                      outputs_);
  }

  std::size_t packed_bytes() const override {
    std::size_t bytes = 0;
    for (const graph::Node& node : body_.nodes) bytes += node.operation->packed_bytes();
    return bytes;
  }

  std::uint64_t weight_reads(std::span<const ValueType> inputs) const override {
    return static_cast<std::uint64_t>(inputs[0].shape[1]);
  }

  std::uint64_t multiply_adds(std::span<const ValueType> inputs,
                              std::span<const ValueType> /*outputs*/) const override {
    std::uint64_t count = 0;
    for (const graph::Node& node : body_.nodes) {
      count += node.operation->multiply_adds(types_of(body_, node.inputs),
                                             types_of(body_, node.outputs));
    }
    return count * static_cast<std::uint64_t>(inputs[0].shape[1]);
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override {
    return std::ranges::all_of(body_.nodes, [&](const graph::Node& node) {
      return node.operation->keeps_samples_apart(types_of(body_, node.inputs));
    });
  }

 private:
  Graph body_;
  RecurrentRun run_;
  std::vector<ValueType> inputs_;   ///< Of the body.
  std::vector<ValueType> outputs_;  ///< Of the body.
};

}  // namespace

graph::OperationPtr make_loop(Graph body, const RecurrentRun& run) {
  return std::make_shared<Loop>(std::move(body), run);
}

}  // namespace weir::ops
