#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/mapped_file.h"
#include "base/thread_pool.h"

namespace weir::kernels {

/// What a step gets when it runs: pointers only, since prepare has fixed and checked all sizes.
/// Every pointer is aligned to `kAlignment` unless its tensor is a view into another one.
struct StepArgs {
  std::span<const std::byte* const> inputs;
  std::span<std::byte* const> outputs;
  std::byte* scratch = nullptr;  ///< `scratch_bytes()` of them, with whatever an earlier step left.
  const ThreadPool& pool;

  template <typename T = float>
  const T* input(std::size_t i) const {
    return reinterpret_cast<const T*>(inputs[i]);
  }
  template <typename T = float>
  T* output(std::size_t i = 0) const {
    return reinterpret_cast<T*>(outputs[i]);
  }
};

/// A kernel with its sizes, its attributes and its packed weights bound: all that is left is to run
/// it. Immutable, so that several executors may share one. `run` allocates nothing; it throws only
/// for data that no prepare can check (an index out of range).
class Step {
 public:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  virtual ~Step() = default;

  virtual std::size_t scratch_bytes() const { return 0; }
  virtual void run(const StepArgs& args) const = 0;

  /// A step with large weights can run in parts, each of which reads a part of them: all parts, in
  /// order and with the same arguments, are one `run`, to the bit.
  virtual std::size_t parts() const { return 1; }
  virtual void run_part(std::size_t /*part*/, const StepArgs& args) const { run(args); }
  /// The packed weights that a part reads, for whoever moves them in and out of memory.
  virtual std::vector<SharedBytes> weights(std::size_t /*part*/) const { return {}; }
};

}  // namespace weir::kernels
