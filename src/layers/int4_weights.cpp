#include "layers/int4_weights.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "layers/float_weight.h"
#include "layers/layer.h"
#include "layers/plain_weights.h"

namespace weir::layers {
namespace {

using keras::LayerRecord;
using keras::WeightRecord;

/// Two numbers from -8 to 7 a byte along one axis, the first in the low half.
class PackedMatrix {
 public:
  PackedMatrix(const WeightRecord& weight, std::size_t axis, std::int64_t size)
      : bytes_(weight.data.bytes), packed_rows_(axis == 0) {
    require(weight.dtype == DType::kInt8 && weight.shape.rank() == 2 && size >= 0 &&
                weight.shape[axis] == (size + 1) / 2,
            ErrorCode::kMalformed, "weight '{}' of {} does not hold {} numbers of 4 bits",
            weight.name, to_string(weight.shape), size);
    width_ = static_cast<std::size_t>(weight.shape[1]);
    rows_ = static_cast<std::size_t>(axis == 0 ? size : weight.shape[0]);
    columns_ = axis == 1 ? static_cast<std::size_t>(size) : width_;
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  Shape shape() const {
    return {static_cast<std::int64_t>(rows_), static_cast<std::int64_t>(columns_)};
  }

  int at(std::size_t row, std::size_t column) const {
    const std::size_t place = packed_rows_ ? row : column;
    const std::size_t byte = packed_rows_ ? row / 2 * width_ + column : row * width_ + column / 2;
    const int both = std::to_integer<int>(bytes_[byte]);
    const int half = (place % 2 == 0 ? both : both >> 4) & 15;
    return (half ^ 8) - 8;
  }

 private:
  std::span<const std::byte> bytes_;
  bool packed_rows_;
  std::size_t width_ = 0;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
};

/// What the numbers stand for: with a scale for each column (or row), number / scale; with one for
/// each group of rows of a column (or of columns of a row) (number - zero) * scale.
class Scales {
 public:
  /// Scales of the columns, with rows in groups, for axis 0; the other way round for axis 1.
  Scales(std::size_t axis, const WeightRecord& scale) : axis_(axis), scale_(floats_of(scale)) {
    require(scale.shape.rank() == 1, ErrorCode::kMalformed, "weight '{}' has the shape {}",
            scale.name, to_string(scale.shape));
  }
  Scales(std::size_t axis, const WeightRecord& scale, const WeightRecord& zero,
         const WeightRecord& groups)
      : axis_(axis), scale_(floats_of(scale)), zero_(floats_of(zero)) {
    require(scale.shape.rank() == 2 && zero.shape == scale.shape && groups.shape.rank() == 1,
            ErrorCode::kMalformed, "weights '{}' and '{}' do not fit each other", scale.name,
            zero.name);
    group_count_ = static_cast<std::size_t>(scale.shape[axis]);
    for (const float group : floats_of(groups)) {
      require(group >= 0 && group < static_cast<float>(group_count_), ErrorCode::kMalformed,
              "there is no group {}", group);
      groups_.push_back(static_cast<std::size_t>(group));
    }
  }

  /// The weight of this name that the numbers stand for.
  WeightRecord apply(const std::string& name, const PackedMatrix& numbers) const {
    check(numbers);
    std::vector<float> values;
    values.reserve(numbers.rows() * numbers.columns());
    for (std::size_t row = 0; row < numbers.rows(); ++row) {
      for (std::size_t column = 0; column < numbers.columns(); ++column) {
        values.push_back(value(numbers, row, column));
      }
    }
    return from_floats(name, numbers.shape(), std::move(values));
  }

 private:
  void check(const PackedMatrix& numbers) const {
    const std::size_t grouped = axis_ == 0 ? numbers.rows() : numbers.columns();
    const std::size_t others = axis_ == 0 ? numbers.columns() : numbers.rows();
    require(scale_.size() == group_count_ * others && (zero_.empty() || groups_.size() == grouped),
            ErrorCode::kMalformed, "{} scales do not fit {} by {} numbers", scale_.size(),
            numbers.rows(), numbers.columns());
  }

  float value(const PackedMatrix& numbers, std::size_t row, std::size_t column) const {
    const auto number = static_cast<float>(numbers.at(row, column));
    if (zero_.empty()) return number / scale_[axis_ == 0 ? column : row];
    const std::size_t at = axis_ == 0 ? groups_[row] * numbers.columns() + column
                                      : row * group_count_ + groups_[column];
    return (number - zero_[at]) * scale_[at];
  }

