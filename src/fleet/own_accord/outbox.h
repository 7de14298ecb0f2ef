// Sends what bots say of their own accord (inbound webhooks, reminders), each message exactly once: whoever decides on
// one writes a row in the transaction of its decision, and the outbox sends it under a transaction id made from the
// row's key. Killed between send and record, it sends again and the homeserver answers the first event id.
#pragma once
#include <set>

#include "base/async.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "fleet/own_accord/outbox_store.h"
#include "matrix/homeserver.h"
#include "store/database.h"

namespace troupe::fleet {

/// At most this many messages of one bot wait; more are refused where they come from.
inline constexpr std::int64_t kMaxWaitingPerBot = 1'000;

/// One per program, on an executor of one thread; start() and stop() come from any. Two programs on one database may
/// both run it: the homeserver sorts out what both send.
class Outbox {
 public:
  struct Deps {
    store::Database& db;
    bus::Bus& bus;
    matrix::Homeserver& homeserver;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
    asio::any_io_executor home;
    /// Tests only: called between the send of a message and its record; false means the program ends here.
    std::function<bool()> probe = {};
  };
  explicit Outbox(Deps deps);

  Task<Unit> start();
  /// Lets what is being sent come to its end (a few seconds). What waits goes out after the next start.
  Task<Unit> stop();
  /// There is something new. Any thread.
  void wake() const { bell_.ring(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<void> drain(OutboxLane lane);
  /// False: not now, try later.
  asio::awaitable<bool> deliver(OutboxLane lane, Outgoing message);
  Task<Unit> stop_here();

  Deps deps_;
  base::Bell bell_;
  base::TaskGroup tasks_;
  base::Naps naps_;
  base::Family<base::Counter>& sent_total_;
  bus::SubscriptionPtr subscription_;
  std::set<std::pair<BotKey, std::string>> busy_;
};

}  // namespace troupe::fleet
