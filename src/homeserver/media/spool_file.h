// A file without a name: what is on its way to a bucket, or was brought from there to be looked at.
#pragma once
#include <openssl/evp.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/blob_store.h"

namespace troupe::homeserver::media {

/// Its bytes go with it, also after a crash. Not thread-safe; every call blocks on the disk.
class SpoolFile {
 public:
  /// In this folder, made when missing. Error: unavailable.
  static Result<std::unique_ptr<SpoolFile>> make(const std::filesystem::path& folder, std::uint64_t limit_bytes);
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;
  /// Errors: too_large (over the limit), unavailable.
  Result<Unit> write(std::string_view bytes);
  /// What was written, with its hash. Once.
  Result<store::Blob> finish();
  /// Up to `limit` bytes from `offset`; empty at the end. Error: unavailable.
  Result<std::string> read(std::uint64_t offset, std::size_t limit) const;
  int descriptor() const { return descriptor_; }

 private:
  SpoolFile(int descriptor, std::uint64_t limit_bytes) : descriptor_(descriptor), limit_bytes_(limit_bytes) {}
  struct FreeDigest {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
  };
  int descriptor_;
  std::uint64_t limit_bytes_;
  std::uint64_t bytes_ = 0;
  std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_;
};

}  // namespace troupe::homeserver::media
