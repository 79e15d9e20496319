#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "weir/model.h"

namespace weir {

/// The file beside a model in which `weir tune --save` keeps what it found: MODEL.tune.json.
std::filesystem::path tuning_file(const std::filesystem::path& model_file);

/// Writes the tuning for a model file and this machine, in place of what was there. Throws kIo,
/// kNotFound for a model that is not there.
void save_tuning(const std::filesystem::path& model_file, const Tuning& tuning);

/// What was saved for this model file. Nothing where nothing was, or where the model or the machine
/// (instruction set, caches) is another than then. Throws kMalformed for a file that is none of
/// `save_tuning`'s.
std::optional<Tuning> load_tuning(const std::filesystem::path& model_file);

}  // namespace weir
