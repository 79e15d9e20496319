#include "plan/byte_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace weir::plan {
namespace {

/// The last writer of every byte: runs that do not overlap, by their begin.
class ByteHistory {
 public:
  void write(std::size_t begin, std::size_t bytes, Writer writer) {
    if (bytes == 0) {
      return;
    }
    split(begin);
    split(begin + bytes);
    runs_.erase(runs_.lower_bound(begin), runs_.lower_bound(begin + bytes));
    runs_[begin] = {begin + bytes, writer};
  }

  std::vector<Segment> read(std::size_t begin, std::size_t bytes) const {
    std::vector<Segment> segments;
    const std::size_t end = begin + bytes;
    std::size_t at = begin;
    auto run = runs_.upper_bound(begin);
    if (run != runs_.begin() && std::prev(run)->second.end > begin) {
      --run;
    }
    for (; at < end && run != runs_.end() && run->first < end; ++run) {
      append(segments, at - begin, std::max(at, run->first) - begin, std::nullopt);
      at = std::max(at, run->first);
      append(segments, at - begin, std::min(end, run->second.end) - begin, run->second.writer);
      at = std::min(end, run->second.end);
    }
    append(segments, at - begin, bytes, std::nullopt);
    return segments;
  }

 private:
  struct Run {
    std::size_t end = 0;
    Writer writer;
  };

  static void append(std::vector<Segment>& segments, std::size_t begin, std::size_t end,
                     std::optional<Writer> writer) {
    if (begin == end) {
      return;
    }
    if (!segments.empty() && segments.back().writer == writer) {
      segments.back().end = end;
    } else {
      segments.push_back({begin, end, writer});
    }
  }

  /// Makes `at` the border of two runs if it is inside one.
  void split(std::size_t at) {
    auto run = runs_.lower_bound(at);
    if (run == runs_.begin() || std::prev(run)->second.end <= at) {
      return;
    }
    Run& before = std::prev(run)->second;
    runs_.emplace_hint(run, at, before);
    before.end = at;
  }

  std::map<std::size_t, Run> runs_;
};

}  // namespace

Layout layout_of(const Plan& plan) {
  Layout layout;
  layout.order = plan.order;
  for (const Placement& tensor : plan.tensors) {
    layout.tensor_offsets.push_back(tensor.offset);
  }
  for (const Scratch& scratch : plan.scratch) {
    layout.scratch_offsets.emplace_back(scratch.offset);
  }
  return layout;
}

Layout separate_layout(const Problem& problem) {
  Layout layout;
  layout.scratch_offsets.resize(problem.steps.size());
  for (StepId step = 0; step < problem.steps.size(); ++step) {
    layout.order.push_back(step);
  }
  std::vector<const View*> view_of(problem.tensors.size(), nullptr);
  for (const View& view : problem.views) {
    view_of[view.tensor] = &view;
  }
  std::vector<std::size_t> begins;
  std::size_t end = 0;
  for (const TensorInfo& tensor : problem.tensors) {
    begins.push_back(end);
    end += tensor.bytes;
  }
  for (TensorId id = 0; id < begins.size(); ++id) {
    TensorId root = id;
    std::size_t offset = 0;
    for (; view_of[root] != nullptr; root = view_of[root]->base) {
      offset += view_of[root]->offset;
    }
    layout.tensor_offsets.push_back(begins[root] + offset);
  }
  return layout;
}

std::vector<Sighting> sightings_of(const Problem& problem, const Layout& layout) {
  ByteHistory history;
  const auto write = [&](TensorId id) {
    history.write(layout.tensor_offsets[id], problem.tensors[id].bytes, {false, id});
  };
  const auto read = [&](std::optional<StepId> reader, TensorId id) {
    return Sighting{reader, id, history.read(layout.tensor_offsets[id], problem.tensors[id].bytes)};
  };
  std::for_each(problem.inputs.begin(), problem.inputs.end(), write);
  std::vector<std::vector<Sighting>> by_step(problem.steps.size());
  for (const StepId id : layout.order) {
    const StepInfo& step = problem.steps[id];
    for (const TensorId input : step.inputs) {
      by_step[id].push_back(read(id, input));
    }
    if (layout.scratch_offsets[id]) {
      history.write(*layout.scratch_offsets[id], step.scratch_bytes, {true, id});
    }
    std::for_each(step.outputs.begin(), step.outputs.end(), write);
  }
  std::vector<Sighting> sightings;
  for (std::vector<Sighting>& of_step : by_step) {
    std::move(of_step.begin(), of_step.end(), std::back_inserter(sightings));
  }
  for (const TensorId id : problem.outputs) {
    sightings.push_back(read(std::nullopt, id));
  }
  return sightings;
}

Segment first_difference(const Sighting& wanted, const Sighting& seen) {
  return *std::mismatch(seen.segments.begin(), seen.segments.end(), wanted.segments.begin(),
                        wanted.segments.end())
              .first;
}

std::string reader_name(const Problem& problem, const Sighting& sighting) {
  return sighting.reader ? fmt::format("step '{}'", problem.steps[*sighting.reader].name)
                         : "the caller";
}

std::string describe(const Problem& problem, const Segment& segment) {
  if (!segment.writer) {
    return fmt::format("bytes {} to {} not written", segment.begin, segment.end);
  }
  return fmt::format(
      "bytes {} to {} of {}", segment.begin, segment.end,
      segment.writer->scratch
          ? fmt::format("the scratch of '{}'", problem.steps[segment.writer->id].name)
          : fmt::format("tensor '{}'", problem.tensors[segment.writer->id].name));
}

}  // namespace weir::plan
