// The port's media repository: files by their mxc:// address.
#pragma once
#include <string>

#include "base/task.h"

namespace troupe::matrix {

/// A file from the media repository, or for it.
struct Media {
  std::string bytes;
  std::string content_type;
  std::string name;  ///< empty: none
};

/// Callable from any thread.
class MediaRepository {
 public:
  virtual ~MediaRepository() = default;

  /// A file by its mxc:// address. Errors: invalid_param (address), not_found, too_large (over max_bytes), unavailable.
  virtual Task<Media> download(std::string mxc, std::size_t max_bytes) = 0;
  /// Yields the mxc:// address. Errors: too_large, unavailable (disk full).
  virtual Task<std::string> upload(std::string user_id, Media media) = 0;
};

}  // namespace troupe::matrix
