// Whose account was closed with the wish that what they have left goes, too.
#pragma once
#include <string>

#include "base/task.h"

namespace troupe::matrix {

/// A role of the homeserver that runs in this program. Callable from any thread.
class Erasures {
 public:
  Erasures() = default;
  Erasures(const Erasures&) = delete;
  Erasures& operator=(const Erasures&) = delete;
  virtual ~Erasures() = default;
  /// False also for whom it does not know.
  virtual Task<bool> is_erased(std::string user_id) = 0;
};

}  // namespace troupe::matrix
