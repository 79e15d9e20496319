#include "ops/lookup.h"

#include <algorithm>
#include <cstring>

#include "base/fail.h"
#include "ops/weight_floats.h"

namespace weir::ops {
namespace {

using graph::Constant;
using graph::ValueType;

/// Bytes copied below which another thread is not worth waking.
constexpr std::size_t kBytesPerTask = 65536;
/// Of a table that does not stay in memory: any of its rows may be asked for.
constexpr std::size_t kPartBytes = std::size_t{1} << 20;

struct LookupShape {
  std::size_t count;
  std::size_t rows;
  std::size_t row_bytes;
  NegativeRow negative;
};

/// True for numbers that truncate to an index of a row; false for NaN.
template <typename Index>
bool is_row(Index index, const LookupShape& shape) {
  const auto before = shape.negative == NegativeRow::kCountsFromEnd ? shape.rows : 0;
  if constexpr (std::is_floating_point_v<Index>) {
    return index > -static_cast<Index>(before) - 1 && index < static_cast<Index>(shape.rows);
  } else if constexpr (std::is_signed_v<Index>) {
    return index >= -static_cast<std::int64_t>(before) &&
           index < static_cast<std::int64_t>(shape.rows);
  } else {
    return index < shape.rows;
  }
}

/// Of an index that is one.
template <typename Index>
std::size_t row_at(Index index, std::size_t rows) {
  const auto row = static_cast<std::int64_t>(index);
  return static_cast<std::size_t>(row < 0 ? row + static_cast<std::int64_t>(rows) : row);
}

template <typename Index>
class LookupStep final : public kernels::Step {
 public:
  /// The table is a packed one, or lies in a mapped file.
  LookupStep(const LookupShape& shape, SharedBytes table)
      : shape_(shape),
        table_(std::move(table)),
        part_rows_(
            std::max<std::size_t>(kPartBytes / std::max<std::size_t>(shape.row_bytes, 1), 1)) {}

  void run(const kernels::StepArgs& args) const override { run_rows(0, shape_.rows, args); }

  std::size_t parts() const override {
    return std::max<std::size_t>((shape_.rows + part_rows_ - 1) / part_rows_, 1);
  }
  void run_part(std::size_t part, const kernels::StepArgs& args) const override {
    run_rows(part * part_rows_, part_end(part), args);
  }
  std::vector<SharedBytes> weights(std::size_t part) const override {
    const std::size_t first = part * part_rows_;
    return {table_.subspan(first * shape_.row_bytes, (part_end(part) - first) * shape_.row_bytes)};
  }

 private:
  std::size_t part_end(std::size_t part) const {
    return std::min((part + 1) * part_rows_, shape_.rows);
  }

  /// Copies the table's rows from `first` to `last` to wherever they are asked for.
  void run_rows(std::size_t first, std::size_t last, const kernels::StepArgs& args) const {
    const auto* indices = args.input<Index>(0);
    auto* out = args.output<std::byte>();
    // Before the first copy, since a task of the pool must not throw.
    if (first == 0) check(indices);
    const std::size_t grain = kBytesPerTask / std::max<std::size_t>(shape_.row_bytes, 1) + 1;
    args.pool.for_ranges(shape_.count, grain, [&](std::size_t, std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t row = row_at(indices[i], shape_.rows);
        if (row < first || row >= last) continue;
        std::memcpy(out + i * shape_.row_bytes, table_.bytes.data() + row * shape_.row_bytes,
                    shape_.row_bytes);
      }
    });
  }

  void check(const Index* indices) const {
    const Index* bad = std::find_if(indices, indices + shape_.count,
                                    [&](Index index) { return !is_row(index, shape_); });
    require(bad == indices + shape_.count, ErrorCode::kInvalidArgument,
            "there is no row {} in a table of {} rows", *bad, shape_.rows);
  }

  LookupShape shape_;
  SharedBytes table_;
  std::size_t part_rows_;
};

class Lookup final : public graph::Operation {
 public:
  Lookup(Constant table, NegativeRow negative) : table_(std::move(table)), negative_(negative) {}

  std::string_view kind() const override { return "lookup"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    require(inputs.size() == 1, ErrorCode::kInvalidArgument, "a lookup takes one input, not {}",
            inputs.size());
    Shape shape = inputs[0].shape;
    shape.push_back(table_.shape[1]);
    return {{DType::kFloat32, shape}};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const LookupShape shape{static_cast<std::size_t>(context.inputs[0].shape.elements()),
                            static_cast<std::size_t>(table_.shape[0]),
                            static_cast<std::size_t>(table_.shape[1]) * sizeof(float), negative_};
    SharedBytes table = read_table(context.weights);
    switch (context.inputs[0].dtype) {
      case DType::kInt32:
        return std::make_unique<LookupStep<std::int32_t>>(shape, std::move(table));
      case DType::kFloat32:
        return std::make_unique<LookupStep<float>>(shape, std::move(table));
      case DType::kBool:
        return std::make_unique<LookupStep<std::uint8_t>>(shape, std::move(table));
      default:
        fail(ErrorCode::kUnsupported, "a lookup by {} elements is not supported",
             to_string(context.inputs[0].dtype));
    }
  }

  std::size_t packed_bytes() const override { return lies_ready() ? 0 : table_bytes(); }

  bool keeps_samples_apart(std::span<const ValueType>) const override { return true; }

 private:
  bool lies_ready() const {
    return table_.dtype == DType::kFloat32 && table_.data.bytes.size() == table_bytes();
  }
  std::size_t table_bytes() const {
    return static_cast<std::size_t>(table_.shape.elements()) * sizeof(float);
  }

  SharedBytes read_table(graph::PackedWeights& weights) const {
    if (lies_ready()) return weights.lend(table_.id, table_.data);
    return pack_floats(table_, weights);
  }

  Constant table_;
  NegativeRow negative_;
};

}  // namespace

graph::OperationPtr make_lookup(Constant table, NegativeRow negative) {
  require(table.shape.rank() == 2, ErrorCode::kInternal, "a table has {} axes", table.shape.rank());
  return std::make_shared<Lookup>(std::move(table), negative);
}

}  // namespace weir::ops
