#include "weir/model.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "base/fail.h"
#include "base/isa.h"
#include "base/output_file.h"
#include "base/process_memory.h"
#include "base/zip_writer.h"
#include "keras/load.h"
#include "keras/weights_file.h"
#include "layers/build_graph.h"
#include "layers/restored_weights.h"
#include "session/memory_plan.h"
#include "session/model_file.h"
#include "session/model_impl.h"
#include "session/preparation.h"
#include "session/probe.h"
#include "session/summary.h"

namespace weir {
namespace {

void adopt(session::ModelFile file, Model::Impl& impl) {
  impl.record = std::move(file.record);
  impl.original = std::move(file.original);
  impl.parts = std::move(file.parts);
  impl.compiled = std::move(file.compiled);
}

void use_packed_weights(Model::Impl& impl) {
  if (!impl.compiled) return;
  impl.weights.prime(impl.compiled->usable());
  impl.streamed_weights.prime(impl.compiled->usable());
}

/// Weights that are packed in the model's file are those of the file, so they are not used.
void take_weights(const std::filesystem::path& path, Model::Impl& impl) {
  impl.compiled.reset();
  if (impl.parts.empty()) impl.parts = {{keras::kModelMember, impl.original}};
  std::vector<keras::NamedFile> files = keras::load_weights_file(path, impl.record);
  files.front().name = keras::kWeightsMember;
  std::ranges::move(files, std::back_inserter(impl.parts));
  impl.file += " with " + path.string();
}

/// The model as one file: several are put together to a ZIP, on disk.
SharedBytes original_of(const Model::Impl& impl) {
  if (impl.parts.empty()) return impl.original;
  TemporaryFile archive;
  ZipWriter writer(archive);
  for (const keras::NamedFile& part : impl.parts) writer.add(part.name, part.bytes);
  writer.finish();
  return archive.map();
}

layers::Registry with_custom(const CustomLayers& custom_layers) {
  layers::Registry registry = layers::Registry::builtin();
  for (const auto& [class_name, layer] : custom_layers) registry.add_custom(class_name, layer);
  return registry;
}

using OpenFile = std::function<session::ModelFile()>;

/// The records and the layers that they may have.
void open_model(const OpenFile& open, const LoadOptions& options, Model::Impl& impl) {
  if (!options.custom_layers.empty()) impl.own_registry = with_custom(options.custom_layers);
  adopt(open(), impl);
  if (!options.weights_file.empty()) take_weights(options.weights_file, impl);
  layers::restore_weights(impl.record);
  use_packed_weights(impl);
}

std::shared_ptr<const Model::Impl> load_impl(const OpenFile& open, const std::string& name,
                                             const LoadOptions& options) {
  select_isa();
  auto impl = std::make_shared<Model::Impl>();
  impl->file = name;
  try {
    open_model(open, options, *impl);
    layers::ModelSignature signature = layers::signature(impl->record);
    impl->inputs = std::move(signature.inputs);
    impl->outputs = session::probe_outputs(impl->record, impl->inputs, signature.output_names,
                                           impl->registry());
  } catch (const Error& error) {
    throw impl->named(error);
  }
  return_freed_memory();
  return impl;
}

bool has_custom_layers(const keras::ModelRecord& model, const layers::Registry& registry) {
  return std::ranges::any_of(model.layers, [&](const keras::LayerRecord& layer) {
    return layer.model != nullptr ? has_custom_layers(*layer.model, registry)
                                  : registry.is_custom(layer);
  });
}

}  // namespace

std::string_view to_string(ExecutionMode mode) {
  switch (mode) {
    case ExecutionMode::kLatency:
      return "latency";
    case ExecutionMode::kThroughput:
      return "throughput";
    case ExecutionMode::kWhole:
      return "whole";
  }
  return "";
}

std::string_view to_string(WeightsMode mode) {
  return mode == WeightsMode::kResident ? "resident" : "stream";
}

std::string_view to_string(Precision precision) {
  return precision == Precision::kAuto ? "auto" : "strict";
}

Model Model::load(const std::filesystem::path& path, const LoadOptions& options) {
  return Model(load_impl([&] { return session::open_model(path); }, path.string(), options));
}

Model Model::load(std::span<const std::byte> bytes, const std::string& name,
                  const LoadOptions& options) {
  const auto open = [&] { return session::open_model(borrow_bytes(bytes), name); };
  return Model(load_impl(open, name, options));
}

ModelSummary Model::summarize(const std::filesystem::path& path, const LoadOptions& options) {
  Impl impl;
  impl.file = path.string();
  try {
    open_model([&] { return session::open_model(path); }, options, impl);
    return session::summarize(impl.record, impl.registry());
  } catch (const Error& error) {
    throw impl.named(error);
  }
}

std::span<const TensorSpec> Model::inputs() const { return impl_->inputs; }
std::span<const TensorSpec> Model::outputs() const { return impl_->outputs; }

ModelSummary Model::summary() const { return session::summarize(impl_->record, impl_->registry()); }

bool Model::has_custom_layers() const {
  return weir::has_custom_layers(impl_->record, impl_->registry());
}

MemoryPlan Model::plan(const SessionOptions& options) const {
  return plan(options, Device({.threads = options.threads}));
}

MemoryPlan Model::plan(const SessionOptions& options, const Device& device) const {
  try {
    return session::plan_memory(*impl_, options, *device.impl_, resident_bytes());
  } catch (const Error& error) {
    throw impl_->named(error);
  }
}

void Model::save_compiled(const std::string& path, const SessionOptions& options) const {
  require(impl_->record.has_weights, ErrorCode::kInvalidArgument,
          "the file has an architecture but no weights: there is nothing to pack");
  graph::PackedWeights::Entries packed;
  try {
    const Device device({.threads = options.threads});
    // Streamed ones and resident ones are not all the same: Winograd's are too many to be streamed.
    for (const auto residence : {graph::Residence::kStreamed, graph::Residence::kWhole}) {
      graph::PackedWeights weights(graph::make_file_store(), residence);
      weights.prime(packed);
      const session::Preparation preparation(*impl_, options, *device.impl_, weights,
                                             resident_bytes());
      preparation.plan_rows(preparation.default_row_shapes());
      packed.merge(weights.entries());
    }
  } catch (const Error& error) {
    throw impl_->named(error);
  }
  try {
    const std::unique_ptr<OutputFile> out = open_output_file(path);
    session::write_compiled_file(original_of(*impl_), packed, *out);
    out->finish();
  } catch (const Error& error) {
    throw error.within({.file = path, .layer = {}, .tensor = {}});
  }
}

void Model::verify() const {
  try {
    if (impl_->compiled) impl_->compiled->verify();
  } catch (const Error& error) {
    throw impl_->named(error);
  }
}

}  // namespace weir
