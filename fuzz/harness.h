#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/mapped_file.h"
#include "weir/error.h"

/// What libFuzzer, or replay.cpp, calls with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace weir {

inline SharedBytes fuzz_bytes(const std::uint8_t* data, std::size_t size) {
  return borrow_bytes(std::as_bytes(std::span(data, size)));
}

/// Runs an action that may only succeed or throw Error; anything else ends the process.
template <typename Action>
void only_errors(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) throw;
  }
}

}  // namespace weir
