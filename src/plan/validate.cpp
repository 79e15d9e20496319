#include "plan/validate.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fail.h"
#include "plan/byte_history.h"

namespace weir::plan {
namespace {

template <typename... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] {
    fail(ErrorCode::kInternal, "wrong memory plan: {}",
         fmt::format(format, std::forward<Args>(args)...));
  }
}

bool overlap(std::size_t a, std::size_t a_bytes, std::size_t b, std::size_t b_bytes) {
  return a_bytes != 0 && b_bytes != 0 && a < b + b_bytes && b < a + a_bytes;
}

void check_order(const Problem& problem, const Plan& plan) {
  check(plan.order.size() == problem.steps.size(), "{} steps are ordered, there are {}",
        plan.order.size(), problem.steps.size());
  std::vector<bool> seen(problem.steps.size(), false);
  for (const StepId step : plan.order) {
    check(step < seen.size(), "there is no step {}", step);
    check(!seen[step], "step '{}' runs twice", problem.steps[step].name);
    seen[step] = true;
  }
}

void check_bounds(const Plan& plan, std::string_view name, std::size_t offset, std::size_t bytes) {
  check(offset <= plan.arena_bytes && bytes <= plan.arena_bytes - offset,
        "'{}' ({} bytes from {}) is outside the arena of {} bytes", name, bytes, offset,
        plan.arena_bytes);
}

/// Sizes, alignment, bounds; sources of views and of what is in place.
class PlacementCheck {
 public:
  PlacementCheck(const Problem& problem, const Plan& plan)
      : problem_(problem), plan_(plan), view_of_(problem.tensors.size(), nullptr) {
    for (const View& view : problem.views) {
      view_of_.at(view.tensor) = &view;
    }
  }

  void run() const {
    check(std::has_single_bit(plan_.alignment), "alignment {} is not a power of two",
          plan_.alignment);
    check(plan_.tensors.size() == problem_.tensors.size(), "{} tensors are placed, there are {}",
          plan_.tensors.size(), problem_.tensors.size());
    check(plan_.scratch.size() == problem_.steps.size(), "scratch of {} steps is placed, of {}",
          plan_.scratch.size(), problem_.steps.size());
    for (TensorId id = 0; id < plan_.tensors.size(); ++id) {
      check_tensor(id);
    }
    for (StepId id = 0; id < plan_.scratch.size(); ++id) {
      check_scratch(id);
    }
  }

 private:
  void check_tensor(TensorId id) const {
    const Placement& placed = plan_.tensors[id];
    const TensorInfo& tensor = problem_.tensors[id];
    check(placed.tensor == id && placed.name == tensor.name && placed.bytes == tensor.bytes,
          "the placement of '{}' ({} bytes) is that of '{}' ({} bytes)", tensor.name, tensor.bytes,
          placed.name, placed.bytes);
    if (placed.storage == Storage::kUnused) {
      return;
    }
    check_bounds(plan_, tensor.name, placed.offset, placed.bytes);
    check(placed.source < plan_.tensors.size(), "'{}' has no source {}", tensor.name,
          placed.source);
    check((view_of_[id] != nullptr) == (placed.storage == Storage::kView),
          "'{}' is a view in the plan or in the problem, not in both", tensor.name);
    if (placed.storage == Storage::kView) {
      check_view(*view_of_[id], placed);
      return;
    }
    check(placed.offset % plan_.alignment == 0, "'{}' at {} is not aligned to {}", tensor.name,
          placed.offset, plan_.alignment);
    if (placed.storage == Storage::kInPlace) {
      check_in_place(placed);
    } else {
      check(placed.source == id, "'{}' has bytes of its own and a source", tensor.name);
    }
  }

  void check_view(const View& view, const Placement& placed) const {
    const Placement& base = plan_.tensors[view.base];
    check(placed.source == view.base && placed.offset == base.offset + view.offset,
          "view '{}' at {} is not {} bytes into '{}' at {}", placed.name, placed.offset,
          view.offset, base.name, base.offset);
  }

