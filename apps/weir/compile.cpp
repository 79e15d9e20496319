#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "command.h"
#include "session_options.h"
#include "weir/memory_size.h"
#include "weir/model.h"

namespace weir::app {
namespace {

struct Arguments {
  std::string model;
  std::string output;
  SessionArguments session;
};

void run(const Arguments& arguments) {
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  model.save_compiled(arguments.output, arguments.session.options(model));
  const std::filesystem::path path(arguments.output);
  if (!std::filesystem::is_regular_file(path)) return;
  fmt::print("{}: {}\n", arguments.output, format_bytes(std::filesystem::file_size(path)));
}

}  // namespace

void add_compile(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "compile", "Write a .weir file: packed weights, mapped in milliseconds");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras, .h5 or .weir file");
  command->add_option("-o,--output", arguments->output)
      ->description("The file to write")
      ->option_text("FILE")
      ->required();
  arguments->session.add_weights_file_to(*command);
  arguments->session.add_weights_dtype_to(*command);
  arguments->session.add_shape_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
