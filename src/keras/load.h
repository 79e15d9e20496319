#pragma once

#include <filesystem>
#include <string>

#include "base/mapped_file.h"
#include "base/zip_reader.h"
#include "keras/record.h"

namespace weir::keras {

/// The members of a ZIP of a model and the files of its weights: the model (or a SavedModel
/// folder), and the file of weights, which may name others.
inline constexpr const char* kModelMember = "model";
inline constexpr const char* kWeightsMember = "weights";

/// Reads a model file. What it is is told by its first bytes, not by its name: a ZIP (`.keras`, a
/// SavedModel folder, or a model with weights beside it), an HDF5 file (legacy whole model) or JSON
/// text (an architecture without weights).
///
/// The bytes are not trusted. Whatever they are, the call returns records or throws Error
/// (kNotFound, kIo, kMalformed, kUnsupported, kLimit) that names the file and, where it can, the
/// layer; it runs no code from the file, follows no path out of it, nests no deeper than a fixed
/// bound and allocates no more than a small multiple of the file's own size.
ModelRecord load_model_file(const std::filesystem::path& path);

/// The same from bytes; `name` stands for the file in errors. The records share the bytes' owner.
/// `weights` says whether the CRC of an archive's weights is checked, which reads all of them.
ModelRecord load_model_bytes(const SharedBytes& bytes, const std::string& name,
                             ZipCheck weights = ZipCheck::kCrc);

}  // namespace weir::keras
