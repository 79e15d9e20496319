#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/custom_layer.h"
#include "weir/device.h"
#include "weir/profile.h"
#include "weir/tensor.h"

namespace weir {

/// One layer of a model, as Keras's summary shows it.
struct LayerSummary {
  std::string name;  ///< With the path of the models it is in: "backbone/conv1".
  std::string class_name;
  std::vector<Shape> output_shapes;  ///< Of its last call. Empty where they cannot be told.
  std::uint64_t parameters = 0;      ///< Of a model used as a layer: with all its layers.
  std::uint64_t weight_bytes = 0;
  std::vector<std::string>
      connected_to;  ///< Layers whose outputs it is called on; Functional only.
};

struct ModelSummary {
  std::string name;
  std::string kind;           ///< "Sequential" or "Functional".
  std::string keras_version;  ///< Of the Keras that wrote the file; "" where unknown.
  std::vector<LayerSummary> layers;
  std::uint64_t parameters = 0;  ///< Every variable once, however many layers share it.
  std::uint64_t trainable_parameters = 0;
  std::uint64_t weight_bytes = 0;  ///< As stored in the file.
  std::string
      unsupported;  ///< What Weir lacks to predict with the model; "" where it lacks nothing.
};

/// How rows pass through a model.
enum class ExecutionMode : std::uint8_t {
  kLatency,     ///< All threads work inside each step.
  kThroughput,  ///< Each thread carries rows of its own through all steps, in its own slice of
                ///< the arena; no thread waits for another between steps.
  kWhole,       ///< Samples depend on each other: each batch passes as a whole.
};

/// "latency", "throughput" or "whole".
std::string_view to_string(ExecutionMode mode);

/// Where packed weights are while a model predicts.
enum class WeightsMode : std::uint8_t {
  kResident,  ///< In memory.
  /// In a mapped file, read ahead of the step that uses them and dropped from memory behind it: as
  /// slow as the disk where the system has no memory to keep the file in, and the same bits.
  kStream,
};

/// "resident" or "stream".
std::string_view to_string(WeightsMode mode);

/// How freely results may be rounded. They have the same bits for any batch size and number of
/// threads either way.
enum class Precision {
  /// Also by algorithms with other roundings than the plain sum's, where they are faster, and with
  /// gates that are up to 4 units in the last place off.
  kAuto,
  /// Each sum as one chain of fused multiply-adds; functions to about 2 units in the last place.
  kStrict,
};

/// "auto" or "strict".
std::string_view to_string(Precision precision);

/// A way for rows to pass that was measured to be good for a number of threads.
struct Tuning {
  ExecutionMode mode = ExecutionMode::kLatency;
  std::size_t micro_batch = 1;
  std::size_t threads = 1;
  friend bool operator==(const Tuning&, const Tuning&) = default;
};

/// For what a model is to be prepared.
struct SessionOptions {
  /// Rows handed over at a time, with Keras's meaning and default. Does not decide memory: rows
  /// pass in micro-batches, unless the model's samples depend on each other.
  std::size_t batch_size = 32;
  /// 0: all of the device's.
  std::size_t threads = 0;
  /// Bytes that the whole process may have resident. Fewer rows, then fewer threads are used until
  /// the plan fits; a limit that cannot be kept is refused.
  std::optional<std::uint64_t> memory_limit = std::nullopt;
  /// Shapes of one row of each input, without the batch axis, for inputs with free axes.
  std::vector<Shape> row_shapes = {};
  /// kLatency or kThroughput; chosen by estimated speed and memory where it is not given.
  std::optional<ExecutionMode> mode = std::nullopt;
  /// Rows that a thread (throughput), or all together (latency), carry at a time; 0: chosen as
  /// well.
  std::size_t micro_batch = 0;
  /// Taken before an estimate is, where its threads are this session's, neither mode nor
  /// micro-batch is given and the limits allow it.
  std::optional<Tuning> tuning = std::nullopt;
  /// Where it is not given, weights are streamed only if a memory limit cannot be kept otherwise.
  std::optional<WeightsMode> weights = std::nullopt;
  /// What the weights of Dense layers and convolutions are kept as: kFloat32; kBFloat16, half as
  /// large, with 8 bits of each weight; or kInt8, a quarter, in 254 steps over the range of each
  /// output channel. Results are those of the rounded weights, computed in float32 all the same,
  /// and Winograd's convolutions are not used.
  DType weights_dtype = DType::kFloat32;
  /// With streamed weights or a memory limit it is strict: what is faster takes more memory.
  Precision precision = Precision::kAuto;
};

/// One tensor of a plan: where in the arena it lies, and from which step to which it is alive.
struct PlannedTensor {
  std::string name;     ///< The layer that makes it, or "input 0".
  std::string storage;  ///< "own", "view", "in place", "scratch".
  std::size_t offset = 0;
  std::size_t bytes = 0;
  std::size_t first_step = 0;
  std::size_t last_step = 0;
};

struct PlannedStep {
  std::string layer;
  std::string kind;
  std::size_t scratch_bytes = 0;
};

/// The memory that predicting will take, known before the first step.
struct MemoryPlan {
  ExecutionMode mode = ExecutionMode::kLatency;
  std::string mode_reason;  ///< Why, in a sentence.
  std::size_t batch_size = 0;
  std::size_t micro_batch = 0;  ///< Rows that pass through a slice of the arena at a time.
  std::size_t threads = 0;
  std::size_t pass_rows = 0;            ///< Rows that a stream reads and hands on at a time.
  std::size_t arena_slices = 1;         ///< In throughput mode each thread has one of its own.
  std::uint64_t arena_bytes = 0;        ///< Activations and scratch, all slices together.
  std::uint64_t lower_bound_bytes = 0;  ///< The least that any placement could do with.
  WeightsMode weights = WeightsMode::kResident;
  DType weights_dtype = DType::kFloat32;     ///< What those are kept as that can be.
  std::uint64_t weights_bytes = 0;           ///< Packed weights, as kernels read them.
  std::uint64_t weights_resident_bytes = 0;  ///< The most of them in memory at a time.
  std::uint64_t packing_bytes = 0;           ///< While one is packed, before the first step.
  std::uint64_t stream_bytes = 0;            ///< Inputs and outputs of the rows of one pass.
  std::uint64_t state_bytes = 0;             ///< Kept from one batch to the next.
  std::uint64_t baseline_bytes = 0;          ///< The process itself, before the model.
  std::uint64_t peak_bytes = 0;        ///< The most that the process is expected to have resident.
  std::vector<PlannedStep> steps;      ///< In the order of execution.
  std::vector<PlannedTensor> tensors;  ///< Of one slice of the arena.

