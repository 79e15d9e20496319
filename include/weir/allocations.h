#pragma once

#include <cstdint>

namespace weir {

/// Heap allocations made so far by this process, all threads and libraries together (malloc and its
/// kin, operator new; a realloc counts as one). A program that links `weir::allocations` has its
/// allocator replaced by one that counts and then calls the C library's. Thread-safe; a count costs
/// one relaxed atomic addition.
std::uint64_t allocation_count();

}  // namespace weir
