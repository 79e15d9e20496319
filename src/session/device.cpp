#include "weir/device.h"

#include <algorithm>

#include "base/fail.h"
#include "session/device_impl.h"
#include "session/model_impl.h"

namespace weir {
namespace {

std::size_t thread_count(const DeviceOptions& options) {
  return options.threads == 0 ? options.cores.size() : options.threads;
}

DeviceOptions checked(const DeviceOptions& options) {
  const CoreGuard are_there(options.cores);
  require(options.policy == MemoryPolicy::kGrow || options.memory_limit.has_value(),
          ErrorCode::kInvalidArgument, "a device that reserves its memory needs a memory limit");
  return options;
}

}  // namespace

std::string_view to_string(MemoryPolicy policy) {
  return policy == MemoryPolicy::kGrow ? "grow" : "reserve";
}

Device::Impl::Impl(const DeviceOptions& options)
    : options_(checked(options)), pool_(thread_count(options), options.cores) {
  if (options.policy == MemoryPolicy::kReserve) reserve_ = Region::make(*options_.memory_limit);
}

std::span<std::byte> Device::Impl::arena(std::size_t bytes) {
  if (bytes > arena_bytes()) arena_bytes_ = bytes;
  if (reserve_ != nullptr) return reserve_->front(arena_bytes());
  if (bytes > arena_.size()) {
    arena_ = AlignedBuffer();  // Given back before the larger one is taken.
    arena_ = AlignedBuffer(bytes);
  }
  return {arena_.data(), arena_.size()};
}

std::span<std::byte> Device::Impl::arena_now() {
  if (reserve_ != nullptr) return reserve_->front(arena_bytes());
  return {arena_.data(), arena_.size()};
}

void Device::Impl::trim() {
  const Turn turn(*this);
  if (reserve_ != nullptr) return;
  arena_ = AlignedBuffer();
  arena_bytes_ = 0;
}

void Device::Impl::adopt(const std::shared_ptr<const Model::Impl>& model) {
  const std::lock_guard lock(models_mutex_);
  std::erase_if(models_, [&](const auto& known) {
    const auto used = known.lock();
    return used == nullptr || used == model;
  });
  models_.push_back(model);
  if (reserve_ != nullptr) model->weights.use_store(graph::make_region_store(reserve_));
}

std::uint64_t Device::Impl::weights_bytes(const Model::Impl* without) const {
  const std::lock_guard lock(models_mutex_);
  std::uint64_t total = 0;
  for (const auto& known : models_) {
    const auto model = known.lock();
    if (model != nullptr && model.get() != without) total += model->weights.bytes();
  }
  return total;
}

Device::Device(const DeviceOptions& options) : impl_(std::make_shared<Impl>(options)) {}

const DeviceOptions& Device::options() const { return impl_->options(); }
std::size_t Device::threads() const { return impl_->pool().size(); }
std::uint64_t Device::arena_bytes() const { return impl_->arena_bytes(); }
std::uint64_t Device::weights_bytes() const { return impl_->weights_bytes(); }
void Device::trim() { impl_->trim(); }

}  // namespace weir
