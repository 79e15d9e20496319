#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include "exec/executor.h"
#include "session/preparation.h"

namespace weir::session {

/// Executors for the shapes met lately, all in the device's arena: as large as the largest plan
/// needs, not as all together do. Finding one that is there allocates nothing. The least recently
/// used shapes are forgotten when the kept programs grow over a byte limit. One thread at a time,
/// in the session's turn on the device.
class Executors {
 public:
  /// What the programs kept for other shapes than the current one may weigh together. Twice as much
  /// makes a process grow by some percent over its first thousand shapes: programs of many sizes
  /// come and go, and leave gaps.
  static constexpr std::size_t kProgramLimit = std::size_t{1} << 20;

  Executors(const Preparation& preparation, Device::Impl& device)
      : preparation_(preparation), device_(device) {}

  /// How rows of these shapes are predicted. `batch_shapes` have a batch axis, which is ignored.
  /// Valid until the next call.
  const RowPlan& row_plan(std::span<const Shape> batch_shapes);

  /// Executors for `schedule.micro_batch` rows of the shapes of the last `row_plan`, one for each
  /// of the schedule's slices, in the arena as it is now. Valid until the next call.
  std::span<exec::Executor> for_schedule(const plan::Schedule& schedule);

  /// Bytes that the kept programs weigh, as the limit counts them.
  std::size_t program_bytes() const;

 private:
  struct Prepared {
    plan::Schedule schedule;
    std::shared_ptr<const exec::Program> program;
    std::vector<exec::Executor> executors;
  };
  struct Entry {
    RowPlan plan;
    std::vector<Prepared> prepared;  ///< The newest first.
  };

  Prepared& find(Entry& entry, const plan::Schedule& schedule);
  /// `entry` must be the first one.
  Prepared& add(Entry& entry, const plan::Schedule& schedule,
                std::shared_ptr<const exec::Program> program);
  void forget_old();

  const Preparation& preparation_;
  Device::Impl& device_;
  std::list<Entry> entries_;  ///< The most recently used first.
};

}  // namespace weir::session