  /// Only where a step was given leave, and from the input's first byte.
  void check_in_place(const Placement& placed) const {
    const Placement& source = plan_.tensors[placed.source];
    const bool permitted =
        std::any_of(problem_.steps.begin(), problem_.steps.end(), [&placed](const StepInfo& step) {
          return std::any_of(step.in_place.begin(), step.in_place.end(), [&](const InPlace& pair) {
            return step.inputs.at(pair.input) == placed.source &&
                   step.outputs.at(pair.output) == placed.tensor;
          });
        });
    check(permitted, "no step may write '{}' in place of '{}'", placed.name, source.name);
    check(placed.offset == source.offset && placed.bytes <= source.bytes,
          "'{}' ({} bytes at {}) is not in place of '{}' ({} bytes at {})", placed.name,
          placed.bytes, placed.offset, source.name, source.bytes, source.offset);
  }

  void check_scratch(StepId id) const {
    const Scratch& scratch = plan_.scratch[id];
    const StepInfo& step = problem_.steps[id];
    check(scratch.bytes == step.scratch_bytes, "scratch of '{}' has {} bytes, it needs {}",
          step.name, scratch.bytes, step.scratch_bytes);
    check(scratch.offset % plan_.alignment == 0, "scratch of '{}' at {} is not aligned to {}",
          step.name, scratch.offset, plan_.alignment);
    check_bounds(plan_, step.name, scratch.offset, scratch.bytes);
  }

  const Problem& problem_;
  const Plan& plan_;
  std::vector<const View*> view_of_;
};

/// What a step touches at once must not overlap, except where it may write in place.
class StepCheck {
 public:
  StepCheck(const Problem& problem, const Plan& plan) : problem_(problem), plan_(plan) {}

  void run() const {
    for (StepId id = 0; id < problem_.steps.size(); ++id) {
      check_scratch(id);
      const StepInfo& step = problem_.steps[id];
      for (std::size_t output = 0; output < step.outputs.size(); ++output) {
        check_outputs(step, output);
        check_inputs(step, output);
      }
    }
  }

 private:
  bool overlap_in_plan(TensorId a, TensorId b) const {
    const Placement& pa = plan_.tensors[a];
    const Placement& pb = plan_.tensors[b];
    return overlap(pa.offset, pa.bytes, pb.offset, pb.bytes);
  }

  /// Tensors that the problem itself, by its views, puts into the same bytes.
  TensorId root_of(TensorId id) const {
    while (plan_.tensors[id].storage == Storage::kView) {
      id = plan_.tensors[id].source;
    }
    return id;
  }

  void check_scratch(StepId id) const {
    const StepInfo& step = problem_.steps[id];
    const Scratch& scratch = plan_.scratch[id];
    for (const auto& ids : {step.inputs, step.outputs}) {
      for (const TensorId tensor : ids) {
        const Placement& placed = plan_.tensors[tensor];
        check(!overlap(placed.offset, placed.bytes, scratch.offset, scratch.bytes),
              "scratch of '{}' overlaps '{}'", step.name, placed.name);
      }
    }
  }

  void check_outputs(const StepInfo& step, std::size_t output) const {
    for (std::size_t other = 0; other < output; ++other) {
      const TensorId a = step.outputs[output];
      const TensorId b = step.outputs[other];
      check(!overlap_in_plan(a, b) || root_of(a) == root_of(b),
            "outputs '{}' and '{}' of '{}' overlap", plan_.tensors[a].name, plan_.tensors[b].name,
            step.name);
    }
  }

  void check_inputs(const StepInfo& step, std::size_t output) const {
    const TensorId written = step.outputs[output];
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const TensorId read = step.inputs[i];
      if (!overlap_in_plan(read, written) || root_of(read) == root_of(written)) {
        continue;
      }
      const bool permitted = std::any_of(
          step.in_place.begin(), step.in_place.end(),
          [&](const InPlace& pair) { return pair.input == i && pair.output == output; });
      check(permitted && plan_.tensors[read].offset == plan_.tensors[written].offset,
            "'{}' writes '{}' over its input '{}'", step.name, plan_.tensors[written].name,
            plan_.tensors[read].name);
    }
  }

  const Problem& problem_;
  const Plan& plan_;
};

/// Every read finds what it finds when nothing shares memory and the steps run in the given order.
void check_data_flow(const Problem& problem, const Plan& plan) {
  const std::vector<Sighting> expected = sightings_of(problem, separate_layout(problem));
  const std::vector<Sighting> planned = sightings_of(problem, layout_of(plan));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Sighting& wanted = expected[i];
    const Sighting& seen = planned[i];
    for (const Segment& segment : wanted.segments) {
      check(segment.writer.has_value(), "the problem reads '{}' before all of it is written",
            problem.tensors[wanted.tensor].name);
    }
    if (wanted.segments != seen.segments) {
      check(false, "{} reads '{}' and finds {}", reader_name(problem, wanted),
            problem.tensors[wanted.tensor].name, describe(problem, first_difference(wanted, seen)));
    }
  }
}

