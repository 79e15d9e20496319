#pragma once

#include <string>

#include "doctor/diagnosis.h"

namespace weir::doctor {

/// The diagnosis for programs; docs/doctor.md describes it.
std::string to_json(const Diagnosis& diagnosis);

/// As a page of its own: no script, nothing loaded.
std::string to_html(const Diagnosis& diagnosis);

/// As a screen of text.
std::string to_text(const Diagnosis& diagnosis);

}  // namespace weir::doctor
