// Somewhere outside this server where the head of a chain is written down, so that its owner cannot take it back.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/task.h"

namespace troupe::identity::anchors {

/// What is written down.
struct Head {
  std::int64_t tenant_id = 0;
  std::int64_t last_id = 0;    ///< number of the newest record
  std::string hash;            ///< of it: 64 hexadecimal digits
  base::UnixMs record_ms = 0;  ///< when it was written; 0: it is kept no longer
};

/// Callable from any thread.
class Place {
 public:
  virtual ~Place() = default;
  /// "time_stamp", "room".
  virtual std::string_view kind() const = 0;
  /// Where it is, for people; no secret is in it.
  virtual const std::string& where() const = 0;
  /// Writes the head down there; yields what proves it. Errors: unavailable, timed_out (it is out of reach); forbidden
  /// (what it answered proves nothing).
  virtual Task<std::string> put(Head head) = 0;
  /// When the head was written down, by the proof. Errors: forbidden (the proof is of something else, or of nobody);
  /// unavailable (it cannot be asked now).
  virtual Task<base::UnixMs> check(Head head, std::string proof) = 0;
  /// How many of the newest may be checked at once.
  virtual std::int64_t most_checked() const = 0;
};

}  // namespace troupe::identity::anchors
