#include "keras/functional_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/fail.h"
#include "keras/json_text.h"

namespace weir::keras {
namespace {

/// Keras 2's stand-in for a layer's name where an input is a constant.
constexpr std::string_view kConstant = "_CONSTANT_VALUE";
constexpr std::string_view kMask = "mask";

std::int64_t parse_index(const Json& value) {
  require(value.is_number_integer() && value >= 0 && value <= 1'000'000'000, ErrorCode::kMalformed,
          "{} is not the index of a node or a tensor", value.dump());
  return value.get<std::int64_t>();
}

/// [layer, node, tensor], and what may follow.
bool is_reference(const Json& value) {
  return value.is_array() && (value.size() == 3 || value.size() == 4) && value[0].is_string() &&
         value[1].is_number_integer();
}

TensorRef parse_reference(const Json& value) {
  require(is_reference(value), ErrorCode::kMalformed,
          "a reference to a tensor is not [layer, node, tensor]");
  return {value[0].get<std::string>(), parse_index(value[1]), parse_index(value[2])};
}

/// Turns the arguments of one call into the record's form, in place.
class ArgumentReader {
 public:
  explicit ArgumentReader(CallRecord& call) : call_(call) {}

  void read_keras3(Json& value) {
    if (value.is_object()) {
      // Only we write numbers there.
      require(!member_of(value, "tensor").is_number(), ErrorCode::kMalformed,
              "an argument poses as a tensor");
      if (member_of(value, "class_name") == "__keras_tensor__") {
        const Json dtype = member_of(member_of(value, "config"), "dtype");
        value = add(parse_reference(member_of(member_of(value, "config"), "keras_history")));
        if (dtype.is_string() && dtype != "float32") value["dtype"] = dtype;
        return;
      }
    }
    if (value.is_structured()) {
      for (Json& item : value) read_keras3(item);
    }
  }

  /// Keyword arguments have tensors as bare references, which a list of a name and two numbers
  /// could be taken for; Keras takes it so too.
  void read_keras2_argument(Json& value) {
    require(!member_of(value, "tensor").is_number(), ErrorCode::kMalformed,
            "an argument poses as a tensor");
    if (is_reference(value) && value.size() == 3) {
      value = add(parse_reference(value));
    } else if (value.is_structured()) {
      for (Json& item : value) read_keras2_argument(item);
    }
  }

  /// The keyword arguments, the mask last.
  void read_kwargs(Json& kwargs, void (ArgumentReader::*read)(Json&)) {
    for (auto& [name, argument] : kwargs.items()) {
      if (name != kMask) (this->*read)(argument);
    }
    const std::size_t others = call_.tensors.size();
    if (const auto mask = kwargs.find(kMask); mask != kwargs.end()) (this->*read)(*mask);
    call_.masks = call_.tensors.size() - others;
  }

  /// The first argument: a nest of [layer, node, tensor, kwargs]. Returns its form in the record.
  Json read_keras2_inputs(Json& value) {
    if (is_reference(value)) {
      if (value.size() == 4 && call_.kwargs.empty()) take_kwargs(value[3]);
      return value[0] == kConstant ? std::move(value[2]) : add(parse_reference(value));
    }
    require(value.is_structured(), ErrorCode::kMalformed, "an inbound node is not a list");
    for (Json& item : value) item = read_keras2_inputs(item);
    return std::move(value);
  }

 private:
  void take_kwargs(Json& kwargs) {
    require(kwargs.is_object(), ErrorCode::kMalformed, "a call's keyword arguments are not a dict");
    call_.kwargs = std::move(kwargs);
  }

  Json add(TensorRef ref) {
    call_.tensors.push_back(std::move(ref));
    return Json{{"tensor", call_.tensors.size() - 1}};
  }

