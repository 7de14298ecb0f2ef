// What the server says that it can do.
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/common/settings.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver {
namespace {

constexpr auto kVersions = "/_matrix/client/versions";
constexpr auto kCapabilities = "/_matrix/client/v3/capabilities";

/// The body of GET at a path outside of /_matrix.
std::string fetch(WholeServer& server, std::string_view path) {
  net::http::Request request;
  request.method = "GET";
  request.remote_address = "192.0.2.7";
  EXPECT_TRUE(request.set_target(path).has_value());
  return server.wait(server.router.dispatch(host::kMatrixListener, request)).body;
}

class ServerInfoTest : public accounts::AccountFixture {};

TEST_F(ServerInfoTest, WhatAFolderOffersIsShown) {
  offers_.unstable_features.emplace_back("org.example.planted");
  offers_.capabilities["org.example.for_all"] = {{"enabled", true}};
  offers_.admin_capabilities["org.example.for_admins"] = {{"enabled", true}};
  offers_.login_flows.push_back({{"type", "org.example.flow"}});
  EXPECT_EQ(call("GET", kVersions).json.at("unstable_features").at("org.example.planted"), true);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/login").body,
            R"({"flows":[{"type":"m.login.password"},{"type":"m.login.token","get_login_token":true},)"
            R"({"type":"org.example.flow"}]})");
  const auto member = call("GET", kCapabilities, {}, signed_in("anna")).json.at("capabilities").as_object();
  EXPECT_TRUE(member.contains("org.example.for_all"));
  EXPECT_FALSE(member.contains("org.example.for_admins"));
  EXPECT_FALSE(member.contains("m.account_moderation"));
  make_account("rosa", "secret", true);
  const auto admin =
      call("GET", kCapabilities, {}, login("rosa").text("access_token")).json.at("capabilities").as_object();
  EXPECT_TRUE(admin.contains("org.example.for_all"));
  EXPECT_TRUE(admin.contains("org.example.for_admins"));
  EXPECT_EQ(admin.at("m.account_moderation").at("lock"), true);
}

TEST(WholeServerInfoTest, EveryFolderHasSaidWhatItOffers) {
  WholeServer server;
  const auto versions = server.call({}, "GET", kVersions);
  EXPECT_EQ(versions.at("/unstable_features/org.matrix.msc3916.stable"), true);
  EXPECT_EQ(versions.at("/unstable_features/uk.tcpip.msc4133.stable"), true);
  EXPECT_EQ(server.call({}, "GET", "/login").string_at("/flows/0/type"), "m.login.password");
  const auto shown = server.call(server.person("anna"), "GET", "/capabilities");
  EXPECT_EQ(shown.at("/capabilities/m.room_versions/default"), "12");
  for (int version = 1; version <= 12; ++version)
    EXPECT_EQ(shown.at("/capabilities/m.room_versions/available/" + std::to_string(version)), "stable");
  EXPECT_EQ(shown.at("/capabilities/m.change_password/enabled"), true);
}

/// Clients pick endpoints by these numbers: what a release brought is there.
TEST(WholeServerInfoTest, WhatTheReleasesBroughtIsServed) {
  WholeServer server;
  const auto anna = server.person("anna");
  const auto versions = server.call({}, "GET", kVersions).at("/versions").as_array();
  for (int minor = 1; minor <= 19; ++minor)
    EXPECT_NE(std::ranges::find(versions, matrix::Json("v1." + std::to_string(minor))), versions.end()) << minor;
  const auto room =
      server.call(anna, "POST", "/createRoom", {{"preset", "public_chat"}, {"topic", "t"}}).string_at("/room_id");
  const std::string v1 = "/_matrix/client/v1", own = "/profile/@anna:example.org/";
  const struct {
    const char* release;
    const char* method;
    std::string path;
    matrix::JsonObject body = {};
    int status = 200;
  } cases[] = {
      {"1.13", "POST", "/rooms/" + room + "/report", {{"reason", "r"}}},
      {"1.14", "POST", "/users/@anna:example.org/report", {{"reason", "r"}}},
      {"1.14", "GET", "/rooms/" + room + "/initialSync"},
      {"1.15", "GET", v1 + "/room_summary/" + room},
      {"1.15", "GET", v1 + "/auth_metadata"},
      {"1.16", "PUT", own + "m.tz", {{"m.tz", "Europe/Berlin"}}},
      {"1.16", "DELETE", own + "m.tz"},
      {"1.16", "GET", "/rooms/" + room + "/state/m.room.topic/?format=event"},
      {"1.16", "GET", "/sync?use_state_after=true"},
      {"1.18", "GET", v1 + "/admin/suspend/@anna:example.org", {}, 403},
      {"1.18", "GET", v1 + "/admin/lock/@anna:example.org", {}, 403},
      {"1.18", "PUT", "/rooms/" + room + "/send/m.room.redaction/t", {{"redacts", "$" + std::string(43, 'a')}}, 404},
      {"1.19", "GET", v1 + "/mutual_rooms?user_id=@berta:example.org"},
  };
  for (const auto& c : cases) {
    const auto answer = server.call(anna, c.method, c.path, c.body);
    EXPECT_EQ(answer.status, c.status) << c.release << " " << c.path << ": " << answer.text;
    EXPECT_NE(answer.string_at("/errcode"), "M_UNRECOGNIZED") << c.release << " " << c.path;
  }
  const auto topic = server.call(anna, "GET", "/rooms/" + room + "/state/m.room.topic");
  EXPECT_EQ(topic.string_at("/m.topic/m.text/0/body"), "t") << "1.15";
  const auto synced = server.call(anna, "GET", "/sync?use_state_after=true").at("/rooms/join").as_object();
  EXPECT_TRUE(synced.at(room).as_object().contains("state_after")) << "1.16";
  const auto metadata = server.call({}, "GET", v1 + "/auth_metadata");
  EXPECT_TRUE(metadata.at("/account_management_uri").is_string()) << "1.18";
  EXPECT_TRUE(metadata.at("/device_authorization_endpoint").is_string()) << "1.18";
}

TEST(WholeServerInfoTest, WhatOtherServersAskIsKnownThoughNothingIsDoneForThem) {
  WholeServer server;
  const auto version = server.call({}, "GET", "/_matrix/federation/v1/version");
  EXPECT_EQ(version.status, 200);
  EXPECT_EQ(version.string_at("/server/name"), "Troupe");
  EXPECT_EQ(server.call({}, "POST", "/_matrix/key/v2/query", matrix::JsonObject()).string_at("/errcode"),
            "M_FORBIDDEN");
  for (const auto* path : {"/_matrix/federation/v1/version", "/_matrix/key/v2/query"}) {
    const auto wrong = server.call({}, "PUT", path, matrix::JsonObject());
    EXPECT_EQ(wrong.status, 405) << path;
    EXPECT_EQ(wrong.string_at("/errcode"), "M_UNRECOGNIZED") << path;
  }
  for (const auto* path : {"/_matrix/federation/unknown", "/_matrix/federation/v1/unknown", "/_matrix/key/unknown",
                           "/_matrix/key/v2/unknown", "/_matrix/key/v2/server"}) {
    const auto unknown = server.call({}, "GET", path);
    EXPECT_EQ(unknown.status, 404) << path;
    EXPECT_EQ(unknown.string_at("/errcode"), "M_UNRECOGNIZED") << path;
  }
}

TEST(WholeServerInfoTest, WhomPeopleTurnTo) {
  WholeServer server;
  constexpr auto kSupport = "/.well-known/matrix/support";
  EXPECT_EQ(fetch(server, kSupport), R"({"errcode":"M_NOT_FOUND","error":"Nobody is named here."})");
  auto& support = server.settings.edit<SupportSettings>();
  support.page = "https://example.org/help";
  EXPECT_EQ(fetch(server, kSupport), R"({"support_page":"https://example.org/help"})");
  support.email = "help@example.org";
  support.matrix_id = "@rosa:example.org";
  EXPECT_EQ(fetch(server, kSupport), R"({"contacts":[{"role":"m.role.admin","email_address":"help@example.org",)"
                                     R"("matrix_id":"@rosa:example.org"}],"support_page":"https://example.org/help"})");
}

}  // namespace
}  // namespace troupe::homeserver
