// What stands between a call and the network: nothing goes out before it is written down.
#pragma once
#include <string>

#include "assistant/calls/call.h"
#include "base/task.h"

namespace troupe::assistant::calls {

/// One request that is about to go out. Free of secrets.
struct Sending {
  std::string call_id;
  int number = 1;  ///< the try
  std::string service, operation, method;
  std::string url;           ///< with query
  std::string content_type;  ///< of the body
  std::string body;          ///< at most kMaxJournalBytes; multipart: what its parts are called
  std::string marker;
  bool writes = false;
  base::UnixMs at_ms = 0;
};

/// What became of it.
struct Received {
  int status = 0;  ///< 0: no answer
  std::string content_type;
  std::string body;     ///< at most kMaxJournalBytes
  std::string error;    ///< why there is no answer
  std::string meaning;  ///< "done", "refused", "again", "lost", …
  bool sent = true;     ///< false: nothing of the request left this machine
  std::chrono::milliseconds took{0};
};

inline constexpr std::size_t kMaxJournalBytes = 64 * 1024;

/// The executor's, over its tables. A try that `before` knows and `after` does not is one whose outcome is unknown.
class Journal {
 public:
  virtual ~Journal() = default;
  /// Completes when it is durable; nothing is sent before. An error: nothing is sent at all. `sending` outlives it.
  virtual Task<Unit> before(const Sending& sending) = 0;
  virtual Task<Unit> after(Sending sending, Received received) = 0;
};

}  // namespace troupe::assistant::calls