  CallRecord& call_;
};

/// Where a layer's call has its mask, when it is not given by name.
std::optional<std::size_t> place_of_mask(std::string_view class_name) {
  constexpr std::array kSecond{"Softmax", "GlobalAveragePooling1D", "Attention",
                               "AdditiveAttention"};
  constexpr std::array kThird{"SimpleRNN",          "LSTM",           "GRU",        "RNN",
                              "ConvLSTM1D",         "ConvLSTM2D",     "ConvLSTM3D", "Bidirectional",
                              "BatchNormalization", "TimeDistributed"};
  if (std::ranges::find(kSecond, class_name) != kSecond.end()) return 1;
  if (std::ranges::find(kThird, class_name) != kThird.end()) return 2;
  return std::nullopt;
}

void name_mask(CallRecord& call, std::string_view class_name) {
  const std::optional<std::size_t> place = place_of_mask(class_name);
  if (!place || *place >= call.args.size() || call.kwargs.contains(kMask)) return;
  call.kwargs[kMask] = std::exchange(call.args[*place], nullptr);
}

CallRecord parse_keras3_call(Json&& node, std::string_view class_name) {
  CallRecord call;
  call.args = std::move(node["args"]);
  call.kwargs = std::move(node["kwargs"]);
  if (call.kwargs.is_null()) call.kwargs = Json::object();
  require(call.args.is_array() && call.kwargs.is_object(), ErrorCode::kMalformed,
          "an inbound node lacks its args or kwargs");
  name_mask(call, class_name);
  ArgumentReader reader(call);
  reader.read_keras3(call.args);
  reader.read_kwargs(call.kwargs, &ArgumentReader::read_keras3);
  return call;
}

/// A list of a single input means the input itself.
CallRecord parse_keras2_call(Json&& node) {
  CallRecord call;
  ArgumentReader reader(call);
  Json inputs = reader.read_keras2_inputs(node);
  reader.read_kwargs(call.kwargs, &ArgumentReader::read_keras2_argument);
  const bool single = inputs.is_array() && inputs.size() == 1;
  call.args = Json::array();
  call.args.push_back(single ? std::move(inputs[0]) : std::move(inputs));
  return call;
}

bool is_keras3_node(const Json& node) { return node.is_object() && node.contains("args"); }

void parse_ends_below(const Json& structure, const std::string& key, std::vector<NamedRef>& ends) {
  if (is_reference(structure)) {
    ends.push_back({key, parse_reference(structure)});
    return;
  }
  require(structure.is_structured(), ErrorCode::kMalformed,
          "a model's inputs or outputs are not [layer, node, tensor]");
  for (const auto& [name, item] : structure.items()) {
    parse_ends_below(item, structure.is_object() ? name : key, ends);
  }
}

template <typename Visit>
void for_each_inbound(ModelRecord& model, const Visit& visit) {
  for (LayerRecord& layer : model.layers) {
    for (CallRecord& call : layer.calls) {
      for (TensorRef& ref : call.tensors) visit(ref);
    }
  }
}

/// Which references to count from 0: those to layers whose lowest reference is not 0 anyway.
class NodeShift {
 public:
  void see(const TensorRef& ref) {
    const auto [at, is_new] = lowest_.try_emplace(ref.layer, ref.node);
    if (!is_new) at->second = std::min(at->second, ref.node);
  }
  void apply(TensorRef& ref) const {
    if (lowest_.at(ref.layer) > 0) --ref.node;
  }

 private:
  std::map<std::string, std::int64_t> lowest_;
};

}  // namespace

bool is_keras2_form(const Json& inbound_nodes) {
  return inbound_nodes.is_array() && !inbound_nodes.empty() && !is_keras3_node(inbound_nodes[0]);
}

std::vector<CallRecord> parse_calls(Json&& inbound_nodes, std::string_view class_name) {
  std::vector<CallRecord> calls;
  if (inbound_nodes.is_null()) return calls;
  require(inbound_nodes.is_array(), ErrorCode::kMalformed, "'inbound_nodes' is not a list");
  for (Json& node : inbound_nodes) {
    calls.push_back(is_keras3_node(node) ? parse_keras3_call(std::move(node), class_name)
                                         : parse_keras2_call(std::move(node)));
  }
  return calls;
}

std::vector<NamedRef> parse_ends(const Json& structure) {
  std::vector<NamedRef> ends;
  parse_ends_below(structure, "", ends);
  return ends;
}

void number_nodes_from_zero(ModelRecord& model, bool keras2_form) {
  std::map<std::string_view, const ModelRecord*> models;
  for (const LayerRecord& layer : model.layers) {
    if (layer.model != nullptr) models.emplace(layer.name, layer.model.get());
  }
  const auto counts_from_one = [&](const TensorRef& ref) {
    const auto found = models.find(ref.layer);
    return found != models.end() &&
           (keras2_form || found->second->kind == ModelRecord::Kind::kFunctional);
  };
  const auto for_each_ref = [&](const auto& visit) {
    const auto visit_counted = [&](TensorRef& ref) {
      if (counts_from_one(ref)) visit(ref);
    };
    if (keras2_form) for_each_inbound(model, visit_counted);
    for (NamedRef& output : model.outputs) visit_counted(output.ref);
  };
  NodeShift shift;
  for_each_ref([&](TensorRef& ref) { shift.see(ref); });
  for_each_ref([&](TensorRef& ref) { shift.apply(ref); });
}

}  // namespace weir::keras
