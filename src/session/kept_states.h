#pragma once

#include <cstddef>
#include <vector>

#include "base/memory.h"
#include "exec/executor.h"

namespace weir::session {

/// The states that a model keeps from one batch to the next: zeros at first. One thread at a time.
class KeptStates {
 public:
  /// Makes room for the states of the program, if there is none yet. Throws kInvalidArgument when
  /// the states that are kept are of other sizes.
  void make_room(const exec::Program& program);

  /// The states go where the program reads them; and come from where it has left them.
  void load(const exec::Executor& executor) const;
  void store(const exec::Executor& executor);
  /// All zeros again.
  void reset();

  static std::size_t bytes_of(const exec::Program& program);

 private:
  std::vector<AlignedBuffer> states_;
};

}  // namespace weir::session
