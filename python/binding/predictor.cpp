#include "predictor.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "arrays.h"
#include "custom_layers.h"
#include "texts.h"

namespace weir::python {
namespace {

namespace nb = nanobind;
using Clock = std::chrono::steady_clock;

// Work that reads as many bytes of weights takes about a tenth of a millisecond: a fiftieth of what
// any thread may keep the interpreter's lock. To give it up for less costs threads that wait for it
// more, in wake-ups, than they gain.
constexpr std::uint64_t kShortWork = std::uint64_t{1} << 20;
// How long an interrupt may wait, about.
constexpr auto kShortBlock = std::chrono::milliseconds(10);
constexpr auto kLongBlock = std::chrono::milliseconds(100);

MutableTensorView elements_or_throw(const nb::object& array, bool writable) {
  const auto elements = elements_of(array, writable);
  if (!elements) throw nb::type_error("an array must hold numbers or strings, in C order");
  return *elements;
}

TensorView read_only(const MutableTensorView& view) { return {view.data, view.dtype, view.shape}; }

/// Moves a view on by some rows, and has it end behind others.
template <typename View>
View rows_of(const View& all, std::size_t first, std::size_t rows) {
  View part = all;
  const auto row_bytes = static_cast<std::size_t>(all.shape[0]) == 0
                             ? 0
                             : all.bytes() / static_cast<std::size_t>(all.shape[0]);
  using Byte = std::conditional_t<std::is_same_v<View, TensorView>, const std::byte, std::byte>;
  part.data = static_cast<Byte*>(all.data) + first * row_bytes;
  part.shape[0] = static_cast<std::int64_t>(rows);
  return part;
}

template <typename View>
void move_to_rows(std::span<const View> all, std::size_t first, std::size_t rows,
                  std::span<View> part) {
  for (std::size_t i = 0; i < all.size(); ++i) part[i] = rows_of(all[i], first, rows);
}

}  // namespace

Predictor::Predictor(const Model& model, const SessionOptions& options, const SharedDevice& device)
    : model_(model), options_(options), device_(device), calls_python_(model.has_custom_layers()) {
  const nb::gil_scoped_release released;
  session_ = std::make_unique<Session>(model_, options_, device_.device());
  const MemoryPlan& plan = session_->plan();
  weight_bytes_ = plan.weights_bytes;
  rows_are_apart_ = plan.batch_size > 0 && plan.mode != ExecutionMode::kWhole;
}

template <typename Work>
void Predictor::take_turn(bool long_work, const Work& work) {
  if (in_custom_layer()) {
    throw Error(ErrorCode::kInvalidArgument, "the function of a custom layer cannot predict");
  }
  std::unique_lock turn(device_.turn(), std::try_to_lock);
  if (turn && !long_work) {
    work();
    return;
  }
  // Who has the turn may need the interpreter's lock to end it.
  const nb::gil_scoped_release released;
  if (!turn) turn.lock();
  work();
  turn.unlock();
}

bool Predictor::takes_long(std::size_t rows) const {
  // Their functions take the interpreter's lock, in threads that are waited for.
  return calls_python_ || rows * std::max<std::uint64_t>(weight_bytes_, 1) > kShortWork;
}

MemoryPlan Predictor::plan() {
  MemoryPlan plan;
  take_turn(true, [&] { plan = session_->plan(); });
  return plan;
}

std::optional<ExecutionMode> Predictor::mode() {
  std::optional<ExecutionMode> mode;
  take_turn(true, [&] {
    const MemoryPlan& plan = session_->plan();
    if (plan.batch_size > 0) mode = plan.mode;
  });
  return mode;
}

bool Predictor::keeps_states() {
  bool keeps = false;
  take_turn(true, [&] { keeps = session_->plan().state_bytes > 0; });
  return keeps;
}

void Predictor::watch(const std::optional<Profile>& profile) {
  take_turn(true, [&] { session_->watch(profile); });
}

void Predictor::reset_states() {
  take_turn(true, [&] { session_->reset_states(); });
}

std::vector<Shape> Predictor::output_shapes(const std::vector<Shape>& inputs) {
  std::vector<Shape> shapes;
  take_turn(true, [&] { shapes = session_->output_shapes(inputs); });
  return shapes;
}

bool Predictor::gives_rows(const TensorView& rows, const Shape& promised) {
  return rows_are_apart_ || output_shapes({rows.shape}).front() == promised;
}

nb::object Predictor::predict_small(nb::handle x, std::size_t most_rows) {
  const std::span<const TensorSpec> wanted = model_.inputs();
  const std::span<const TensorSpec> made = model_.outputs();
  if (wanted.size() != 1 || made.size() != 1 || made[0].dtype != DType::kFloat32) return nb::none();
  const auto elements = elements_of(x);
  if (!elements) return nb::none();
  const TensorView rows = read_only(*elements);
  if (rows.shape.rank() != wanted[0].shape.rank() || rows.shape[0] < 1 ||
      static_cast<std::size_t>(rows.shape[0]) > most_rows) {
    return nb::none();
  }
  Shape shape = made[0].shape;
  if (shape.empty() || shape[0] != Shape::kFree) return nb::none();
  shape[0] = rows.shape[0];
  if (!shape.is_static() || !gives_rows(rows, shape)) return nb::none();
  nb::object array = new_array(shape, DType::kFloat32);
  const MutableTensorView room = *elements_of(array, true);
  take_turn(takes_long(static_cast<std::size_t>(rows.shape[0])),
            [&] { session_->run(std::span(&rows, 1), std::span(&room, 1)); });
  return array;
}

void Predictor::run(const std::vector<nb::object>& inputs, const std::vector<nb::object>& outputs) {
  Texts texts;
  std::vector<TensorView> from;
  for (const nb::object& array : inputs) {
    from.push_back(
        read_only(Texts::are_in(array) ? texts.read(array) : elements_or_throw(array, false)));
  }
  Texts made;
  std::vector<MutableTensorView> to;
  for (const nb::object& array : outputs) {
    to.push_back(Texts::are_in(array) ? made.room_for(array) : elements_or_throw(array, true));
  }
  run_in_blocks(from, to);
  made.write_all();
}

void Predictor::run_in_blocks(std::span<TensorView> inputs, std::span<MutableTensorView> outputs) {
  const std::size_t rows =
      inputs.empty() || inputs[0].shape.empty() ? 0 : static_cast<std::size_t>(inputs[0].shape[0]);
  std::size_t block = options_.batch_size;
  const bool gives_rows = std::ranges::all_of(outputs, [&](const MutableTensorView& output) {
    return !output.shape.empty() && std::cmp_equal(output.shape[0], rows);
  });
  if (rows <= block || !gives_rows) {
    take_turn(takes_long(rows), [&] { session_->run(inputs, outputs); });
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    return;
  }
  std::vector<TensorView> from(inputs.begin(), inputs.end());
  std::vector<MutableTensorView> to(outputs.begin(), outputs.end());
  for (std::size_t first = 0; first < rows;) {
    const std::size_t count = std::min(block, rows - first);
    move_to_rows<TensorView>(inputs, first, count, from);
    move_to_rows<MutableTensorView>(outputs, first, count, to);
    const Clock::time_point begin = Clock::now();
    take_turn(takes_long(count), [&] { session_->run(from, to); });
    const Clock::duration spent = Clock::now() - begin;
    first += count;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    // Whole batches.
    if (spent < kShortBlock) block *= 2;
    if (spent > kLongBlock) block = std::max(block / 2, options_.batch_size);
  }
}

void Predictor::after_fork(const SharedDevice& device) {
  // Its threads are in the parent: it can neither be stopped here, nor waited for.
  static_cast<void>(session_.release());
  device_ = device;
  session_ = std::make_unique<Session>(model_, options_, device_.device());
}

}  // namespace weir::python
