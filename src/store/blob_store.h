// Files named by the SHA-256 of their content: <root>/ab/<64 hex digits>.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/disk_watch.h"

namespace troupe::store {

/// A stored file. `sha256` is 64 lower-case hex digits.
struct Blob {
  std::string sha256;
  std::uint64_t bytes = 0;
};

/// An open file of the store; reading goes on even when the blob is removed meanwhile. Not thread-safe.
class BlobReader {
 public:
  BlobReader(BlobReader&& other) noexcept;
  BlobReader& operator=(BlobReader&& other) noexcept;
  ~BlobReader();
  std::uint64_t bytes() const { return bytes_; }
  /// Up to `limit` bytes from `offset`; empty at the end. Error: unavailable (I/O).
  Result<std::string> read(std::uint64_t offset, std::size_t limit) const;
  int descriptor() const { return descriptor_; }

 private:
  friend class BlobStore;
  BlobReader(int descriptor, std::uint64_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
  int descriptor_;
  std::uint64_t bytes_;
};

/// One file on its way in. What was written goes away unless finish() succeeds. Not thread-safe.
class BlobUpload {
 public:
  BlobUpload(BlobUpload&& other) noexcept;
  BlobUpload& operator=(BlobUpload&&) = delete;
  ~BlobUpload();
  /// Errors: too_large (over the limit), unavailable (disk full, I/O); after one the upload is dead.
  Result<Unit> write(std::string_view bytes);
  /// Makes the file durable under its hash, then returns; the same content again is stored once. Call once.
  Result<Blob> finish();
  std::uint64_t bytes() const;

 private:
  friend class BlobStore;
  struct Impl;
  explicit BlobUpload(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Callable from any thread. Every call blocks on the disk: run it on the pool for files, never on an I/O thread.
/// A blob is durable before its database row is written, and removed after its last row is gone.
class BlobStore {
 public:
  /// `root` is <data>/media, made when missing; what a removal left half done is put back. `watch` is told how long
  /// files take to become durable. Error: unavailable.
  static Result<BlobStore> open(std::filesystem::path root, std::shared_ptr<DiskWatch> watch = nullptr);

  /// `limit_bytes`: more makes write() fail with too_large.
  Result<BlobUpload> begin(std::uint64_t limit_bytes) const;
  Result<Blob> put(std::string_view bytes) const;
  /// Errors: not_found (also for what is no hash), unavailable.
  Result<BlobReader> read(std::string_view sha256) const;
  /// Nothing happens when it is not there. Errors: invalid_param (no hash), unavailable.
  Result<Unit> remove(std::string_view sha256) const;
  /// Where a blob lies or would lie; nothing for what is no hash.
  std::optional<std::filesystem::path> path(std::string_view sha256) const;
  /// The hashes of one of the folders "00" to "ff", in no order. Errors: invalid_param, unavailable.
  Result<std::vector<std::string>> list(std::string_view folder) const;
  /// Removes a blob unless it was written in the last `age`, also when it is being written again at this moment. False
  /// when it stays or is not there. Errors: invalid_param (no hash), unavailable.
  Result<bool> remove_unless_younger(std::string_view sha256, std::chrono::seconds age) const;
  /// Deletes what interrupted uploads left behind more than `age` ago; yields how many files.
  Result<std::size_t> sweep_leftovers(std::chrono::seconds age) const;

 private:
  BlobStore(std::filesystem::path root, std::shared_ptr<DiskWatch> watch)
      : root_(std::move(root)), watch_(std::move(watch)) {}
  Result<Unit> put_back_removals() const;
  std::filesystem::path root_;
  std::shared_ptr<DiskWatch> watch_;
};

}  // namespace troupe::store
