// SQL for numbers about accounts on the metrics page. Throws store::SqlError only.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "store/connection.h"

namespace troupe::homeserver::metrics {

struct PushersOfApp {
  std::string app_id;
  std::int64_t count = 0;
};

namespace account_number_store {

/// The apps with the most pushers, at most `limit`.
std::vector<PushersOfApp> pushers_by_app(store::Connection&, std::int64_t limit);
/// Accounts that one of their devices was used for since then.
std::int64_t used_since(store::Connection&, std::int64_t since_ms);

}  // namespace account_number_store
}  // namespace troupe::homeserver::metrics