  /// arena / lower bound; 1 is perfect.
  double ratio() const {
    return lower_bound_bytes == 0
               ? 1.0
               : static_cast<double>(arena_bytes) / static_cast<double>(lower_bound_bytes);
  }
};

struct LoadOptions {
  /// Classes of layers that the program computes itself.
  CustomLayers custom_layers = {};
  /// The file of the weights of an architecture JSON, or of weights to take in place of a model's
  /// own: `.weights.h5`, a legacy `.h5`, or `.weights.json` with the files beside it that it names.
  std::filesystem::path weights_file = {};
};

/// A Keras model, loaded. Immutable and cheap to copy; all copies share the weights. Thread-safe.
class Model {
 public:
  /// Reads a `.keras`, a whole-model `.h5`, a `.weir` or an architecture JSON (which can be
  /// planned, and run where the options name a file of its weights). Runs no code from the file.
  /// Throws Error: kNotFound, kIo, kMalformed, kUnsupported; and what a custom layer throws.
  static Model load(const std::filesystem::path& path, const LoadOptions& options = {});
  /// The same from bytes, which must stay valid as long as the model; `name` stands for the file in
  /// errors.
  static Model load(std::span<const std::byte> bytes, const std::string& name,
                    const LoadOptions& options = {});

  /// The summary of a model in a file, also of one that `load` refuses with kUnsupported because of
  /// a layer: that layer and those behind it have no shapes then.
  static ModelSummary summarize(const std::filesystem::path& path, const LoadOptions& options = {});

  /// Inputs in Keras's order. Axis 0 is the batch.
  std::span<const TensorSpec> inputs() const;
  /// Outputs in Keras's order, under Keras's names; free axes where the size depends on the input.
  std::span<const TensorSpec> outputs() const;

  ModelSummary summary() const;
  /// Whether functions of the program take part in predicting, see `CustomLayer`.
  bool has_custom_layers() const;
  /// What a session with these options will need, without packing a weight. Throws what `Session`
  /// throws, also for a memory limit that cannot be met.
  MemoryPlan plan(const SessionOptions& options = {}) const;
  /// The same for a session on a device.
  MemoryPlan plan(const SessionOptions& options, const Device& device) const;

  /// Writes the model as one `.weir` file: the Keras file as it is (a ZIP of several) and, ready to
  /// be mapped, the weights as sessions with these options need them (also with others; what they
  /// need beside is packed when they are prepared). The file at `path` appears whole or not at all.
  /// Throws what `plan` throws, and kIo.
  void save_compiled(const std::string& path, const SessionOptions& options = {}) const;

  /// Reads all of a `.weir` file and compares its checksums, of which `load` compares those of
  /// header and directory only. Throws kMalformed. Other files are checked when they are loaded.
  void verify() const;

  struct Impl;

 private:
  friend class Session;
  friend class Device;
  explicit Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// A model prepared to predict: packed weights, plan, arena and threads. After the first request of
/// each shape, `run` allocates nothing. One thread at a time; several sessions may share a model.
class Session {
 public:
  /// Throws kUnsupported for a layer that Weir lacks (naming it), kInvalidArgument for options that
  /// do not fit the model, kLimit when the plan does not fit the memory limit.
  Session(const Model& model, const SessionOptions& options);
  /// The same on a device, whose threads and arena it shares with the device's other sessions. Also
  /// throws kLimit when the device's own limit cannot be kept.
  Session(const Model& model, const SessionOptions& options, const Device& device);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  const Model& model() const;
  const SessionOptions& options() const;

  /// Shapes of the outputs for inputs of these shapes (batch axis included). Prepares for them. A
  /// model that mixes samples is given `batch_size` rows at a time, and what the batches give lies
  /// one after the other, as with Keras's `predict`; throws kInvalidArgument where that does not
  /// go.
  std::vector<Shape> output_shapes(std::span<const Shape> inputs);

  /// Predicts. Inputs are in the model's order, in any numeric type, all of the same number of rows
  /// (any number of them); as in Keras, a last axis of 1 may be missing or too many. Outputs have
  /// the type of `Model::outputs` and the shapes of `output_shapes`. Throws kInvalidArgument for
  /// inputs that do not fit, also for an index that is out of an Embedding's range; and what a
  /// custom layer throws.
  void run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs);

  /// Stateful layers start from zeros again, as before the first run. They keep their states from
  /// one run to the next, those of each row by itself; a run's rows are one batch after the other
  /// of as many rows as the model was built for.
  void reset_states();

  /// From now on tells the profile what it does; nobody any more where there is none. While nobody
  /// watches, nothing is measured.
  void watch(const std::optional<Profile>& profile);
  std::optional<Profile> profile() const;

  /// The plan of what was prepared at construction or, with free axes, last.
  const MemoryPlan& plan() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
