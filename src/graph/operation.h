#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graph/constant.h"
#include "graph/packed_weights.h"
#include "kernels/step.h"
#include "kernels/unary.h"
#include "weir/tensor.h"

namespace weir::graph {

/// The type of a value: its shape is static, batch axis included, since a graph is built for given
/// input shapes. Executable types are float32, int32 and bool; and, for the few operations that
/// take them, int64 and string.
struct ValueType {
  DType dtype = DType::kFloat32;
  Shape shape;
  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }
  friend bool operator==(const ValueType&, const ValueType&) = default;
};

struct Graph;

/// Makes one step of a graph: it runs in scratch memory, on inputs and outputs of its own.
using CompileBody = std::function<std::unique_ptr<kernels::Step>(const Graph& body)>;

/// What `Operation::prepare` may use.
struct PrepareContext {
  std::span<const ValueType> inputs;
  std::span<const ValueType> outputs;
  std::size_t threads;            ///< The size of the pool that will run the step.
  PackedWeights& weights;         ///< Where packed weights live.
  CompileBody compile_body = {};  ///< For operations that run graphs; may be null elsewhere.
};

/// Zeros added around each axis of a tensor (batch and channels included, where they are 0).
struct ZeroPadding {
  Shape before;
  Shape after;
};

/// An operation's output may be written over one of its inputs, element by element.
struct InPlacePair {
  std::size_t input;
  std::size_t output;
};

class Operation;
using OperationPtr = std::shared_ptr<const Operation>;

/// One primitive operation of a graph: a product, a convolution, a sum. Immutable.
///
/// The first group of functions is what every operation has. The second tells rewrites what the
/// operation is, the third what it can take in; so a rewrite knows no operation by name, and a new
/// operation takes part in fusion by saying what it can.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  /// "convolution", for plans and profiles.
  virtual std::string_view kind() const = 0;
  /// Types of the outputs for types of the inputs. Throws kInvalidArgument for inputs that do not
  /// fit, kUnsupported for those that would but are not done.
  virtual std::vector<ValueType> infer(std::span<const ValueType> inputs) const = 0;
  /// Binds sizes and packs weights. All that can fail, fails here.
  virtual std::unique_ptr<kernels::Step> prepare(const PrepareContext& context) const = 0;
  /// Places where the output may take an input's memory.
  virtual std::vector<InPlacePair> in_place() const { return {}; }
  /// Whether it takes elements of `dtype`. Every operation takes float32, int32 and bool.
  virtual bool takes_type(DType dtype) const {
    return dtype != DType::kString && dtype != DType::kInt64;
  }
  /// Bytes of packed weights that `prepare` will ask for, known before it does.
  virtual std::size_t packed_bytes() const { return 0; }
  /// How often one run reads its packed weights: once, but for what is repeated in time.
  virtual std::uint64_t weight_reads(std::span<const ValueType> /*inputs*/) const { return 1; }
  /// Multiply-adds of one run; 0 where moving the data takes longer than the arithmetic.
  virtual std::uint64_t multiply_adds(std::span<const ValueType> /*inputs*/,
                                      std::span<const ValueType> /*outputs*/) const {
    return 0;
  }
  /// Whether row i of each output depends only on row i of the inputs (axis 0 being the batch).
  /// Operations on a batch of `batch` rows that mix or move samples say false; such a model is not
  /// cut into micro-batches.
  virtual bool keeps_samples_apart(std::span<const ValueType> inputs) const = 0;

  /// The output has the input's bytes: a reshape, an identity. Needs no step.
  virtual bool is_alias() const { return false; }
  virtual std::optional<kernels::Unary> as_unary() const { return std::nullopt; }
  /// Along the last axis.
  virtual std::optional<ChannelAffine> as_channel_affine() const { return std::nullopt; }
  virtual std::optional<ZeroPadding> as_zero_padding() const { return std::nullopt; }
  /// The operation multiplies each channel (along the last axis) of each sample of one input by an
  /// element of the other one, as squeeze-and-excite blocks do: the index of that other input.
  virtual std::optional<std::size_t> as_channel_scaling(
      std::span<const ValueType> /*inputs*/) const {
    return std::nullopt;
  }
  /// The plain sum of two tensors (of equal shapes, which the rewrite checks).
  virtual bool is_sum() const { return false; }
  /// The axis along which the operation only puts its inputs one after the other.
  virtual std::optional<std::size_t> concatenates_along() const { return std::nullopt; }

  /// This operation followed by the other one, as one; null where it cannot.
  virtual OperationPtr with_unary(const kernels::Unary&) const { return nullptr; }
  virtual OperationPtr with_channel_affine(const ChannelAffine&) const { return nullptr; }
  /// This operation with one more input, of the output's shape, added before its activation.
  virtual OperationPtr with_residual() const { return nullptr; }
  /// The other operation followed by this one.
  virtual OperationPtr after_zero_padding(const ZeroPadding&) const { return nullptr; }
  /// The operation on a first input whose channels are to be scaled, with the scale as its second
  /// input: faster than to scale that, with other rounding. Null where it cannot, or is not.
  virtual OperationPtr after_channel_scaling(const ValueType& /*input*/) const { return nullptr; }
  /// The same operation computed in a way that takes less time and rounds differently; null where
  /// there is none for inputs of these types.
  virtual OperationPtr faster(std::span<const ValueType> /*inputs*/) const { return nullptr; }
  /// The same operation with weights that are kept as `dtype`, kBFloat16 or kInt8, and are what
  /// that rounds them to; null where it has none that can be.
  virtual OperationPtr with_weights_as(DType /*dtype*/) const { return nullptr; }
  /// This operation followed by the other one, which reads it as its first input: as one, made in
  /// bands of rows, so that what is between them is never there as a whole. Nothing is computed
  /// twice, and the results have the same bits. Faster than the two where what is between them
  /// would not stay in a cache, and slower where it would.
  virtual OperationPtr in_bands_with(const OperationPtr& /*reader*/) const { return nullptr; }
};

}  // namespace weir::graph
