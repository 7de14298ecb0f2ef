// The lock that keeps a second process away from a data directory.
#pragma once
#include <filesystem>

#include "base/result.h"

namespace troupe::store {

/// Held until destroyed, and by the kernel no longer than the process lives. The file stays; its text is the holder's
/// process id. Not inherited by programs that this one starts. See docs/storage.md, "Files beside the ledger".
class LockFile {
 public:
  /// Errors: conflict (another process holds it: the message names its id), unavailable (cannot be made).
  static Result<LockFile> take(const std::filesystem::path& file);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace troupe::store
