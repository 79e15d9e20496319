#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.h"
#include "session_options.h"
#include "shape_json.h"
#include "table.h"
#include "weir/memory_size.h"
#include "weir/model.h"

namespace weir::app {
namespace {

using Json = nlohmann::json;

struct Arguments {
  std::string model;
  SessionArguments session;
  bool json = false;
};

std::string shapes_text(const std::vector<Shape>& shapes) {
  std::vector<std::string> texts;
  texts.reserve(shapes.size());
  for (const Shape& shape : shapes) texts.push_back(to_string(shape));
  return texts.empty() ? "?" : fmt::format("{}", fmt::join(texts, ", "));
}

Json to_json(const ModelSummary& summary) {
  Json layers = Json::array();
  for (const LayerSummary& layer : summary.layers) {
    Json shapes = Json::array();
    for (const Shape& shape : layer.output_shapes) shapes.push_back(shape_json(shape));
    layers.push_back({{"name", layer.name},
                      {"class", layer.class_name},
                      {"output_shapes", shapes},
                      {"parameters", layer.parameters},
                      {"weight_bytes", layer.weight_bytes},
                      {"connected_to", layer.connected_to}});
  }
  return {{"name", summary.name},
          {"kind", summary.kind},
          {"keras_version", summary.keras_version},
          {"layers", layers},
          {"parameters", summary.parameters},
          {"trainable_parameters", summary.trainable_parameters},
          {"non_trainable_parameters", summary.parameters - summary.trainable_parameters},
          {"weight_bytes", summary.weight_bytes},
          {"unsupported", summary.unsupported.empty() ? Json() : Json(summary.unsupported)}};
}

void print_text(const ModelSummary& summary) {
  fmt::print("Model: \"{}\" ({}{})\n", summary.name, summary.kind,
             summary.keras_version.empty() ? "" : ", Keras " + summary.keras_version);
  Table table({{"Layer (type)"},
               {"Output shape"},
               {"Params", Table::Align::kRight},
               {"Weights", Table::Align::kRight},
               {"Connected to"}});
  for (const LayerSummary& layer : summary.layers) {
    table.add({fmt::format("{} ({})", layer.name, layer.class_name),
               shapes_text(layer.output_shapes), with_commas(layer.parameters),
               format_bytes(layer.weight_bytes),
               fmt::format("{}", fmt::join(layer.connected_to, ", "))});
  }
  fmt::print("{}\n", table.to_text());
  fmt::print("Total params:         {}  ({} of weights)\n", with_commas(summary.parameters),
             format_bytes(summary.weight_bytes));
  fmt::print("Trainable params:     {}\n", with_commas(summary.trainable_parameters));
  fmt::print("Non-trainable params: {}\n",
             with_commas(summary.parameters - summary.trainable_parameters));
  if (!summary.unsupported.empty()) {
    fmt::print("\nWeir cannot predict with this model: {}\n", summary.unsupported);
  }
}

void run(const Arguments& arguments) {
  const ModelSummary summary = Model::summarize(arguments.model, arguments.session.load_options());
  if (arguments.json) {
    fmt::print("{}\n", to_json(summary).dump(2));
  } else {
    print_text(summary);
  }
}

}  // namespace

void add_summary(CLI::App& program) {
  CLI::App* command = program.add_subcommand("summary", "Layers, shapes and parameters of a model");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras, .h5 or architecture .json file");
  arguments->session.add_weights_file_to(*command);
  add_json(*command, arguments->json);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
