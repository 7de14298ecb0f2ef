// GET /pushers and POST /pushers/set: clients say where their notifications should go.
#include <boost/url/parse.hpp>

#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/account_data/pusher_store.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/accounts/mail_pusher_store.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/mail_address.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::account_data {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxAppIdBytes = 64;
constexpr std::size_t kMaxPushkeyBytes = 512;
constexpr std::size_t kMaxTextBytes = 512;
constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxPushers = 50;
/// A session turns another's pushes off and on (MSC3881).
constexpr std::string_view kEnabled = "org.matrix.msc3881.enabled";
constexpr std::string_view kDevice = "org.matrix.msc3881.device_id";

Task<net::http::Response> get_pushers(PusherApi& api, net::route::Call& call) {
  auto look = [&](store::Connection& connection) -> Result<std::vector<PusherRow>> {
    return pusher_store::pushers(connection, call.caller->user_id);
  };
  CO_TRY(auto rows, co_await api.db.read(look));
  JsonArray pushers;
  for (const auto& row : rows) {
    CO_TRY(auto shown, matrix::parse_json(row.json));
    if (auto* pusher = shown.if_object()) {
      pusher->emplace(kEnabled, true);
      if (!row.device_id.empty()) pusher->emplace(kDevice, row.device_id);
    }
    pushers.push_back(std::move(shown));
  }
  co_return json_response({{"pushers", std::move(pushers)}});
}

/// The address of a push gateway: http(s) and the one path that the Push Gateway API knows.
Result<Unit> check_gateway(const JsonObject& data) {
  TRY(auto text, net::route::required_string(data, "url", kMaxUrlBytes));
  const auto url = boost::urls::parse_uri(text);
  const bool fits = url && (url->scheme() == "https" || url->scheme() == "http") && !url->host().empty() &&
                    url->path() == "/_matrix/push/v1/notify" && !url->has_userinfo() && !url->has_query() &&
                    !url->has_fragment() && (!url->has_port() || url->port_number() != 0);
  if (fits) return Unit{};
  return Error(Errc::invalid_param, "data.url must be a web address that ends with /_matrix/push/v1/notify.");
}

/// What is kept and shown again: the members of the specification, and that it is turned off.
Result<JsonObject> shown_form(const JsonObject& body) {
  JsonObject shown;
  for (const auto* key : {"app_id", "pushkey", "kind", "app_display_name", "device_display_name", "lang"}) {
    TRY(auto text, net::route::required_string(body, key, kMaxTextBytes));
    shown[key] = text;
  }
  TRY(auto profile_tag, net::route::optional_string(body, "profile_tag", kMaxAppIdBytes));
  if (profile_tag) shown["profile_tag"] = *std::move(profile_tag);
  TRY(const bool enabled, net::route::optional_bool(body, kEnabled, true));
  if (!enabled) shown[kEnabled] = false;
  return shown;
}

/// To a push gateway.
Result<std::string> gateway_form(const JsonObject& body) {
  TRY(auto shown, shown_form(body));
  const auto* data = matrix::find_object(body, "data");
  if (!data) return Error(Errc::missing_param, "data must be an object.");
  TRY(check_gateway(*data));
  shown["data"] = *data;
  return boost::json::serialize(shown);
}

/// By mail, which needs no data.
Result<std::string> mail_form(const JsonObject& body, const std::string& address) {
  TRY(auto shown, shown_form(body));
  const auto* data = matrix::find_object(body, "data");
  shown["pushkey"] = address;
  shown["data"] = data ? *data : JsonObject();
  return boost::json::serialize(shown);
}

Error no_such_address() {
  return Error(Errc::invalid_param, "Your account has no such e-mail address.").with_wire_code("M_THREEPID_NOT_FOUND");
}

Error too_many_pushers() { return Error(Errc::invalid_param, "You have 50 pushers already: remove some."); }

/// The one that this one takes the place of.
const PusherRow* replaced_by(const std::vector<PusherRow>& present, const PusherRow& row) {
  const auto same = [&](const PusherRow& other) { return other.app_id == row.app_id && other.pushkey == row.pushkey; };
  const auto found = std::ranges::find_if(present, same);
  return found == present.end() ? nullptr : &*found;
}

