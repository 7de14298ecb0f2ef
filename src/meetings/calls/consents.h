// How long it is kept that somebody declines to be heard.
#pragma once
#include "base/clock.h"
#include "matrix/accounts.h"
#include "meetings/records/call_store.h"

namespace troupe::meetings::calls {

/// One per program; callable from any thread.
class Consents {
 public:
  /// After its room had no meeting for so long a word is not kept.
  static constexpr std::int64_t kKeepDays = 365;
  static constexpr std::int64_t kAtOnce = 200;

  struct Uses {
    store::Database& db;
    matrix::Accounts& accounts;
    const base::Clock& clock;  ///< that no jump of the wall clock moves ahead
  };
  explicit Consents(const Uses& uses) : uses_(uses) {}

  /// Forgets what was long needed by no meeting, and all of people of this server whose accounts are closed. From a
  /// job.
  Task<Unit> forget();

 private:
  /// Whether nobody can come into a call with this account any more.
  Task<bool> is_closed(std::string user_id) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
