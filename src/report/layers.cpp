#include "report/layers.h"

#include <algorithm>

namespace weir::report {
namespace {

using profile::Record;
using profile::SessionInfo;
using profile::Step;

LayerCost cost_of(const profile::StepInfo& info, std::uint64_t micro_batch) {
  LayerCost cost;
  cost.name = info.layer;
  cost.class_name = info.class_name;
  cost.kind = info.kind;
  cost.multiply_adds = info.multiply_adds / std::max<std::uint64_t>(micro_batch, 1);
  cost.bytes_made = info.bytes_made;
  cost.bytes_read =
      info.weight_bytes + info.activation_bytes - std::min(info.activation_bytes, info.bytes_made);
  return cost;
}

void add_times(std::vector<double>& times, LayerCost& cost) {
  if (times.empty()) return;
  std::ranges::sort(times);
  cost.calls = times.size();
  for (const double time : times) cost.total += time;
  cost.minimum = times.front();
  cost.median = times[times.size() / 2];
  cost.maximum = times.back();
}

}  // namespace

std::uint32_t main_session_number(const Record& record) {
  std::vector<std::size_t> steps(std::max<std::size_t>(record.sessions.size(), 1));
  for (const Step& step : record.steps) ++steps[step.entry.session];
  return static_cast<std::uint32_t>(std::ranges::max_element(steps) - steps.begin());
}

const SessionInfo* main_session(const Record& record) {
  return record.sessions.empty() ? nullptr : &record.sessions[main_session_number(record)];
}

std::vector<std::uint64_t> bytes_alive(const SessionInfo& session) {
  // Sums of what begins and ends: linear in steps and tensors.
  std::vector<std::int64_t> changes(session.steps.size() + 2);
  for (const PlannedTensor& tensor : session.tensors) {
    if (tensor.storage != "own" && tensor.storage != "scratch") continue;
    changes[tensor.first_step] += static_cast<std::int64_t>(tensor.bytes);
    changes[tensor.last_step + 1] -= static_cast<std::int64_t>(tensor.bytes);
  }
  std::vector<std::uint64_t> alive;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < session.steps.size(); ++i) {
    sum += changes[i];
    alive.push_back(static_cast<std::uint64_t>(sum));
  }
  return alive;
}

std::vector<LayerCost> layer_costs(const Record& record) {
  const SessionInfo* session = main_session(record);
  if (session == nullptr) return {};
  const std::uint32_t number = main_session_number(record);
  const std::vector<std::uint64_t> alive = bytes_alive(*session);
  std::vector<std::vector<double>> times(session->steps.size());
  double rows = 0;
  for (const Step& step : record.steps) {
    if (step.entry.session != number) continue;
    rows += static_cast<double>(step.entry.rows);
    const std::span<const float> seconds = record.times(step);
    for (std::size_t i = 0; i < seconds.size(); ++i) times[i].push_back(seconds[i]);
  }
  // Where each thread carries its own rows, a time is one thread's.
  const double threads =
      session->schedule.mode == "throughput"
          ? static_cast<double>(std::max<std::uint64_t>(session->schedule.threads, 1))
          : 1.0;
  const double peak = session->machine.peak_flops / threads;
  std::vector<LayerCost> costs;
  for (std::size_t i = 0; i < session->steps.size(); ++i) {
    LayerCost& cost = costs.emplace_back(cost_of(session->steps[i], session->schedule.micro_batch));
    cost.bytes_alive = alive[i];
    add_times(times[i], cost);
    if (cost.total > 0 && peak > 0) {
      cost.peak_share = 2 * static_cast<double>(cost.multiply_adds) * rows / cost.total / peak;
    }
  }
  return costs;
}

SlowestLayers slowest_layers(const Record& record) {
  SlowestLayers slowest{layer_costs(record)};
  for (const LayerCost& cost : slowest.layers) slowest.total += cost.total;
  std::ranges::stable_sort(slowest.layers, std::greater{}, &LayerCost::total);
  return slowest;
}

}  // namespace weir::report