/// Whether one more has room beside those that are there, or takes the place of one.
bool has_room(const std::vector<PusherRow>& present, const PusherRow& row) {
  return present.size() < kMaxPushers || replaced_by(present, row);
}

/// Mails about missed messages, to an address of one's own. They are the account's, not the device's: they go on when
/// it signs out.
Task<net::http::Response> post_mail_pusher(PusherApi& api, const JsonObject& body, PusherRow row) {
  if (!sends_missed_mails(api.settings))
    co_return Error(Errc::invalid_param, "This server sends no mails about messages.");
  if (row.app_id != kMailAppId) co_return Error(Errc::invalid_param, "app_id must be m.email.");
  CO_TRY(row.json, mail_form(body, row.pushkey));
  row.device_id.clear();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto owner = accounts::identifier_store::user_of_third_party_id(tx, "email", row.pushkey);
    if (owner != row.user_id) return no_such_address();
    if (!has_room(pusher_store::pushers(tx, row.user_id), row)) return too_many_pushers();
    pusher_store::put(tx, row);
    return Unit{};
  };
  CO_TRY(co_await api.db.write(write, {.lane = store::Lane::receipts}));
  co_return json_response({});
}

Task<net::http::Response> post_pusher(PusherApi& api, net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  PusherRow row;
  row.user_id = call.caller->user_id;
  row.device_id = call.caller->device_id;
  row.made_ms = api.clock.unix_ms();
  CO_TRY(const bool enabled, net::route::optional_bool(body, kEnabled, true));
  row.paused = !enabled;
  CO_TRY(row.app_id, net::route::required_string(body, "app_id", kMaxAppIdBytes));
  CO_TRY(row.pushkey, net::route::required_string(body, "pushkey", kMaxPushkeyBytes));
  if (row.app_id == kMailAppId) row.pushkey = canonical_mail_address(row.pushkey).value_or(row.pushkey);
  const auto* kind = matrix::find(body, "kind");
  if (!kind) co_return Error(Errc::missing_param, "kind is missing.");
  if (kind->is_null()) {
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      pusher_store::remove(tx, row.user_id, row.app_id, row.pushkey);
      if (row.app_id == kMailAppId) accounts::mail_pusher_store::end(tx, row.user_id, row.pushkey);
      return Unit{};
    };
    CO_TRY(co_await api.db.write(remove, {.lane = store::Lane::receipts}));
    co_return json_response({});
  }
  if (kind->is_string() && kind->get_string() == "email")
    co_return co_await post_mail_pusher(api, body, std::move(row));
  if (!kind->is_string() || kind->get_string() != "http")
    co_return Error(Errc::invalid_param, "kind must be http, email or null.");
  if (row.app_id == kMailAppId) co_return Error(Errc::invalid_param, "The app_id m.email is for mails.");
  CO_TRY(const bool append, net::route::optional_bool(body, "append", false));
  CO_TRY(row.json, gateway_form(body));
  CO_TRY(const auto device, net::route::optional_string(body, kDevice, kMaxTextBytes));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto present = pusher_store::pushers(tx, row.user_id);
    if (!has_room(present, row)) return too_many_pushers();
    // Whoever turns another session's pusher off or on does not take it over.
    if (const auto* before = replaced_by(present, row); before && device == before->device_id)
      row.device_id = before->device_id;
    if (!append) pusher_store::remove_of_others(tx, row);
    pusher_store::put(tx, row);
    return Unit{};
  };
  CO_TRY(co_await api.db.write(write, {.lane = store::Lane::receipts}));
  co_return json_response({});
}

}  // namespace

void add_pusher_routes(net::route::Router& router, PusherApi& api) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/pushers", .needs = net::route::Access::user});
  group.add({.method = "GET", .run = api::bind(get_pushers, api)});
  group.add({.method = "POST",
             .path = "/set",
             .takes = net::route::Body::json_required,
             .max_body_bytes = 32UL * 1024,
             .run = api::bind(post_pusher, api)});
}

}  // namespace troupe::homeserver::account_data
