// Plain Redis for those who speak it with others: named channels, whose publisher learns how many heard it, and streams
// read as a consumer group. Besides the bus: its doorbells carry Troupe's own word, and nobody else's.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "base/task.h"
#include "bus/redis_address.h"

namespace troupe::bus {

struct RedisChannelsOptions {
  RedisAddress address;
  std::chrono::milliseconds patience{2'000};  ///< for a step of connecting, and for an answer
  std::chrono::milliseconds back_off{500};    ///< after a failure, in which publishing fails at once
  std::size_t queue_messages = 2'000;         ///< that wait to be sent; above it publishing fails
  std::size_t queue_bytes = 4 * 1024 * 1024;
};

/// Callable from any thread, until stop().
class RedisChannels {
 public:
  virtual ~RedisChannels() = default;
  /// To how many it was delivered; nobody keeps it for others. On an executor of one thread. Error: unavailable (it may
  /// have arrived all the same).
  virtual Task<std::int64_t> publish(std::string channel, std::string bytes) = 0;
  /// The same, without a wish to know; lost while Redis is away.
  virtual void post(std::string channel, std::string bytes) = 0;
  /// Nothing while Redis answers, else a short sentence for the health check.
  virtual std::optional<std::string> trouble() const = 0;
  /// What waits fails. Idempotent; blocks for as long as an answer may take.
  virtual void stop() = 0;
};
std::unique_ptr<RedisChannels> make_redis_channels(RedisChannelsOptions options, base::MetricRegistry& metrics);

struct StreamEntry {
  std::string id;
  std::vector<std::pair<std::string, std::string>> fields;
};

struct RedisStreamOptions {
  RedisAddress address;
  std::string stream;
  std::string group;     ///< made where there is none, from the stream's begin
  std::string consumer;  ///< of this process, the same at each start: what it had taken it takes again
  std::size_t at_once = 10;
  std::chrono::milliseconds patience{2'000};
  std::chrono::milliseconds block{1'000};         ///< for news
  std::chrono::milliseconds claim_after{60'000};  ///< what another consumer left is taken over
  std::chrono::milliseconds back_off{500};
};

/// A reader on a thread of its own. Entries come at least once.
class RedisStream {
 public:
  /// Gets entries in order; yields the ids of those that are done with, which are acknowledged. The others come again.
  using Take = std::function<asio::awaitable<std::vector<std::string>>(std::vector<StreamEntry>)>;
  virtual ~RedisStream() = default;
  virtual std::optional<std::string> trouble() const = 0;
  /// No Take begins afterwards; one that runs is not waited for. Idempotent.
  virtual void stop() = 0;
};
/// `take` runs on `home`. Redis may come and go.
std::unique_ptr<RedisStream> make_redis_stream(RedisStreamOptions options, asio::any_io_executor home,
                                               RedisStream::Take take);

struct RedisPatternOptions {
  RedisAddress address;
  std::string pattern;  ///< as PSUBSCRIBE takes it
  std::chrono::milliseconds patience{2'000};
  std::chrono::milliseconds heartbeat{5'000};  ///< a server that says nothing for two of them is gone
  std::chrono::milliseconds back_off{500};
};

/// Hears what is published on all channels of a pattern, on a thread of its own; what is said while Redis is away is
/// not heard.
class RedisPattern {
 public:
  /// On the listener's thread: it must be quick.
  using Receive = std::function<void(std::string_view channel, std::string_view bytes)>;
  virtual ~RedisPattern() = default;
  virtual std::optional<std::string> trouble() const = 0;
  /// Nothing is received afterwards. Idempotent.
  virtual void stop() = 0;
};
std::unique_ptr<RedisPattern> make_redis_pattern(RedisPatternOptions options, RedisPattern::Receive receive);

}  // namespace troupe::bus
