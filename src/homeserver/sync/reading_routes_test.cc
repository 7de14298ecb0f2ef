// Every route of the Matrix listener that reads is known: what reads a room is asked for every past in past_test.cc.
// Every route for administrators has shapes.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "homeserver/whole_server_fixture.h"
#include "host/listeners.h"

namespace troupe::homeserver::sync {
namespace {

enum class Reads {
  room,  ///< a room's: asked in past_test.cc for every past
  own,   ///< the caller's own things, refused to everybody else
  open,  ///< nothing of a room that is not for everybody
};

/// All routes that read: GET, and POST of the rate class for reading. A new one is entered here, and if it reads a
/// room, Cell of past_test.cc asks it.
const std::map<std::string, Reads> kReading{
    {"GET /", Reads::open},
    {"GET /.well-known/matrix/client", Reads::open},
    {"GET /.well-known/matrix/support", Reads::open},
    {"GET /.well-known/openid-configuration", Reads::open},
    {"GET /_matrix/client/oauth/account", Reads::own},
    {"GET /_matrix/client/oauth/authorize", Reads::open},
    {"GET /_matrix/client/oauth/elsewhere", Reads::open},
    {"GET /_matrix/client/oauth/keys", Reads::open},
    {"GET /_matrix/client/oauth/link", Reads::open},
    {"GET /_matrix/client/oauth/sign_up", Reads::open},
    {"GET /_matrix/federation/v1/version", Reads::open},
    {"GET /_matrix/client/unstable/org.matrix.msc2965/auth_issuer", Reads::open},
    {"GET /_matrix/client/unstable/org.matrix.msc2965/auth_metadata", Reads::open},
    {"GET /_matrix/client/v1/auth_metadata", Reads::open},
    {"GET /_matrix/client/v1/admin/lock/{user_id}", Reads::own},
    {"GET /_matrix/client/v1/admin/suspend/{user_id}", Reads::own},
    {"GET /_matrix/client/v1/media/config", Reads::open},
    {"GET /_matrix/client/v1/media/download/{server}/{media_id}", Reads::open},
    {"GET /_matrix/client/v1/media/download/{server}/{media_id}/{file_name}", Reads::open},
    {"GET /_matrix/client/v1/media/preview_url", Reads::open},
    {"GET /_matrix/client/v1/media/thumbnail/{server}/{media_id}", Reads::open},
    {"GET /_matrix/client/v1/mutual_rooms", Reads::room},
    {"GET /_matrix/client/v1/register/m.login.registration_token/validity", Reads::open},
    {"GET /_matrix/client/v1/room_summary/{room_id_or_alias}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/hierarchy", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}/{rel_type}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/relations/{event_id}/{rel_type}/{event_type}", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/threads", Reads::room},
    {"GET /_matrix/client/v1/rooms/{room_id}/timestamp_to_event", Reads::room},
    {"GET /_matrix/client/unstable/im.nheko.summary/rooms/{room_id_or_alias}/summary", Reads::room},
    {"GET /_matrix/client/unstable/im.nheko.summary/summary/{room_id_or_alias}", Reads::room},
    {"GET /_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms", Reads::room},
    {"GET /_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device", Reads::own},
    {"GET /_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{device_id}/events", Reads::own},
    {"POST /_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{device_id}/events", Reads::own},
    {"GET /_matrix/client/unstable/org.matrix.msc4140/delayed_events", Reads::own},
    {"GET /_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delay_id}", Reads::own},
    {"GET /_matrix/client/unstable/org.matrix.msc4143/rtc/transports", Reads::open},
    {"GET /_matrix/client/v3/account/3pid", Reads::own},
    {"GET /_matrix/client/v3/account/whoami", Reads::own},
    {"GET /_matrix/client/v3/capabilities", Reads::own},
    {"GET /_matrix/client/v3/devices", Reads::own},
    {"GET /_matrix/client/v3/devices/{device_id}", Reads::own},
    {"GET /_matrix/client/v3/directory/list/room/{room_id}", Reads::room},
    {"GET /_matrix/client/v3/directory/room/{alias}", Reads::open},
    {"GET /_matrix/client/v3/events/{event_id}", Reads::room},
    {"GET /_matrix/client/v3/joined_rooms", Reads::room},
    {"GET /_matrix/client/v3/keys/changes", Reads::room},
    {"POST /_matrix/client/v3/keys/query", Reads::open},
    {"GET /_matrix/client/v3/auth/m.login.sso/fallback/web", Reads::open},
    {"GET /_matrix/client/v3/login", Reads::open},
    {"GET /_matrix/client/v3/login/sso/redirect", Reads::open},
    {"GET /_matrix/client/v3/login/sso/redirect/{idpId}", Reads::open},
    {"GET /_synapse/client/oidc/callback", Reads::own},
    {"GET /_synapse/client/pick_idp", Reads::open},
    {"GET /_synapse/client/sso/console/{idpId}", Reads::open},
    {"GET /_synapse/client/sso/continue", Reads::own},
    {"GET /_matrix/client/v3/notifications", Reads::room},
    {"GET /_matrix/client/v3/presence/{user_id}/status", Reads::room},
    {"GET /_matrix/client/v3/profile/{user_id}", Reads::open},
    {"GET /_matrix/client/v3/profile/{user_id}/{field}", Reads::open},
    {"GET /_matrix/client/v3/publicRooms", Reads::room},
    {"POST /_matrix/client/v3/publicRooms", Reads::open},
    {"GET /_matrix/client/v3/pushers", Reads::own},
    {"GET /_matrix/client/v3/pushrules", Reads::own},
    {"GET /_matrix/client/v3/pushrules/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}/actions", Reads::own},
    {"GET /_matrix/client/v3/pushrules/global/{kind}/{rule_id}/enabled", Reads::own},
    {"GET /_matrix/client/v3/register/available", Reads::open},
    {"GET /_matrix/client/v3/room_keys/keys", Reads::own},
    {"GET /_matrix/client/v3/room_keys/keys/{room_id}", Reads::own},
    {"GET /_matrix/client/v3/room_keys/keys/{room_id}/{session_id}", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version/", Reads::own},
    {"GET /_matrix/client/v3/room_keys/version/{version}", Reads::own},
    {"GET /_matrix/client/v3/rooms/{room_id}/aliases", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/context/{event_id}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/event/{event_id}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/initialSync", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/joined_members", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/members", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/messages", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}/", Reads::room},
    {"GET /_matrix/client/v3/rooms/{room_id}/state/{event_type}/{state_key}", Reads::room},
    {"POST /_matrix/client/v3/search", Reads::room},
    {"GET /_matrix/client/v3/sync", Reads::room},
    {"GET /_matrix/client/v3/thirdparty/location", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/location/{protocol}", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/protocol/{protocol}", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/protocols", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/user", Reads::open},
    {"GET /_matrix/client/v3/thirdparty/user/{protocol}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/account_data/{type}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/filter/{filter_id}", Reads::own},
    {"GET /_matrix/client/v3/user/{user_id}/rooms/{room_id}/account_data/{type}", Reads::room},
    {"GET /_matrix/client/v3/user/{user_id}/rooms/{room_id}/tags", Reads::room},
    {"POST /_matrix/client/v3/user_directory/search", Reads::open},
    {"GET /_matrix/client/v3/voip/turnServer", Reads::own},
    {"GET /_matrix/client/versions", Reads::open},
    {"GET /_matrix/federation/v1/openid/userinfo", Reads::open},
    {"GET /_matrix/media/v3/config", Reads::open},
    {"GET /_matrix/media/v3/download/{server}/{media_id}", Reads::open},
    {"GET /_matrix/media/v3/download/{server}/{media_id}/{file_name}", Reads::open},
    {"GET /_matrix/media/v3/preview_url", Reads::open},
    {"GET /_matrix/media/v3/thumbnail/{server}/{media_id}", Reads::open},
    {"GET /_matrix/client/v3/admin/whois/{user_id}", Reads::own},
    {"GET /_synapse/admin/v1/auth_providers/{provider}/users/{external_id}", Reads::own},
    {"GET /_synapse/admin/v1/background_updates/enabled", Reads::own},
    {"GET /_synapse/admin/v1/background_updates/status", Reads::own},
    {"GET /_synapse/admin/v1/event_reports", Reads::own},
    {"GET /_synapse/admin/v1/experimental_features/{user_id}", Reads::own},
    {"GET /_synapse/admin/v1/federation/destinations", Reads::own},
    {"GET /_synapse/admin/v1/federation/destinations/{destination}", Reads::own},
    {"GET /_synapse/admin/v1/federation/destinations/{destination}/rooms", Reads::own},
    {"GET /_synapse/admin/v1/scheduled_tasks", Reads::own},
    {"GET /_synapse/admin/v1/event_reports/{report_id}", Reads::own},
    {"GET /_synapse/admin/v1/fetch_event/{event_id}", Reads::own},
    {"GET /_synapse/admin/v1/user/redact_status/{redact_id}", Reads::own},
    {"GET /_synapse/admin/v1/media/quarantine_changes", Reads::own},
    {"GET /_synapse/admin/v1/media/{server}/{media_id}", Reads::own},
    {"GET /_synapse/admin/v1/purge_history_status/{purge_id}", Reads::own},
    {"GET /_synapse/admin/v1/register", Reads::own},
    {"GET /_synapse/admin/v1/registration_tokens", Reads::own},
    {"GET /_synapse/admin/v1/registration_tokens/{token}", Reads::own},
    {"GET /_synapse/admin/v1/room/{room_id}/media", Reads::own},
    {"GET /_synapse/admin/v1/room_reports", Reads::own},
    {"GET /_synapse/admin/v1/room_reports/{report_id}", Reads::own},
    {"GET /_synapse/admin/v1/rooms", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/block", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/context/{event_id}", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/forward_extremities", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/members", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/messages", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/state", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/hierarchy", Reads::own},
    {"GET /_synapse/admin/v1/rooms/{room_id}/timestamp_to_event", Reads::own},
    {"GET /_synapse/admin/v1/server_version", Reads::open},
    {"GET /_synapse/admin/v1/statistics/database/rooms", Reads::own},
    {"GET /_synapse/admin/v1/statistics/users/media", Reads::own},
    {"GET /_synapse/admin/v1/threepid/{medium}/users/{address}", Reads::own},
    {"GET /_synapse/admin/v1/user_reports", Reads::own},
    {"GET /_synapse/admin/v1/user_reports/{report_id}", Reads::own},
    {"GET /_synapse/admin/v1/username_available", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/accountdata", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/admin", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/cumulative_joined_room_count", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/joined_rooms", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/media", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/memberships", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/override_ratelimit", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/pushers", Reads::own},
    {"GET /_synapse/admin/v1/users/{user_id}/sent_invite_count", Reads::own},
    {"GET /_synapse/admin/v1/whois/{user_id}", Reads::own},
    {"GET /_synapse/admin/v2/rooms/delete_status/{delete_id}", Reads::own},
    {"GET /_synapse/admin/v2/rooms/{room_id}/delete_status", Reads::own},
    {"GET /_synapse/admin/v2/users", Reads::own},
    {"GET /_synapse/admin/v2/users/{user_id}", Reads::own},
    {"GET /_synapse/admin/v2/users/{user_id}/devices", Reads::own},
    {"GET /_synapse/admin/v2/users/{user_id}/devices/{device_id}", Reads::own},
    {"GET /_synapse/admin/v3/users", Reads::own},
    {"GET /_matrix/push/v1/notify", Reads::open},
    {"GET /_synapse/metrics", Reads::own},
    {"GET /health", Reads::open},
};

bool reads(const net::route::Route& route) {
  return route.listener == host::kMatrixListener &&
         (route.method == "GET" ||
          (route.method == "POST" && (route.rate == net::route::Rate::read || route.rate == net::route::Rate::search)));
}

TEST(ReadingRoutesTest, EveryOneIsKnown) {
  WholeServer server;
  auto gone = kReading;
  for (const auto& route : server.router.routes()) {
    if (!reads(route)) continue;
    const auto name = route.method + " " + route.path;
    if (!kReading.contains(name))
      ADD_FAILURE() << name << ": classify it in kReading; a room's is asked in Cell for every past";
    gone.erase(name);
  }
  for (const auto& [name, what] : gone) ADD_FAILURE() << name << " is no route any more";
}

TEST(AdministratorsRoutesTest, NobodyElseComesIn) {
  WholeServer server;
  const auto anna = server.person("anna");
  const std::set<std::string> open{"GET /_synapse/admin/v1/register", "POST /_synapse/admin/v1/register",
                                   "GET /_synapse/admin/v1/server_version"};
  int seen = 0;
  for (const auto& route : server.router.routes()) {
    const auto name = route.method + " " + route.path;
    const bool is_administrators = route.path.starts_with("/_synapse/admin/") || route.path.contains("/v1/admin/");
    if (route.listener != host::kMatrixListener || (route.needs != net::route::Access::admin && !is_administrators))
      continue;
    if (open.contains(name)) continue;
    ++seen;
    EXPECT_EQ(route.needs, net::route::Access::admin) << name;
    auto path = route.path;
    for (auto from = path.find('{'); from != path.npos; from = path.find('{'))
      path.replace(from, path.find('}') - from + 1, "@anna:example.org");
    const auto body = route.method == "GET" ? matrix::Json() : matrix::Json(matrix::JsonObject());
    EXPECT_EQ(server.call({}, route.method, path, body).status, 401) << name;
    const auto refused = server.call(anna, route.method, path, body);
    EXPECT_EQ(refused.status, 403) << name;
    EXPECT_EQ(refused.string_at("/errcode"), "M_FORBIDDEN") << name;
  }
  EXPECT_GE(seen, 50);
}

TEST(AdministratorsRoutesTest, EveryOneHasShapes) {
  WholeServer server;
  int seen = 0;
  for (const auto& route : server.router.routes()) {
    if (route.listener != host::kMatrixListener || route.needs != net::route::Access::admin) continue;
    ++seen;
    const auto name = route.method + " " + route.path;
    EXPECT_FALSE(route.reply_schema.empty()) << name;
    EXPECT_EQ(route.body == net::route::Body::none, route.body_schema.empty()) << name;
  }
  EXPECT_GE(seen, 2);
}

}  // namespace
}  // namespace troupe::homeserver::sync
