#include "session/kept_states.h"

#include <cstring>

#include "base/fail.h"

namespace weir::session {
namespace {

/// Of state `i` of the program.
std::size_t state_bytes(const exec::Program& program, std::size_t i) {
  return program.inputs[program.inputs.size() - program.states + i].bytes();
}

}  // namespace

std::size_t KeptStates::bytes_of(const exec::Program& program) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < program.states; ++i) bytes += state_bytes(program, i);
  return bytes;
}

void KeptStates::make_room(const exec::Program& program) {
  const bool is_new = states_.empty();  // And zero, as all memory from the kernel.
  for (std::size_t i = 0; i < program.states; ++i) {
    const std::size_t bytes = state_bytes(program, i);
    if (is_new) states_.emplace_back(bytes);
    if (states_[i].size() != bytes) {
      fail(ErrorCode::kInvalidArgument, "the states that are kept are of another shape");
    }
  }
}

void KeptStates::load(const exec::Executor& executor) const {
  const std::size_t first = executor.program().inputs.size() - states_.size();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    std::memcpy(executor.input(first + i), states_[i].data(), states_[i].size());
  }
}

void KeptStates::store(const exec::Executor& executor) {
  const std::size_t first = executor.program().outputs.size() - states_.size();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    std::memcpy(states_[i].data(), executor.output(first + i), states_[i].size());
  }
}

void KeptStates::reset() {
  for (AlignedBuffer& state : states_) std::memset(state.data(), 0, state.size());
}

}  // namespace weir::session
