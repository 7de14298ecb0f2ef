#include "remote/appservice_routes.h"

#include "base/crypto.h"
#include "host/listeners.h"
#include "matrix/ids.h"
#include "remote/incoming.h"
#include "remote/options.h"

namespace troupe::remote {
namespace {

constexpr std::size_t kMaxTransactionBytes = 32 * 1024 * 1024;
constexpr std::size_t kMaxEvents = 1'000;
constexpr std::size_t kMaxTxnIdBytes = 255;

struct Appservice {
  store::Database& db;
  const base::Clock& clock;
  base::Counter& events;
  EphemeralObservers& observers;
};

/// What is ephemeral in a transaction: #pushing-ephemeral-data, or under the name it had before (Synapse sends both).
std::vector<matrix::Edu> ephemeral_of(const matrix::JsonObject& body) {
  for (const auto name : {"ephemeral", "de.sorunome.msc2409.ephemeral"}) {
    if (const auto* list = matrix::find_array(body, name)) return read_ephemeral(*list);
  }
  return {};
}

Task<net::http::Response> transaction(Appservice& service, net::route::Call& call) {
  const auto txn_id = call.param("txn_id");
  if (txn_id.size() > kMaxTxnIdBytes) co_return Error(Errc::invalid_param, "The transaction id is too long.");
  const auto* list = matrix::find_array(call.body.as_object(), "events");
  if (!list) co_return Error(Errc::bad_json, "The transaction has no array `events`.");
  if (list->size() > kMaxEvents) co_return Error(Errc::too_large, "A transaction may hold 1,000 events.");
  std::vector<Incoming> events;
  for (const auto& value : *list) {
    if (!value.is_object()) continue;
    if (auto event = read_event(value.get_object(), {})) events.push_back(*std::move(event));
  }
  auto write = [&, now = service.clock.unix_ms()](store::Tx& tx) -> Result<bool> {
    if (!insert_transaction(tx, txn_id, now)) return false;
    insert_events(tx, events, now);
    return true;
  };
  // What is only ephemeral costs no commit; come again, it is told again.
  bool fresh = true;
  if (!events.empty()) {
    CO_TRY(fresh, co_await service.db.write(write));
    if (fresh) service.events.add(static_cast<std::int64_t>(events.size()));
  }
  if (fresh && !service.observers.empty()) {
    for (const auto& edu : ephemeral_of(call.body.as_object())) service.observers.tell(edu);
  }
  co_return net::http::Response::json("{}");
}

/// The homeserver asks whether an unknown account of our namespace should exist: bots are made beforehand.
Task<net::http::Response> exists(Appservice& service, net::route::Call& call) {
  const auto user_id = call.param("user_id");
  auto look = [&](store::Connection& c) -> Result<bool> { return find_account(c, user_id).has_value(); };
  CO_TRY(auto known, co_await service.db.read(look));
  if (known) co_return net::http::Response::json("{}");
  co_return Error(Errc::not_found, "There is no such account.");
}

Task<net::http::Response> no_alias(Appservice&, net::route::Call&) {
  co_return Error(Errc::not_found, "This application service makes no rooms on demand.");
}

Task<net::http::Response> ping(Appservice&, net::route::Call&) { co_return net::http::Response::json("{}"); }

}  // namespace

Task<std::optional<net::route::Caller>> HomeserverToken::admit(const net::http::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  auto shown = request.headers.get("Authorization");
  if (shown.starts_with(kBearer)) {
    shown.remove_prefix(kBearer.size());
  } else {
    shown = request.query_value("access_token").value_or("");  // COMPAT: Matrix 1.3 and older send it so
  }
  if (shown.empty()) co_return std::nullopt;
  if (hs_token_.empty() || !base::constant_time_equal(shown, hs_token_)) {
    co_return Error(Errc::forbidden, "The token is not the hs_token of this application service.");
  }
  net::route::Caller caller;
  caller.kind = net::route::CallerKind::server;
  caller.server = server_name_;
  co_return caller;
}

void add_appservice_routes(net::route::Router& router, store::Database& db, const base::Clock& clock,
                           base::MetricRegistry& metrics, EphemeralObservers& observers) {
  auto service = std::make_shared<Appservice>(
      db, clock,
      metrics.counter("troupe_remote_events_total", "Events that came from the other homeserver.", {"by"})
          .with({"transaction"}),
      observers);
  const auto add = [&](std::string method, std::string path, auto handler) {
    net::route::Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.listener = host::kMatrixListener;
    route.dialect = net::route::Dialect::matrix;
    route.needs = net::route::Access::user;
    route.scheme = kHomeserverScheme;
    route.rate = net::route::Rate::none;
    route.run = [service, handler](net::route::Call& call) { return handler(*service, call); };
    if (route.method != "GET") {
      route.body = net::route::Body::json_object;
      route.max_body_bytes = kMaxTransactionBytes;
    }
    router.add(std::move(route));
  };
  add("PUT", "/_matrix/app/v1/transactions/{txn_id}", transaction);
  add("GET", "/_matrix/app/v1/users/{user_id}", exists);
  add("GET", "/_matrix/app/v1/rooms/{alias}", no_alias);
  add("POST", "/_matrix/app/v1/ping", ping);
}

}  // namespace troupe::remote
