#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "io/format.h"
#include "weir/stream.h"

namespace weir {

/// Where predictions are to be written.
struct OutputOptions {
  std::string path;  ///< "-" is standard output.
  /// Nothing: by the file's name; CSV for standard output, pipes and devices.
  std::optional<FileFormat> format;
  char delimiter = '\0';  ///< Of a table: '\0' is a tab for .tsv, else a comma.
  /// Ends a write that waits for a pipe, with kCancelled.
  StopFlag stop = nullptr;
};

/// What will be written; nothing where neither the options nor the name say it.
std::optional<FileFormat> output_format_of(const OutputOptions& options);

inline constexpr const char* kNoOutputFormat =
    "the name does not say what to write: end it in .npy, .npz, .csv, .tsv or .jsonl";

/// Opens the destination of predictions: .npy, .npz, .csv, .tsv or .jsonl, a file that appears
/// whole or not at all, or standard output, a pipe or a device. All errors of the sink name the
/// file. Throws kInvalidArgument for a name that says no format; kIo and kNotFound for a folder
/// that is not there or a place that may not be written to.
///
/// A closed pipe is kIo only where the process ignores SIGPIPE; by default that signal ends it.
std::unique_ptr<Sink> open_sink(const OutputOptions& options);

}  // namespace weir
