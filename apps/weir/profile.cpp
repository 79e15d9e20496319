#include "weir/profile.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <memory>
#include <string>

#include "base/file_watch.h"
#include "command.h"
#include "data_options.h"
#include "io/open_source.h"
#include "measured_schedules.h"
#include "profile/record.h"
#include "profile/recorder.h"
#include "report/profile_text.h"
#include "sample_batch.h"
#include "session_options.h"
#include "stop.h"
#include "watch_options.h"
#include "weir/error.h"
#include "weir/stream.h"

namespace weir::app {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string model;
  DataArguments data;
  SessionArguments session;
  std::string record;
  WatchArguments watch;
  bool explore = false;
  std::uint64_t steps = 0;  ///< 0: once through the data, or as long as `seconds`.
  double seconds = 10;
  bool bounded_by_time = true;
};

/// When a run is over: after its steps, its time, or a signal.
class End {
 public:
  explicit End(const Arguments& arguments)
      : steps_(arguments.steps == 0 ? std::numeric_limits<std::uint64_t>::max() : arguments.steps),
        seconds_(arguments.bounded_by_time ? arguments.seconds : 1e18) {}

  bool count_step() {
    ++done_;
    const std::chrono::duration<double> passed = Clock::now() - start_;
    return done_ >= steps_ || passed.count() >= seconds_ || stop_requested().load();
  }

 private:
  std::uint64_t steps_;
  double seconds_;
  std::uint64_t done_ = 0;
  Clock::time_point start_ = Clock::now();
};

/// Takes predictions and drops them, as a loop that looks at each once does.
class Nowhere final : public Sink {
 public:
  void open(std::span<const TensorSpec>) override {}
  void write(std::span<const TensorView>) override {}
  bool takes_parts() const override { return true; }
  void finish() override {}
};

/// Predicts made-up rows, one batch after the other.
void run_samples(Session& session, End& end) {
  const SampleBatch batch(session, session.options().batch_size);
  do {
    session.run(batch.inputs(), batch.outputs());
  } while (!end.count_step());
}

/// Predicts the data; where that is not enough steps, from their beginning again. Those of a pipe
/// are gone once read.
void run_data(Session& session, const Arguments& arguments, std::unique_ptr<Source> source,
              End& end) {
  bool over = false;
  const StreamOptions options{
      .on_batch = [&](std::uint64_t) { return !(over = end.count_step()); }};
  while (!over) {
    Nowhere sink;
    try {
      const std::uint64_t rows = predict_stream(session, *source, sink, options);
      if (arguments.steps == 0 || rows == 0) return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCancelled || !over) throw;
      return;
    }
    source = open_source(arguments.data.input(session.model().inputs()));
  }
}

/// Measures other schedules of the model than the run's own, each for a moment.
void explore(const Arguments& arguments, const Model& model, const Profile& profile) {
  for (const MeasuredSchedule& one :
       measure_schedules(model, arguments.session.options(model), arguments.session.device(),
                         {.seconds = 0.1, .rounds = 1})) {
    profile.recorder().add_measured({.micro_batch = one.tuning.micro_batch,
                                     .threads = one.tuning.threads,
                                     .mode = std::string(to_string(one.tuning.mode)),
                                     .peak_bytes = one.resident_bytes,
                                     .rows_per_second = one.speed()});
  }
}

void run(const Arguments& arguments) {
  const Model model = Model::load(arguments.model, arguments.session.load_options());
  const Profile profile(arguments.record);
  if (arguments.explore) explore(arguments, model, profile);
  std::unique_ptr<Source> source;
  if (arguments.data.has_input()) source = open_source(arguments.data.input(model.inputs()));
  SessionOptions options = arguments.session.options(model, arguments.model);
  if (source != nullptr && options.row_shapes.empty()) {
    options.row_shapes = known_row_shapes(*source);
  }
  Session session(model, options, arguments.session.device());
  arguments.watch.listen(profile);
  session.watch(profile);
  End end(arguments);
  if (source == nullptr) {
    run_samples(session, end);
  } else {
    run_data(session, arguments, std::move(source), end);
  }
  require_mapped_files_whole();
  profile.finish();
  const profile::Record record = profile::read_record_file(arguments.record);
  fmt::print("{}\nrecord     {}: weir report {} -o report.html draws it\n", report::to_text(record),
             arguments.record, arguments.record);
}

}  // namespace

void add_profile(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "profile", "Predict and record: steps, layers, and whose every byte is");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, arguments->model, "A .keras, .h5 or .weir file, or an architecture JSON");
  arguments->data.add_input_to(*command);
  arguments->session.add_to(*command, 32);
  command->add_option("-o,--output", arguments->record)
      ->description("The record; it can be read while it is written")
      ->option_text("RUN.weirprof")
      ->required();
  CLI::Option* steps =
      command->add_option("--steps", arguments->steps)
          ->description(
              "Batches to predict; the data are read again until there are\nenough. "
              "By default once through the data, or 10 seconds of\nmade-up rows")
          ->option_text("N")
          ->check(CLI::PositiveNumber);
  CLI::Option* seconds = command->add_option("--seconds", arguments->seconds)
                             ->description("Stop after this time")
                             ->option_text("S")
                             ->check(CLI::PositiveNumber);
  command->add_flag("--explore", arguments->explore,
                    "Before, measure speed and memory of other schedules, for the\nreport's page");
  arguments->watch.add_listeners_to(*command);
  command->callback([arguments, steps, seconds] {
    const bool has_end = steps->count() > 0 || arguments->data.has_input();
    arguments->bounded_by_time = seconds->count() > 0 || !has_end;
    run(*arguments);
  });
}

}  // namespace weir::app