  std::size_t axis_;
  std::vector<float> scale_;
  std::vector<float> zero_;
  std::vector<std::size_t> groups_;
  std::size_t group_count_ = 1;
};

/// A layer's variables in their order, as it is told by its class.
class Variables {
 public:
  explicit Variables(LayerRecord& layer) : all_(std::exchange(layer.weights.vars, {})) {}

  std::size_t left() const { return all_.size() - next_; }
  WeightRecord take() {
    require(left() > 0, ErrorCode::kMalformed, "the file has {} weights for it, which are too few",
            all_.size());
    return std::move(all_[next_++]);
  }

 private:
  std::vector<WeightRecord> all_;
  std::size_t next_ = 0;
};

/// kernel, bias, scale[, zero, groups]. A kernel of more axes is joined to two.
void restore_kernel(LayerRecord& layer) {
  const bool has_bias = layer.class_name == "Dense" ? Config(layer.config).boolean("use_bias", true)
                                                    : Config(layer.config).has("bias_axes");
  Variables variables(layer);
  const WeightRecord kernel = variables.take();
  std::optional<WeightRecord> bias;
  if (has_bias) bias = variables.take();
  const WeightRecord scale = variables.take();
  const bool in_groups = variables.left() > 0;
  require(scale.shape.rank() > 0, ErrorCode::kMalformed, "weight '{}' has no axes", scale.name);
  const PackedMatrix numbers(kernel, 1, scale.shape[scale.shape.rank() - 1]);
  const WeightRecord zero = in_groups ? variables.take() : WeightRecord();
  const Scales scales = in_groups ? Scales(0, scale, zero, variables.take()) : Scales(0, scale);
  layer.weights.vars.push_back(scales.apply(kernel.name, numbers));
  if (bias) layer.weights.vars.push_back(std::move(*bias));
}

/// embeddings, scale[, zero, groups][, and the reverse embeddings, scale[, zero]].
void restore_embeddings(LayerRecord& layer) {
  const std::int64_t width = Config(layer.config).integer("output_dim", 0);
  const bool untied = layer.class_name == "ReversibleEmbedding" &&
                      !Config(layer.config).boolean("tie_weights", true);
  Variables variables(layer);
  const std::size_t in_groups = untied ? 7 : 4;
  const bool has_groups = variables.left() == in_groups;
  const WeightRecord embeddings = variables.take();
  const WeightRecord scale = variables.take();
  const PackedMatrix numbers(embeddings, 1, width);
  const WeightRecord zero = has_groups ? variables.take() : WeightRecord();
  const WeightRecord groups = has_groups ? variables.take() : WeightRecord();
  const Scales scales = has_groups ? Scales(1, scale, zero, groups) : Scales(1, scale);
  layer.weights.vars.push_back(scales.apply(embeddings.name, numbers));
  if (!untied) return;
  const WeightRecord reverse = variables.take();
  const WeightRecord reverse_scale = variables.take();
  const PackedMatrix reverse_numbers(reverse, 0, width);
  const Scales reverse_scales =
      has_groups ? Scales(0, reverse_scale, variables.take(), groups) : Scales(0, reverse_scale);
  layer.weights.vars.push_back(reverse_scales.apply(reverse.name, reverse_numbers));
}

/// Whether the layer's inputs are quantised. Where nothing is said, those of one class are.
bool quantises_inputs(const LayerRecord& layer) {
  if (!Config(layer.config).has("quantization_config")) {
    return layer.class_name == "ReversibleEmbedding";
  }
  const Json settings = layer.config["quantization_config"].value("config", Json::object());
  return Config(settings).has("activation_quantizer");
}

/// That of the layer before it was quantised: of a policy, or of a name like "int4_from_float32".
std::string source_dtype(const Json& dtype) {
  if (dtype.is_object()) {
    const Json policy = dtype.value("config", Json::object());
    return Config(policy).text("source_name", "float32");
  }
  constexpr std::string_view kFrom = "_from_";
  const auto name = dtype.get<std::string>();
  return name.substr(name.find(kFrom) + kFrom.size());
}

}  // namespace

void restore_int4(LayerRecord& layer) {
  if (!quantisation_mode(Config(layer.config)).starts_with("int4")) return;
  const bool has_kernel = layer.class_name == "Dense" || layer.class_name == "EinsumDense";
  const bool has_embeddings =
      layer.class_name == "Embedding" || layer.class_name == "ReversibleEmbedding";
  if (!has_kernel && !has_embeddings) return;
  if (has_kernel && !layer.weights.vars.empty()) restore_kernel(layer);
  if (has_embeddings && !layer.weights.vars.empty()) restore_embeddings(layer);
  if (quantises_inputs(layer)) return;
  layer.config["dtype"] = source_dtype(layer.config["dtype"]);
  layer.config.erase("quantization_config");
}

}  // namespace weir::layers
