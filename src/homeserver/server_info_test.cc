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
