// Two connections to a Redis server, one that listens to a channel and one that publishes to it. Over hiredis, which
// redis_context.h includes.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bus/redis_address.h"

namespace troupe::bus {

/// Belongs to one thread. Every failure ends the link; the owner makes a new one.
class RedisLink {
 public:
  /// Connects, signs in, subscribes: afterwards every publish to the channel is heard. Blocks for up to `patience` a
  /// step. Error: unavailable (`detail` says what the server or the system said; never the password).
  static Result<std::unique_ptr<RedisLink>> open(const RedisAddress& address, const std::string& channel,
                                                 std::chrono::milliseconds patience);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  /// Hands the messages to the server. Error: unavailable (some may have arrived).
  Result<Unit> publish(const std::deque<std::string>& messages);
  /// Waits until something arrives, `wake_fd` becomes readable, or the time is over; gives each message to `receive`.
  /// Error: unavailable (a connection ended).
  Result<Unit> listen(int wake_fd, std::chrono::milliseconds longest,
                      const std::function<void(std::string_view)>& receive);

 private:
  struct Impl;
  explicit RedisLink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::bus
