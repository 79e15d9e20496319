#include "weir_trial.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include "base/process_memory.h"
#include "sample_batch.h"
#include "stop.h"
#include "weir/error.h"
#include "weir/growth.h"
#include "weir/model.h"

namespace weir::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSeconds = 2;
constexpr std::size_t kLeastSteps = 100;
constexpr double kMostSeconds = 30;
constexpr std::size_t kMostSamples = std::size_t{1} << 16;
constexpr std::size_t kRowsOfAStream = 32;  // Keras's own batch size.
constexpr std::size_t kMostRows = std::size_t{1} << 16;

SessionOptions options_for(const Model& model, const doctor::ExportedModel& exported,
                           std::size_t rows) {
  SessionOptions options{.batch_size = rows};
  const std::size_t rank = model.inputs().front().shape.rank();
  if (model.inputs().size() == 1 && exported.shape.size() + 1 == rank) {
    Shape shape;
    for (const double size : exported.shape) shape.push_back(static_cast<std::int64_t>(size));
    options.row_shapes = {shape};
  }
  return options;
}

void measure(const doctor::ExportedModel& exported, doctor::Trial& trial) {
  const auto asked = static_cast<std::size_t>(exported.rows);
  const std::size_t rows = asked == 0 ? kRowsOfAStream : std::min(asked, kMostRows);
  const Model model = Model::load(exported.file);
  Session session(model, options_for(model, exported, rows));
  const SampleBatch batch(session, rows);
  session.run(batch.inputs(), batch.outputs());
  // Written once beforehand: pages that are touched one after the other would be the growth.
  std::vector<GrowthSample> samples(kMostSamples);
  std::size_t steps = 0;
  const Clock::time_point start = Clock::now();
  std::chrono::duration<double> passed{};
  while (passed.count() < kSeconds || (steps < kLeastSteps && passed.count() < kMostSeconds)) {
    session.run(batch.inputs(), batch.outputs());
    ++steps;
    if (steps <= samples.size()) {
      samples[steps - 1] = {static_cast<double>(steps), static_cast<double>(resident_bytes())};
    }
    passed = Clock::now() - start;
    if (stop_requested().load()) break;
  }
  trial.rows = static_cast<double>(rows);
  trial.steps = static_cast<double>(steps);
  trial.seconds_per_step = passed.count() / trial.steps;
  trial.planned_peak = static_cast<double>(session.plan().peak_bytes);
  const auto seen = std::span(samples).first(std::min(steps, samples.size()));
  trial.level = !judge_growth(seen).grows();
}

}  // namespace

doctor::Trial try_weir(const doctor::ExportedModel& exported) {
  doctor::Trial trial;
  trial.model = exported.model;
  trial.trouble = exported.trouble;
  if (!trial.trouble.empty()) return trial;
  try {
    measure(exported, trial);
  } catch (const Error& error) {
    trial.trouble = error.what();
  }
  return trial;
}

}  // namespace weir::app
