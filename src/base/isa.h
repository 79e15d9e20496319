#pragma once

#include <string>

namespace weir {

/// The instruction set that the SIMD kernels run on: "AVX3" (AVX-512), "AVX2", "NEON", …, in
/// Highway's names. The first call honours the environment variable WEIR_ISA (avx2, avx512, sse4):
/// it takes away the better sets. Call it before the first kernel runs (every model load does).
/// Throws kInvalidArgument when WEIR_ISA names a set that this machine or this build lacks.
std::string select_isa();

}  // namespace weir
