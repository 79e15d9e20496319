#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "weir/model.h"
#include "weir/tensor.h"

namespace weir {

/// Where rows come from: a file, a pipe, an array, a generator. Used by one thread at a time.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// The tensors of every batch. Axis 0 is the row: its size is the total where that is known
  /// beforehand, Shape::kFree where it is not. Names are "" where the source has none.
  virtual std::span<const TensorSpec> tensors() const = 0;

  /// The next rows, at least one and at most `max_rows`, fewer only at the end; nothing when there
  /// are no more. One view a tensor, all of the same number of rows, valid until the next call.
  /// Throws kMalformed for data that break their format, kIo when reading fails.
  virtual std::span<const TensorView> next(std::size_t max_rows) = 0;

  /// Whether all rows are there, as in a file. From other sources (a pipe, a generator) no rows are
  /// asked for beyond the batch that is to be handed over next.
  virtual bool has_rows_ready() const { return false; }
};

/// Where predictions go. Used by one thread at a time: `open` once, `write` any number of times,
/// then `finish`. Destroying a sink without `finish` leaves what was there before untouched.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  /// Names, types and shapes of the tensors to come; axis 0 is free where the total is not known.
  virtual void open(std::span<const TensorSpec> tensors) = 0;
  /// A batch of rows, one view a tensor. The views are the caller's again when it returns.
  /// Throws kIo when the destination does not take them (full disk, closed pipe).
  virtual void write(std::span<const TensorView> batch) = 0;
  /// Whether a batch may come in parts, as nobody can tell of a file; it then need not be held in
  /// memory as a whole. Other sinks get exactly a batch each time, but for the last.
  virtual bool takes_parts() const { return false; }
  /// Makes everything durable and visible, at once. Throws kIo.
  virtual void finish() = 0;
};

struct StreamOptions {
  /// Called after every batch with the rows done so far. Returning false stops the stream: it
  /// throws kCancelled, and the sink is not finished.
  std::function<bool(std::uint64_t rows_done)> on_batch;
};

/// Predicts all rows of `source` into `sink`, which gets them batch by batch (of
/// `session.options().batch_size` rows), in constant memory: after the first batch nothing is
/// allocated, and a slow sink or source only makes the other wait. Rows are read and predicted
/// `session.plan().pass_rows` at a time, whatever the batch size. Tensors of the source are matched
/// with the model's inputs by name where it has names, and by order otherwise. Returns the number
/// of rows. What source, session or sink throw passes through.
std::uint64_t predict_stream(Session& session, Source& source, Sink& sink,
                             const StreamOptions& options = {});

}  // namespace weir
