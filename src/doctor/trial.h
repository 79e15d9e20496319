#pragma once

#include <string>

namespace weir::doctor {

/// What the program's loop would cost in Weir, as it was tried.
struct Trial {
  std::string model;
  double rows = 0;   ///< A step.
  double steps = 0;  ///< That were tried.
  double seconds_per_step = 0;
  double program_seconds_per_step = 0;  ///< Of the program, all that it does; 0: not known.
  double planned_peak = 0;              ///< Bytes that a process of Weir needs for it at most.
  bool level = false;                   ///< Whether memory stayed level.
  std::string trouble;                  ///< Why it could not be tried; empty where it was.
};

/// The same in a sentence.
std::string trial_text(const Trial& trial);

}  // namespace weir::doctor
