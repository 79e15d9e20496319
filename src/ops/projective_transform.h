#pragma once

#include "graph/operation.h"
#include "kernels/projective_transform.h"

namespace weir::ops {

struct ProjectiveAttributes {
  kernels::PixelSampling sampling = kernels::PixelSampling::kBilinear;
  kernels::ImageEdge edge = kernels::ImageEdge::kConstant;
  float fill_value = 0.0F;
};

/// Of float32 images (batch, height, width, channels) and transforms (batch or 1, 8); see
/// kernels::transform_images.
graph::OperationPtr make_projective_transform(const ProjectiveAttributes& attributes);

}  // namespace weir::ops
