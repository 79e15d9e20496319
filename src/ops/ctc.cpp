#include "ops/ctc.h"

#include <algorithm>

#include "kernels/ctc.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;
using kernels::CtcShape;
using kernels::StepArgs;

/// An operation on sequences of logits, which are the first input, and their lengths, the second.
class CtcOperation : public graph::Operation {
 public:
  explicit CtcOperation(std::int64_t blank) : blank_(blank) {}

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const final { return true; }

 protected:
  /// Throws where the inputs do not fit.
  CtcShape shape_of(std::span<const ValueType> inputs) const {
    const Shape& logits = only_float_input(kind(), inputs.first(1)).shape;
    require(logits.rank() == 3 && logits[2] > 0, ErrorCode::kInvalidArgument, "{} of the logits {}",
            kind(), to_string(logits));
    require_whole(inputs[1], {logits[0]});
    const std::int64_t blank = blank_ < 0 ? blank_ + logits[2] : blank_;
    require(blank >= 0 && blank < logits[2], ErrorCode::kInvalidArgument,
            "the blank is class {} of {}", blank_, logits[2]);
    return {static_cast<std::size_t>(logits[0]), static_cast<std::size_t>(logits[1]),
            static_cast<std::size_t>(logits[2]), static_cast<std::size_t>(blank)};
  }

  void require_whole(const ValueType& input, const Shape& shape) const {
    require(input.dtype == DType::kInt32 && input.shape == shape, ErrorCode::kInvalidArgument,
            "{} with {} {} instead of {}", kind(), to_string(input.dtype), to_string(input.shape),
            to_string(shape));
  }

 private:
  std::int64_t blank_;
};

void require_within(const std::int32_t* lengths, const CtcShape& shape) {
  for (std::size_t i = 0; i < shape.samples; ++i) {
    require(lengths[i] <= static_cast<std::int64_t>(shape.steps), ErrorCode::kInvalidArgument,
            "a sequence of {} steps in one of {}", lengths[i], shape.steps);
  }
}

class CtcDecodeSteps final : public CtcOperation {
 public:
  CtcDecodeSteps(std::int64_t blank, bool merge_repeated)
      : CtcOperation(blank), merge_repeated_(merge_repeated) {}

  std::string_view kind() const override { return "ctc decode"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 2);
    static_cast<void>(shape_of(inputs));
    const Shape& logits = inputs[0].shape;
    return {{DType::kInt32, {logits[0], logits[1]}}, {DType::kFloat32, {logits[0]}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    return make_step(
        [shape = shape_of(context.inputs), merge = merge_repeated_](const StepArgs& args) {
          const auto* lengths = args.input<std::int32_t>(1);
          require_within(lengths, shape);
          kernels::ctc_decode_steps(shape, merge, args.input(0), lengths,
                                    args.output<std::int32_t>(0), args.output(1), args.pool);
        });
  }

 private:
  bool merge_repeated_;
};

class CtcBeamSearch final : public CtcOperation {
 public:
  CtcBeamSearch(std::int64_t blank, std::int64_t width, std::int64_t paths)
      : CtcOperation(blank), width_(width), paths_(paths) {}

  std::string_view kind() const override { return "ctc beam search"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 2);
    const kernels::CtcBeamSearch search = search_of(inputs);
    static_cast<void>(kernels::ctc_beam_search_scratch_bytes(search, 1));  // which may be too many
    const Shape& logits = inputs[0].shape;
    return {{DType::kInt32, {logits[0], paths_, logits[1]}},
            {DType::kFloat32, {logits[0], paths_}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const kernels::CtcBeamSearch search = search_of(context.inputs);
    const auto run = [search](const StepArgs& args) {
      const auto* lengths = args.input<std::int32_t>(1);
      require_within(lengths, search.shape);
      const bool has_all =
          kernels::ctc_beam_search(search, args.input(0), lengths, args.output<std::int32_t>(0),
                                   args.output(1), args.scratch, args.pool);
      require(has_all, ErrorCode::kInvalidArgument, "a sequence has fewer than {} readings",
              search.paths);
    };
    return make_step(run, kernels::ctc_beam_search_scratch_bytes(search, context.threads));
  }

 private:
  kernels::CtcBeamSearch search_of(std::span<const ValueType> inputs) const {
    return {shape_of(inputs), static_cast<std::size_t>(width_), static_cast<std::size_t>(paths_)};
  }

  std::int64_t width_;
  std::int64_t paths_;
};

class CtcLoss final : public CtcOperation {
 public:
  using CtcOperation::CtcOperation;

  std::string_view kind() const override { return "ctc loss"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require_inputs(kind(), inputs, 4);
    static_cast<void>(shape_of(inputs));
    const std::int64_t samples = inputs[0].shape[0];
    require(inputs[2].shape.rank() == 2, ErrorCode::kInvalidArgument, "{} of the labels {}", kind(),
            to_string(inputs[2].shape));
    require_whole(inputs[2], {samples, inputs[2].shape[1]});
    require_whole(inputs[3], {samples});
    return {{DType::kFloat32, {samples}}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto labels = static_cast<std::size_t>(context.inputs[2].shape[1]);
    const auto run = [labels, shape = shape_of(context.inputs)](const StepArgs& args) {
      kernels::ctc_loss(shape, labels, args.input(0), args.input<std::int32_t>(1),
                        args.input<std::int32_t>(2), args.input<std::int32_t>(3), args.output(),
                        args.scratch, args.pool);
    };
    return make_step(run, kernels::ctc_loss_scratch_bytes(labels, context.threads));
  }
};

}  // namespace

graph::OperationPtr make_ctc_decode_steps(std::int64_t blank, bool merge_repeated) {
  return std::make_shared<CtcDecodeSteps>(blank, merge_repeated);
}

graph::OperationPtr make_ctc_beam_search(std::int64_t blank, std::int64_t width,
                                         std::int64_t paths) {
  require(width > 0 && width <= INT32_MAX && paths > 0 && paths <= width,
          ErrorCode::kInvalidArgument, "{} paths of a beam of {}", paths, width);
  return std::make_shared<CtcBeamSearch>(blank, width, paths);
}

graph::OperationPtr make_ctc_loss(std::int64_t blank) { return std::make_shared<CtcLoss>(blank); }

}  // namespace weir::ops
