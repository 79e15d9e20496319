#pragma once

#include <string>

#include "weir/error.h"

namespace weir {

/// Runs `action`; an error that leaves it without naming a file names `file`.
template <typename Action>
auto at_file(const std::string& file, const Action& action) -> decltype(action()) {
  try {
    return action();
  } catch (const Error& error) {
    throw error.within({.file = file, .layer = {}, .tensor = {}});
  }
}

}  // namespace weir
