#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "arrays.h"
#include "custom_layers.h"
#include "errors.h"
#include "predictor.h"
#include "profile.h"
#include "rows_reader.h"
#include "weir/weir.h"

namespace weir::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

std::vector<Shape> to_shapes(nb::handle list) {
  std::vector<Shape> shapes;
  for (const nb::handle sizes : list) shapes.push_back(to_shape(sizes));
  return shapes;
}

nb::list to_tuples(const std::vector<Shape>& shapes) {
  nb::list tuples;
  for (const Shape& shape : shapes) tuples.append(to_tuple(shape));
  return tuples;
}

/// (name, dtype, shape) of each.
nb::list to_specs(std::span<const TensorSpec> specs) {
  nb::list list;
  for (const TensorSpec& spec : specs) {
    list.append(
        nb::make_tuple(spec.name, std::string(to_string(spec.dtype)), to_tuple(spec.shape)));
  }
  return list;
}

template <typename Enum>
std::optional<Enum> named(const std::optional<std::string>& name, std::initializer_list<Enum> all) {
  if (!name) return std::nullopt;
  for (const Enum value : all) {
    if (to_string(value) == *name) return value;
  }
  throw Error(ErrorCode::kInvalidArgument, "'" + *name + "' is none of the choices");
}

SharedDevice make_device(std::size_t threads, std::vector<std::size_t> cores,
                         std::optional<std::uint64_t> memory_limit, const std::string& policy) {
  return SharedDevice(
      {threads, std::move(cores), memory_limit,
       *named(std::optional(policy), {MemoryPolicy::kGrow, MemoryPolicy::kReserve})});
}

SessionOptions make_options(std::size_t batch_size, std::size_t threads,
                            std::optional<std::uint64_t> memory_limit, nb::handle row_shapes,
                            const std::optional<std::string>& mode, std::size_t micro_batch,
                            const std::optional<std::string>& weights,
                            const std::string& weights_dtype, const std::string& precision,
                            const std::optional<std::string>& tuned_file) {
  SessionOptions options{
      .batch_size = batch_size, .threads = threads, .memory_limit = memory_limit};
  if (!row_shapes.is_none()) options.row_shapes = to_shapes(row_shapes);
  options.mode = named(mode, {ExecutionMode::kLatency, ExecutionMode::kThroughput});
  options.micro_batch = micro_batch;
  options.weights = named(weights, {WeightsMode::kResident, WeightsMode::kStream});
  options.weights_dtype =
      *named(std::optional(weights_dtype), {DType::kFloat32, DType::kBFloat16, DType::kInt8});
  options.precision = *named(std::optional(precision), {Precision::kAuto, Precision::kStrict});
  if (tuned_file) options.tuning = load_tuning(*tuned_file);
  return options;
}

nb::dict to_dict(const PlannedTensor& tensor) {
  nb::dict dict;
  dict["name"] = tensor.name;
  dict["storage"] = tensor.storage;
  dict["offset"] = tensor.offset;
  dict["bytes"] = tensor.bytes;
  dict["first_step"] = tensor.first_step;
  dict["last_step"] = tensor.last_step;
  return dict;
}

/// The fields of `weir.Plan`, which says what they are.
nb::dict to_dict(const MemoryPlan& plan) {
  nb::dict dict;
  dict["mode"] = std::string(to_string(plan.mode));
  dict["mode_reason"] = plan.mode_reason;
  dict["batch_size"] = plan.batch_size;
  dict["micro_batch"] = plan.micro_batch;
  dict["threads"] = plan.threads;
  dict["pass_rows"] = plan.pass_rows;
  dict["arena_slices"] = plan.arena_slices;
  dict["arena_bytes"] = plan.arena_bytes;
  dict["lower_bound_bytes"] = plan.lower_bound_bytes;
  dict["weights"] = std::string(to_string(plan.weights));
  dict["weights_dtype"] = std::string(to_string(plan.weights_dtype));
  dict["weights_bytes"] = plan.weights_bytes;
  dict["weights_resident_bytes"] = plan.weights_resident_bytes;
  dict["packing_bytes"] = plan.packing_bytes;
  dict["stream_bytes"] = plan.stream_bytes;
  dict["baseline_bytes"] = plan.baseline_bytes;
  dict["peak_bytes"] = plan.peak_bytes;
  nb::list tensors;
  for (const PlannedTensor& tensor : plan.tensors) tensors.append(to_dict(tensor));
  dict["tensors"] = tensors;
  return dict;
}

void bind_device(nb::module_& module) {
  nb::class_<SharedDevice>(module, "Device")
      .def(
          "__init__",
          [](SharedDevice* self, std::size_t threads, std::vector<std::size_t> cores,
             std::optional<std::uint64_t> memory_limit, const std::string& policy) {
            new (self) SharedDevice(make_device(threads, std::move(cores), memory_limit, policy));
          },
          "threads"_a, "cores"_a, "memory_limit"_a.none(), "policy"_a)
      .def_prop_ro("threads", [](const SharedDevice& self) { return self.device().threads(); })
      .def_prop_ro(
          "arena_bytes", [](const SharedDevice& self) { return self.device().arena_bytes(); },
          nb::call_guard<nb::gil_scoped_release>())
      .def_prop_ro(
          "weights_bytes", [](const SharedDevice& self) { return self.device().weights_bytes(); },
          nb::call_guard<nb::gil_scoped_release>())
      .def(
          "trim", [](const SharedDevice& self) { Device(self.device()).trim(); },
          nb::call_guard<nb::gil_scoped_release>())
      .def("after_fork", &SharedDevice::start_anew);
}

