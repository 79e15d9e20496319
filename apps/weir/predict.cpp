#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/file_watch.h"
#include "command.h"
#include "data_options.h"
#include "io/open_source.h"
#include "progress.h"
#include "session_options.h"
#include "stop.h"
#include "watch_options.h"
#include "weir/error.h"
#include "weir/stream.h"

namespace weir::app {
namespace {

struct Arguments {
  std::string model;
  DataArguments data;
  SessionArguments session;
  WatchArguments watch;
  std::string progress = "auto";
};

std::optional<std::uint64_t> total_rows(const Source& source) {
  const std::int64_t rows = source.tensors().front().shape[0];
  if (rows == Shape::kFree) return std::nullopt;
  return static_cast<std::uint64_t>(rows);
}

/// Lets nothing out that may come from a file, of the model or of data, that was cut short since.
class TrustedSink final : public Sink {
 public:
  explicit TrustedSink(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}

  void open(std::span<const TensorSpec> tensors) override { sink_->open(tensors); }
  void write(std::span<const TensorView> batch) override {
    require_mapped_files_whole();
    sink_->write(batch);
  }
  bool takes_parts() const override { return sink_->takes_parts(); }
  void finish() override {
    require_mapped_files_whole();
    sink_->finish();
  }

 private:
  std::unique_ptr<Sink> sink_;
};

void run(const Arguments& arguments) {
  arguments.data.check_output();
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  const std::unique_ptr<Source> source = open_source(arguments.data.input(model.inputs()));
  SessionOptions options = arguments.session.options(model, arguments.model);
  if (options.row_shapes.empty()) options.row_shapes = known_row_shapes(*source);
  Session session(model, options, arguments.session.device());
  const std::optional<Profile> profile = arguments.watch.profile();
  if (profile.has_value()) session.watch(profile);
  TrustedSink sink(open_sink(arguments.data.output()));

  std::optional<Progress> progress;
  if (Progress::wanted(arguments.progress)) {
    progress.emplace(total_rows(*source), session.plan().peak_bytes);
  }
  StreamOptions stream;
  stream.on_batch = [&](std::uint64_t done) {
    if (progress.has_value()) progress->update(done);
    return !stop_requested().load();
  };
  const std::uint64_t rows = predict_stream(session, *source, sink, stream);
  if (profile.has_value()) profile->finish();
  if (progress.has_value()) progress->finish(rows);
}

}  // namespace

void add_predict(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("predict", "Predict: data in, predictions out, in level memory");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras, .h5 or .weir file, or an architecture JSON");
  arguments->data.add_to(*command);
  arguments->session.add_to(*command, 32);
  arguments->watch.add_to(*command);
  command->add_option("--progress", arguments->progress)
      ->description(
          "How far it is, on standard error: auto (on a terminal; default),\nalways or never")
      ->option_text("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command->callback([arguments] { run(*arguments); });
}

}  // namespace weir::app
