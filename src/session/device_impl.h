#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/memory.h"
#include "base/region.h"
#include "base/thread_pool.h"
#include "weir/device.h"
#include "weir/model.h"

namespace weir {

/// What all copies of a device, and the sessions on it, share.
struct Device::Impl {
 public:
  explicit Impl(const DeviceOptions& options);

  const DeviceOptions& options() const { return options_; }
  const ThreadPool& pool() const { return pool_; }

  /// The turn of one session: its requests, and what moves the arena, happen in it. Thread-safe.
  class Turn {
   public:
    explicit Turn(Impl& device) : lock_(device.turns_), on_cores_(device.options_.cores) {}

   private:
    std::lock_guard<std::mutex> lock_;
    CoreGuard on_cores_;
  };

  /// At least `bytes` of memory, for the session whose turn it is and until its turn ends. Taken
  /// anew, and so elsewhere than before, where there is not enough. Throws kLimit.
  std::span<std::byte> arena(std::size_t bytes);
  /// What it is now, without asking for more.
  std::span<std::byte> arena_now();
  /// The largest that was asked for.
  std::size_t arena_bytes() const { return arena_bytes_.load(std::memory_order_relaxed); }
  void trim();

  /// A session of the model is made: its weights count from now on, for as long as it is used, and
  /// lie in the reserve where there is one.
  void adopt(const std::shared_ptr<const Model::Impl>& model);
  /// Packed weights of all models, or of all but one.
  std::uint64_t weights_bytes(const Model::Impl* without = nullptr) const;

 private:
  DeviceOptions options_;
  ThreadPool pool_;
  std::mutex turns_;
  std::shared_ptr<Region> reserve_;  ///< Arena and weights lie here; null on a device that grows.
  AlignedBuffer arena_;
  std::atomic<std::size_t> arena_bytes_{0};
  mutable std::mutex models_mutex_;
  std::vector<std::weak_ptr<const Model::Impl>> models_;
};

}  // namespace weir
