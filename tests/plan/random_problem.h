#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "plan/problem.h"

namespace weir::plan::testing {

/// Random directed acyclic graphs with everything a problem may hold: several outputs a step,
/// inputs read twice, scratch, in-place permissions, views of both kinds, empty tensors, results
/// nobody reads.
class RandomProblem {
 public:
  explicit RandomProblem(std::uint32_t seed) : random_(seed) {}

  Problem make(std::size_t steps) {
    problem_ = {};
    readable_.clear();
    for (std::size_t i = 0; i < 1 + below(3); ++i) {
      problem_.inputs.push_back(add_tensor(size()));
      readable_.push_back(problem_.inputs.back());
    }
    while (problem_.steps.size() < steps) {
      if (below(8) == 0) {
        add_reshape();
      } else if (below(8) == 0) {
        add_free_concatenate();
      } else {
        add_step();
      }
    }
    for (std::size_t i = 0; i < 1 + below(3); ++i) {
      problem_.outputs.push_back(recent());
    }
    return problem_;
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  std::size_t size() { return below(12) == 0 ? 0 : 1 + below(900); }

  /// Mostly one of the last few tensors, as in networks.
  TensorId recent() {
    const std::size_t window = below(5) == 0 ? readable_.size() : 4;
    return readable_[readable_.size() - 1 - below(std::min(window, readable_.size()))];
  }

  TensorId add_tensor(std::size_t bytes) {
    const auto id = static_cast<TensorId>(problem_.tensors.size());
    problem_.tensors.push_back({"t" + std::to_string(id), bytes});
    return id;
  }

  StepInfo& add_step_reading() {
    StepInfo step;
    step.name = "step" + std::to_string(problem_.steps.size());
    for (std::size_t i = 0; i < 1 + below(3); ++i) {
      step.inputs.push_back(recent());
    }
    step.scratch_bytes = below(3) == 0 ? below(500) : 0;
    problem_.steps.push_back(step);
    return problem_.steps.back();
  }

  void add_step() {
    StepInfo& step = add_step_reading();
    for (std::size_t i = 0; i < 1 + below(2); ++i) {
      const TensorId model = step.inputs[below(step.inputs.size())];
      const std::size_t bytes = below(2) == 0 ? problem_.tensors[model].bytes : size();
      step.outputs.push_back(add_tensor(bytes));
    }
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      for (std::size_t o = 0; o < step.outputs.size(); ++o) {
        if (below(2) == 0) {
          step.in_place.push_back({i, o});
        }
      }
    }
    readable_.insert(readable_.end(), step.outputs.begin(), step.outputs.end());
  }

  void add_reshape() {
    const TensorId base = recent();
    const std::size_t whole = problem_.tensors[base].bytes;
    const std::size_t offset = below(2) == 0 ? 0 : below(whole + 1);
    const TensorId view = add_tensor(whole - offset);
    problem_.views.push_back({view, base, offset});
    readable_.push_back(view);
  }

  void add_free_concatenate() {
    std::size_t total = 0;
    std::vector<View> views;
    for (std::size_t i = 0; i < 2 + below(2); ++i) {
      const std::size_t bytes = size();
      const TensorId operand = add_tensor(bytes);
      views.push_back({operand, 0, total});
      total += bytes;
      add_step_reading().outputs.push_back(operand);
    }
    const TensorId base = add_tensor(total);
    for (View& view : views) {
      view.base = base;
      problem_.views.push_back(view);
    }
    readable_.push_back(base);
  }

  std::mt19937 random_;
  Problem problem_;
  std::vector<TensorId> readable_;
};

}  // namespace weir::plan::testing
