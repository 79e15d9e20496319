#include "plan/data_flow.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/checked.h"
#include "base/fail.h"

namespace weir::plan {
namespace {

void check_ids(const Problem& problem, std::span<const TensorId> ids, std::string_view where) {
  for (const TensorId id : ids) {
    require(id < problem.tensors.size(), ErrorCode::kInternal, "{}: there is no tensor {}", where,
            id);
  }
}

void check_indices(const Problem& problem) {
  for (const StepInfo& step : problem.steps) {
    check_ids(problem, step.inputs, step.name);
    check_ids(problem, step.outputs, step.name);
    for (const InPlace& pair : step.in_place) {
      require(pair.input < step.inputs.size() && pair.output < step.outputs.size(),
              ErrorCode::kInternal, "{}: in-place pair ({}, {}) names no input and output",
              step.name, pair.input, pair.output);
    }
  }
  check_ids(problem, problem.inputs, "model inputs");
  check_ids(problem, problem.outputs, "model outputs");
  for (const View& view : problem.views) {
    check_ids(problem, std::initializer_list<TensorId>{view.tensor, view.base}, "views");
  }
}

void check_single_writers(const Problem& problem) {
  std::vector<bool> written(problem.tensors.size(), false);
  for (const TensorId id : problem.inputs) {
    written[id] = true;
  }
  for (const StepInfo& step : problem.steps) {
    for (const TensorId id : step.outputs) {
      require(!written[id], ErrorCode::kInternal, "{}: tensor '{}' is written twice", step.name,
              problem.tensors[id].name);
      written[id] = true;
    }
  }
}

/// The size rounded up, or kLimit.
std::size_t aligned(std::size_t bytes, std::size_t alignment, std::string_view name) {
  require(bytes <= std::numeric_limits<std::size_t>::max() - alignment, ErrorCode::kLimit,
          "'{}' needs {} bytes: more than a machine can address", name, bytes);
  return align_up(bytes, alignment);
}

void check_total(const DataFlow& flow) {
  std::size_t total = 0;
  const auto add = [&total](std::size_t bytes) {
    constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max();
    require(bytes <= kMost - total, ErrorCode::kLimit,
            "the tensors together need more bytes than a machine can address");
    total += bytes;
  };
  for (const Buffer& buffer : flow.buffers) {
    add(buffer.size);
  }
  for (const StepFlow& step : flow.steps) {
    add(step.scratch);
  }
}

/// The view that each tensor is, or null.
std::vector<const View*> check_views(const Problem& problem) {
  std::vector<const View*> view_of(problem.tensors.size(), nullptr);
  for (const View& view : problem.views) {
    const TensorInfo& tensor = problem.tensors[view.tensor];
    const TensorInfo& base = problem.tensors[view.base];
    require(view_of[view.tensor] == nullptr, ErrorCode::kInternal,
            "tensor '{}' is a view of two bases", tensor.name);
    require(view.offset <= base.bytes && tensor.bytes <= base.bytes - view.offset,
            ErrorCode::kInternal, "view '{}' ({} bytes from {}) is outside '{}' ({} bytes)",
            tensor.name, tensor.bytes, view.offset, base.name, base.bytes);
    view_of[view.tensor] = &view;
  }
  return view_of;
}

/// Bases before their views.
std::vector<View> sort_views(const Problem& problem) {
  const std::vector<const View*> view_of = check_views(problem);
  constexpr std::size_t kUnseen = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> seen_from(problem.tensors.size(), kUnseen);
  std::vector<View> sorted;
  for (std::size_t i = 0; i < problem.views.size(); ++i) {
    std::vector<const View*> path;
    const View* view = &problem.views[i];
    for (; view != nullptr && seen_from[view->tensor] == kUnseen; view = view_of[view->base]) {
      seen_from[view->tensor] = i;
      path.push_back(view);
    }
    require(view == nullptr || path.empty() || seen_from[view->tensor] != i, ErrorCode::kInternal,
            "tensor '{}' is a view of itself", problem.tensors[problem.views[i].tensor].name);
    std::for_each(path.rbegin(), path.rend(), [&sorted](const View* v) { sorted.push_back(*v); });
  }
  return sorted;
}

void make_buffers(const Problem& problem, DataFlow& flow) {
  std::vector<bool> is_view(problem.tensors.size(), false);
  for (const View& view : flow.views) {
    is_view[view.tensor] = true;
  }
  flow.regions.resize(problem.tensors.size());
  for (TensorId id = 0; id < problem.tensors.size(); ++id) {
    if (is_view[id]) {
      continue;
    }
    const TensorInfo& tensor = problem.tensors[id];
    flow.regions[id] = {static_cast<BufferId>(flow.buffers.size()), 0};
    Buffer& buffer = flow.buffers.emplace_back();
    buffer.root = id;
    buffer.size = aligned(tensor.bytes, flow.alignment, tensor.name);
  }
  for (const View& view : flow.views) {
    const Region base = flow.regions[view.base];
    flow.regions[view.tensor] = {base.buffer, base.offset + view.offset};
  }
}

/// Finds which steps must keep their order, from the accesses to each buffer in the given order.
class DependencyFinder {
 public:
  DependencyFinder(const Problem& problem, DataFlow& flow)
      : problem_(problem), flow_(flow), history_(flow.buffers.size()) {}

  void run() {
    for (const TensorId id : problem_.inputs) {
      history_[flow_.regions[id].buffer].writes.push_back(access(kBeforeAll, id));
    }
    for (StepId step = 0; step < problem_.steps.size(); ++step) {
      for (const TensorId id : problem_.steps[step].inputs) {
        read(step, id);
      }
      for (const TensorId id : problem_.steps[step].outputs) {
        write(step, id);
      }
    }
    for (const TensorId id : problem_.outputs) {
      require_written(id, "the caller");
    }
  }

