#include "ops/custom.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include "base/denormals.h"
#include "base/fail.h"
#include "ops/lambda_step.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

using graph::Constant;
using graph::ValueType;

bool is_float(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16 || dtype == DType::kFloat32 ||
         dtype == DType::kFloat64;
}

/// The function gets the file's own elements, converted by nobody.
bool keeps_type(const Constant& weight) {
  return weight.dtype == DType::kFloat32 || !is_float(weight.dtype);
}

bool lies_ready(const Constant& weight) {
  const auto address = reinterpret_cast<std::uintptr_t>(weight.data.bytes.data());
  return keeps_type(weight) && address % size_of(weight.dtype) == 0;
}

std::size_t bytes_of(const Constant& weight) {
  const std::size_t element = keeps_type(weight) ? size_of(weight.dtype) : sizeof(float);
  return static_cast<std::size_t>(weight.shape.elements()) * element;
}

LayerWeight lent(const Constant& weight, const SharedBytes& elements) {
  const DType dtype = keeps_type(weight) ? weight.dtype : DType::kFloat32;
  return {{elements.bytes.data(), dtype, weight.shape}, elements.owner};
}

/// The weight before it is packed: where it lies in the file, or a copy for as long as it is held.
LayerWeight unpacked(const Constant& weight) {
  if (keeps_type(weight)) return lent(weight, weight.data);
  const auto copy = std::make_shared<const std::vector<float>>(weight.to_floats());
  return lent(weight, {std::as_bytes(std::span(*copy)), copy});
}

SharedBytes pack(const Constant& weight, graph::PackedWeights& weights) {
  if (lies_ready(weight)) return weights.lend(weight.id, weight.data);
  if (is_float(weight.dtype)) return pack_floats(weight, weights);
  return weights.get(weight.id, bytes_of(weight), [&weight](const graph::PackingRoom& room) {
    std::ranges::copy(weight.data.bytes, room.bytes().begin());
  });
}

std::vector<TensorSpec> specs_of(std::span<const ValueType> types) {
  std::vector<TensorSpec> specs;
  for (const ValueType& type : types) specs.push_back({"", type.dtype, type.shape});
  return specs;
}

template <typename View>
std::vector<View> views_of(std::span<const ValueType> types) {
  std::vector<View> views;
  for (const ValueType& type : types) views.push_back({nullptr, type.dtype, type.shape});
  return views;
}

/// The views with their data, put where nothing needs to be allocated for them.
template <typename View, typename Pointer>
std::span<View> place(const std::vector<View>& views, std::span<const Pointer> data,
                      std::byte* memory) {
  static_assert(std::is_trivially_destructible_v<View>);
  auto* const placed = reinterpret_cast<View*>(memory);
  for (std::size_t i = 0; i < views.size(); ++i) {
    (new (placed + i) View(views[i]))->data = data[i];
  }
  return {placed, views.size()};
}

class Custom final : public graph::Operation {
 public:
  Custom(std::shared_ptr<const CustomLayer> layer, LayerDescription description,
         std::vector<Constant> weights)
      : layer_(std::move(layer)),
        description_(std::move(description)),
        weights_(std::move(weights)) {}

  std::string_view kind() const override { return "custom"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    LayerDescription described = description_;
    for (const Constant& weight : weights_) described.weights.push_back(unpacked(weight));
    std::vector<ValueType> outputs;
    for (const TensorSpec& spec : layer_->infer(described, specs_of(inputs))) {
      check(spec, inputs);
      outputs.push_back({spec.dtype, spec.shape});
    }
    require(!outputs.empty(), ErrorCode::kInvalidArgument, "has no outputs");
    for (const Constant& weight : weights_) {
      if (weight.data.mapped) drop_pages(weight.data.bytes);
    }
    return outputs;
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    LayerDescription described = description_;
    std::vector<SharedBytes> packed;
    for (const Constant& weight : weights_) {
      packed.push_back(pack(weight, context.weights));
      described.weights.push_back(lent(weight, packed.back()));
    }
    const auto inputs = views_of<TensorView>(context.inputs);
    const auto outputs = views_of<MutableTensorView>(context.outputs);
    const std::size_t input_bytes = inputs.size() * sizeof(TensorView);
    const auto run =
        [inputs, outputs, input_bytes,
         compute = layer_->prepare(described, specs_of(context.inputs), specs_of(context.outputs))](
            const kernels::StepArgs& args) {
          const DenormalsGuard denormals(Denormals::kExact);
          compute(place(inputs, args.inputs, args.scratch),
                  place(outputs, args.outputs, args.scratch + input_bytes));
        };
    return make_step(run, input_bytes + outputs.size() * sizeof(MutableTensorView),
                     std::move(packed));
  }

  std::size_t packed_bytes() const override {
    std::size_t bytes = 0;
    for (const Constant& weight : weights_) bytes += lies_ready(weight) ? 0 : bytes_of(weight);
    return bytes;
  }

  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override {
    return !layer_->mixes_samples;
  }

 private:
  void check(const TensorSpec& output, std::span<const ValueType> inputs) const {
    const bool can_run = output.dtype == DType::kFloat32 || output.dtype == DType::kInt32 ||
                         output.dtype == DType::kBool;
    require(can_run && output.shape.is_static(), ErrorCode::kInvalidArgument,
            "its output is said to be {} {}: only float32, int32 and bool of known sizes can be",
            to_string(output.dtype), to_string(output.shape));
    const Shape& input = inputs[0].shape;
    const bool has_rows = !output.shape.empty() && !input.empty() && output.shape[0] == input[0];
    require(has_rows || layer_->mixes_samples, ErrorCode::kInvalidArgument,
            "its output of shape {} has no row for each of an input of shape {}, as only those of "
            "layers that mix samples may",
            to_string(output.shape), to_string(input));
  }

  std::shared_ptr<const CustomLayer> layer_;
  LayerDescription description_;
  std::vector<Constant> weights_;
};

}  // namespace

graph::OperationPtr make_custom(std::shared_ptr<const CustomLayer> layer,
                                LayerDescription description, std::vector<Constant> weights) {
  return std::make_shared<Custom>(std::move(layer), std::move(description), std::move(weights));
}

}  // namespace weir::ops
