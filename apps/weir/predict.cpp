#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "io/open_sink.h"
#include "io/open_source.h"
#include "progress.h"
#include "session_options.h"
#include "stop.h"
#include "weir/error.h"
#include "weir/stream.h"

namespace weir::app {
namespace {

struct Arguments {
  std::string model;
  InputOptions input;
  OutputOptions output;
  SessionArguments session;
  std::string progress = "auto";
};

std::optional<std::uint64_t> total_rows(const Source& source) {
  const std::int64_t rows = source.tensors().front().shape[0];
  if (rows == Shape::kFree) return std::nullopt;
  return static_cast<std::uint64_t>(rows);
}

void run(Arguments& arguments) {
  const Model model = Model::load(arguments.model);
  arguments.input.expected = model.inputs();
  arguments.input.stop = &stop_requested();
  const std::unique_ptr<Source> source = open_source(arguments.input);
  Session session(model, arguments.session.options(model));
  const std::unique_ptr<Sink> sink = open_sink(arguments.output);

  std::optional<Progress> progress;
  if (Progress::wanted(arguments.progress)) {
    progress.emplace(total_rows(*source), session.plan().peak_bytes);
  }
  StreamOptions stream;
  stream.on_batch = [&](std::uint64_t done) {
    if (progress.has_value()) progress->update(done);
    return !stop_requested().load();
  };
  const std::uint64_t rows = predict_stream(session, *source, *sink, stream);
  if (progress.has_value()) progress->finish(rows);
}

void add_data_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--input", arguments.input.inputs,
                  "FILE (.npy, .npz, .csv, .tsv), NAME=FILE for one of several inputs, or - for "
                  "standard input")
      ->required();
  command
      .add_option("--output", arguments.output.path,
                  "FILE (.npy, .npz, .csv, .tsv, .jsonl), or - for standard output")
      ->required();
}

}  // namespace

void add_predict(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("predict", "Predict: data in, predictions out, in level memory");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL", arguments->model, "A .keras or .h5 file")->required();
  add_data_options(*command, *arguments);
  arguments->session.add_to(*command, 32);
  command->add_option("--progress", arguments->progress, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
