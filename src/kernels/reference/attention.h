#pragma once

#include "kernels/attention.h"

namespace weir::kernels::reference {

/// As kernels::attention, in doubles and with all scores of a row at once.
void attention(const AttentionShape& shape, const AttentionRule& rule,
               std::span<const AttentionMask> masks, const AttentionArrays& arrays);

}  // namespace weir::kernels::reference
