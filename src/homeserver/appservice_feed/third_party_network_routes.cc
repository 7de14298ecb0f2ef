// Third-party networks: what bridges say of theirs (Client-Server API #third-party-networks).
#include <algorithm>

#include "base/encoding.h"
#include "homeserver/appservice_feed/appservice_routes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::appservice_feed {
namespace {

constexpr std::size_t kMaxAnswers = 1'000;  ///< of all services together
constexpr std::size_t kMaxQueryBytes = 4'096;
constexpr std::size_t kMaxAsked = 16;  ///< services, for one request
constexpr std::chrono::seconds kAnswerIsKept{60};
constexpr std::chrono::seconds kFailureIsKept{10};

using Bridges = std::vector<const appservice::Service*>;

/// Those that offer the protocol; empty: any protocol.
Bridges bridges_of(const AppserviceApi& api, std::string_view protocol) {
  Bridges found;
  for (const auto& service : api.services.all()) {
    const auto& protocols = service->registration().protocols;
    const bool offers = protocol.empty() ? !protocols.empty() : std::ranges::count(protocols, protocol) > 0;
    if (service->listens() && offers && found.size() < kMaxAsked) found.push_back(service.get());
  }
  return found;
}

Error no_such_protocol() { return Error(Errc::not_found, "No bridge on this server offers this protocol."); }

using Answers = SharedLookups<std::string>;

asio::awaitable<Answers::Outcome> ask_now(appservice::ServiceClient& client, const appservice::Service& service,
                                          std::string path) {
  const auto answer = co_await client.third_party(service, std::move(path));
  const bool there = answer && answer->status == 200 && matrix::parse_json(answer->body);
  const bool absent = answer && answer->status >= 400 && answer->status < 500;
  auto text = there ? answer->body : std::string();
  const auto bytes = text.size();
  co_return Answers::Outcome{
      .answer = std::move(text), .life = there || absent ? kAnswerIsKept : kFailureIsKept, .bytes = bytes};
}

/// What a service answers; nothing when it has no answer just now. It does not depend on who asks.
Task<matrix::Json> ask(AppserviceApi& api, std::string asker, const appservice::Service& service, std::string path) {
  auto question = [&client = api.client, &service, path] { return ask_now(client, service, path); };
  CO_TRY(const auto text, co_await api.answers.find(std::move(asker), service.id() + " " + path, question));
  if (text.empty()) co_return matrix::Json();
  co_return matrix::parse_json(text);
}

/// By this id clients ask for the service's room directory of the network (POST /publicRooms).
void name_instances(matrix::JsonObject& protocol, const appservice::Service& service) {
  auto* instances = protocol["instances"].if_array();
  if (!instances) return;
  for (auto& entry : *instances) {
    auto* instance = entry.if_object();
    const auto network = instance ? matrix::find_string(*instance, "network_id") : std::nullopt;
    if (network) (*instance)["instance_id"] = service.id() + "|" + std::string(*network);
  }
}

/// One protocol as all bridges have it: the first one's facts, everybody's instances.
Task<matrix::JsonObject> read_protocol(AppserviceApi& api, std::string asker, std::string protocol) {
  matrix::JsonObject merged;
  for (const auto* service : bridges_of(api, protocol)) {
    CO_TRY(auto answer, co_await ask(api, asker, *service, "/protocol/" + base::percent_encode(protocol)));
    auto* object = answer.if_object();
    if (!object) continue;
    name_instances(*object, *service);
    if (merged.empty()) {
      merged = std::move(*object);
      continue;
    }
    auto* all = merged["instances"].if_array();
    const auto* more = matrix::find_array(*object, "instances");
    if (!all || !more) continue;
    for (const auto& instance : *more)
      if (all->size() < kMaxAnswers) all->push_back(instance);
  }
  co_return merged;
}

Task<net::http::Response> get_protocols(AppserviceApi& api, net::route::Call& call) {
  std::vector<std::string> names;
  for (const auto* service : bridges_of(api, {}))
    for (const auto& name : service->registration().protocols)
      if (std::ranges::count(names, name) == 0 && names.size() < kMaxAsked) names.push_back(name);
  matrix::JsonObject all;
  for (const auto& name : names) {
    CO_TRY(auto protocol, co_await read_protocol(api, call.caller->user_id, name));
    if (!protocol.empty()) all[name] = std::move(protocol);
  }
  co_return json_response(all);
}

Task<net::http::Response> get_protocol(AppserviceApi& api, net::route::Call& call) {
  CO_TRY(auto protocol, co_await read_protocol(api, call.caller->user_id, call.param("protocol")));
  if (protocol.empty()) co_return no_such_protocol();
  co_return json_response(protocol);
}

/// The client's own fields; never its token.
std::string query_of(const net::http::Request& request) {
  std::string text;
  for (const auto& [name, value] : request.query) {
    if (name == "access_token" || name == "user_id" || name == "device_id") continue;
    text += text.empty() ? '?' : '&';
    text += base::percent_encode(name) + '=' + base::percent_encode(value);
  }
  return text;
}

/// What all bridges find: users or locations, of one protocol or by their Matrix names.
Task<net::http::Response> search(AppserviceApi& api, net::route::Call& call, std::string what) {
  const auto protocol = find_param(call, "protocol");
  const auto bridges = bridges_of(api, protocol.value_or(""));
  if (protocol && bridges.empty()) co_return no_such_protocol();
  const auto query = query_of(call.request);
  if (query.size() > kMaxQueryBytes) co_return Error(Errc::invalid_param, "The fields are too long.");
  if (!protocol && query.empty() && !bridges.empty())
    co_return Error(Errc::missing_param, what == "user" ? "userid is missing." : "alias is missing.");
  matrix::JsonArray all;
  const auto path = "/" + what + (protocol ? "/" + base::percent_encode(*protocol) : "") + query;
  for (const auto* service : bridges) {
    CO_TRY(const auto answer, co_await ask(api, call.caller->user_id, *service, path));
    const auto* found = answer.if_array();
    if (!found) continue;
    for (const auto& entry : *found)
      if (entry.is_object() && all.size() < kMaxAnswers) all.push_back(entry);
  }
  co_return net::http::Response::json(boost::json::serialize(all));
}

Task<net::http::Response> get_users(AppserviceApi& api, net::route::Call& call) { return search(api, call, "user"); }
Task<net::http::Response> get_locations(AppserviceApi& api, net::route::Call& call) {
  return search(api, call, "location");
}

}  // namespace

void add_third_party_routes(net::route::Router& router, AppserviceApi& api) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/thirdparty", .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/protocols", .run = api::bind(get_protocols, api)});
  group.add({.method = "GET", .path = "/protocol/{protocol}", .run = api::bind(get_protocol, api)});
  group.add({.method = "GET", .path = "/location", .run = api::bind(get_locations, api)});
  group.add({.method = "GET", .path = "/location/{protocol}", .run = api::bind(get_locations, api)});
  group.add({.method = "GET", .path = "/user", .run = api::bind(get_users, api)});
  group.add({.method = "GET", .path = "/user/{protocol}", .run = api::bind(get_users, api)});
}

}  // namespace troupe::homeserver::appservice_feed
