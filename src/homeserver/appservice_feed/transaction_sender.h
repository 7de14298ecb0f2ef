// Sends application services what concerns them (Application Service API #pushing-events).
#pragma once
#include <deque>
#include <map>
#include <string>

#include "base/async.h"
#include "base/metrics.h"
#include "homeserver/appservice/service_client.h"
#include "homeserver/appservice_feed/ephemeral_buffer.h"
#include "homeserver/appservice_feed/feed_look.h"
#include "homeserver/appservice_feed/transaction.h"

namespace troupe::homeserver::appservice_feed {

struct SendTimes {
  std::chrono::milliseconds first_retry{2'000};  ///< after a service failed; doubled …
  std::chrono::milliseconds longest_retry{512'000};
};

/// One per server; of several processes one runs it. A service has one transaction under way. It is in the database
/// before it is sent for the first time, and stays as it is until the service has confirmed it; what comes after it
/// waits, for as long as it takes, and in order. So a crash repeats the one under way, under the same id, and nothing
/// else. Ephemeral data rides along; alone it is sent once, and what fails then is past. All calls on one executor,
/// which must run one handler at a time, but for try_now().
class TransactionSender {
 public:
  struct Parts {
    const appservice::Services& services;
    appservice::ServiceClient& client;
    FeedLook& look;
    Interest& interest;
    EphemeralBuffer& edus;
    store::Database& db;
    memory::Rooms& rooms;
    base::MetricRegistry& metrics;
    const base::Clock& clock;
    asio::any_io_executor home;
  };
  explicit TransactionSender(Parts parts, SendTimes times = {});

  /// Looks for what is new and begins to send. From a job.
  Task<Unit> round();
  /// Removes what waits for services that are not registered any more, and what is noted of messages that are gone.
  /// From a job.
  Task<Unit> forget_others();
  /// The service was heard of: does not wait for its next try. From any thread.
  void try_now(const appservice::Service& service);
  /// Begins nothing more, and waits for what is under way, so long.
  asio::awaitable<void> stop(std::chrono::milliseconds patience);
  /// Nothing is under way, and nothing is due now.
  bool idle() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  using ServicePtr = const appservice::Service*;
  struct State {
    Time due{};
    int failures = 0;
    bool sending = false;
    bool pending = true;  ///< something may wait in the database
    std::deque<std::string> edus;
    std::int64_t last_number = 0;
  };
  enum class Step { more, done, failed };

  static std::string service_after(store::Connection& connection, std::string_view service);
  Task<Unit> hand_out_edus();
  bool wants(store::Connection& connection, const appservice::Service& service, const matrix::Edu& edu);
  bool wants_presence(store::Connection& connection, const appservice::Service& service, const std::string& user_id);
  void start_due();
  asio::awaitable<void> run(ServicePtr service);
  Task<Step> send_next(ServicePtr service);
  Task<TransactionRow> next(ServicePtr service);
  Task<Step> send(ServicePtr service, TransactionRow transaction);
  std::vector<std::string> take_edus(ServicePtr service);
  std::chrono::milliseconds pause_after(int failures) const;

  Parts parts_;
  SendTimes times_;
  base::Family<base::Counter>& transactions_;
  base::Family<base::Counter>& events_;
  base::Family<base::Gauge>& failing_;
  base::Gauge& looked_upto_;
  base::TaskGroup tasks_;
  std::map<ServicePtr, State> states_;
  Time look_anyway_at_{};
  StreamPos head_ = 0;  ///< when it was looked last
  bool stopping_ = false;
};

}  // namespace troupe::homeserver::appservice_feed
