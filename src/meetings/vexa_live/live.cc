#include "meetings/vexa_live/live.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "meetings/vexa_live/socket.h"

namespace troupe::meetings::vexa_live {
namespace {

constexpr double kSecondsPerMinute = 60;
constexpr net::route::RateClass kUpgrades{kUpgradesPerMinute / kSecondsPerMinute, kUpgradesPerMinute};

net::route::RateLimits limits_of(bool enabled) {
  net::route::RateLimits limits;
  limits.enabled = enabled;
  return limits;
}

/// As gateways of Vexa say it.
net::http::Response too_many_upgrades(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  auto response = net::http::Response::json(
      boost::json::serialize(boost::json::object{{"detail", "Rate limit exceeded"}, {"retry_after", seconds}}), 429);
  response.headers.add("Retry-After", std::to_string(seconds));
  response.headers.add("X-RateLimit-Limit", std::to_string(static_cast<int>(kUpgradesPerMinute)));
  response.headers.add("X-RateLimit-Remaining", "0");
  return response;
}

}  // namespace

Live::Live(const Uses& uses) : uses_(uses), rates_(limits_of(uses.rate_limits), uses.clock) {}

bool Live::enter(const std::pair<std::int64_t, std::int64_t>& who) {
  const base::Lock lock(mutex_);
  auto& open = sockets_[who];
  if (open >= kMostSockets) return false;
  ++open;
  return true;
}

void Live::leave(const std::pair<std::int64_t, std::int64_t>& who) {
  const base::Lock lock(mutex_);
  if (--sockets_[who] == 0) sockets_.erase(who);
}

Task<net::http::Response> Live::open(const net::http::Request& request) {
  std::string key(request.headers.get("X-API-Key"));
  if (key.empty()) key = request.query_value("api_key").value_or("");
  const auto who = key.empty() ? "address " + std::string(net::route::rate_key_of_address(request.remote_address))
                               : "key " + base::hex(base::sha256(key));
  if (const auto wait = rates_.take(net::route::Rate::read, who, &kUpgrades)) co_return too_many_upgrades(*wait);
  auto response = net::http::Response::empty(101);
  response.websocket = [this, key = std::move(key), address = request.remote_address,
                        is_v1 = request.query_value("v") == "1"](net::http::WebSocket& socket) {
    return serve(*this, socket, key, address, is_v1);
  };
  co_return response;
}

asio::awaitable<void> serve(Live& live, net::http::WebSocket& peer, std::string key, std::string address, bool is_v1) {
  using asio::experimental::awaitable_operators::operator&&;
  Socket socket(live, peer, co_await asio::this_coro::executor,
                {.key = std::move(key), .address = std::move(address), .is_v1 = is_v1});
  if (!co_await socket.begin()) co_return;
  co_await (socket.read() && socket.write());
}

void add_live_route(net::route::Router& routes, Live& live, std::string listener, std::string_view prefix) {
  net::route::Route route;
  route.method = "GET";
  route.path = std::string(prefix) + "/ws";
  route.listener = std::move(listener);
  route.dialect = net::route::Dialect::detail;
  // Whoever has no key is accepted, too, and told so by a frame.
  route.needs = net::route::Access::open;
  route.rate = net::route::Rate::read;
  route.websocket = true;
  route.summary = "Follow meetings live, as Vexa's clients do";
  route.run = [&live](net::route::Call& call) { return live.open(call.request); };
  routes.add(std::move(route));
}

}  // namespace troupe::meetings::vexa_live
