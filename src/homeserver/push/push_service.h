// Sends what waits to the push gateways (Client-Server API #push-notifications; Push Gateway API).
#pragma once
#include <map>
#include <set>
#include <string>

#include "base/async.h"
#include "base/metrics.h"
#include "homeserver/gateway/push_gateway.h"
#include "homeserver/push/next_push.h"
#include "homeserver/push/push_look.h"
#include "homeserver/push/unread_total.h"
#include "net/client/client.h"

namespace troupe::homeserver::push {

struct PushTimes {
  std::chrono::milliseconds first_retry{2'000};  ///< after a gateway failed; doubled …
  std::chrono::milliseconds longest_retry{3'600'000};
  std::chrono::milliseconds pause_after{7 * 24 * 3'600'000LL};  ///< of failing: until a client sets the pusher again
  std::chrono::milliseconds request{15'000};
};

/// One per server; of several processes one runs it. A pusher's pushes go out one after the other, in order; each is
/// gone from the database once the gateway has answered, so that what a crash repeats is the one under way. A gateway
/// that fails is tried for a day of each push's age. Addresses come from members: the client's rules for untrusted ones
/// hold. All calls on one executor, which must run one handler at a time.
class PushService {
 public:
  static constexpr std::size_t kMaxAtOnce = 64;
  static constexpr std::size_t kMaxAtOnceOfGateway = 16;
  static constexpr std::size_t kMaxAtOnceOfAccount = 4;
  static constexpr std::int64_t kMaxWaiting = 200;           ///< of a pusher that fails: the oldest go beyond
  static constexpr std::size_t kMaxKnown = 20'000;           ///< pushers with something waiting; more come later
  static constexpr std::size_t kMaxAnswerBytes = 64 * 1024;  ///< of a gateway

  struct Parts {
    PushLook& look;
    store::Database& db;
    memory::Rooms& rooms;
    sync::Receipts& receipts;
    UnreadTotal& unread;
    net::client::HttpClient& http;
    gateway::PushGateway* own_gateway;  ///< asked without a request; nullptr: there is none
    base::MetricRegistry& metrics;
    const base::Clock& clock;
    const base::Clock& ages;  ///< by which pushes are too old and a gateway has failed for long: host::age_clock
    asio::any_io_executor home;
  };
  explicit PushService(Parts parts, PushTimes times = {});

  /// Looks for what is new and begins to send, as far as there are places. From a job.
  Task<Unit> round();
  /// Begins nothing more, and waits for what is under way, so long.
  asio::awaitable<void> stop(std::chrono::milliseconds patience);
  /// Nothing is under way, and nothing is due now.
  bool idle() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    Time due{};
    int failures = 0;
    bool sending = false;
    bool again = false;  ///< something came while it was sending
  };
  enum class Step { more, done, failed };

  Task<Unit> load_waiting();
  void know(const PusherKey& key);
  void start_due();
  asio::awaitable<void> run(PusherKey key);
  Task<Step> send_next(const PusherKey& key);
  Task<Step> send(const PusherKey& key, const NextPush& next);
  enum class Taken { sent, rejected, failed };
  asio::awaitable<Taken> ask_gateway(const PusherKey& key, const NextPush& next, const Gateway& gateway,
                                     std::int64_t unread);
  Task<Unit> note_failure(const PusherKey& key, const PusherState& pusher);
  Task<Unit> forget(const PusherKey& key, StreamPos pos);
  std::chrono::milliseconds pause_after(int failures) const;

  Parts parts_;
  PushTimes times_;
  base::Family<base::Counter>& pushes_;
  base::Gauge& waiting_pushers_;
  base::Gauge& looked_upto_;
  base::TaskGroup tasks_;
  std::map<PusherKey, Waiting> waiting_;
  std::map<std::string, std::size_t> under_way_;   ///< requests by the gateway's host and port
  std::map<std::string, std::size_t> of_account_;  ///< requests by whose they are
  std::size_t sending_ = 0;
  PusherKey last_loaded_;
  PusherKey last_started_;
  Time load_at_{};
  bool stopping_ = false;
};

}  // namespace troupe::homeserver::push
