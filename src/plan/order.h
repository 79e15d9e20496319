#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "plan/data_flow.h"

namespace weir::plan {

/// Steps in an order that respects their dependencies, and the heuristic that found it.
struct NamedOrder {
  std::string_view name;
  std::vector<StepId> steps;
};

/// The order in which the problem gives its steps.
std::vector<StepId> given_order(const DataFlow& flow);

/// Depth first from the last results back, at each step first what needs most memory to compute
/// beyond what it leaves behind (Sethi and Ullman's rule, exact for trees). O(edges log edges).
std::vector<StepId> depth_first_order(const DataFlow& flow);

/// Beam search from the first step on: keeps the partial orders with the lowest peak, then with the
/// least memory alive, merging those that ran the same steps. With a beam wider than the number of
/// such sets it is an exact dynamic program. Nothing if no order found has a peak below `bound`.
/// Time and memory grow with `effort`, the number of partial orders kept in all.
std::optional<std::vector<StepId>> beam_order(const DataFlow& flow, std::size_t bound,
                                              std::size_t effort);

/// The peak of `order` when outputs take the places of inputs of the same size.
std::size_t estimate_peak(const DataFlow& flow, const std::vector<StepId>& order);

/// No order has a lower peak: the most that a single step, the model's inputs or its outputs need.
std::size_t order_bound(const DataFlow& flow);

/// The given order first, then others that may be better, each once.
std::vector<NamedOrder> candidate_orders(const DataFlow& flow, std::size_t effort);

}  // namespace weir::plan
