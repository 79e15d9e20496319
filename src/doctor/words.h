#pragma once

#include <string>

#include "doctor/diagnosis.h"

namespace weir::doctor {

/// "1.5 KiB", for a number of bytes that may be negative or a fraction.
std::string bytes_text(double bytes);

/// "serve.py:12", with the file's name alone.
std::string place_text(const Place& place);

/// What to change, for a finding of that cause: a sentence, then code.
std::string fix_for(const Finding& finding);

}  // namespace weir::doctor
