#include "custom_layers.h"

#include <nanobind/stl/string.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "weir/error.h"

namespace weir::python {
namespace {

namespace nb = nanobind;

thread_local bool in_function = false;

/// From here on the thread is in a function of a layer, with the interpreter's lock.
class InFunction {
 public:
  InFunction() : before_(std::exchange(in_function, true)) {}
  InFunction(const InFunction&) = delete;
  InFunction& operator=(const InFunction&) = delete;
  ~InFunction() { in_function = before_; }

 private:
  nb::gil_scoped_acquire lock_;
  bool before_;
};

/// A Python object that a thread without the interpreter's lock may copy and let go.
using Held = std::shared_ptr<const nb::object>;

Held hold(nb::handle object) {
  const auto let_go = [](const nb::object* held) {
    const nb::gil_scoped_acquire lock;
    delete held;
  };
  return {new nb::object(nb::borrow(object)), let_go};
}

Held hold_weakly(nb::handle object) { return hold(nb::weakref(object)); }

/// The object that is held weakly.
nb::object target_of(const Held& weak) {
  nb::object target = (*weak)();
  if (target.is_none()) throw Error(ErrorCode::kInternal, "the layers of a model are gone");
  return target;
}

nb::list types_of(std::span<const TensorSpec> specs) {
  nb::list types;
  for (const TensorSpec& spec : specs) {
    types.append(nb::make_tuple(std::string(to_string(spec.dtype)), to_tuple(spec.shape)));
  }
  return types;
}

std::vector<TensorSpec> specs_of(nb::handle types) {
  std::vector<TensorSpec> specs;
  for (const nb::handle type : types) {
    const auto name = nb::cast<std::string>(type[0]);
    specs.push_back({"", dtype_from_name(name).value(), to_shape(type[1])});
  }
  return specs;
}

nb::list weights_of(const LayerDescription& layer) {
  nb::list weights;
  for (const LayerWeight& weight : layer.weights) weights.append(read_only_array(weight));
  return weights;
}

nb::list copies_of(std::span<const TensorView> tensors) {
  nb::list arrays;
  for (const TensorView& tensor : tensors) arrays.append(copy_of(tensor));
  return arrays;
}

/// Inputs are copied, so that the function may keep them, and a debugger the frames of an error.
void compute(const Held& layer, const Held& weights, const Held& types,
             std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) {
  const InFunction in;
  const nb::object made = target_of(layer).attr("compute")(*weights, *types, copies_of(inputs));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const nb::object array = made[i];
    std::memcpy(outputs[i].data, elements_of(array)->data, outputs[i].bytes());
  }
}

/// `make` refers to a function of name and config that gives the layer.
CustomLayer to_custom_layer(const Held& make, bool mixes_samples) {
  const auto layer_of = [make](const LayerDescription& layer) {
    return target_of(make)(layer.name, layer.config);
  };
  const auto infer = [layer_of](const LayerDescription& layer, std::span<const TensorSpec> inputs) {
    const InFunction in;
    return specs_of(layer_of(layer).attr("infer")(weights_of(layer), types_of(inputs)));
  };
  const auto prepare = [layer_of](const LayerDescription& description, std::span<const TensorSpec>,
                                  std::span<const TensorSpec> outputs) -> CustomLayer::Compute {
    const InFunction in;
    return [layer = hold_weakly(layer_of(description)), weights = hold(weights_of(description)),
            types = hold(types_of(outputs))](std::span<const TensorView> from,
                                             std::span<const MutableTensorView> to) {
      compute(layer, weights, types, from, to);
    };
  };
  return {infer, prepare, mixes_samples};
}

}  // namespace

CustomLayers to_custom_layers(const nb::dict& registered) {
  CustomLayers layers;
  for (const auto& [name, definition] : registered) {
    layers.emplace(nb::cast<std::string>(name),
                   to_custom_layer(hold_weakly(definition[1]), nb::cast<bool>(definition[0])));
  }
  return layers;
}

bool in_custom_layer() { return in_function; }

}  // namespace weir::python
