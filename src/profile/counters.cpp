#include "profile/counters.h"

namespace weir::profile {
namespace {

constexpr std::string_view kBytes = "By";

}  // namespace

void each_metric(const Counters& counters, const MetricCallback& callback) {
  const auto add = [&](std::string_view name, MetricKind kind, std::string_view unit,
                       std::string_view description, double value) {
    callback({name, kind, unit, description, {}, {}, value, {}});
  };
  const auto gauge = [&](std::string_view name, std::string_view unit, std::string_view description,
                         auto value) {
    add(name, MetricKind::kGauge, unit, description, static_cast<double>(value));
  };
  add("weir.steps", MetricKind::kCounter, "{step}", "Steps done.",
      static_cast<double>(counters.steps));
  add("weir.rows", MetricKind::kCounter, "{row}", "Rows predicted.",
      static_cast<double>(counters.rows));
  callback({"weir.step.duration",
            MetricKind::kHistogram,
            "s",
            "Time of a step.",
            {},
            {},
            counters.step_seconds,
            MetricBuckets{kLatencyBounds, counters.latencies}});
  gauge("weir.queue.depth", "{batch}", "Batches that wait to be predicted.", counters.queue_depth);
  gauge("weir.retained.outputs", "{output}", "Predictions that callbacks and consumers keep.",
        counters.retained_outputs);
  gauge("weir.retained", kBytes, "Memory of these predictions.", counters.retained_bytes);
  gauge("weir.memory.planned_peak", kBytes, "What the plan says the process needs at most.",
        counters.planned_peak);
  gauge("weir.process.memory.resident", kBytes, "Resident memory of the process.",
        counters.census.resident);
  for (std::size_t i = 0; i < kOwnerCount; ++i) {
    callback({"weir.memory.owner",
              MetricKind::kGauge,
              kBytes,
              "Resident memory by who owns it.",
              "owner",
              name_of(static_cast<Owner>(i)),
              static_cast<double>(counters.census.owners[i]),
              {}});
  }
  const Growth growth = counters.resident.judge();
  gauge("weir.memory.growing", "1", "1 where resident memory grew with the steps of the last hour.",
        growth.grows() ? 1 : 0);
  gauge("weir.memory.growth", "By/{step}", "Slope of resident memory over the last hour.",
        growth.bytes_per_step);
}

}  // namespace weir::profile
