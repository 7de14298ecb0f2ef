// Small files in a bucket, for modules whose files lie where media lie.
#pragma once
#include <string>
#include <vector>

#include "base/task.h"

namespace troupe::host {

/// Offered by whoever has the bucket; nobody does where media lie in a folder. Callable from any thread. Names are of
/// letters, digits, '-', '_', '.' and '/'; the first part says whose they are. Error of all: unavailable.
class ObjectStore {
 public:
  struct Page {
    std::vector<std::string> names{};
    std::string next{};  ///< empty: that was all
  };
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;
  /// Completes when it is durable; at most 16 MiB.
  virtual Task<Unit> put(std::string name, std::string bytes) = 0;
  /// The first `most` bytes. Error: not_found.
  virtual Task<std::string> get(std::string name, std::size_t most) = 0;
  /// Nothing happens when it is not there. Error: conflict (the bucket is another server's by now).
  virtual Task<Unit> remove(std::string name) = 0;
  /// Names that begin so, `from` a page's `next`.
  virtual Task<Page> list(std::string begin, std::string from) = 0;
};

}  // namespace troupe::host
