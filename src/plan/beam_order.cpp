#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "plan/memory_state.h"
#include "plan/order.h"

namespace weir::plan {
namespace {

/// Ready steps that one partial order tries: bounds the work on very wide graphs.
constexpr std::size_t kMostChoices = 64;

/// A scrambled number for each step; a set of steps is known by the xor of its members'.
std::uint64_t fingerprint(StepId step) {
  std::uint64_t x = (step + 1) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

class BeamSearch {
 public:
  BeamSearch(const DataFlow& flow, std::size_t bound, std::size_t width)
      : flow_(flow), bound_(bound), width_(width) {}

  std::optional<std::vector<StepId>> run() {
    Partial start{MemoryState(flow_), {}, 0, 0};
    for (StepId step = 0; step < flow_.steps.size(); ++step) {
      if (flow_.steps[step].predecessors.empty()) {
        start.ready.push_back(step);
      }
    }
    std::vector<Partial> beam;
    beam.push_back(std::move(start));
    for (std::size_t depth = 0; depth < flow_.steps.size(); ++depth) {
      beam = advance(beam);
      if (beam.empty()) {
        return std::nullopt;
      }
    }
    return steps_of(beam.front().trail);
  }

 private:
  struct Partial {
    MemoryState memory;
    std::vector<StepId> ready;  // ascending
    std::uint64_t set = 0;      // fingerprint of the steps that ran
    std::size_t trail = 0;      // index + 1 into trail_; 0 is the start
  };

  struct Move {
    std::size_t parent;
    StepId step;
    MemoryState::Effect effect;
    std::uint64_t set;

    auto key() const { return std::tuple(effect.peak, effect.alive, parent, step); }
  };

  struct Trail {
    StepId step;
    std::size_t before;
  };

  std::vector<Partial> advance(const std::vector<Partial>& beam) {
    std::vector<Move> moves;
    for (std::size_t i = 0; i < beam.size(); ++i) {
      add_moves(beam[i], i, moves);
    }
    std::sort(moves.begin(), moves.end(),
              [](const Move& a, const Move& b) { return a.key() < b.key(); });
    std::vector<Partial> next;
    std::unordered_set<std::uint64_t> seen;
    for (const Move& move : moves) {
      if (next.size() == width_) {
        break;
      }
      if (seen.insert(move.set).second) {
        next.push_back(apply(beam[move.parent], move));
      }
    }
    return next;
  }

  void add_moves(const Partial& partial, std::size_t index, std::vector<Move>& moves) const {
    const std::size_t first = moves.size();
    const std::size_t choices = std::min(partial.ready.size(), kMostChoices);
    for (std::size_t i = 0; i < choices; ++i) {
      const StepId step = partial.ready[i];
      const MemoryState::Effect effect = partial.memory.look(step);
      const Move move{index, step, effect, partial.set ^ fingerprint(step)};
      // A step that costs nothing now never costs less later: no other choice can be better.
      if (effect.peak == partial.memory.peak() && effect.alive <= partial.memory.alive()) {
        moves.resize(first, move);
        moves.push_back(move);
        return;
      }
      if (effect.peak < bound_) {
        moves.push_back(move);
      }
    }
  }

  Partial apply(const Partial& parent, const Move& move) {
    Partial next = parent;
    next.memory.run(move.step, move.effect);
    next.set = move.set;
    std::erase(next.ready, move.step);
    for (const StepId step : flow_.steps[move.step].successors) {
      if (next.memory.ready(step)) {
        next.ready.insert(std::lower_bound(next.ready.begin(), next.ready.end(), step), step);
      }
    }
    trail_.push_back({move.step, parent.trail});
    next.trail = trail_.size();
    return next;
  }

  std::vector<StepId> steps_of(std::size_t trail) const {
    std::vector<StepId> steps;
    for (; trail != 0; trail = trail_[trail - 1].before) {
      steps.push_back(trail_[trail - 1].step);
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  const DataFlow& flow_;
  std::size_t bound_;
  std::size_t width_;
  std::vector<Trail> trail_;
};

}  // namespace

std::optional<std::vector<StepId>> beam_order(const DataFlow& flow, std::size_t bound,
                                              std::size_t effort) {
  if (flow.steps.empty() || effort < flow.steps.size()) {
    return std::nullopt;
  }
  return BeamSearch(flow, bound, effort / flow.steps.size()).run();
}

}  // namespace weir::plan
