#pragma once

/// WEIR_UNROLL, before a loop with constant bounds: unrolls it, whatever the optimiser's own limits
/// say. Arrays of vectors stay in registers only if every loop over them is unrolled.
///
/// WEIR_UNROLL_4, before an innermost loop that runs often: four turns at a time. On a core of its
/// own that is hardly faster, but a virtual one mostly shares its core with another, and what both
/// can issue is then the limit: products were up to 1.1 x faster without two thirds of what the
/// loop itself took.
///
/// Builds with sanitizers do without: they would take minutes to compile.
#if defined(WEIR_SANITIZED)
#define WEIR_UNROLL
#define WEIR_UNROLL_4
#elif defined(__clang__)
#define WEIR_UNROLL _Pragma("clang loop unroll(full)")
#define WEIR_UNROLL_4 _Pragma("clang loop unroll_count(4)")
#else
#define WEIR_UNROLL _Pragma("GCC unroll 32")
#define WEIR_UNROLL_4 _Pragma("GCC unroll 4")
#endif
