#include "session/request.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>

#include "session/convert.h"

namespace weir::session {
namespace {

/// Writes rows of an input to where the program wants them.
void take_rows(const TensorView& input, const exec::Port& port, std::size_t first, std::size_t rows,
               std::byte* to) {
  const auto* from = static_cast<const std::byte*>(input.data);
  // Bytes that claim to be bool may be anything: they are made 0 or 1.
  if (input.dtype == port.dtype && port.dtype != DType::kBool) {
    std::memcpy(to, from + first * port.row_bytes, rows * port.row_bytes);
    return;
  }
  from += first * port.row_elements * size_of(input.dtype);
  convert_elements(input.dtype, from, port.dtype, to, rows * port.row_elements);
}

/// The error of several threads that counts: that of the earliest rows, as if they had come one
/// after the other.
class FirstError {
 public:
  void keep(std::size_t place, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (error_ != nullptr && place_ < place) return;
    place_ = place;
    error_ = std::move(error);
    any_.store(true);
  }
  bool any() const { return any_.load(); }
  void rethrow() const {
    if (error_ != nullptr) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::size_t place_ = 0;
  std::exception_ptr error_;
  std::atomic<bool> any_{false};
};

}  // namespace

void Request::run(const plan::Pass& pass, std::size_t first,
                  std::span<const exec::Executor> executors, const ThreadPool& pool) const {
  if (executors.size() > 1) {
    run_shared(pass, first, executors, pool);
    return;
  }
  if (pass.schedule.mode == ExecutionMode::kWhole) {
    run_whole(first, pass.rows, executors[0]);
    return;
  }
  const std::size_t step = pass.schedule.micro_batch;
  for (std::size_t done = 0; done < pass.rows; done += step) {
    run_rows(first + done, std::min(step, pass.rows - done), executors[0], 0);
  }
}

void Request::run_shared(const plan::Pass& pass, std::size_t first,
                         std::span<const exec::Executor> executors, const ThreadPool& pool) const {
  const std::size_t step = pass.schedule.micro_batch;
  const std::size_t count = pass.rows / step;
  std::atomic<std::size_t> next{0};
  FirstError error;
  pool.run(executors.size(), [&](std::size_t worker, std::size_t) {
    for (std::size_t i; (i = next.fetch_add(1)) < count && !error.any();) {
      try {
        run_rows(first + i * step, step, executors[worker], worker);
      } catch (...) {
        error.keep(i, std::current_exception());
      }
    }
  });
  error.rethrow();
}

void Request::run_rows(std::size_t first, std::size_t rows, const exec::Executor& executor,
                       std::size_t worker) const {
  load(first, rows, executor);
  execute(executor, worker);
  const exec::Program& program = executor.program();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const exec::Port& port = program.outputs[i];
    std::memcpy(static_cast<std::byte*>(outputs_[i].data) + first * port.row_bytes,
                executor.output(i), rows * port.row_bytes);
  }
}

void Request::run_whole(std::size_t first, std::size_t rows, const exec::Executor& executor) const {
  load(first, rows, executor);
  execute(executor, 0);
  const auto all_rows = static_cast<std::size_t>(inputs_[0].shape[0]);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const exec::Port& port = executor.program().outputs[i];
    const std::size_t bytes = port.bytes();
    // All batches before the last are of one size.
    const bool is_last = first + rows == all_rows;
    const std::size_t place = is_last ? outputs_[i].bytes() - bytes : first / rows * bytes;
    std::memcpy(static_cast<std::byte*>(outputs_[i].data) + place, executor.output(i), bytes);
  }
}

void Request::load(std::size_t first, std::size_t rows, const exec::Executor& executor) const {
  const exec::Program& program = executor.program();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const exec::Port& port = program.inputs[i];
    const auto planned = static_cast<std::size_t>(port.shape[0]);
    std::byte* to = executor.input(i);
    take_rows(inputs_[i], port, first, rows, to);
    // Rows that only fill the program up: what the first is valid for, they are.
    for (std::size_t filling = rows; filling < planned; ++filling) {
      std::memcpy(to + filling * port.row_bytes, to, port.row_bytes);
    }
  }
}

void Request::execute(const exec::Executor& executor, std::size_t worker) const {
  const bool has_states = executor.program().states > 0;
  if (has_states) states_.load(executor);
  executor.run(times_ == nullptr ? std::span<std::uint64_t>{} : times_->of(worker));
  if (has_states) states_.store(executor);
}

}  // namespace weir::session
