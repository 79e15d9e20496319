#include <algorithm>
#include <bit>
#include <cstring>

#include "base/fail.h"
#include "base/process_memory.h"
#include "base/thread_pool.h"
#include "session/convert.h"
#include "session/executors.h"
#include "session/memory_plan.h"
#include "session/model_impl.h"
#include "session/preparation.h"
#include "session/probe.h"
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

bool fits(const Shape& given, const Shape& wanted) {
  if (given.rank() != wanted.rank() || !given.is_static()) return false;
  for (std::size_t axis = 1; axis < given.rank(); ++axis) {
    if (wanted[axis] != Shape::kFree && wanted[axis] != given[axis]) return false;
  }
  return true;
}

std::string hint(const Shape& given, const Shape& wanted) {
  if (given.rank() + 1 != wanted.rank()) return "";
  return "; the first axis is the batch: a single sample needs one of size 1";
}

std::size_t row_bytes(const exec::Port& port) {
  return static_cast<std::size_t>(port.shape.elements() / port.shape[0]) * size_of(port.dtype);
}

}  // namespace

struct Session::Impl {
  Impl(const Model& given, const SessionOptions& wanted)
      : model(given),
        options(wanted),
        preparation(*model.impl_, options, model.impl_->weights_for(options.weights)),
        pool(preparation.threads()),
        executors(preparation, pool),
        shapes(model.inputs().size()) {
    request.reserve(shapes.size());
    require(model.impl_->record.has_weights, ErrorCode::kInvalidArgument,
            "the file has an architecture but no weights: it can be planned, not run");
    if (!preparation.knows_row_shapes()) return;
    // A limit that cannot be met is refused here, before a weight is packed.
    if (options.memory_limit.has_value()) static_cast<void>(model.plan(options));
    shapes = session::shapes_with(model.inputs(), 1, preparation.default_row_shapes());
    adopt_shapes();
    executors.executor(current->micro_batch);
    return_freed_memory();
  }

  void check_inputs(std::span<const Shape> given) {
    const std::span<const TensorSpec> specs = model.inputs();
    require(given.size() == specs.size(), ErrorCode::kInvalidArgument,
            "the model has {} inputs, but is given {}", specs.size(), given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      shapes[i] = fitted_shape(given[i], specs[i]);
      // Not `require`: its arguments are texts, which cost allocations, and this is every step.
      if (!fits(shapes[i], specs[i].shape)) {
        fail(ErrorCode::kInvalidArgument, "input '{}' wants the shape {}, but is given {}{}",
             specs[i].name, to_string(specs[i].shape), to_string(given[i]),
             hint(given[i], specs[i].shape));
      }
      require(shapes[i][0] == shapes[0][0], ErrorCode::kInvalidArgument,
              "input '{}' has {} rows, but '{}' has {}", specs[i].name, shapes[i][0], specs[0].name,
              shapes[0][0]);
    }
    adopt_shapes();
  }

  void check_outputs(std::span<const MutableTensorView> outputs) const {
    const std::vector<exec::Port>& ports = current->program->outputs;
    require(outputs.size() == ports.size(), ErrorCode::kInvalidArgument,
            "the model has {} outputs, but room for {} is given", ports.size(), outputs.size());
    for (std::size_t i = 0; i < ports.size(); ++i) {
      Shape wanted = ports[i].shape;
      wanted[0] = shapes[0][0];
      if (outputs[i].dtype != ports[i].dtype || outputs[i].shape != wanted) {
        fail(ErrorCode::kInvalidArgument, "output {} is {} {}, but room for {} {} is given", i,
             to_string(ports[i].dtype), to_string(wanted), to_string(outputs[i].dtype),
             to_string(outputs[i].shape));
      }
    }
  }

  void adopt_shapes() { current = &executors.row_plan(shapes); }

  /// Made when it is asked for: a step between two prepared shapes must allocate nothing.
  const MemoryPlan& plan() {
    if (current != nullptr && described != current->program) {
      described = current->program;
      memory = session::describe(*current, preparation);
    }
    return memory;
  }

  /// Predicts `rows` rows from row `first` on, in one pass of a program for `planned` rows.
  void run_rows(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs,
                std::size_t first, std::size_t rows, std::size_t planned) {
    const exec::Executor& executor = executors.executor(planned);
    const exec::Program& program = executor.program();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const exec::Port& port = program.inputs[i];
      const std::size_t row_elements = row_bytes(port) / size_of(port.dtype);
      const auto* from = static_cast<const std::byte*>(inputs[i].data) +
                         first * row_elements * size_of(inputs[i].dtype);
      std::byte* to = executor.input(i);
      session::convert_elements(inputs[i].dtype, from, port.dtype, to, rows * row_elements);
      // Rows that only fill the program up must not be read as wild indices.
      std::memset(to + rows * row_bytes(port), 0, (planned - rows) * row_bytes(port));
    }
    executor.run();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::size_t bytes = row_bytes(program.outputs[i]);
      std::memcpy(static_cast<std::byte*>(outputs[i].data) + first * bytes, executor.output(i),
                  rows * bytes);
    }
  }

  Model model;
  SessionOptions options;
  session::Preparation preparation;
  ThreadPool pool;
  session::Executors executors;
  std::vector<Shape> request;  ///< Shapes as the caller gave them, kept to allocate nothing.
  std::vector<Shape> shapes;   ///< Of the current request, as the model wants them.
  const session::RowPlan* current = nullptr;
  std::shared_ptr<const exec::Program> described;  ///< Which `memory` is about.
  MemoryPlan memory;
};

Session::Session(const Model& model, const SessionOptions& options) try
    : impl_(std::make_unique<Impl>(model, options)) {
} catch (const Error& error) {
  throw model.impl_->named(error);
}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const Model& Session::model() const { return impl_->model; }
const SessionOptions& Session::options() const { return impl_->options; }
const MemoryPlan& Session::plan() const { return impl_->plan(); }

std::vector<Shape> Session::output_shapes(std::span<const Shape> inputs) try {
  impl_->check_inputs(inputs);
  std::vector<Shape> shapes;
  for (const exec::Port& port : impl_->current->program->outputs) {
    shapes.push_back(port.shape);
    shapes.back()[0] = impl_->shapes[0][0];
  }
  return shapes;
} catch (const Error& error) {
  throw impl_->model.impl_->named(error);
}

void Session::run(std::span<const TensorView> inputs,
                  std::span<const MutableTensorView> outputs) try {
  Impl& impl = *impl_;
  impl.request.clear();
  for (const TensorView& input : inputs) impl.request.push_back(input.shape);
  impl.check_inputs(impl.request);
  impl.check_outputs(outputs);
  const session::RowPlan& plan = *impl.current;
  const auto rows = static_cast<std::size_t>(impl.shapes[0][0]);
  for (std::size_t first = 0; first < rows; first += plan.micro_batch) {
    const std::size_t count = std::min(plan.micro_batch, rows - first);
    // A tail is filled up to a power of two, so that few programs serve all sizes; a batch whose
    // samples mix is never filled up.
    const std::size_t planned =
        plan.independent ? std::min(std::bit_ceil(count), plan.micro_batch) : count;
    impl.run_rows(inputs, outputs, first, count, planned);
  }
} catch (const Error& error) {
  throw impl_->model.impl_->named(error);
}

}  // namespace weir
