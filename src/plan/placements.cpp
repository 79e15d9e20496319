#include "plan/placements.h"

#include <algorithm>
#include <limits>

namespace weir::plan {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

/// Positions at which each tensor itself is first and last touched.
void find_own_lives(const Problem& problem, std::span<const StepId> order,
                    std::vector<Placement>& tensors) {
  const auto touch = [&tensors](TensorId id, std::size_t position) {
    Placement& tensor = tensors[id];
    tensor.first_step = std::min(tensor.first_step, position);
    tensor.last_step = tensor.last_step == kNever ? position : std::max(tensor.last_step, position);
  };
  for (const TensorId id : problem.inputs) {
    touch(id, 0);
  }
  for (std::size_t position = 0; position < order.size(); ++position) {
    const StepInfo& step = problem.steps[order[position]];
    std::for_each(step.inputs.begin(), step.inputs.end(),
                  [&](TensorId id) { touch(id, position); });
    std::for_each(step.outputs.begin(), step.outputs.end(),
                  [&](TensorId id) { touch(id, position); });
  }
  for (const TensorId id : problem.outputs) {
    touch(id, order.empty() ? 0 : order.size() - 1);
  }
}

/// A base lives as long as its views; a view that no step writes begins with its base.
void extend_lives_over_views(const Problem& problem, const std::vector<View>& views,
                             std::vector<Placement>& tensors) {
  std::vector<bool> written(tensors.size(), false);
  for (const StepInfo& step : problem.steps) {
    for (const TensorId id : step.outputs) {
      written[id] = true;
    }
  }
  std::for_each(views.rbegin(), views.rend(), [&tensors](const View& view) {
    const Placement& tensor = tensors[view.tensor];
    Placement& base = tensors[view.base];
    base.first_step = std::min(base.first_step, tensor.first_step);
    if (tensor.last_step != kNever) {
      base.last_step =
          base.last_step == kNever ? tensor.last_step : std::max(base.last_step, tensor.last_step);
    }
  });
  for (const View& view : views) {
    Placement& tensor = tensors[view.tensor];
    tensor.storage = Storage::kView;
    tensor.source = view.base;
    if (!written[view.tensor] && tensor.first_step != kNever) {
      tensor.first_step = tensors[view.base].first_step;
    }
  }
}

}  // namespace

std::vector<Placement> place_tensors(const Problem& problem, const DataFlow& flow,
                                     std::span<const StepId> order, const BlockSet& set,
                                     std::span<const std::size_t> offsets) {
  std::vector<Placement> tensors(problem.tensors.size());
  for (TensorId id = 0; id < tensors.size(); ++id) {
    const TensorInfo& info = problem.tensors[id];
    tensors[id] = {id, info.name, 0, info.bytes, kNever, kNever, Storage::kOwn, id};
  }
  find_own_lives(problem, order, tensors);
  extend_lives_over_views(problem, flow.views, tensors);
  for (TensorId id = 0; id < tensors.size(); ++id) {
    Placement& tensor = tensors[id];
    if (tensor.first_step == kNever) {
      tensor = {id, tensor.name, 0, tensor.bytes, 0, 0, Storage::kUnused, id};
      continue;
    }
    const Region region = flow.regions[id];
    const Slot slot = set.slots[region.buffer];
    tensor.offset = offsets[slot.block] + slot.shift + region.offset;
    if (set.overwrites[id] != id && tensor.storage == Storage::kOwn) {
      tensor.storage = Storage::kInPlace;
      tensor.source = set.overwrites[id];
    }
  }
  return tensors;
}

std::vector<Scratch> place_scratch(const Problem& problem, const BlockSet& set,
                                   std::span<const std::size_t> offsets) {
  std::vector<Scratch> scratch(problem.steps.size());
  for (StepId id = 0; id < scratch.size(); ++id) {
    if (const std::uint32_t block = set.scratch_block[id]; block != kNoBlock) {
      scratch[id] = {offsets[block], problem.steps[id].scratch_bytes};
    }
  }
  return scratch;
}

}  // namespace weir::plan
