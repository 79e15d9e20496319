#include "plan/order.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "plan/memory_state.h"

namespace weir::plan {
namespace {

/// For each step, what its Sethi-Ullman evaluation needs: the peak, and what is left afterwards.
struct Need {
  std::size_t peak = 0;
  std::size_t left = 0;

  std::size_t released() const { return peak > left ? peak - left : 0; }
};

/// Puts first what releases most: the order that minimises the peak of independent evaluations.
void sort_by_release(std::vector<StepId>& steps, const std::vector<Need>& needs) {
  std::stable_sort(steps.begin(), steps.end(), [&needs](StepId a, StepId b) {
    return needs[a].released() > needs[b].released();
  });
}

/// Bytes of the buffers that `step` is the first to use, in the given order.
std::size_t first_used_by(const DataFlow& flow, StepId step) {
  std::size_t bytes = 0;
  for (const BufferId id : flow.steps[step].buffers) {
    if (!flow.buffers[id].starts_alive && flow.buffers[id].users.front() == step) {
      bytes += flow.buffers[id].size;
    }
  }
  return bytes;
}

std::vector<Need> evaluation_needs(const DataFlow& flow,
                                   const std::vector<std::vector<StepId>>& operands) {
  // Counts shared operands once per use: saturate instead of wrapping.
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 4;
  std::vector<Need> needs(flow.steps.size());
  for (StepId step = 0; step < needs.size(); ++step) {
    std::vector<StepId> sorted = operands[step];
    sort_by_release(sorted, needs);
    std::size_t held = 0;
    for (const StepId operand : sorted) {
      needs[step].peak = std::max(needs[step].peak, std::min(kMost, held + needs[operand].peak));
      held = std::min(kMost, held + needs[operand].left);
    }
    needs[step].left = first_used_by(flow, step);
    const std::size_t own = held + needs[step].left + flow.steps[step].scratch;
    needs[step].peak = std::max(needs[step].peak, std::min(kMost, own));
  }
  return needs;
}

}  // namespace

std::vector<StepId> given_order(const DataFlow& flow) {
  std::vector<StepId> order(flow.steps.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<StepId> depth_first_order(const DataFlow& flow) {
  std::vector<std::vector<StepId>> operands(flow.steps.size());
  for (StepId step = 0; step < operands.size(); ++step) {
    operands[step] = flow.steps[step].predecessors;
  }
  const std::vector<Need> needs = evaluation_needs(flow, operands);
  std::vector<StepId> roots;
  for (StepId step = 0; step < operands.size(); ++step) {
    sort_by_release(operands[step], needs);
    if (flow.steps[step].successors.empty()) {
      roots.push_back(step);
    }
  }
  std::vector<StepId> order;
  std::vector<bool> entered(operands.size(), false);
  std::vector<std::pair<StepId, std::size_t>> path;  // a step and how many operands it has seen
  const auto enter = [&](StepId step) {
    if (!entered[step]) {
      entered[step] = true;
      path.emplace_back(step, 0);
    }
  };
  for (const StepId root : roots) {
    enter(root);
    while (!path.empty()) {
      auto& [step, seen] = path.back();
      if (seen < operands[step].size()) {
        enter(operands[step][seen++]);
      } else {
        order.push_back(step);
        path.pop_back();
      }
    }
  }
  return order;
}

std::size_t estimate_peak(const DataFlow& flow, const std::vector<StepId>& order) {
  MemoryState state(flow);
  for (const StepId step : order) {
    state.run(step, state.look(step));
  }
  return state.peak();
}

std::size_t order_bound(const DataFlow& flow) {
  std::size_t starting = 0;
  std::size_t staying = 0;
  for (const Buffer& buffer : flow.buffers) {
    starting += buffer.starts_alive ? buffer.size : 0;
    staying += buffer.stays_alive ? buffer.size : 0;
  }
  std::size_t bound = std::max(starting, staying);
  for (const StepFlow& step : flow.steps) {
    std::size_t bytes = step.scratch;
    for (const BufferId id : step.buffers) {
      bytes += flow.buffers[id].size;
    }
    std::vector<BufferId> taken;
    for (const HandOver& pair : step.hand_overs) {
      if (std::find(taken.begin(), taken.end(), pair.to) == taken.end()) {
        taken.push_back(pair.to);
        bytes -= flow.buffers[pair.to].size;
      }
    }
    bound = std::max(bound, bytes);
  }
  return bound;
}

std::vector<NamedOrder> candidate_orders(const DataFlow& flow, std::size_t effort) {
  std::vector<NamedOrder> orders{{"given", given_order(flow)}};
  const std::size_t bound = order_bound(flow);
  std::size_t best = estimate_peak(flow, orders.front().steps);
  const auto add = [&](std::string_view name, std::vector<StepId> steps) {
    best = std::min(best, estimate_peak(flow, steps));
    if (std::none_of(orders.begin(), orders.end(),
                     [&steps](const NamedOrder& known) { return known.steps == steps; })) {
      orders.push_back({name, std::move(steps)});
    }
  };
  if (effort == 0 || best <= bound) {
    return orders;
  }
  add("depth first", depth_first_order(flow));
  if (best > bound) {
    if (auto order = beam_order(flow, best, effort)) {
      add("beam search", std::move(*order));
    }
  }
  if (best > bound) {
    if (auto order = beam_order(reversed(flow), best, effort)) {
      std::reverse(order->begin(), order->end());
      for (StepId& step : *order) {
        step = static_cast<StepId>(flow.steps.size()) - 1 - step;
      }
      add("backward beam search", std::move(*order));
    }
  }
  return orders;
}

}  // namespace weir::plan
