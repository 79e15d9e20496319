#pragma once

#include <optional>
#include <vector>

#include "exec/step_times.h"
#include "profile/recorder.h"
#include "session/preparation.h"
#include "weir/profile.h"

namespace weir::session {

/// What a session tells a profile: each step with its times, and where its memory is. One thread at
/// a time, in the session's turn on the device.
class Recording {
 public:
  Recording(Profile profile, const Preparation& preparation, Device::Impl& device)
      : profile_(std::move(profile)), preparation_(preparation), device_(device) {}
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  const Profile& profile() const { return profile_; }

  /// A step begins, with this plan. Where its times are wanted returns where they go.
  exec::StepTimes* begin(const RowPlan& rows);
  /// It has ended well, and predicted this many rows.
  void end(std::size_t rows);

 private:
  profile::Recorder& recorder() const { return profile_.recorder(); }
  void announce(const RowPlan& rows);
  /// Steps of the plan in its order of execution, which the record has them in.
  void order_times();
  std::vector<profile::NamedRange> ranges() const;

  Profile profile_;
  const Preparation& preparation_;
  Device::Impl& device_;
  std::shared_ptr<const exec::Program> announced_;
  std::uint32_t number_ = 0;
  exec::StepTimes times_;
  bool timed_ = false;
  std::vector<std::uint64_t> ordered_;
  profile::Recorder::Clock::time_point begin_;
};

}  // namespace weir::session
