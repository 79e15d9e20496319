#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include "base/memory.h"
#include "base/thread_pool.h"
#include "exec/executor.h"
#include "session/preparation.h"

namespace weir::session {

/// Executors for the shapes met lately, all in one arena: as large as the largest plan needs, not
/// as all together do. Finding one that is there allocates nothing. The least recently used shapes
/// are forgotten when the kept programs grow over a byte limit. One thread at a time.
class Executors {
 public:
  Executors(const Preparation& preparation, const ThreadPool& pool)
      : preparation_(preparation), pool_(pool) {}

  /// How rows of these shapes are predicted. `batch_shapes` have a batch axis, which is ignored.
  /// Valid until the next call.
  const RowPlan& row_plan(std::span<const Shape> batch_shapes);

  /// An executor for `rows` rows of the shapes of the last `row_plan`. Valid until the next call.
  const exec::Executor& executor(std::size_t rows);

  /// Bytes that the kept programs weigh, as the limit counts them.
  std::size_t program_bytes() const;

 private:
  struct Sized {
    std::size_t rows;
    std::shared_ptr<const exec::Program> program;
    std::unique_ptr<exec::Executor> executor;  ///< Null after the arena moved.
  };
  struct Entry {
    RowPlan plan;
    std::vector<Sized> sizes;  ///< The newest first.
  };

  Sized& sized(Entry& entry, std::size_t rows);
  /// `entry` must be the first one.
  Sized& add_size(Entry& entry, Sized size);
  void forget_old();

  const Preparation& preparation_;
  const ThreadPool& pool_;
  AlignedBuffer arena_;
  std::list<Entry> entries_;  ///< The most recently used first.
};

}  // namespace weir::session
