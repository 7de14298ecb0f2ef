#include "store/blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "store/durable_file.h"
#include "store/read_at.h"

namespace troupe::store {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr const char* kTempDirectory = "incoming";
/// A blob on its way out, in the same folder: this and its hash.
constexpr std::string_view kLeaving = "leaving-";

Error disk_error(std::string_view what, const std::filesystem::path& file, int code) {
  return Error(Errc::unavailable, "The file could not be stored or read; try again shortly.",
               fmt::format("{} {}: {}", what, file.string(), std::strerror(code)))
      .with_retry_after(std::chrono::seconds(1));
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// What went wrong with a folder, as a person who uploads may read it.
Result<Unit> for_uploader(Result<Unit> done) {
  if (done) return done;
  return Error(Errc::unavailable, "The file could not be stored or read; try again shortly.", done.error().message())
      .with_retry_after(std::chrono::seconds(1));
}

const EVP_MD* sha256_digest() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

}  // namespace

BlobReader::BlobReader(BlobReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), bytes_(other.bytes_) {}

BlobReader& BlobReader::operator=(BlobReader&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

BlobReader::~BlobReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> BlobReader::read(std::uint64_t offset, std::size_t limit) const {
  if (offset >= bytes_) return std::string();
  auto read = read_at(descriptor_, offset, static_cast<std::size_t>(std::min<std::uint64_t>(limit, bytes_ - offset)));
  if (!read) return disk_error("read", "a stored file", read.error());
  return *std::move(read);
}

struct BlobUpload::Impl {
  ~Impl() {
    EVP_MD_CTX_free(digest);
    if (descriptor >= 0) ::close(descriptor);
    if (!temp.empty()) ::unlink(temp.c_str());
  }
  std::filesystem::path root;
  std::filesystem::path temp;
  std::shared_ptr<DiskWatch> watch;
  int descriptor = -1;
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  std::uint64_t bytes = 0;
  std::uint64_t limit_bytes = 0;
  bool dead = false;
};

BlobUpload::BlobUpload(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobUpload::BlobUpload(BlobUpload&& other) noexcept = default;
BlobUpload::~BlobUpload() = default;

std::uint64_t BlobUpload::bytes() const { return impl_->bytes; }

Result<Unit> BlobUpload::write(std::string_view bytes) {
  if (impl_->dead) return Error(Errc::internal, "The upload has failed before.");
  if (bytes.size() > impl_->limit_bytes - impl_->bytes) {
    impl_->dead = true;
    return Error(Errc::too_large, fmt::format("The file is larger than {} bytes.", impl_->limit_bytes));
  }
  EVP_DigestUpdate(impl_->digest, bytes.data(), bytes.size());
  impl_->bytes += bytes.size();
  while (!bytes.empty()) {
    const auto n = ::write(impl_->descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      impl_->dead = true;
      return disk_error("write", impl_->temp, errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return Unit{};
}

Result<Blob> BlobUpload::finish() {
  if (std::exchange(impl_->dead, true)) return Error(Errc::internal, "The upload has failed or finished before.");
  base::Sha256 hash{};
  EVP_DigestFinal_ex(impl_->digest, hash.data(), nullptr);
  Blob blob{base::hex(hash), impl_->bytes};
  const auto waiting = impl_->watch ? impl_->watch->begin() : DiskWatch::Wait();
  if (::fsync(impl_->descriptor) != 0) return disk_error("fsync", impl_->temp, errno);
  const auto directory = impl_->root / blob.sha256.substr(0, 2);
  TRY(for_uploader(make_folders_durably(directory)));
  // Over an equal file too: the name then surely holds whole bytes, whatever happened to the older one.
  const auto target = directory / blob.sha256;
  if (::rename(impl_->temp.c_str(), target.c_str()) != 0) return disk_error("rename", target, errno);
  impl_->temp.clear();
  TRY(for_uploader(sync_folder(directory)));
  return blob;
}

Result<BlobStore> BlobStore::open(std::filesystem::path root, std::shared_ptr<DiskWatch> watch) {
  TRY(make_folders_durably(root / kTempDirectory));
  BlobStore store(std::move(root), std::move(watch));
  TRY(store.put_back_removals());
  return store;
}

/// A process that was killed between two steps of a removal may have taken away what somebody had just written.
Result<Unit> BlobStore::put_back_removals() const {
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(root_ / kTempDirectory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(kLeaving)) continue;
    const auto target = path(std::string_view(name).substr(kLeaving.size()));
    if (!target) continue;
    if (::rename(entry->path().c_str(), target->c_str()) != 0 && errno != ENOENT) {
      return disk_error("rename", *target, errno);
    }
  }
  if (failed) return disk_error("list", root_ / kTempDirectory, failed.value());
  return Unit{};
}

Result<BlobUpload> BlobStore::begin(std::uint64_t limit_bytes) const {
  auto impl = std::make_unique<BlobUpload::Impl>();
  impl->root = root_;
  impl->watch = watch_;
  impl->limit_bytes = limit_bytes;
  auto temp = root_ / kTempDirectory / base::random_alphanumeric(24);
  impl->descriptor = ::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (impl->descriptor < 0) return disk_error("create", temp, errno);
  impl->temp = std::move(temp);
  if (!impl->digest || EVP_DigestInit_ex(impl->digest, sha256_digest(), nullptr) != 1) {
    return Error(Errc::internal, "The file could not be stored.", "SHA-256 did not start");
  }
  return BlobUpload(std::move(impl));
}

Result<Blob> BlobStore::put(std::string_view bytes) const {
  TRY(auto upload, begin(bytes.size()));
  TRY(upload.write(bytes));
  return upload.finish();
}

std::optional<std::filesystem::path> BlobStore::path(std::string_view sha256) const {
  if (!is_hash(sha256)) return std::nullopt;
  return root_ / sha256.substr(0, 2) / sha256;
}

Result<BlobReader> BlobStore::read(std::string_view sha256) const {
  const auto file = path(sha256);
  if (!file) return Error(Errc::not_found, "No such file.");
  const int descriptor = ::open(file->c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return Error(Errc::not_found, "No such file.");
    return disk_error("open", *file, errno);
  }
  BlobReader reader(descriptor, 0);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return disk_error("stat", *file, errno);
  reader.bytes_ = static_cast<std::uint64_t>(status.st_size);
  return reader;
}

Result<Unit> BlobStore::remove(std::string_view sha256) const {
  const auto file = path(sha256);
  if (!file) return Error(Errc::invalid_param, "Not a SHA-256 in lower-case hex.");
  if (::unlink(file->c_str()) != 0 && errno != ENOENT) return disk_error("unlink", *file, errno);
  return Unit{};
}

Result<std::vector<std::string>> BlobStore::list(std::string_view folder) const {
  if (folder.size() != 2 || folder.find_first_not_of("0123456789abcdef") != folder.npos) {
    return Error(Errc::invalid_param, "Not a folder of the store.");
  }
  std::vector<std::string> hashes;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(root_ / folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    auto name = entry->path().filename().string();
    if (is_hash(name)) hashes.push_back(std::move(name));
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return disk_error("list", root_ / folder, failed.value());
  }
  return hashes;
}

// An upload of the same content may put its file there at any moment, and its row rests on it. So the name is taken
// away first, and what it named is looked at afterwards: nobody writes to it any more.
Result<bool> BlobStore::remove_unless_younger(std::string_view sha256, std::chrono::seconds age) const {
  const auto file = path(sha256);
  if (!file) return Error(Errc::invalid_param, "Not a SHA-256 in lower-case hex.");
  const auto is_younger = [age](const struct stat& status) {
    return std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec) > std::chrono::system_clock::now() - age;
  };
  struct stat status{};
  if (::stat(file->c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    return disk_error("stat", *file, errno);
  }
  if (is_younger(status)) return false;
  const auto aside = root_ / kTempDirectory / (std::string(kLeaving) + std::string(sha256));
  if (::rename(file->c_str(), aside.c_str()) != 0) {
    if (errno == ENOENT) return false;
    return disk_error("rename", *file, errno);
  }
  if (::stat(aside.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;  // another process that started has put it back
    return disk_error("stat", aside, errno);
  }
  if (is_younger(status)) {
    if (::rename(aside.c_str(), file->c_str()) != 0 && errno != ENOENT) return disk_error("rename", aside, errno);
    TRY(for_uploader(sync_folder(file->parent_path())));
    return false;
  }
  if (::unlink(aside.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return disk_error("unlink", aside, errno);
}

Result<std::size_t> BlobStore::sweep_leftovers(std::chrono::seconds age) const {
  const auto oldest = std::filesystem::file_time_type::clock::now() - age;
  std::size_t removed = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(root_ / kTempDirectory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code gone;
    const auto written = entry->last_write_time(gone);
    if (gone || written > oldest) continue;
    if (std::filesystem::remove(entry->path(), gone)) ++removed;
  }
  if (failed) return disk_error("list", root_ / kTempDirectory, failed.value());
  return removed;
}

}  // namespace troupe::store
