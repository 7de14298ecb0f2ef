// A file that a command writes: whole under its name, or not there.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace troupe::app {

/// Is written beside its name, readable for its owner only, and takes the name when it is finished. Gone again when it
/// is not. One thread.
class SavedFile {
 public:
  /// Errors: conflict (the name is taken: by anything without `replace`, by something else than a file with it),
  /// unavailable (it cannot be made there).
  static Result<std::unique_ptr<SavedFile>> open(const std::string& path, bool replace);
  SavedFile(const SavedFile&) = delete;
  SavedFile& operator=(const SavedFile&) = delete;
  ~SavedFile();

  /// Error: unavailable (the disk is full, for example).
  Result<Unit> write(std::string_view bytes);
  /// On the disk, and under its name. Errors: conflict (somebody was faster with that name), unavailable.
  Result<Unit> finish();

 private:
  SavedFile(std::string path, std::string beside, bool replace, int fd);
  std::string path_;
  std::string beside_;  ///< empty: nothing is there that is to go
  bool replace_;
  base::Descriptor fd_;
};

}  // namespace troupe::app
