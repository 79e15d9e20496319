#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "ops/lambda_step.h"
#include "ops/product.h"

namespace weir::ops {

/// A step that runs a kernel with `convolution`'s arguments on pixels that lie side by side, and on
/// weights as it takes them.
template <auto kRun, auto kWeights = &PackedProduct::kernel, typename Shape>
std::unique_ptr<kernels::Step> make_packed_step(const Shape& shape, PackedProduct packed,
                                                std::size_t scratch_bytes) {
  std::vector<SharedBytes> weights = {packed.weight()};
  return make_step(
      [shape, packed = std::move(packed)](const kernels::StepArgs& args) {
        kRun(shape, args.input(0), shape.in_channels, std::invoke(kWeights, packed), args.output(),
             shape.out_channels, packed.epilogue(args), args.scratch, args.pool);
      },
      scratch_bytes, std::move(weights));
}

}  // namespace weir::ops