/// From bytes that its caller keeps alive.
Model load_bytes(nb::bytes bytes, const std::string& name, const nb::dict& custom_layers) {
  const LoadOptions options{to_custom_layers(custom_layers), {}};
  const std::span all(static_cast<const std::byte*>(bytes.data()), bytes.size());
  const nb::gil_scoped_release released;
  return Model::load(all, name, options);
}

nb::dict to_dict(const LayerSummary& layer) {
  nb::dict dict;
  dict["name"] = layer.name;
  dict["class_name"] = layer.class_name;
  dict["output_shapes"] = to_tuples(layer.output_shapes);
  dict["parameters"] = layer.parameters;
  dict["weight_bytes"] = layer.weight_bytes;
  dict["connected_to"] = layer.connected_to;
  return dict;
}

/// What `weir._summary` prints.
nb::dict to_dict(const ModelSummary& summary) {
  nb::dict dict;
  dict["name"] = summary.name;
  dict["kind"] = summary.kind;
  dict["parameters"] = summary.parameters;
  dict["trainable_parameters"] = summary.trainable_parameters;
  dict["weight_bytes"] = summary.weight_bytes;
  nb::list layers;
  for (const LayerSummary& layer : summary.layers) layers.append(to_dict(layer));
  dict["layers"] = layers;
  return dict;
}

MemoryPlan plan_of(const Model& model, const SessionOptions& options, const SharedDevice& device) {
  const nb::gil_scoped_release released;
  return model.plan(options, device.device());
}

void bind_model(nb::module_& module) {
  nb::class_<Model>(module, "Model")
      .def_static(
          "load",
          [](const std::filesystem::path& path, const nb::dict& custom_layers,
             const std::optional<std::filesystem::path>& weights_file) {
            const LoadOptions options{to_custom_layers(custom_layers),
                                      weights_file.value_or(std::filesystem::path())};
            const nb::gil_scoped_release released;
            return Model::load(path, options);
          },
          "path"_a, "custom_layers"_a, "weights_file"_a.none())
      .def_static("from_bytes", &load_bytes, "bytes"_a, "name"_a, "custom_layers"_a,
                  nb::keep_alive<0, 1>())
      .def("summary", [](const Model& model) { return to_dict(model.summary()); })
      .def(
          "plan",
          [](const Model& model, const SessionOptions& options, const SharedDevice& device) {
            return to_dict(plan_of(model, options, device));
          },
          "options"_a, "device"_a)
      .def("save_compiled", &Model::save_compiled, "path"_a, "options"_a,
           nb::call_guard<nb::gil_scoped_release>())
      .def(
          "open_source",
          [](const Model& model, const std::string& file) {
            return std::make_unique<RowsReader>(file, model);
          },
          "file"_a)
      .def_prop_ro("inputs", [](const Model& model) { return to_specs(model.inputs()); })
      .def_prop_ro("outputs", [](const Model& model) { return to_specs(model.outputs()); });
}

void bind_predictor(nb::module_& module) {
  nb::class_<RowsReader>(module, "RowsReader")
      .def("names", &RowsReader::names)
      .def("next", &RowsReader::next, "most_rows"_a);
  nb::class_<SessionOptions>(module, "Options")
      .def(
          "__init__",
          [](SessionOptions* self, std::size_t batch_size, std::size_t threads,
             std::optional<std::uint64_t> memory_limit, nb::object row_shapes,
             const std::optional<std::string>& mode, std::size_t micro_batch,
             const std::optional<std::string>& weights, const std::string& weights_dtype,
             const std::string& precision, const std::optional<std::string>& tuned_file) {
            new (self) SessionOptions(make_options(batch_size, threads, memory_limit, row_shapes,
                                                   mode, micro_batch, weights, weights_dtype,
                                                   precision, tuned_file));
          },
          "batch_size"_a, "threads"_a, "memory_limit"_a.none(), "row_shapes"_a.none(),
          "mode"_a.none(), "micro_batch"_a, "weights"_a.none(), "weights_dtype"_a, "precision"_a,
          "tuned_file"_a.none());
  nb::class_<Predictor>(module, "Predictor")
      .def(nb::init<const Model&, const SessionOptions&, const SharedDevice&>(), "model"_a,
           "options"_a, "device"_a)
      .def("plan", [](Predictor& predictor) { return to_dict(predictor.plan()); })
      .def_prop_ro("mode",
                   [](Predictor& predictor) -> std::optional<std::string> {
                     const std::optional<ExecutionMode> mode = predictor.mode();
                     if (!mode) return std::nullopt;
                     return std::string(to_string(*mode));
                   })
      .def_prop_ro("keeps_states", &Predictor::keeps_states)
      .def("output_shapes",
           [](Predictor& predictor, nb::handle shapes) {
             return to_tuples(predictor.output_shapes(to_shapes(shapes)));
           })
      .def("run", &Predictor::run, "inputs"_a, "outputs"_a)
      .def("reset_states", &Predictor::reset_states)
      .def("watch", &Predictor::watch, "profile"_a.none())
      .def("predict_small", &Predictor::predict_small, "x"_a, "most_rows"_a)
      .def("after_fork", &Predictor::after_fork, "device"_a);
}

}  // namespace
}  // namespace weir::python

NB_MODULE(_core, module) {
  namespace py = weir::python;
  // A model that is a global of a program lives until the interpreter is gone, which is no leak.
  nanobind::set_leak_warnings(false);
  py::load_numpy();
  module.def("parse_bytes", [](const std::string& text) { return weir::parse_bytes(text); });
  py::translate_errors();
  py::bind_device(module);
  py::bind_model(module);
  py::bind_predictor(module);
  py::bind_profile(module);
}
