#pragma once

#include "weir/model.h"

namespace weir::app {

/// How far results of rounded weights are from those of float32, as parts of the largest magnitude
/// that the same output has. Of the output where they are furthest; 0 where none is of floats.
struct RoundingCost {
  double typical = 0;  ///< Root mean square.
  double largest = 0;
};

/// What the options' `weights_dtype` costs on a made-up batch. Prepares the model twice, one after
/// the other, with streamed weights, which take little memory, and without the options' limits.
RoundingCost measure_rounding(const Model& model, SessionOptions options);

}  // namespace weir::app
