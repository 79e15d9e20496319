#include <algorithm>
#include <functional>

#include "base/denormals.h"
#include "base/fail.h"
#include "base/process_memory.h"
#include "base/shape_fit.h"
#include "session/executors.h"
#include "session/joined_shapes.h"
#include "session/kept_states.h"
#include "session/memory_plan.h"
#include "session/model_impl.h"
#include "session/preparation.h"
#include "session/probe.h"
#include "session/recording.h"
#include "session/request.h"
#include "weir/model.h"

namespace weir {
namespace {

/// The shape as the model wants it: Keras lets a last axis of 1 be missing or too many.
Shape fitted_shape(const Shape& given, const TensorSpec& spec) {
  const std::size_t rank = spec.shape.rank();
  if (given.rank() == rank + 1 && given.back() == 1) return Shape(given.dims().first(rank));
  if (given.rank() + 1 != rank || spec.shape.back() != 1) return given;
  Shape extended = given;
  extended.push_back(1);
  return extended;
}

std::string hint(const Shape& given, const Shape& wanted) {
  if (given.rank() + 1 != wanted.rank()) return "";
  return "; the first axis is the batch: a single sample needs one of size 1";
}

}  // namespace

struct Session::Impl {
  /// `resident` are the bytes in the process before.
  Impl(const Model& given, const SessionOptions& wanted, const Device& where,
       std::uint64_t resident)
      : model(given),
        device(where),
        options(with_weights(wanted, resident)),
        preparation(*model.impl_, options, *device.impl_,
                    model.impl_->weights_for(*options.weights), resident),
        executors(preparation, *device.impl_),
        shapes(model.inputs().size()) {
    given_shapes.reserve(shapes.size());
    require(
        model.impl_->record.has_weights, ErrorCode::kInvalidArgument,
        "the file has an architecture but no weights: it can be planned, and run with a file of "
        "its weights (--weights FILE, weights=)");
    const Device::Impl::Turn turn(*device.impl_);
    device.impl_->adopt(model.impl_);
    if (!preparation.knows_row_shapes()) return;
    shapes = session::shapes_with(model.inputs(), 1, preparation.default_row_shapes());
    adopt_shapes();
    executors.for_schedule(current->schedule);
    // Packing left pages at the edges of weights, and what the system mapped in beside them.
    const SharedBytes& file = model.impl_->original;
    if (file.mapped) drop_pages(file.bytes);
  }

  /// The options with the choice, where it is left open, whether weights are streamed. A limit that
  /// cannot be met is refused here, before a weight is packed.
  SessionOptions with_weights(SessionOptions wanted, std::uint64_t resident) const {
    const bool has_limit =
        wanted.memory_limit.has_value() || device.options().memory_limit.has_value();
    const bool can_plan = session::knows_row_shapes(*model.impl_, wanted);
    if (has_limit && can_plan) {
      wanted.weights = session::plan_memory(*model.impl_, wanted, *device.impl_, resident).weights;
      return_freed_memory();  // Else it is there beside what is prepared, which has the same limit.
    } else if (!wanted.weights) {
      wanted.weights = WeightsMode::kResident;
    }
    return wanted;
  }

  /// Makes ready for a request with inputs of these shapes; those of the one before cost a
  /// comparison.
  template <typename Input, typename ShapeOf>
  void adopt(std::span<const Input> inputs, const ShapeOf& shape_of) {
    if (!given_shapes.empty() && std::ranges::equal(inputs, given_shapes, {}, shape_of)) return;
    given_shapes.clear();
    check_inputs(inputs, shape_of);
    for (const Input& input : inputs) given_shapes.push_back(std::invoke(shape_of, input));
  }

  template <typename Input, typename ShapeOf>
  void check_inputs(std::span<const Input> inputs, const ShapeOf& shape_of) {
    const std::span<const TensorSpec> specs = model.inputs();
    require(inputs.size() == specs.size(), ErrorCode::kInvalidArgument,
            "the model has {} inputs, but is given {}", specs.size(), inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Shape& given = std::invoke(shape_of, inputs[i]);
      shapes[i] = fitted_shape(given, specs[i]);
      // Not `require`: its arguments are texts, which cost allocations, and this is every step.
      if (!shapes[i].is_static() || !rows_fit(shapes[i], specs[i].shape)) {
        fail(ErrorCode::kInvalidArgument, "input '{}' wants the shape {}, but is given {}{}",
             specs[i].name, to_string(specs[i].shape), to_string(given),
             hint(given, specs[i].shape));
      }
      require(shapes[i][0] == shapes[0][0], ErrorCode::kInvalidArgument,
              "input '{}' has {} rows, but '{}' has {}", specs[i].name, shapes[i][0], specs[0].name,
              shapes[0][0]);
    }
    adopt_shapes();
    find_output_shapes();
  }

  void check_types(std::span<const TensorView> inputs) const {
    const std::span<const TensorSpec> specs = model.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool wants_strings = specs[i].dtype == DType::kString;
      if ((inputs[i].dtype == DType::kString) == wants_strings) continue;
      fail(ErrorCode::kInvalidArgument, "input '{}' wants {}, but is given {}", specs[i].name,
           wants_strings ? "strings" : "numbers", wants_strings ? "numbers" : "strings");
    }
  }

