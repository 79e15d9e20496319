#pragma once

/// Before a loop with constant bounds: unrolls it, whatever the optimiser's own limits say. Arrays
/// of vectors stay in registers only if every loop over them is unrolled. Builds with sanitizers do
/// without: they would take minutes to compile.
#if defined(WEIR_SANITIZED)
#define WEIR_UNROLL
#elif defined(__clang__)
#define WEIR_UNROLL _Pragma("clang loop unroll(full)")
#else
#define WEIR_UNROLL _Pragma("GCC unroll 32")
#endif
