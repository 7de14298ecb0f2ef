#include "store/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace troupe::store {
namespace {

using base::Descriptor;

Error cannot(std::string_view what, const std::filesystem::path& file, int code) {
  return Error(Errc::unavailable, fmt::format("Cannot {} {}: {}.", what, file.string(), std::strerror(code)));
}

/// 0, or why not.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

/// A name without a folder lies in the working folder.
std::filesystem::path folder_of(const std::filesystem::path& file) {
  auto folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

Result<Unit> write_synced(const std::filesystem::path& file, std::string_view bytes, ::mode_t mode) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!out) return cannot("write", file, errno);
  // A leftover of an interrupted start may have another mode, and the mask may have narrowed ours.
  if (::fchmod(out.get(), mode) != 0) return cannot("protect", file, errno);
  if (const int failed = write_all(out.get(), bytes)) return cannot("write", file, failed);
  if (::fsync(out.get()) != 0) return cannot("sync", file, errno);
  return Unit{};
}

}  // namespace

Result<Unit> sync_folder(const std::filesystem::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return cannot("open", folder, errno);
  if (::fsync(opened.get()) != 0) return cannot("sync", folder, errno);
  return Unit{};
}

Result<Unit> write_durably(const std::filesystem::path& file, std::string_view bytes, ::mode_t mode) {
  auto beside = file;
  beside += ".new";
  auto written = write_synced(beside, bytes, mode);
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) written = cannot("rename", beside, errno);
  if (!written) {
    ::unlink(beside.c_str());  // on a full disk even an empty file's name is too much
    return written;
  }
  return sync_folder(folder_of(file));
}

Result<std::optional<std::string>> read_whole(const std::filesystem::path& file, std::size_t most) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) {
    if (errno == ENOENT) return std::nullopt;
    return cannot("read", file, errno);
  }
  std::string bytes(most + 1, '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto n = ::read(in.get(), bytes.data() + got, bytes.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot("read", file, errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  if (got > most) return cannot("read", file, EFBIG);
  bytes.resize(got);
  return bytes;
}

Result<Unit> make_folders_durably(const std::filesystem::path& folder, ::mode_t mode) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return Unit{};
    return cannot("make the folder", folder, ENOTDIR);
  }
  if (errno != ENOENT) return cannot("make the folder", folder, errno);
  const auto clean = folder.has_filename() ? folder : folder.parent_path();  // "data/" names the same folder
  const auto parent = folder_of(clean);
  TRY(make_folders_durably(parent, mode));
  if (::mkdir(clean.c_str(), mode) != 0 && errno != EEXIST) return cannot("make the folder", clean, errno);
  return sync_folder(parent);
}

Result<DiskSpace> disk_space(const std::filesystem::path& folder) {
  struct statvfs status{};
  if (::statvfs(folder.c_str(), &status) != 0) return cannot("look at the disk of", folder, errno);
  return DiskSpace{.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize,
                   .total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize};
}

}  // namespace troupe::store
