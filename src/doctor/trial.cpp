#include "doctor/trial.h"

#include <fmt/format.h>

#include "doctor/words.h"

namespace weir::doctor {
namespace {

std::string milliseconds(double seconds) { return fmt::format("{:.3g} ms", seconds * 1e3); }

}  // namespace

std::string trial_text(const Trial& trial) {
  if (!trial.trouble.empty()) return "The model cannot be tried in Weir: " + trial.trouble;
  std::string text = fmt::format("In Weir, '{}' takes {} for {:.0f} rows", trial.model,
                                 milliseconds(trial.seconds_per_step), trial.rows);
  if (trial.program_seconds_per_step > 0) {
    text += fmt::format(", where a step of the program takes {} with all that it does",
                        milliseconds(trial.program_seconds_per_step));
  }
  return text + fmt::format("; the process needs {}, {} over {:.0f} steps.",
                            bytes_text(trial.planned_peak), trial.level ? "level" : "which grow",
                            trial.steps);
}

}  // namespace weir::doctor