  void check_outputs(std::span<const MutableTensorView> outputs) const {
    const std::span<const exec::Port> ports = current->program->results();
    require(outputs.size() == ports.size(), ErrorCode::kInvalidArgument,
            "the model has {} outputs, but room for {} is given", ports.size(), outputs.size());
    for (std::size_t i = 0; i < ports.size(); ++i) {
      if (outputs[i].dtype != ports[i].dtype || outputs[i].shape != output_shapes[i]) {
        fail(ErrorCode::kInvalidArgument, "output {} is {} {}, but room for {} {} is given", i,
             to_string(ports[i].dtype), to_string(output_shapes[i]), to_string(outputs[i].dtype),
             to_string(outputs[i].shape));
      }
    }
  }

  /// What the batches of the request give, one after the other.
  void find_output_shapes() {
    output_shapes.clear();
    const auto rows = static_cast<std::size_t>(shapes[0][0]);
    const exec::Program& program = *current->program;
    if (current->independent || program.states > 0 || rows == 0) {
      session::append_batches(output_shapes, program.results(), 1, model.outputs());
      for (Shape& shape : output_shapes) {
        if (!shape.empty()) shape[0] = shapes[0][0];
      }
      return;
    }
    const std::size_t batch = current->schedule.micro_batch;
    session::append_batches(output_shapes, program.results(), rows / batch, model.outputs());
    if (rows % batch == 0) return;
    const plan::Pass last = plan::next_pass(current->schedule, rows % batch);
    session::append_batches(output_shapes,
                            executors.for_schedule(last.schedule)[0].program().results(), 1,
                            model.outputs());
  }

  void adopt_shapes() {
    current = &executors.row_plan(shapes);
    states.make_room(*current->program);
  }

  /// Made when it is asked for: a step between two prepared shapes must allocate nothing.
  const MemoryPlan& plan() {
    if (current != nullptr && described != current->program) {
      described = current->program;
      memory = session::describe(*current, preparation);
    }
    return memory;
  }

  void run(session::Request& request) {
    const auto rows = static_cast<std::size_t>(shapes[0][0]);
    const std::size_t batch = current->schedule.micro_batch;
    if (current->program->states > 0 && rows % batch != 0) {
      fail(ErrorCode::kInvalidArgument,
           "the model keeps states for batches of {} rows, but is given {}", batch, rows);
    }
    // Around all passes, not in each: to set it waits for all that the processor has begun, which
    // takes a sixth of a small model's call.
    const DenormalsGuard denormals(Denormals::kZeros);
    exec::StepTimes* times = recording ? recording->begin(*current) : nullptr;
    if (times != nullptr) request.time_steps(*times);
    for (std::size_t first = 0; first < rows;) {
      const plan::Pass pass = plan::next_pass(current->schedule, rows - first);
      request.run(pass, first, executors.for_schedule(pass.schedule), device.impl_->pool());
      first += pass.rows;
    }
    if (recording) recording->end(rows);
  }

  Model model;
  Device device;
  SessionOptions options;
  session::Preparation preparation;
  session::Executors executors;
  session::KeptStates states;
  std::vector<Shape> given_shapes;   ///< Of the current request, as the caller gave them.
  std::vector<Shape> shapes;         ///< The same, as the model wants them.
  std::vector<Shape> output_shapes;  ///< Of all its rows.
  const session::RowPlan* current = nullptr;
  std::shared_ptr<const exec::Program> described;  ///< Which `memory` is about.
  MemoryPlan memory;
  std::unique_ptr<session::Recording> recording;  ///< Null while nobody watches.
};

Session::Session(const Model& model, const SessionOptions& options)
    : Session(model, options, Device({.threads = options.threads})) {}

Session::Session(const Model& model, const SessionOptions& options, const Device& device) try
    : impl_(std::make_unique<Impl>(model, options, device, resident_bytes())) {
} catch (const Error& error) {
  throw model.impl_->named(error);
}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const Model& Session::model() const { return impl_->model; }
const SessionOptions& Session::options() const { return impl_->options; }
const MemoryPlan& Session::plan() const { return impl_->plan(); }

void Session::reset_states() { impl_->states.reset(); }

void Session::watch(const std::optional<Profile>& profile) {
  const Device::Impl::Turn turn(*impl_->device.impl_);
  impl_->recording.reset();
  if (!profile) return;
  impl_->recording =
      std::make_unique<session::Recording>(*profile, impl_->preparation, *impl_->device.impl_);
}

std::optional<Profile> Session::profile() const {
  if (impl_->recording == nullptr) return std::nullopt;
  return impl_->recording->profile();
}

std::vector<Shape> Session::output_shapes(std::span<const Shape> inputs) try {
  impl_->adopt(inputs, std::identity());
  return impl_->output_shapes;
} catch (const Error& error) {
  throw impl_->model.impl_->named(error);
}

void Session::run(std::span<const TensorView> inputs,
                  std::span<const MutableTensorView> outputs) try {
  Impl& impl = *impl_;
  const Device::Impl::Turn turn(*impl.device.impl_);
  impl.adopt(inputs, &TensorView::shape);
  impl.check_types(inputs);
  impl.check_outputs(outputs);
  session::Request request(inputs, outputs, impl.states);
  impl.run(request);
} catch (const Error& error) {
  throw impl_->model.impl_->named(error);
}

}  // namespace weir
