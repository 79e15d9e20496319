#include "session/summary.h"

#include <algorithm>
#include <set>

#include "layers/build_graph.h"
#include "session/probe.h"
#include "weir/error.h"

namespace weir::session {
namespace {

struct Count {
  std::uint64_t parameters = 0;
  std::uint64_t trainable = 0;
  std::uint64_t bytes = 0;

  Count& operator+=(const Count& other) {
    parameters += other.parameters;
    trainable += other.trainable;
    bytes += other.bytes;
    return *this;
  }
};

/// Layers of one object that are counted already.
using Seen = std::set<std::int64_t>;

Count count_variables(const keras::LayerWeights& weights) {
  Count count;
  for (const keras::WeightRecord& weight : weights.vars) {
    count.parameters += static_cast<std::uint64_t>(weight.shape.elements());
    count.bytes += weight.data.bytes.size();
  }
  for (const auto& [name, part] : weights.parts) {
    // The state of a random generator is not a parameter; Keras does not count it either.
    if (name != "seed_generator") count += count_variables(part);
  }
  return count;
}

/// Keras marks the statistics of normalising layers as not trainable; a file does not say which of
/// its variables are.
std::uint64_t statistics_of(const keras::LayerRecord& layer) {
  const auto& vars = layer.weights.vars;
  std::size_t statistics = 0;
  if (layer.class_name == "BatchNormalization") statistics = 2;
  if (layer.class_name == "Normalization") statistics = vars.size();
  std::uint64_t sum = 0;
  for (std::size_t i = vars.size() - std::min(statistics, vars.size()); i < vars.size(); ++i) {
    sum += static_cast<std::uint64_t>(vars[i].shape.elements());
  }
  return sum;
}

bool is_trainable(const keras::LayerRecord& layer) {
  const auto found = layer.config.find("trainable");
  return found == layer.config.end() || !found->is_boolean() || found->get<bool>();
}

/// The layer with all layers in it, each object once.
Count count_layer(const keras::LayerRecord& layer, Seen& seen) {
  if (layer.shared_object_id && !seen.insert(*layer.shared_object_id).second) return {};
  Count count = count_variables(layer.weights);
  count.trainable = count.parameters - statistics_of(layer);
  if (layer.model != nullptr) {
    for (const keras::LayerRecord& inner : layer.model->layers) count += count_layer(inner, seen);
  }
  for (const keras::InnerLayer& inner : layer.inner) count += count_layer(*inner.layer, seen);
  if (!is_trainable(layer)) count.trainable = 0;
  return count;
}

void add_layers(const keras::ModelRecord& model, const std::string& prefix,
                const layers::LayerShapes& shapes, ModelSummary& summary) {
  for (const keras::LayerRecord& layer : model.layers) {
    Seen seen;
    const Count count = count_layer(layer, seen);
    LayerSummary row{prefix + layer.name, layer.class_name, {}, count.parameters, count.bytes, {}};
    const auto found = shapes.find(row.name);
    if (found != shapes.end()) row.output_shapes = found->second;
    for (const keras::CallRecord& call : layer.calls) {
      for (const keras::TensorRef& ref : call.tensors) {
        row.connected_to.push_back(prefix + ref.layer);
      }
    }
    const std::string inner_prefix = row.name + "/";
    summary.layers.push_back(std::move(row));
    if (layer.model != nullptr) add_layers(*layer.model, inner_prefix, shapes, summary);
  }
}

void add_totals(const keras::ModelRecord& model, ModelSummary& summary) {
  Seen seen;
  Count total;
  for (const keras::LayerRecord& layer : model.layers) total += count_layer(layer, seen);
  summary.parameters = total.parameters;
  summary.trainable_parameters = total.trainable;
  summary.weight_bytes = total.bytes;
}

LayerProbe probe_all(const keras::ModelRecord& record, const layers::Registry& registry) {
  try {
    return probe_layers(record, layers::signature(record).inputs, registry);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return {{}, error.what()};
  }
}

}  // namespace

ModelSummary summarize(const keras::ModelRecord& record, const layers::Registry& registry) {
  ModelSummary summary;
  summary.name = record.name;
  summary.kind = record.kind == keras::ModelRecord::Kind::kSequential ? "Sequential" : "Functional";
  summary.keras_version = record.keras_version;
  const LayerProbe probed = probe_all(record, registry);
  summary.unsupported = probed.unsupported;
  add_layers(record, "", probed.shapes, summary);
  add_totals(record, summary);
  return summary;
}

}  // namespace weir::session
