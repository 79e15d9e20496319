#include "plan/make_plan.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "base/fail.h"
#include "plan/blocks.h"
#include "plan/data_flow.h"
#include "plan/order.h"
#include "plan/packer.h"
#include "plan/placements.h"
#include "plan/placer.h"
#include "plan/validate.h"

namespace weir::plan {
namespace {

/// With more pairs of blocks alive together than this, only the packer that does not list them
/// runs. Far above real networks (NASNetLarge is the widest); keeps planning within about a second.
constexpr std::size_t kMostConflicts = 250'000;

/// An order with its blocks: all that is decided before packing.
struct Candidate {
  const NamedOrder* order;
  BlockSet set;
  std::size_t bound;
};

struct Packed {
  std::string_view packer;
  Packing packing;
};

std::vector<Candidate> make_candidates(const Problem& problem, const DataFlow& flow,
                                       const std::vector<NamedOrder>& orders) {
  std::vector<Candidate> candidates;
  for (const NamedOrder& order : orders) {
    for (const Heir heir : {Heir::kOfOldest, Heir::kOfNewest}) {
      BlockSet set = make_blocks(problem, flow, order.steps, heir);
      const std::size_t bound = peak_of(set.blocks);
      candidates.push_back({&order, std::move(set), bound});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.bound < b.bound; });
  return candidates;
}

/// The lowest of all quick packings; stops at the first that meets the bound.
Packed pack_quickly(const Candidate& candidate) {
  const std::vector<Block>& blocks = candidate.set.blocks;
  const bool few = count_conflicts(blocks) <= kMostConflicts;
  Packed best{packers().front().name, packers().front().pack(blocks)};
  for (const Packer& packer : packers().subspan(1)) {
    if (!few || best.packing.height == candidate.bound) {
      break;
    }
    Packing packing = packer.pack(blocks);
    if (packing.height < best.packing.height) {
      best = {packer.name, std::move(packing)};
    }
  }
  return best;
}

void improve_packing(const Candidate& candidate, std::size_t effort, Packed& best) {
  const std::vector<Block>& blocks = candidate.set.blocks;
  if (count_conflicts(blocks) > kMostConflicts) {
    return;
  }
  Packing packing = improve(blocks, best.packing, candidate.bound, effort);
  if (packing.height < best.packing.height) {
    best = {"improving search", std::move(packing)};
  }
}

/// Index of the candidate whose packing is lowest, and that packing. A candidate whose bound is no
/// lower than a packing at hand cannot win and is not tried.
std::pair<std::size_t, Packed> pack_best(const std::vector<Candidate>& candidates,
                                         std::size_t effort) {
  std::vector<Packed> packed;
  std::size_t best = 0;
  const auto can_win = [&](std::size_t i) {
    return candidates[i].bound < packed[best].packing.height;
  };
  for (std::size_t i = 0; i < candidates.size() && (i == 0 || can_win(i)); ++i) {
    packed.push_back(pack_quickly(candidates[i]));
    best = packed[i].packing.height < packed[best].packing.height ? i : best;
  }
  for (std::size_t i = 0; i < packed.size() && can_win(i); ++i) {
    improve_packing(candidates[i], effort, packed[i]);
    best = packed[i].packing.height < packed[best].packing.height ? i : best;
  }
  return {best, std::move(packed[best])};
}

}  // namespace

Plan make_plan(const Problem& problem, const Options& options) {
  require(std::has_single_bit(options.alignment), ErrorCode::kInternal,
          "the alignment {} is not a power of two", options.alignment);
  const DataFlow flow = analyse(problem, options.alignment);
  const std::vector<NamedOrder> orders = candidate_orders(flow, options.order_effort);
  const std::vector<Candidate> candidates = make_candidates(problem, flow, orders);
  auto [index, packed] = pack_best(candidates, options.packing_effort);
  const Candidate& winner = candidates[index];

  Plan plan;
  plan.order = winner.order->steps;
  plan.alignment = options.alignment;
  plan.arena_bytes = packed.packing.height;
  plan.lower_bound_bytes = winner.bound;
  plan.order_name = winner.order->name;
  plan.packer_name = packed.packer;
  plan.tensors = place_tensors(problem, flow, plan.order, winner.set, packed.packing.offsets);
  plan.scratch = place_scratch(problem, winner.set, packed.packing.offsets);
#ifndef NDEBUG
  validate(problem, plan);
#endif
  return plan;
}

}  // namespace weir::plan
