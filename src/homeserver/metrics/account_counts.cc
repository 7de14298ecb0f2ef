#include "homeserver/metrics/account_counts.h"

namespace troupe::homeserver::metrics {
namespace {

constexpr std::chrono::minutes kGoodFor{1};
constexpr std::int64_t kActiveMs = 30LL * 24 * 60 * 60 * 1000;
constexpr std::int64_t kMaxApps = 20;

}  // namespace

std::optional<AccountNumbers> AccountCounts::fresh() const {
  const base::Lock lock(mutex_);
  return last_ && clock_.steady() < last_at_ + kGoodFor ? last_ : std::nullopt;
}

Task<AccountNumbers> AccountCounts::read() {
  if (auto known = fresh()) co_return *std::move(known);
  const auto since = clock_.unix_ms() - kActiveMs;
  auto count = [since](store::Connection& connection) -> Result<AccountNumbers> {
    return AccountNumbers{.pushers = account_number_store::pushers_by_app(connection, kMaxApps),
                          .active = account_number_store::used_since(connection, since)};
  };
  CO_TRY(auto counted, co_await db_.read(count));
  const base::Lock lock(mutex_);
  last_ = counted;
  last_at_ = clock_.steady();
  co_return counted;
}

}  // namespace troupe::homeserver::metrics
