#include "temporary_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/fail.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "weir-doctor-";
// Between a folder's making and its lock there is a moment.
constexpr std::chrono::minutes kNew{1};

FileDescriptor opened(const fs::path& folder) {
  return FileDescriptor::owned(
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool locked(const FileDescriptor& folder) { return flock(folder.get(), LOCK_EX | LOCK_NB) == 0; }

/// Whether a folder was made by a process of this user's that has ended.
bool is_left_behind(const fs::path& path, const FileDescriptor& folder) {
  struct stat status {};
  if (folder.get() < 0 || fstat(folder.get(), &status) != 0 || status.st_uid != geteuid()) {
    return false;
  }
  std::error_code error;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(path, error);
  return !error && age > kNew && locked(folder);
}

void remove_left_behind(const fs::path& among) {
  std::error_code ignored;  // Of others' folders, and of those that go meanwhile.
  for (const fs::directory_entry& entry : fs::directory_iterator(among, ignored)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const FileDescriptor folder = opened(entry.path());
    if (is_left_behind(entry.path(), folder)) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  const fs::path among = fs::temp_directory_path();
  remove_left_behind(among);
  std::string name = (among / (std::string(kPrefix) + "XXXXXX")).string();
  require(mkdtemp(name.data()) != nullptr, ErrorCode::kIo, "{}: cannot be made", name);
  path_ = name;
  lock_ = opened(path_);
  locked(lock_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // A folder that cannot be removed is not worth more than its place.
  fs::remove_all(path_, ignored);
}

}  // namespace weir::app
