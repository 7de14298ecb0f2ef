#include "meetings/whisper/whisper_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace troupe::meetings::whisper {
namespace {

namespace json = boost::json;
using net::http::Response;
using net::route::Call;

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kLongestToken = 512;

std::string token_of(const net::http::Request& request) {
  const auto header = request.headers.get("authorization");
  std::string token;
  if (header.size() > kBearer.size() && net::http::equals_ignoring_case(header.substr(0, kBearer.size()), kBearer)) {
    token = header.substr(kBearer.size());
  } else if (const auto given = request.query_value("token")) {
    token = *given;
  }
  return token.size() <= kLongestToken ? token : std::string();
}

net::route::Route socket_route(std::string path, Front& front) {
  net::route::Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.needs = net::route::Access::open;
  route.rate = net::route::Rate::none;
  route.max_body_bytes = front.limits().frame_bytes;
  route.websocket = true;
  route.summary = "A meeting's bot speaks WhisperLive; its token is the credential";
  route.run = [&front](Call& call) -> Task<Response> {
    Response response;
    response.websocket = [&front, token = token_of(call.request), from = call.request.remote_address](
                             net::http::WebSocket& bot) { return front.serve(bot, token, from); };
    co_return response;
  };
  return route;
}

net::route::Route plain_route(std::string path, std::string summary, net::route::Handler run) {
  net::route::Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.listener = kWhisperListener;
  route.needs = net::route::Access::open;
  route.rate = net::route::Rate::none;
  route.summary = std::move(summary);
  route.run = std::move(run);
  return route;
}

}  // namespace

net::route::Listener whisper_listener() {
  return {.name = std::string(kWhisperListener), .dialect = net::route::Dialect::detail};
}

void add_platform_route(net::route::Router& router, Front& front) {
  auto route = socket_route(std::string(kWhisperPath), front);
  route.dialect = net::route::Dialect::detail;
  router.add(std::move(route));
}

void add_whisper_routes(net::route::Router& router, Front& front, const Upstream& upstream, const base::Clock& clock) {
  for (const auto* path : {"/", "/{rest*}"}) {
    auto route = socket_route(path, front);
    route.listener = kWhisperListener;
    route.dialect = net::route::Dialect::detail;
    router.add(std::move(route));
  }
  router.add(plain_route("/health", "Whether another bot can be heard", [&front, &upstream](Call&) -> Task<Response> {
    if (front.is_full()) co_return Response::text("FULL", 503);
    if (upstream.trouble()) co_return Response::text("UNAVAILABLE", 503);
    co_return Response::text("OK");
  }));
  router.add(plain_route(
      "/metrics", "What Vexa's servers say of themselves", [&front, &upstream, &clock](Call&) -> Task<Response> {
        const auto sessions = front.counts().sessions.load();
        const auto most = static_cast<std::int64_t>(front.limits().sessions);
        co_return Response::json(json::serialize(
            json::object{{"current_sessions", sessions},
                         {"max_clients", most},
                         {"load_percentage", static_cast<double>(sessions) * 100 / static_cast<double>(most)},
                         {"server_healthy", !front.is_full() && !upstream.trouble()},
                         {"redis_healthy", true},  // there is none that could be ill
                         {"server_id", "troupe"},
                         {"active_uid_count", sessions},
                         {"active_token_count", static_cast<std::int64_t>(front.meetings())},
                         {"active_token_hashes", json::array()},  // nobody is told who is heard
                         {"timestamp", static_cast<double>(clock.unix_ms()) / 1'000}}));
      }));
}

}  // namespace troupe::meetings::whisper
