#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace weir {

/// Why a call failed. The one vocabulary of the library, the command line and the bindings.
enum class ErrorCode {
  kInvalidArgument,  ///< The caller asked for something that makes no sense (wrong shape, name,
                     ///< size).
  kNotFound,         ///< A file, a layer or a tensor that was named does not exist.
  kIo,               ///< The operating system refused: permission, full disk, closed pipe.
  kMalformed,        ///< Bytes from outside do not follow their format.
  kUnsupported,      ///< A valid request or model that needs something Weir does not have.
  kLimit,            ///< A memory limit, of the caller's or of the machine, cannot be met.
  kCancelled,        ///< The caller asked to stop.
  kInternal,         ///< A bug in Weir.
};

/// "invalid argument", "malformed", …: stable names, for logs and JSON.
std::string_view to_string(ErrorCode code);

/// Where it went wrong. Empty members are unknown or do not apply.
struct ErrorPlace {
  std::string file;
  std::string layer;
  std::string tensor;
};

/// The only exception type that Weir throws. `what()` is a whole sentence for a person:
/// "digits.keras: layer 'conv2d': kernel has shape (3, 3, 1), expected 4 axes".
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view message, ErrorPlace place = {});

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const ErrorPlace& place() const noexcept { return place_; }

  /// The same error, with the empty members of its place taken from `outer`. Callers who know the
  /// file or the layer add it on the way up.
  Error within(const ErrorPlace& outer) const;

 private:
  ErrorCode code_;
  std::string message_;
  ErrorPlace place_;
};

}  // namespace weir
