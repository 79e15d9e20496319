#include "ops/power_spectrum.h"

#include "kernels/fourier.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

class PowerSpectrum final : public graph::Operation {
 public:
  explicit PowerSpectrum(const kernels::PowerSpectrum& spectrum)
      : spectrum_(std::make_shared<const kernels::PowerSpectrum>(spectrum)) {}

  std::string_view kind() const override { return "power spectrum"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    graph::ValueType output = only_float_input(kind(), inputs);
    require_axis(kind(), output.shape, 0);
    const auto length = static_cast<std::size_t>(output.shape.back());
    require(length >= spectrum_->frequencies(), ErrorCode::kInvalidArgument,
            "a signal of {} samples is shorter than half a frame, {}", length,
            spectrum_->frequencies());
    output.shape[output.shape.rank() - 1] = static_cast<std::int64_t>(spectrum_->frames(length));
    output.shape.push_back(static_cast<std::int64_t>(spectrum_->frequencies()));
    return {output};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& shape = context.inputs[0].shape;
    const auto length = static_cast<std::size_t>(shape.back());
    const auto signals = static_cast<std::size_t>(shape.elements()) / length;
    return make_step(
        [spectrum = spectrum_, signals, length](const kernels::StepArgs& args) {
          spectrum->run(signals, length, args.input(0), args.output(), args.scratch, args.pool);
        },
        spectrum_->scratch_bytes(context.threads));
  }

  bool keeps_samples_apart(std::span<const graph::ValueType> inputs) const override {
    return inputs[0].shape.rank() > 1;
  }

 private:
  std::shared_ptr<const kernels::PowerSpectrum> spectrum_;
};

}  // namespace

graph::OperationPtr make_power_spectrum(std::vector<float> window, std::size_t step) {
  return std::make_shared<PowerSpectrum>(kernels::PowerSpectrum(std::move(window), step));
}

}  // namespace weir::ops
