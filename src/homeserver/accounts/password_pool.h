// Argon2id on a pool of its own, with a bound on what waits: a flood of logins is refused, not queued for ever.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>

#include "store/async_gate.h"

namespace troupe::homeserver::accounts {

/// Callable from any thread; one per server.
class PasswordPool {
 public:
  /// What may wait, besides those that run. At 15 ms each on one thread that is about two seconds.
  static constexpr std::size_t kMaxWaiting = 128;
  static constexpr std::size_t kMaxPasswordBytes = 512;

  /// At most half of the machine's threads hash at once (19 MiB each), so that other work goes on during a flood.
  explicit PasswordPool(asio::thread_pool& threads);

  /// Errors: limit_exceeded (too many wait; with retry_after), invalid_param (empty or too long), unavailable.
  Task<std::string> hash(std::string password);
  /// Whether the password fits. Without a stored hash the same work is done and the answer is no, so that the time does
  /// not tell which accounts exist. Error: limit_exceeded.
  Task<bool> verify(std::optional<std::string> stored_hash, std::string password);

 private:
  Task<store::AsyncGate::Pass> enter();
  asio::thread_pool& threads_;
  store::AsyncGate gate_;
};

}  // namespace troupe::homeserver::accounts
