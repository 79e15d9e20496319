#pragma once

#include <filesystem>

#include "base/file_descriptor.h"

namespace weir::app {

/// A folder of this process among the temporary ones, which goes with its owner. A process that is
/// killed leaves its folder behind: it is locked as long as its process lives, and the next one
/// removes it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace weir::app
