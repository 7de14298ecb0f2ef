#include "homeserver/metrics/account_number_store.h"

#include "store/words.h"

namespace troupe::homeserver::metrics::account_number_store {
namespace {

using namespace store::words;

constexpr auto kPushersOf =
    store::columns(column("app_id", &PushersOfApp::app_id), computed("COUNT(*)", &PushersOfApp::count));
constexpr auto kByApp =
    sql("SELECT ", kPushersOf, " FROM hs_pusher GROUP BY app_id ORDER BY COUNT(*) DESC, app_id LIMIT ?1");

}  // namespace

std::vector<PushersOfApp> pushers_by_app(store::Connection& connection, std::int64_t limit) {
  return store::all(connection.query(kByApp, limit), kPushersOf);
}

std::int64_t used_since(store::Connection& connection, std::int64_t since_ms) {
  return store::number(
      connection.query("SELECT COUNT(DISTINCT user_id) FROM hs_device WHERE last_seen_ms >= ?1", since_ms));
}

}  // namespace troupe::homeserver::metrics::account_number_store
