#include "weir/model.h"

#include "base/fail.h"
#include "base/isa.h"
#include "base/process_memory.h"
#include "keras/load.h"
#include "layers/build_graph.h"
#include "session/memory_plan.h"
#include "session/model_impl.h"
#include "session/preparation.h"
#include "session/probe.h"
#include "session/summary.h"

namespace weir {
namespace {

template <typename Read>
std::shared_ptr<const Model::Impl> load_impl(const std::string& file, const Read& read) {
  select_isa();
  auto impl = std::make_shared<Model::Impl>();
  impl->file = file;
  try {
    impl->record = read();
    layers::ModelSignature signature = layers::signature(impl->record);
    impl->inputs = std::move(signature.inputs);
    impl->outputs = session::probe_outputs(impl->record, impl->inputs, signature.output_names);
  } catch (const Error& error) {
    throw impl->named(error);
  }
  return_freed_memory();
  return impl;
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

Model Model::load(const std::filesystem::path& path) {
  return Model(load_impl(path.string(), [&] { return keras::load_model_file(path); }));
}

Model Model::load(std::span<const std::byte> bytes, const std::string& name) {
  return Model(load_impl(name, [&] { return keras::load_model_bytes(borrow_bytes(bytes), name); }));
}

ModelSummary Model::summarize(const std::filesystem::path& path) {
  try {
    return session::summarize(keras::load_model_file(path));
  } catch (const Error& error) {
    throw error.within({.file = path.string(), .layer = {}, .tensor = {}});
  }
}

std::span<const TensorSpec> Model::inputs() const { return impl_->inputs; }
std::span<const TensorSpec> Model::outputs() const { return impl_->outputs; }

ModelSummary Model::summary() const { return session::summarize(impl_->record); }

MemoryPlan Model::plan(const SessionOptions& options) const {
  return plan(options, Device({.threads = options.threads}));
}

MemoryPlan Model::plan(const SessionOptions& options, const Device& device) const {
  try {
    graph::PackedWeights reserved(graph::PackedWeights::Mode::kReserve);
    session::Preparation preparation(*impl_, options, *device.impl_, reserved);
    const session::RowPlan rows = preparation.plan_rows(preparation.default_row_shapes());
    return session::describe(rows, preparation);
  } catch (const Error& error) {
    throw impl_->named(error);
  }
}

}  // namespace weir
