#include "keras/named_files.h"

#include "base/file_watch.h"

namespace weir::keras {

SharedBytes Folder::open(const std::string& name) {
  files_.push_back({name, map_file(path_ / name)});
  return files_.back().bytes;
}

void Folder::drop_all_pages() const {
  for (const NamedFile& file : files_) {
    require_whole(file.bytes.bytes);
    drop_pages(file.bytes.bytes);
  }
}

}  // namespace weir::keras
