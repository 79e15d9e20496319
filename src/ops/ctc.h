#pragma once

#include <cstdint>

#include "graph/operation.h"

/// Connectionist temporal classification; see kernels/ctc.h. All take float32 logits (samples,
/// steps, classes) and int32 lengths (samples,); a negative blank counts from the last class.
namespace weir::ops {

/// To int32 labels (samples, steps), and scores (samples,).
graph::OperationPtr make_ctc_decode_steps(std::int64_t blank, bool merge_repeated);

/// To int32 labels (samples, paths, steps), and scores (samples, paths).
graph::OperationPtr make_ctc_beam_search(std::int64_t blank, std::int64_t width,
                                         std::int64_t paths);

/// Also takes int32 labels (samples, labels) and their lengths (samples,). To losses (samples,).
graph::OperationPtr make_ctc_loss(std::int64_t blank);

}  // namespace weir::ops
