#pragma once

#include <vector>

#include "keras/record.h"

namespace weir::keras {

/// Deals a flat list of variables out to the layers of a model, and of the models in it, by the
/// names of the variables. Throws kUnsupported for a name that does not tell.
void deal_out(std::vector<WeightRecord> weights, ModelRecord& model);

/// Where layers were given a flat list of variables, of themselves and of the layers in them, those
/// in them get theirs. Throws kMalformed where the numbers do not fit.
void settle_inner(ModelRecord& model);

}  // namespace weir::keras
