// Sends what bots say of their own accord (inbound webhooks, reminders), each message exactly once: whoever decides on
// one writes a row in the transaction of its decision, and the outbox sends it under a transaction id made from the
// row's key. Killed between send and record, it sends again and the homeserver answers the first event id.
#pragma once
#include <map>

#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/term/term_store.h"
#include "fleet/triggers/outbox_store.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::triggers {

/// At most this many messages of one bot wait; more are refused where they come from.
inline constexpr std::int64_t kMaxWaitingPerBot = 1'000;

/// One per term of the fleet, on its executor, so that one process at a time sends.
class Outbox {
 public:
  struct Uses {
    bus::Bus& bus;
    matrix::RoomActions& rooms;
    const base::Clock& clock;
    const base::Clock& ages;
    base::MetricRegistry& metrics;
  };
  Outbox(term::Term& term, term::TermStore& store, const Uses& uses);

  /// Sends what waits and what comes, until the fleet stops. What waits then goes out in the next term.
  void begin();
  /// There is something new, or the fleet stops.
  void wake() const { wakeup_.notify(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<void> drain(OutboxLane lane);
  /// False: not now, try later.
  asio::awaitable<bool> deliver(OutboxLane lane, Outgoing message);

  term::Term& term_;
  term::TermStore& store_;
  Uses uses_;
  base::Notify wakeup_;
  base::Family<base::Counter>& sent_total_;
  std::vector<bus::SubscriptionPtr> subscriptions_;
  /// The lanes that are drained now; true: more may have come since the lane was looked at last.
  std::map<std::pair<BotKey, std::string>, bool> busy_;
};

}  // namespace troupe::fleet::triggers
