#include "graph/weight_store.h"

#include <optional>
#include <utility>

#include "base/memory.h"
#include "base/output_file.h"

namespace weir::graph {
namespace {

SharedBytes share(AlignedBuffer buffer) {
  auto owner = std::make_shared<const AlignedBuffer>(std::move(buffer));
  return {{owner->data(), owner->size()}, owner};
}

class ResidentStore final : public WeightStore {
 public:
  SharedBytes make(std::size_t bytes, const PackFunction& pack) override {
    AlignedBuffer buffer(bytes);
    pack(PackingRoom({buffer.data(), buffer.size()}));
    resident_bytes_ += bytes;
    return share(std::move(buffer));
  }
  std::size_t resident_bytes() const override { return resident_bytes_; }

 private:
  std::size_t resident_bytes_ = 0;
};

class RegionStore final : public WeightStore {
 public:
  explicit RegionStore(std::shared_ptr<Region> region) : region_(std::move(region)) {}

  SharedBytes make(std::size_t bytes, const PackFunction& pack) override {
    auto part = region_->take(bytes);
    pack(PackingRoom(*part));
    return {std::as_bytes(*part), part};
  }
  /// The region's memory was there before any weight was.
  std::size_t resident_bytes() const override { return 0; }

 private:
  std::shared_ptr<Region> region_;
};

class ReservingStore final : public WeightStore {
 public:
  SharedBytes make(std::size_t bytes, const PackFunction& /*pack*/) override {
    return share(AlignedBuffer(bytes));
  }
  std::size_t resident_bytes() const override { return 0; }
};

class FileStore final : public WeightStore {
 public:
  SharedBytes make(std::size_t bytes, const PackFunction& pack) override {
    if (bytes == 0) return share(AlignedBuffer());
    if (!file_.has_value()) file_.emplace();
    return file_->append_mapped(bytes, [&](std::span<std::byte> room) {
      const PackingRoom packing(room, true);
      pack(packing);
      packing.settle();
    });
  }
  std::size_t resident_bytes() const override { return 0; }

 private:
  std::optional<TemporaryFile> file_;
};

}  // namespace

std::unique_ptr<WeightStore> make_resident_store() { return std::make_unique<ResidentStore>(); }
std::unique_ptr<WeightStore> make_region_store(std::shared_ptr<Region> region) {
  return std::make_unique<RegionStore>(std::move(region));
}
std::unique_ptr<WeightStore> make_reserving_store() { return std::make_unique<ReservingStore>(); }
std::unique_ptr<WeightStore> make_file_store() { return std::make_unique<FileStore>(); }

}  // namespace weir::graph
