// The bus of several processes of one server: what happens in each is heard in all, through Redis pub/sub.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "bus/bus.h"
#include "bus/redis_address.h"

namespace troupe::bus {

/// Channels whose name begins so concern one process ("host.draining") and stay inside it.
inline constexpr std::string_view kLocalPrefix = "host.";

struct RedisBusOptions {
  RedisAddress address;
  std::string server_name;  ///< processes of other servers on the same Redis are not heard
  /// Waits for a step of connecting; a server that says nothing for three heartbeats is gone.
  std::chrono::milliseconds patience{2'000};
  std::chrono::milliseconds heartbeat{5'000};
  std::chrono::milliseconds first_back_off{100};  ///< doubles up to longest_back_off, for ever
  std::chrono::milliseconds longest_back_off{5'000};
  std::size_t queue_messages = 2'000;     ///< waiting publishes while Redis is away; the oldest go first
  std::size_t queue_bytes = 1024 * 1024;  ///< of them
};

/// Own listeners are called at once, on the ringing thread, and never through Redis. Others' rings and messages come on
/// the bus's own thread. Nothing durable rests on Redis: while it is away each process works on alone, and when it is
/// back every topic is rung once at position 0: "look again". Rings that could not be sent are merged and sent then.
class RedisBus : public Bus {
 public:
  /// Nothing while connected, else a short sentence for the health check. Any thread.
  virtual std::optional<std::string> trouble() const = 0;
  /// No callback comes from Redis afterwards; ringing inside the process goes on. Idempotent.
  virtual void stop() = 0;
};

/// Starts connecting in the background and never fails: a server that is not there yet is waited for.
std::unique_ptr<RedisBus> make_redis_bus(RedisBusOptions options, base::MetricRegistry& metrics);

}  // namespace troupe::bus
