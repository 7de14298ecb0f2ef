#include "store/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace troupe::store {
namespace {

int read_pid(int descriptor) {
  std::array<char, 16> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  int pid = 0;
  if (length > 0) std::from_chars(text.data(), text.data() + length, pid);
  return pid;
}

}  // namespace

Result<LockFile> LockFile::take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error(Errc::unavailable,
                 fmt::format("The lock file {} cannot be opened: {}. Check that the data directory exists "
                             "and may be written.",
                             file.string(), std::strerror(errno)));
  }
  LockFile lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int failed = errno;
    if (failed != EWOULDBLOCK) {
      return Error(Errc::unavailable, fmt::format("{} cannot be locked: {}", file.string(), std::strerror(failed)));
    }
    const int pid = read_pid(descriptor);
    const auto who = pid > 0 ? fmt::format("process {}", pid) : std::string("another process");
    return Error(Errc::conflict,
                 fmt::format("The data directory {} is in use by {}. Stop it, or use another directory.",
                             file.parent_path().string(), who));
  }
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) < 0) {
    return Error(Errc::unavailable, fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
  }
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace troupe::store
