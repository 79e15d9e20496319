#pragma once

#include "doctor/diagnosis.h"

namespace weir::doctor {

/// Names the native frames of a diagnosis's findings by the symbols and debug information of the
/// modules, as far as these are still on the disk. Apart from diagnose(), which reads no files.
void name_native_frames(Diagnosis& diagnosis);

}  // namespace weir::doctor
