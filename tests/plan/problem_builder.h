#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plan/problem.h"

namespace weir::plan::testing {

/// Writes problems by the names of their tensors. Names come into being with `tensor`; a step is
/// named after its first output.
class ProblemBuilder {
 public:
  ProblemBuilder& tensor(const std::string& name, std::size_t bytes) {
    ids_[name] = static_cast<TensorId>(problem_.tensors.size());
    problem_.tensors.push_back({name, bytes});
    return *this;
  }

  ProblemBuilder& input(const std::string& name) {
    problem_.inputs.push_back(id(name));
    return *this;
  }

  ProblemBuilder& output(const std::string& name) {
    problem_.outputs.push_back(id(name));
    return *this;
  }

  ProblemBuilder& step(const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs, std::size_t scratch = 0) {
    problem_.steps.push_back({outputs.front(), ids(inputs), ids(outputs), scratch, {}});
    return *this;
  }

  /// The last step may write its first output over any of its inputs.
  ProblemBuilder& in_place() {
    StepInfo& last = problem_.steps.back();
    for (std::size_t i = 0; i < last.inputs.size(); ++i) {
      last.in_place.push_back({i, 0});
    }
    return *this;
  }

  /// The last step may write output `output` over input `input`.
  ProblemBuilder& in_place(std::size_t input, std::size_t output) {
    problem_.steps.back().in_place.push_back({input, output});
    return *this;
  }

  ProblemBuilder& view(const std::string& tensor, const std::string& base, std::size_t offset = 0) {
    problem_.views.push_back({id(tensor), id(base), offset});
    return *this;
  }

  TensorId id(const std::string& name) const { return ids_.at(name); }
  const Problem& problem() const { return problem_; }
  operator const Problem&() const { return problem_; }

 private:
  std::vector<TensorId> ids(const std::vector<std::string>& names) const {
    std::vector<TensorId> result;
    for (const std::string& name : names) {
      result.push_back(id(name));
    }
    return result;
  }

  Problem problem_;
  std::map<std::string, TensorId> ids_;
};

}  // namespace weir::plan::testing
