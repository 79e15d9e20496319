#include <cmath>

#include "base/checked.h"
#include "layers/operand.h"
#include "layers/patches.h"
#include "layers/registry.h"
#include "layers/shaping.h"
#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/convolution.h"
#include "ops/pad.h"

/// The image encoder of keras-hub's SAM (ViTDet): attention within windows, with embeddings of the
/// distance from query to key along each axis.
namespace weir::layers {
namespace {

std::vector<ValueId> patching(LayerCall& call) {
  const Config config = call.config();
  return {Sublayers(call).add("projection", "Conv2D",
                              {{"filters", size_in(config, "embed_dim")},
                               {"kernel_size", config.sizes("kernel_size", 2, 16)},
                               {"strides", config.sizes("strides", 2, 16)}},
                              call.input())};
}

std::vector<ValueId> positions(LayerCall& call) {
  Shape shape = call.shape(call.input());
  shape[0] = 1;
  return {add_weight(call, call.weight(0, shape), call.input())};
}

/// An image of (batch, rows, columns, channels) as windows of (batch, windows, height, width,
/// channels), those at the right and lower margin filled up with zeros.
class Windows {
 public:
  /// With `size` 0 the whole image is one window.
  Windows(const Shape& image, std::int64_t size) : image_(image) {
    height_ = size == 0 ? image[1] : size;
    width_ = size == 0 ? image[2] : size;
    rows_ = (image[1] + height_ - 1) / height_;
    columns_ = (image[2] + width_ - 1) / width_;
  }

  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  std::int64_t count() const { return rows_ * columns_; }

  ValueId cut(LayerCall& call, ValueId image) const {
    const std::int64_t below = rows_ * height_ - image_[1];
    const std::int64_t right = columns_ * width_ - image_[2];
    if (below > 0 || right > 0) {
      image = call.add(ops::make_pad({{}, {0, below}, {0, right}, {}}), {image});
    }
    const ValueId split = add_reshape(call, image, grid(rows_, height_, columns_, width_));
    const ValueId ordered = add_transpose(call, split, {0, 1, 3, 2, 4, 5});
    return add_reshape(call, ordered, {image_[0], count(), height_, width_, image_[3]});
  }

  ValueId join(LayerCall& call, ValueId windows) const {
    const ValueId split = add_reshape(call, windows, grid(rows_, columns_, height_, width_));
    const ValueId ordered = add_transpose(call, split, {0, 1, 3, 2, 4, 5});
    ValueId image =
        add_reshape(call, ordered, {image_[0], rows_ * height_, columns_ * width_, image_[3]});
    if (rows_ * height_ > image_[1]) image = add_part(call, image, {1, 0, 1, image_[1]});
    if (columns_ * width_ > image_[2]) image = add_part(call, image, {2, 0, 1, image_[2]});
    return image;
  }

