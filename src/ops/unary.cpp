#include "ops/unary.h"

#include "kernels/unary_map.h"
#include "ops/channel_affine.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ChannelAffine;
using graph::OperationPtr;
using kernels::Unary;
using kernels::UnaryKind;

class UnaryOperation final : public graph::Operation {
 public:
  UnaryOperation(const Unary& unary, std::int64_t channels) : unary_(unary), channels_(channels) {}

  std::string_view kind() const override { return "unary"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    return {only_float_input(kind(), inputs)};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const auto count = static_cast<std::size_t>(context.inputs[0].shape.elements());
    return make_step([unary = unary_, count](const kernels::StepArgs& args) {
      kernels::unary_map(args.input(0), args.output(), count, unary, args.pool);
    });
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

  std::optional<Unary> as_unary() const override { return unary_; }

  std::optional<ChannelAffine> as_channel_affine() const override {
    if (unary_.kind != UnaryKind::kAffine || channels_ == 0) return std::nullopt;
    const auto count = static_cast<std::size_t>(channels_);
    return ChannelAffine{fmt::format("{}x+{}", unary_.a, unary_.b), channels_,
                         [unary = unary_, count] {
                           return ChannelAffine::Values{std::vector<float>(count, unary.a),
                                                        std::vector<float>(count, unary.b)};
                         }};
  }

  OperationPtr with_unary(const Unary& next) const override {
    if (unary_.kind != UnaryKind::kAffine || next.kind != UnaryKind::kAffine) return nullptr;
    return make_affine(next.a * unary_.a, next.a * unary_.b + next.b, channels_);
  }

  OperationPtr with_channel_affine(const ChannelAffine& next) const override {
    const std::optional<ChannelAffine> affine = as_channel_affine();
    if (!affine || affine->channels != next.channels) return nullptr;
    return make_channel_affine(graph::compose(*affine, next), 0);
  }

 private:
  Unary unary_;
  std::int64_t channels_;
};

}  // namespace

OperationPtr make_unary(const Unary& unary) { return std::make_shared<UnaryOperation>(unary, 0); }

OperationPtr make_affine(float a, float b, std::int64_t channels) {
  return std::make_shared<UnaryOperation>(kernels::affine(a, b), channels);
}

}  // namespace weir::ops
