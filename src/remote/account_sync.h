// Account mode: one /sync loop for each of our accounts carries what happens there into the feed.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <set>

#include "base/async.h"
#include "base/metrics.h"
#include "remote/ephemeral.h"
#include "remote/incoming.h"
#include "remote/tokens.h"

namespace troupe::remote {

/// All calls on the executor given, which must run on one thread. An answer of /sync and the token after it are stored
/// in one commit, so that a kill repeats the request and the events are there once (by their id).
class AccountSync {
 public:
  struct Parts {
    MatrixApi& api;
    Tokens& tokens;
    store::Database& db;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
    EphemeralObservers& observers;
    asio::any_io_executor home;
  };
  explicit AccountSync(Parts parts);

  /// Begins with all accounts that are stored with `syncs`.
  Task<Unit> start();
  /// Begins with an account that was made just now. Idempotent.
  void add(std::string user_id);
  /// Ends all loops.
  asio::awaitable<void> stop();
  /// Accounts whose /sync fails at the moment.
  std::size_t failing() const { return failing_.size(); }

 private:
  asio::awaitable<void> follow(std::string user_id);
  /// One request; yields whether there was something new.
  Task<Unit> step(const std::string& user_id);
  /// What happened in a gap, oldest first, as far back as the last known event or the limit.
  Task<std::vector<Incoming>> fill(const Acting& acting, Gap gap);

  Parts parts_;
  base::TaskGroup tasks_;
  base::StopSource stop_;
  std::set<std::string> followed_;
  std::set<std::string> failing_;
  std::list<asio::cancellation_signal> signals_;  ///< one a loop: ends its long poll
  base::Counter& events_total_;
};

}  // namespace troupe::remote
