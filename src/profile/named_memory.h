#pragma once

#include <optional>
#include <utility>

#include "profile/recorder.h"
#include "weir/memory_size.h"
#include "weir/profile.h"

namespace weir::profile {

/// Memory that has a name in a profile for as long as this lives.
class NamedMemory {
 public:
  NamedMemory(Profile profile, const NamedRange& range)
      : profile_(std::move(profile)), range_(range) {
    profile_->recorder().add_range(range_);
  }
  NamedMemory(NamedMemory&& other) noexcept
      : profile_(std::exchange(other.profile_, std::nullopt)), range_(other.range_) {}
  NamedMemory& operator=(NamedMemory&&) = delete;
  ~NamedMemory() {
    if (profile_) profile_->recorder().remove_range(range_);
  }

 private:
  std::optional<Profile> profile_;
  NamedRange range_;
};

/// Counts what the heap grew by while this lives as an owner's, where there is a profile.
class HeapOfCall {
 public:
  HeapOfCall(const std::optional<Profile>& profile, Owner owner)
      : recorder_(profile ? &profile->recorder() : nullptr), owner_(owner) {
    if (recorder_ != nullptr) before_ = heap_bytes();
  }
  HeapOfCall(const HeapOfCall&) = delete;
  HeapOfCall& operator=(const HeapOfCall&) = delete;
  ~HeapOfCall() {
    if (recorder_ == nullptr) return;
    recorder_->heap_changed(owner_, static_cast<std::int64_t>(heap_bytes() - before_));
  }

 private:
  Recorder* recorder_;
  Owner owner_;
  std::uint64_t before_ = 0;
};

}  // namespace weir::profile
