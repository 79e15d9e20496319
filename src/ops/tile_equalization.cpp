#include "ops/tile_equalization.h"

#include "kernels/tile_equalization.h"
#include "ops/input_check.h"
#include "ops/lambda_step.h"

namespace weir::ops {
namespace {

using graph::ValueType;

/// What the last tiles lack is the image's mirror, which is no larger than the image.
void require_tiles_fit(std::int64_t size, std::size_t tiles) {
  const auto pixels = static_cast<std::size_t>(size);
  require(size > 0 && tiles > 0 && tiles <= 2 * pixels, ErrorCode::kInvalidArgument,
          "{} pixels cannot be cut into {} tiles", size, tiles);
  const std::size_t tile = (pixels + tiles - 1) / tiles;
  require(tile * tiles <= 2 * pixels, ErrorCode::kInvalidArgument,
          "{} pixels cannot be cut into {} tiles", size, tiles);
}

class TileEqualization final : public graph::Operation {
 public:
  explicit TileEqualization(const TileEqualizationAttributes& attributes)
      : attributes_(attributes) {}

  std::string_view kind() const override { return "tile equalization"; }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const ValueType& images = only_float_input(kind(), inputs);
    require(images.shape.rank() == 4, ErrorCode::kInvalidArgument, "{} of the shape {}", kind(),
            to_string(images.shape));
    require_tiles_fit(images.shape[1], attributes_.tile_rows);
    require_tiles_fit(images.shape[2], attributes_.tile_columns);
    return {images};
  }

  std::unique_ptr<kernels::Step> prepare(const graph::PrepareContext& context) const override {
    const Shape& images = context.inputs[0].shape;
    const auto size = [&](std::size_t axis) { return static_cast<std::size_t>(images[axis]); };
    const kernels::TileEqualization shape{size(0),
                                          size(3),
                                          {size(1), attributes_.tile_rows},
                                          {size(2), attributes_.tile_columns},
                                          attributes_.clip_limit,
                                          attributes_.low,
                                          attributes_.high};
    const std::size_t scratch = kernels::tile_equalization_scratch_bytes(shape);
    return make_step(
        [shape](const kernels::StepArgs& args) {
          kernels::equalize_tiles(shape, args.input(0), args.output(),
                                  reinterpret_cast<float*>(args.scratch), args.pool);
        },
        scratch);
  }

  std::vector<graph::InPlacePair> in_place() const override { return {{.input = 0, .output = 0}}; }
  bool keeps_samples_apart(std::span<const ValueType> /*inputs*/) const override { return true; }

 private:
  TileEqualizationAttributes attributes_;
};

}  // namespace

graph::OperationPtr make_tile_equalization(const TileEqualizationAttributes& attributes) {
  return std::make_shared<TileEqualization>(attributes);
}

}  // namespace weir::ops