 private:
  Shape grid(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const {
    return {image_[0], a, b, c, d, image_[3]};
  }

  Shape image_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t rows_;
  std::int64_t columns_;
};

/// Queries and keys of all heads: (batch, windows, height, width, heads, size).
struct HeadGrid {
  Windows windows;
  std::int64_t heads;
  std::int64_t size;
};

/// The products of each query with the embeddings of the distances to all places along an axis, the
/// last place first: (…, heads, places). `axis` is 2 or 3.
ValueId add_distances(LayerCall& call, const HeadGrid& grid, ValueId queries, std::size_t axis,
                      const graph::Constant& table) {
  const Shape shape = call.shape(queries);
  const std::int64_t places = shape[axis];
  const std::size_t other = 5 - axis;
  // A query's place is a group of the convolution, since each has embeddings of its own.
  const ValueId ordered = add_transpose(call, queries, {0, 1, other, 4, axis, 5});
  ops::ConvolutionAttributes attributes;
  attributes.window.rank = 1;
  attributes.in_channels = static_cast<std::size_t>(checked_mul(places, grid.size));
  attributes.out_channels = static_cast<std::size_t>(checked_mul(places, places));
  attributes.groups = static_cast<std::size_t>(places);
  ops::ProductTerms terms;
  terms.kernel = table;
  const auto size = static_cast<std::size_t>(grid.size);
  const auto count = static_cast<std::size_t>(places);
  terms.kernel_view = ops::StridedView{{size, count, count}, {1, size, size}};
  const ValueId products =
      call.add(ops::make_convolution(attributes, std::move(terms)),
               {add_reshape(call, ordered, {shape[0], -1, places * grid.size})});
  const ValueId split =
      add_reshape(call, products, {shape[0], shape[1], shape[other], grid.heads, places, places});
  return axis == 2 ? add_transpose(call, split, {0, 1, 4, 2, 3, 5})
                   : add_transpose(call, split, {0, 1, 2, 4, 3, 5});
}

/// 1 where a key's place along an axis is the one that an element stands for, the last place first.
std::vector<double> place_marks(const Windows& windows, std::size_t axis) {
  std::vector<double> marks;
  for (std::int64_t y = 0; y < windows.height(); ++y) {
    for (std::int64_t x = 0; x < windows.width(); ++x) {
      const std::int64_t place = axis == 2 ? y : x;
      const std::int64_t places = axis == 2 ? windows.height() : windows.width();
      for (std::int64_t i = 0; i < places; ++i)
        marks.push_back(i == places - 1 - place ? 1.0 : 0.0);
    }
  }
  return marks;
}

/// Keys with the marks of their places behind their elements.
ValueId with_marks(LayerCall& call, const HeadGrid& grid, ValueId keys) {
  std::vector<ValueId> parts{keys};
  const ValueId nothing = add_binary(call, kernels::BinaryKind::kMultiply,
                                     add_part(call, keys, {5, 0, 1, 1}), Operand::real(0.0));
  for (const std::size_t axis : {2, 3}) {
    const std::vector<double> marks = place_marks(grid.windows, axis);
    const std::int64_t places = axis == 2 ? grid.windows.height() : grid.windows.width();
    const Shape shape{grid.windows.height(), grid.windows.width(), 1, places};
    parts.push_back(add_binary(call, kernels::BinaryKind::kAdd, nothing,
                               Operand::array(call.path(), marks, shape, DType::kFloat32)));
  }
  return call.add(ops::make_concat(5), std::move(parts));
}

/// Scores are products of queries and keys plus, for each axis, what the query makes of the
/// distance; which are products too, of longer vectors.
ValueId add_attention(const Sublayers& layers, const HeadGrid& grid, bool uses_distances,
                      bool has_bias, ValueId windows) {
  LayerCall& call = layers.call();
  const Shape shape = call.shape(windows);
  const ValueId all =
      add_dense(layers, "qkv", 3 * grid.heads * grid.size, windows, {{"use_bias", has_bias}});
  const auto part = [&](std::int64_t number) {
    const std::int64_t width = grid.heads * grid.size;
    const ValueId flat = add_part(call, all, {4, number * width, 1, width});
    return add_reshape(call, flat, {shape[0], shape[1], shape[2], shape[3], grid.heads, grid.size});
  };
  ValueId queries = part(0);
  ValueId keys = part(1);
  const double scale = 1.0 / std::sqrt(static_cast<double>(grid.size));
  ValueId scaled = add_affine(call, scale, 0.0, queries);
  if (uses_distances) {
    const Sublayers tables = layers.at("add_decomposed_relative_pe");
    const graph::Constant of_rows = tables.weight(0, {2 * grid.windows.height() - 1, grid.size});
    const graph::Constant of_columns = tables.weight(1, {2 * grid.windows.width() - 1, grid.size});
    scaled = call.add(ops::make_concat(5), {scaled, add_distances(call, grid, queries, 2, of_rows),
                                            add_distances(call, grid, queries, 3, of_columns)});
    keys = with_marks(call, grid, keys);
  }
  const auto as_sequence = [&](ValueId value) {
    return add_reshape(
        call, value,
        {shape[0], shape[1], shape[2] * shape[3], grid.heads, call.shape(value).back()});
  };
  const ValueId result =
      call.add_many(ops::make_attention({}),
                    {as_sequence(scaled), as_sequence(keys), as_sequence(part(2))})
          .front();
  return add_dense(layers, "projection", shape.back(), add_reshape(call, result, shape));
}

std::vector<ValueId> windowed_encoder(LayerCall& call) {
  const Config config = call.config();
  const Sublayers layers(call);
  const ValueId input = call.input();
  const Shape shape = call.shape(input);
  require(shape.rank() == 4, ErrorCode::kInvalidArgument, "the input has the shape {}",
          to_string(shape));
  const std::int64_t window = config.integer("window_size", 0);
  require(window >= 0 && window <= INT32_MAX, ErrorCode::kMalformed, "window_size is {}", window);
  const std::int64_t heads = size_in(config, "num_heads");
  const HeadGrid grid{Windows(shape, window), heads,
                      head_size(size_in(config, "project_dim"), heads)};
  const double epsilon = config.number("layer_norm_epsilon", 1e-6);

  const ValueId normal = add_layer_norm(layers, "layer_norm1", epsilon, input);
  const ValueId attended =
      add_attention(layers.at("attention"), grid, config.boolean("use_rel_pos", false),
                    config.boolean("use_bias", true), grid.windows.cut(call, normal));
  const ValueId sum = add_sum(call, input, grid.windows.join(call, attended));
  ValueId x = add_layer_norm(layers, "layer_norm2", epsilon, sum);
  const Sublayers mlp = layers.at("mlp_block/dense_net/layers");
  x = add_dense(mlp, "dense", size_in(config, "intermediate_dim"), x, {{"activation", "gelu"}});
  return {add_sum(call, sum, add_dense(mlp, "dense_1", shape.back(), x))};
}

}  // namespace

void register_windowed_attention(Registry& registry) {
  registry.add_layer("keras_hub>ViTDetPatchingAndEmbedding", patching);
  registry.add_layer("keras_hub>AddPositionalEmbedding", positions);
  registry.add_layer("keras_hub>WindowedTransformerEncoder", windowed_encoder);
}

}  // namespace weir::layers
