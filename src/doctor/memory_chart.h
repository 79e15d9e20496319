#pragma once

#include <string>

#include "doctor/diagnosis.h"

namespace weir::doctor {

/// Memory over steps in columns of text: `#` what was there from the first step on, a letter for
/// the part of each finding (a, b, …), `.` what none explains. With a line that says which is
/// which.
std::string memory_chart(const Diagnosis& diagnosis);

}  // namespace weir::doctor
