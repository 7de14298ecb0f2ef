#include "app/saved_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace troupe::app {
namespace {

Error not_written(const std::string& path) {
  return Error(Errc::unavailable, path + " could not be written: " + std::strerror(errno) + ".");
}

Error name_taken(const std::string& path) {
  return Error(Errc::conflict, path + " is there already. Take another name, or say --force to replace it.");
}

Result<Unit> check_name(const std::string& path, bool replace) {
  struct stat there{};
  if (::lstat(path.c_str(), &there) != 0) return Unit{};
  if (!replace) return name_taken(path);
  // A device or a link is not what somebody means who replaces an earlier copy.
  if (!S_ISREG(there.st_mode)) return Error(Errc::conflict, path + " is no file that could be replaced.");
  return Unit{};
}

}  // namespace

Result<std::unique_ptr<SavedFile>> SavedFile::open(const std::string& path, bool replace) {
  TRY(check_name(path, replace));
  auto beside = path + ".XXXXXX";
  const auto fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return not_written(path);
  return std::unique_ptr<SavedFile>(new SavedFile(path, std::move(beside), replace, fd));
}

SavedFile::SavedFile(std::string path, std::string beside, bool replace, int fd)
    : path_(std::move(path)), beside_(std::move(beside)), replace_(replace), fd_(fd) {}

SavedFile::~SavedFile() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

Result<Unit> SavedFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return not_written(path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return Unit{};
}

Result<Unit> SavedFile::finish() {
  if (::fsync(fd_.get()) != 0) return not_written(path_);
  if (!replace_) {
    // A link replaces nothing, whoever was faster. The file beside it goes with this object.
    if (::link(beside_.c_str(), path_.c_str()) == 0) return Unit{};
    if (errno == EEXIST) return name_taken(path_);
    // There are file systems without links.
  }
  TRY(check_name(path_, replace_));
  if (::rename(beside_.c_str(), path_.c_str()) != 0) return not_written(path_);
  beside_.clear();
  return Unit{};
}

}  // namespace troupe::app
