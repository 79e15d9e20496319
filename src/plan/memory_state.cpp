#include "plan/memory_state.h"

#include <algorithm>

namespace weir::plan {

MemoryState::MemoryState(const DataFlow& flow)
    : flow_(&flow), ran_((flow.steps.size() + 63) / 64, 0) {
  for (const Buffer& buffer : flow.buffers) {
    if (buffer.starts_alive) {
      peak_ += buffer.size;
      alive_ += buffer.stays_alive || !buffer.users.empty() ? buffer.size : 0;
    }
  }
}

bool MemoryState::ready(StepId step) const {
  const std::vector<StepId>& needed = flow_->steps[step].predecessors;
  return std::all_of(needed.begin(), needed.end(), [this](StepId id) { return has_run(id); });
}

bool MemoryState::begins_at(BufferId buffer, StepId step) const {
  const Buffer& b = flow_->buffers[buffer];
  return !b.starts_alive && std::all_of(b.users.begin(), b.users.end(), [&](StepId user) {
    return user == step || !has_run(user);
  });
}

bool MemoryState::ends_at(BufferId buffer, StepId step) const {
  const Buffer& b = flow_->buffers[buffer];
  // From the back: users run about in this order, so the first one looked at mostly decides.
  return !b.stays_alive && std::all_of(b.users.rbegin(), b.users.rend(),
                                       [&](StepId user) { return user == step || has_run(user); });
}

std::size_t MemoryState::handed_over(StepId step) const {
  const std::vector<HandOver>& pairs = flow_->steps[step].hand_overs;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    // Of several pairs for one buffer only the first that holds counts.
    const bool counted = std::any_of(pairs.begin(), pairs.begin() + i, [&](const HandOver& pair) {
      return (pair.to == pairs[i].to || pair.from == pairs[i].from) && ends_at(pair.from, step) &&
             begins_at(pair.to, step);
    });
    if (!counted && ends_at(pairs[i].from, step) && begins_at(pairs[i].to, step)) {
      bytes += flow_->buffers[pairs[i].to].size;
    }
  }
  return bytes;
}

MemoryState::Effect MemoryState::look(StepId step) const {
  std::size_t born = 0;
  std::size_t dying = 0;
  for (const BufferId id : flow_->steps[step].buffers) {
    born += begins_at(id, step) ? flow_->buffers[id].size : 0;
    dying += ends_at(id, step) ? flow_->buffers[id].size : 0;
  }
  const std::size_t during = alive_ + born + flow_->steps[step].scratch - handed_over(step);
  return {std::max(peak_, during), alive_ + born - dying};
}

void MemoryState::run(StepId step, const Effect& effect) {
  ran_[step / 64] |= std::uint64_t{1} << (step % 64);
  peak_ = effect.peak;
  alive_ = effect.alive;
}

}  // namespace weir::plan
