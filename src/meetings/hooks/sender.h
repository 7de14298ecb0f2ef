// Sends what was written down for webhooks: in order of each meeting, again and again until it is taken, under the same
// id.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <set>

#include "base/async.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "host/lease.h"
#include "meetings/hooks/schedule.h"
#include "meetings/hooks/webhook_store.h"
#include "meetings/records/bell.h"
#include "net/client/client.h"

namespace troupe::meetings::hooks {

/// Where tests let the program end.
enum class SenderStep {
  chosen,    ///< nothing is sent
  answered,  ///< it was taken, and nobody has written so
  written,   ///< what became of it
};

/// One per process; the holder of the lease sends. A kill repeats at most the try that was under way, under its id.
/// One webhook that is slow keeps kAtOnceOfWebhook places, those of one person kAtOnceOfOwner: no other waits for them.
class Sender {
 public:
  static constexpr std::size_t kAtOnce = 256;
  static constexpr std::size_t kAtOnceOfOwner = 16;
  static constexpr std::size_t kAtOnceOfWebhook = 4;
  static constexpr std::size_t kMostAnswerBytes = 64 * 1024;
  static constexpr std::chrono::seconds kPatience{10};  ///< with an answer
  static constexpr std::chrono::hours kKept{30 * 24};   ///< of what is done

  /// All of it outlives this. `home` runs on one thread; no lease: nobody else can be there.
  struct Uses {
    store::Database& db;
    net::client::HttpClient& http;
    const base::Clock& clock;
    const base::SealingKey& key;
    asio::any_io_executor home;
    const records::Bell& bell;
    bus::Bus& bus;
    base::MetricRegistry& metrics;
    host::Lease* lease = nullptr;
  };
  /// `probe`: tests only; false means that the program ends here.
  explicit Sender(const Uses& uses, std::function<bool(SenderStep)> probe = {});

  Task<Unit> start();
  /// Begins nothing more, and waits a little for what is under way.
  Task<Unit> stop();
  /// Forgets what was done long ago. From a job.
  Task<Unit> tidy();

 private:
  bool is_mine() const;
  bool passes(SenderStep step);
  asio::awaitable<void> run();
  Task<Unit> send_due();
  Task<Unit> begin_those_of(Due due);
  asio::awaitable<void> deliver(Due due, Head head);
  Task<Unit> try_once(Due due, Head head);
  asio::awaitable<Try> post(Webhook hook, const Delivery& delivery);
  Task<Unit> write_outcome(const Webhook& hook, Delivery outcome, std::int64_t tries_before);

  Uses uses_;
  std::function<bool(SenderStep)> probe_;
  base::Family<base::Counter>& tries_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  base::Notify wakeup_;
  std::vector<base::SubscriptionPtr> listening_;
  std::set<std::pair<std::int64_t, MeetingId>> under_way_;  ///< a webhook and a meeting
  std::map<std::int64_t, std::size_t> of_webhook_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> of_owner_;  ///< by tenant and person
  std::int64_t last_begun_ = 0;                                            ///< whose turn it was last
  bool died_ = false;                                                      ///< of a probe
};

}  // namespace troupe::meetings::hooks
