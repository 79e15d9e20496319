#pragma once

#include <string>
#include <vector>

#include "keras/record.h"

namespace weir::layers {

std::vector<float> floats_of(const keras::WeightRecord& weight);

/// A weight that is computed from others, in memory of its own.
keras::WeightRecord from_floats(std::string name, const Shape& shape, std::vector<float> values);

}  // namespace weir::layers
