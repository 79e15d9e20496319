#pragma once

#include <memory>
#include <mutex>

#include "weir/device.h"

namespace weir::python {

/// A device and the turn to use it. Models on one device run one at a time; who waits for its turn
/// can give up the interpreter's lock meanwhile, and whoever has it may need that lock to end it.
class SharedDevice {
 public:
  explicit SharedDevice(const DeviceOptions& options) : device_(options) {}

  const Device& device() const { return device_; }
  std::mutex& turn() const { return *turn_; }

  /// For the child of a fork, in which only one thread is left: the device's own are the parent's,
  /// and so may be the turn. Neither can be waited for, so both are left behind.
  void start_anew() {
    static_cast<void>(std::make_unique<SharedDevice>(*this).release());
    device_ = Device(device_.options());
    turn_ = std::make_shared<std::mutex>();
  }

 private:
  Device device_;
  std::shared_ptr<std::mutex> turn_ = std::make_shared<std::mutex>();
};

}  // namespace weir::python
