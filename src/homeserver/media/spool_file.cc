#include "homeserver/media/spool_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/crypto.h"
#include "store/read_at.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kSpoolNameLength = 16;

Error spool_error(std::string_view what) {
  return Error(Errc::unavailable, "The file could not be stored or read; try again shortly.",
               fmt::format("{} in the folder of files under way: {}", what, std::strerror(errno)))
      .with_retry_after(std::chrono::seconds(1));
}

}  // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::make(const std::filesystem::path& folder, std::uint64_t limit_bytes) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto name = (folder / ("way-" + base::random_alphanumeric(kSpoolNameLength))).string();
  const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return spool_error("create");
  std::unique_ptr<SpoolFile> file(new SpoolFile(descriptor, limit_bytes));
  if (::unlink(name.c_str()) != 0) return spool_error("unlink");
  file->digest_.reset(EVP_MD_CTX_new());
  if (!file->digest_ || EVP_DigestInit_ex(file->digest_.get(), EVP_sha256(), nullptr) != 1) {
    return Error(Errc::internal, "The file could not be stored.", "SHA-256 did not start");
  }
  return file;
}

SpoolFile::~SpoolFile() { ::close(descriptor_); }

Result<Unit> SpoolFile::write(std::string_view bytes) {
  if (bytes.size() > limit_bytes_ - bytes_) {
    return Error(Errc::too_large, fmt::format("The file is larger than {} bytes.", limit_bytes_));
  }
  EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
  while (!bytes.empty()) {
    const auto n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(bytes_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return spool_error("write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    bytes_ += static_cast<std::uint64_t>(n);
  }
  return Unit{};
}

Result<store::Blob> SpoolFile::finish() {
  base::Sha256 hash{};
  if (EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr) != 1) {
    return Error(Errc::internal, "The file could not be stored.", "SHA-256 did not end");
  }
  return store::Blob{.sha256 = base::hex(hash), .bytes = bytes_};
}

Result<std::string> SpoolFile::read(std::uint64_t offset, std::size_t limit) const {
  if (offset >= bytes_) return std::string();
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(limit, bytes_ - offset));
  auto read = store::read_at(descriptor_, offset, wanted);
  if (!read || read->size() != wanted) return spool_error("read");
  return *std::move(read);
}

}  // namespace troupe::homeserver::media
