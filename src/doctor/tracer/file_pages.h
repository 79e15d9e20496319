#pragma once

#include <cstdint>

namespace weir::tracer {

/// Takes the pages of a range that come from a file, and are only read, out of the process's
/// resident memory; they stay in the kernel's cache and come back when they are touched. Pages that
/// the process has made its own are left alone, whoever may have put them there.
void release_file_pages(std::uintptr_t begin, std::uintptr_t end);

}  // namespace weir::tracer
