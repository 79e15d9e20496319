#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/mapped_file.h"

namespace weir::keras {

/// One of the files that a model is in.
struct NamedFile {
  std::string name;
  SharedBytes bytes;
};

/// Opens a file by its name among those of a model. Throws where there is none.
using OpenNamed = std::function<SharedBytes(const std::string& name)>;

/// A folder with the files of a model; remembers those that were opened.
class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }
  /// Maps a file. Throws kNotFound or kIo, naming it.
  SharedBytes open(const std::string& name);
  /// In the order of opening.
  const std::vector<NamedFile>& files() const { return files_; }
  /// Gives back the pages that reading the structures touched. Throws kIo for a file that has lost
  /// its end meanwhile.
  void drop_all_pages() const;

 private:
  std::filesystem::path path_;
  std::vector<NamedFile> files_;
};

}  // namespace weir::keras
