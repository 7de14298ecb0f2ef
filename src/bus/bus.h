// Doorbells for durable things and ephemeral publish/subscribe, in process. (Redis takes the same interface later.)
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/observers.h"
#include "base/types.h"

namespace troupe::bus {

/// What a doorbell is about. A consumer subscribes first, looks second, and reads on from its own cursor.
enum class Topic { events, bots, users, audit };

using base::Subscription;
using base::SubscriptionPtr;

/// Callable from any thread. Callbacks run on the ringing thread: they must be quick and post their work elsewhere.
class Bus {
 public:
  virtual ~Bus() = default;
  /// Something durable happened up to `position`. Rings may be merged; a late one may carry an older position.
  virtual void ring(Topic topic, StreamPos position) = 0;
  virtual SubscriptionPtr on_ring(Topic topic, std::function<void(StreamPos)> wake) = 0;
  /// Ephemeral: delivered to whoever listens now, in order per publisher, lost otherwise.
  virtual void publish(std::string_view channel, std::string_view bytes) = 0;
  virtual SubscriptionPtr subscribe(std::string channel, std::function<void(std::string_view)> receive) = 0;
};

std::unique_ptr<Bus> make_local_bus();

}  // namespace troupe::bus
