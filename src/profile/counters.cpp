#include "profile/counters.h"

#include <fmt/format.h>

#include <iterator>

namespace weir::profile {
namespace {

/// The text of one metric, with its help and type.
class PrometheusText {
 public:
  void add(std::string_view name, std::string_view type, std::string_view help, double value) {
    begin(name, type, help);
    sample(name, "", value);
  }
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void sample(std::string_view name, std::string_view labels, double value) {
    fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, labels, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_latencies(const Counters& counters, PrometheusText& text) {
  constexpr std::string_view kName = "weir_step_duration_seconds";
  text.begin(kName, "histogram", "Time of a step.");
  std::uint64_t steps = 0;
  for (std::size_t i = 0; i < counters.latencies.size(); ++i) {
    steps += counters.latencies[i];
    const std::string bound =
        i < kLatencyBounds.size() ? fmt::format("{}", kLatencyBounds[i]) : "+Inf";
    text.sample(fmt::format("{}_bucket", kName), fmt::format("{{le=\"{}\"}}", bound),
                static_cast<double>(steps));
  }
  text.sample(fmt::format("{}_sum", kName), "", counters.step_seconds);
  text.sample(fmt::format("{}_count", kName), "", static_cast<double>(counters.steps));
}

void add_memory(const Counters& counters, PrometheusText& text) {
  const Census& census = counters.census;
  text.add("weir_process_memory_resident_bytes", "gauge", "Resident memory of the process.",
           static_cast<double>(census.resident));
  constexpr std::string_view kName = "weir_memory_owner_bytes";
  text.begin(kName, "gauge", "Resident memory by who owns it.");
  for (std::size_t i = 0; i < kOwnerCount; ++i) {
    text.sample(kName, fmt::format("{{owner=\"{}\"}}", name_of(static_cast<Owner>(i))),
                static_cast<double>(census.owners[i]));
  }
}

}  // namespace

std::string prometheus_text(const Counters& counters) {
  PrometheusText text;
  text.add("weir_steps_total", "counter", "Steps done.", static_cast<double>(counters.steps));
  text.add("weir_rows_total", "counter", "Rows predicted.", static_cast<double>(counters.rows));
  add_latencies(counters, text);
  text.add("weir_queue_depth", "gauge", "Batches that wait to be predicted.", counters.queue_depth);
  text.add("weir_retained_outputs", "gauge", "Predictions that callbacks and consumers keep.",
           static_cast<double>(counters.retained_outputs));
  text.add("weir_retained_bytes", "gauge", "Memory of these predictions.",
           static_cast<double>(counters.retained_bytes));
  add_memory(counters, text);
  const Growth growth = judge_growth(counters.resident.samples());
  text.add("weir_memory_growing", "gauge", "1 where resident memory grows with the steps.",
           growth.grows() ? 1 : 0);
  text.add("weir_memory_growth_bytes_per_step", "gauge", "Slope of resident memory.",
           growth.bytes_per_step);
  return text.take();
}

}  // namespace weir::profile
