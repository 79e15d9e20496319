#include "ops/bitcast.h"

#include <cstring>

#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

class Bitcast final : public graph::Operation {
 public:
  explicit Bitcast(DType to) : to_(to) {}

  std::string_view kind() const override { return "bitcast"; }

  std::vector<graph::ValueType> infer(std::span<const graph::ValueType> inputs) const override {
    return {{to_, only_number_input(kind(), inputs).shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const std::size_t bytes = context.inputs[0].bytes();
    return make_step([bytes](const kernels::StepArgs& args) {
      if (args.outputs[0] != args.inputs[0]) std::memcpy(args.outputs[0], args.inputs[0], bytes);
    });
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{0, 0}}; }

  bool keeps_samples_apart(std::span<const graph::ValueType> /*inputs*/) const override {
    return true;
  }

  bool is_alias() const override { return true; }

 private:
  DType to_;
};

}  // namespace

graph::OperationPtr make_bitcast(DType to) {
  require(to == DType::kFloat32 || to == DType::kInt32, ErrorCode::kUnsupported,
          "the bits of {} elements", to_string(to));
  return std::make_shared<Bitcast>(to);
}

}  // namespace weir::ops
