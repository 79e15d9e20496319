#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace weir {

/// When a device takes its memory from the system.
enum class MemoryPolicy : std::uint8_t {
  kGrow,     ///< When a plan first needs it; `Device::trim` gives it back.
  kReserve,  ///< All of it at once, touched, so that taking it cannot fail later.
};

/// "grow" or "reserve".
std::string_view to_string(MemoryPolicy policy);

struct DeviceOptions {
  /// 0: one for each of `cores`, or for each processor that the process may run on.
  std::size_t threads = 0;
  /// Processors that the threads are kept on, by the system's numbers; any where it is empty.
  std::vector<std::size_t> cores = {};
  /// Bytes for packed weights and the arena of all sessions on the device. Needed for kReserve.
  std::optional<std::uint64_t> memory_limit = std::nullopt;
  MemoryPolicy policy = MemoryPolicy::kGrow;
};

/// Threads and memory that sessions share: what virtual devices and "memory growth" are to
/// TensorFlow. Sessions on one device run one at a time and share one arena, as large as the
/// largest of them needs; sessions on different devices run at the same time, each device within
/// its own limit. A model's packed weights belong to the device that first prepared it.
///
/// Cheap to copy: all copies are the same device. Thread-safe.
class Device {
 public:
  /// Throws kInvalidArgument for options that make no sense (a core that is not there, kReserve
  /// without a limit), kLimit when the system gives no threads or no memory.
  explicit Device(const DeviceOptions& options = {});

  const DeviceOptions& options() const;
  std::size_t threads() const;

  /// Bytes of the arena that are taken now.
  std::uint64_t arena_bytes() const;
  /// Bytes of the packed weights of the models that have sessions on the device.
  std::uint64_t weights_bytes() const;

  /// Gives the arena back to the system; the next request takes what it needs again. Waits for a
  /// request that is running. Does nothing on a device that reserves.
  void trim();

  struct Impl;

 private:
  friend class Model;
  friend class Session;
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir
