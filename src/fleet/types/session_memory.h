// What a brain keeps for one conversation: small JSON values by key, durable until `!reset` or the bot's end.
#pragma once
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "base/task.h"

namespace troupe::fleet {

inline constexpr std::size_t kMaxMemoryKeyBytes = 64;
/// Of one value, written as JSON.
inline constexpr std::size_t kMaxMemoryValueBytes = 256 * 1024;

/// Belongs to one session of one bot; on the fleet's executor. Prefer Reply::remember for what an answer changes: it is
/// written together with the reply. put() is for what must be known before the answer is there.
class SessionMemory {
 public:
  virtual ~SessionMemory() = default;
  virtual Task<std::optional<boost::json::value>> get(std::string key) = 0;
  /// Errors: invalid_param (key), too_large, unavailable.
  virtual Task<Unit> put(std::string key, boost::json::value value) = 0;
  virtual Task<Unit> erase(std::string key) = 0;
  /// Forgets everything and raises the session's number: the next question has another Question::session.
  virtual Task<Unit> reset() = 0;
};

}  // namespace troupe::fleet