 private:
  static constexpr StepId kBeforeAll = std::numeric_limits<StepId>::max();

  struct Access {
    StepId step;
    std::size_t begin;
    std::size_t end;

    /// A tensor of no bytes meets what it touches: it too is read after it is written.
    bool meets(const Access& other) const {
      const bool empty = begin == end || other.begin == other.end;
      return empty ? begin <= other.end && other.begin <= end
                   : begin < other.end && other.begin < end;
    }
  };

  struct History {
    std::vector<Access> reads;
    std::vector<Access> writes;
  };

  Access access(StepId step, TensorId id) const {
    const std::size_t begin = flow_.regions[id].offset;
    return {step, begin, begin + problem_.tensors[id].bytes};
  }

  bool depend_on(const std::vector<Access>& earlier, const Access& now) {
    bool met = false;
    for (const Access& access : earlier) {
      if (access.meets(now)) {
        met = true;
        if (access.step != kBeforeAll && access.step != now.step) {
          flow_.steps[now.step].predecessors.push_back(access.step);
        }
      }
    }
    return met;
  }

  void read(StepId step, TensorId id) {
    History& history = history_[flow_.regions[id].buffer];
    const Access now = access(step, id);
    require(depend_on(history.writes, now), ErrorCode::kInternal,
            "{}: reads tensor '{}' before anything writes it", problem_.steps[step].name,
            problem_.tensors[id].name);
    history.reads.push_back(now);
  }

  void write(StepId step, TensorId id) {
    History& history = history_[flow_.regions[id].buffer];
    const Access now = access(step, id);
    depend_on(history.reads, now);
    depend_on(history.writes, now);
    history.writes.push_back(now);
  }

  void require_written(TensorId id, std::string_view reader) const {
    const std::vector<Access>& writes = history_[flow_.regions[id].buffer].writes;
    const Access now = access(kBeforeAll, id);
    require(std::any_of(writes.begin(), writes.end(),
                        [&now](const Access& write) { return write.meets(now); }),
            ErrorCode::kInternal, "{} reads tensor '{}', which nothing writes", reader,
            problem_.tensors[id].name);
  }

  const Problem& problem_;
  DataFlow& flow_;
  std::vector<History> history_;
};

void sort_unique(std::vector<std::uint32_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

void link_steps(DataFlow& flow) {
  for (StepId step = 0; step < flow.steps.size(); ++step) {
    sort_unique(flow.steps[step].predecessors);
    for (const StepId earlier : flow.steps[step].predecessors) {
      flow.steps[earlier].successors.push_back(step);
    }
  }
}

void link_buffers(const Problem& problem, DataFlow& flow) {
  for (StepId id = 0; id < problem.steps.size(); ++id) {
    const StepInfo& info = problem.steps[id];
    StepFlow& step = flow.steps[id];
    for (const auto& ids : {info.inputs, info.outputs}) {
      for (const TensorId tensor : ids) {
        step.buffers.push_back(flow.regions[tensor].buffer);
      }
    }
    sort_unique(step.buffers);
    for (const BufferId buffer : step.buffers) {
      flow.buffers[buffer].users.push_back(id);
    }
    for (const InPlace& pair : info.in_place) {
      const Region from = flow.regions[info.inputs[pair.input]];
      const Region to = flow.regions[info.outputs[pair.output]];
      if (from.offset == 0 && from.buffer != to.buffer &&
          flow.buffers[to.buffer].root == info.outputs[pair.output] &&
          flow.buffers[from.buffer].size == flow.buffers[to.buffer].size) {
        step.hand_overs.push_back({from.buffer, to.buffer});
      }
    }
  }
}

}  // namespace

DataFlow analyse(const Problem& problem, std::size_t alignment) {
  require(problem.tensors.size() < std::numeric_limits<TensorId>::max() &&
              problem.steps.size() < std::numeric_limits<StepId>::max(),
          ErrorCode::kLimit, "too many steps or tensors");
  check_indices(problem);
  check_single_writers(problem);
  DataFlow flow;
  flow.alignment = alignment;
  flow.views = sort_views(problem);
  make_buffers(problem, flow);
  for (const StepInfo& step : problem.steps) {
    flow.steps.emplace_back().scratch = aligned(step.scratch_bytes, alignment, step.name);
  }
  check_total(flow);
  for (const TensorId id : problem.inputs) {
    flow.buffers[flow.regions[id].buffer].starts_alive = true;
  }
  for (const TensorId id : problem.outputs) {
    flow.buffers[flow.regions[id].buffer].stays_alive = true;
  }
  DependencyFinder(problem, flow).run();
  link_steps(flow);
  link_buffers(problem, flow);
  return flow;
}

DataFlow reversed(DataFlow flow) {
  const auto count = static_cast<StepId>(flow.steps.size());
  const auto mirror = [count](std::vector<StepId>& ids) {
    std::reverse(ids.begin(), ids.end());
    for (StepId& id : ids) {
      id = count - 1 - id;
    }
  };
  for (StepFlow& step : flow.steps) {
    std::swap(step.predecessors, step.successors);
    mirror(step.predecessors);
    mirror(step.successors);
    for (HandOver& pair : step.hand_overs) {
      std::swap(pair.from, pair.to);
    }
  }
  std::reverse(flow.steps.begin(), flow.steps.end());
  for (Buffer& buffer : flow.buffers) {
    std::swap(buffer.starts_alive, buffer.stays_alive);
    mirror(buffer.users);
  }
  return flow;
}

}  // namespace weir::plan