/// Lives and the lower bound, recomputed from the order and the sources of the placements.
class LifeCheck {
 public:
  LifeCheck(const Problem& problem, const Plan& plan)
      : problem_(problem), plan_(plan), end_(std::max<std::size_t>(plan.order.size(), 1)) {}

  void run() const {
    check_touches();
    for (const Placement& tensor : plan_.tensors) {
      check(tensor.first_step <= tensor.last_step && tensor.last_step < end_,
            "the life of '{}' is {} to {}, of {} steps", tensor.name, tensor.first_step,
            tensor.last_step, plan_.order.size());
    }
    for (const View& view : problem_.views) {
      check_covers(plan_.tensors[view.base], plan_.tensors[view.tensor]);
    }
    check_lower_bound();
  }

 private:
  void check_touch(TensorId id, std::size_t position) const {
    const Placement& tensor = plan_.tensors[id];
    check(tensor.storage != Storage::kUnused && tensor.first_step <= position &&
              position <= tensor.last_step,
          "'{}' is touched at {}, outside its life {} to {}", tensor.name, position,
          tensor.first_step, tensor.last_step);
  }

  void check_touches() const {
    for (const TensorId id : problem_.inputs) {
      check_touch(id, 0);
    }
    for (const TensorId id : problem_.outputs) {
      check_touch(id, end_ - 1);
    }
    for (std::size_t position = 0; position < plan_.order.size(); ++position) {
      const StepInfo& step = problem_.steps[plan_.order[position]];
      for (const auto& ids : {step.inputs, step.outputs}) {
        for (const TensorId id : ids) {
          check_touch(id, position);
        }
      }
    }
  }

  void check_covers(const Placement& base, const Placement& view) const {
    check(view.storage == Storage::kUnused ||
              (base.first_step <= view.first_step && view.last_step <= base.last_step),
          "the life of '{}' does not cover that of its view '{}'", base.name, view.name);
  }

  TensorId owner_of(TensorId id) const {
    for (std::size_t hops = 0; plan_.tensors[id].source != id; id = plan_.tensors[id].source) {
      check(++hops <= plan_.tensors.size(), "'{}' is its own source", plan_.tensors[id].name);
    }
    return id;
  }

  void check_lower_bound() const {
    std::vector<Placement> owners = plan_.tensors;
    for (const Placement& tensor : plan_.tensors) {
      if (tensor.storage != Storage::kUnused) {
        Placement& owner = owners[owner_of(tensor.tensor)];
        owner.first_step = std::min(owner.first_step, tensor.first_step);
        owner.last_step = std::max(owner.last_step, tensor.last_step);
      }
    }
    std::vector<std::size_t> alive(end_, 0);
    for (const Placement& owner : owners) {
      if (owner.storage == Storage::kOwn) {
        for (std::size_t p = owner.first_step; p <= owner.last_step; ++p) {
          alive[p] += rounded(owner.bytes);
        }
      }
    }
    for (std::size_t p = 0; p < plan_.order.size(); ++p) {
      alive[p] += rounded(plan_.scratch[plan_.order[p]].bytes);
    }
    const std::size_t bound = *std::max_element(alive.begin(), alive.end());
    check(bound == plan_.lower_bound_bytes, "the lower bound is {} bytes, not {}", bound,
          plan_.lower_bound_bytes);
    check(bound <= plan_.arena_bytes, "the arena of {} bytes is below the lower bound of {}",
          plan_.arena_bytes, bound);
  }

  std::size_t rounded(std::size_t bytes) const {
    return (bytes + plan_.alignment - 1) / plan_.alignment * plan_.alignment;
  }

  const Problem& problem_;
  const Plan& plan_;
  std::size_t end_;
};

}  // namespace

void validate(const Problem& problem, const Plan& plan) {
  check_order(problem, plan);
  PlacementCheck(problem, plan).run();
  StepCheck(problem, plan).run();
  check_data_flow(problem, plan);
  LifeCheck(problem, plan).run();
}

}  // namespace weir::plan
