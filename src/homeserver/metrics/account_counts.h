// Numbers about accounts for the metrics page.
#pragma once
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/metrics/account_number_store.h"
#include "store/database.h"

namespace troupe::homeserver::metrics {

struct AccountNumbers {
  std::vector<PushersOfApp> pushers;  ///< of the apps with the most
  std::int64_t active = 0;            ///< accounts that were used within 30 days
};

/// One per server; callable from any thread. However often somebody scrapes, it counts once a minute.
class AccountCounts {
 public:
  AccountCounts(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}
  /// Error: unavailable, where the database is.
  Task<AccountNumbers> read();

 private:
  std::optional<AccountNumbers> fresh() const;

  store::Database& db_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::optional<AccountNumbers> last_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point last_at_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::metrics
