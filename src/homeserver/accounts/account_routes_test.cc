#include "base/crypto.h"
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/common/settings.h"
#include "matrix/key_exchange.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

class AccountRoutesTest : public AccountFixture {
 protected:
  /// Asks, then asks again with the password.
  Answer with_password(std::string method, std::string_view target, JsonObject body, std::string_view token,
                       std::string_view user, std::string_view password = "secret") {
    const auto asked = call(method, target, boost::json::serialize(body), token);
    EXPECT_EQ(asked.status, 401) << asked.body;
    EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.password"]}])");
    body["auth"] = {{"type", "m.login.password"},
                    {"session", asked.text("session")},
                    {"identifier", {{"type", "m.id.user"}, {"user", user}}},
                    {"password", password}};
    return call(method, target, boost::json::serialize(body), token);
  }
};

constexpr auto kWhoami = "/_matrix/client/v3/account/whoami";
constexpr auto kPassword = "/_matrix/client/v3/account/password";

TEST_F(AccountRoutesTest, AdministratorsLockAccounts) {
  const auto anna = signed_in("anna");
  make_account("root", "secret", true);
  const auto root = login("root").text("access_token");
  const std::string path = "/_matrix/client/v1/admin/lock/@anna:example.org";
  EXPECT_EQ(call("GET", path, {}, anna).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(call("PUT", path, R"({"locked":true})", anna).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(call("PUT", path, R"({"locked":true})", root).status, 200);
  EXPECT_EQ(call("GET", path, {}, root).body, R"({"locked":true})");
  EXPECT_EQ(call("GET", kWhoami, {}, anna).errcode(), "M_USER_LOCKED");
  EXPECT_EQ(call("PUT", path, R"({"locked":false})", root).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, anna).status, 200);
  EXPECT_EQ(call("PUT", path, R"({"locked":"yes"})", root).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("PUT", path, "{}", root).errcode(), "M_MISSING_PARAM");
  const std::string other = "/_matrix/client/v1/admin/lock/";
  EXPECT_EQ(call("PUT", other + "@root:example.org", R"({"locked":true})", root).status, 403);
  EXPECT_EQ(call("PUT", other + "@nobody:example.org", R"({"locked":true})", root).status, 404);
  for (const auto* bad : {"@anna:elsewhere.org", "anna", "@", "@Anna:example.org"}) {
    EXPECT_EQ(call("PUT", other + bad, R"({"locked":true})", root).status, 400) << bad;
  }
}

TEST_F(AccountRoutesTest, BodiesAreRefusedWithTheSpecificationsCodesAndNullIsNothing) {
  const auto anna = signed_in("anna");
  const std::string device = "/_matrix/client/v3/devices/DEV1";
  EXPECT_EQ(call("PUT", device, R"({"display_name":null,"other":1})", anna).status, 200);
  EXPECT_EQ(call("PUT", device, R"({"display_name":1})", anna).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("PUT", device, R"({"display_name":")" + std::string(300, 'x') + "\"}", anna).errcode(),
            "M_INVALID_PARAM");
  EXPECT_EQ(call("PUT", device, R"({"display_name":"a\u0000b"})", anna).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(call("POST", "/_matrix/client/v3/delete_devices", "{}", anna).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(call("POST", "/_matrix/client/v3/delete_devices", R"({"devices":[1]})", anna).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("POST", kPassword, R"({"logout_devices":"yes"})", anna).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("POST", kPassword, R"({"new_password":null,"logout_devices":null})", anna).status, 401);
}

TEST_F(AccountRoutesTest, AnInterruptedDeactivationIsFinished) {
  heard_.rooms_are_busy = true;
  make_account("anna");
  make_account("berta");
  const auto joined = db_->write_now([](store::Tx& tx) -> Result<Unit> {
    for (const auto* user : {"@anna:example.org", "@berta:example.org"}) {
      tx.run("INSERT INTO hs_membership (user_id, room, membership, pos) VALUES (?1, 1, 'join', 1)", user);
      tx.run("INSERT INTO hs_membership (user_id, room, membership, pos) VALUES (?1, 2, 'invite', 1)", user);
    }
    return Unit{};
  });
  ASSERT_TRUE(joined.has_value());
  EXPECT_TRUE(run(accounts_.deactivate("@anna:example.org")).has_value());
  EXPECT_TRUE(heard_.left.empty());
  heard_.rooms_are_busy = false;
  EXPECT_TRUE(run(accounts_.finish_deactivations()).has_value());
  EXPECT_EQ(heard_.left, std::vector<std::string>{"@anna:example.org"});
}

TEST_F(AccountRoutesTest, EveryRouteWantsAToken) {
  const struct {
    const char* method;
    const char* path;
  } cases[] = {{"GET", "/account/whoami"},
               {"POST", "/account/password"},
               {"POST", "/account/deactivate"},
               {"GET", "/account/3pid"},
               {"GET", "/devices"},
               {"GET", "/devices/X"},
               {"PUT", "/devices/X"},
               {"DELETE", "/devices/X"},
               {"POST", "/delete_devices"},
               {"POST", "/logout"},
               {"POST", "/logout/all"},
               {"GET", "/capabilities"},
               {"GET", "/voip/turnServer"},
               {"POST", "/user/@anna:example.org/openid/request_token"},
               {"PUT", "/profile/@anna:example.org/displayname"},
               {"DELETE", "/profile/@anna:example.org/displayname"},
               {"POST", "/user_directory/search"}};
  for (const auto& c : cases) {
    const auto answer = call(c.method, std::string("/_matrix/client/v3") + c.path, "{}");
    EXPECT_EQ(answer.status, 401) << c.path;
    EXPECT_EQ(answer.errcode(), "M_MISSING_TOKEN") << c.path;
  }
}

TEST_F(AccountRoutesTest, ThePasswordChangesAfterAProof) {
  const auto token = signed_in("anna", "HERE");
  const auto other = login("anna", "secret", {{"device_id", "THERE"}}).text("access_token");
  EXPECT_EQ(with_password("POST", kPassword, {{"new_password", "better"}}, token, "anna", "wrong").status, 401);
  EXPECT_EQ(with_password("POST", kPassword, {{"new_password", "better"}}, token, "anna").status, 200);
  EXPECT_EQ(login("anna").status, 403);
  EXPECT_EQ(login("anna", "better").status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, token).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, other).status, 401);
}

TEST_F(AccountRoutesTest, OtherDevicesMayStay) {
  const auto token = signed_in("anna", "HERE");
  const auto other = login("anna", "secret", {{"device_id", "THERE"}}).text("access_token");
  EXPECT_EQ(
      with_password("POST", kPassword, {{"new_password", "better"}, {"logout_devices", false}}, token, "anna").status,
      200);
  EXPECT_EQ(call("GET", kWhoami, {}, other).status, 200);
}

TEST_F(AccountRoutesTest, SomebodyElsesPasswordIsNoProof) {
  const auto token = signed_in("anna");
  make_account("berta", "bertas");
  const auto answer = with_password("POST", kPassword, {{"new_password", "xxx"}}, token, "berta", "bertas");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.errcode(), "M_FORBIDDEN");
  EXPECT_FALSE(answer.json.contains("flows"));
  EXPECT_EQ(with_password("POST", kPassword, {{"new_password", "xxx"}}, token, "nobody").body, answer.body)
      << "nothing is said about who exists";
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(with_password("POST", kPassword, {{"new_password", "xxx"}}, token, "berta", "guess").status, 403);
  }
  EXPECT_EQ(login("berta", "bertas").status, 200) << "no password was looked at, so none was wrong";
  EXPECT_EQ(call("POST", kPassword, R"({"new_password":5})", token).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("POST", kPassword, R"({"auth":{"type":"m.login.password"}})", token).status, 401);
  EXPECT_EQ(call("POST", kPassword, R"({"auth":{"type":"m.login.sso"}})", token).status, 401);
  EXPECT_EQ(call("POST", kPassword, R"({"auth":{"type":"m.login.dummy"}})", token).status, 401);
  EXPECT_EQ(login("anna").status, 200);
}

TEST_F(AccountRoutesTest, DeactivationEndsEverything) {
  const auto token = signed_in("anna");
  const auto answer =
      with_password("POST", "/_matrix/client/v3/account/deactivate", {{"erase", true}}, token, "@anna:example.org");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"id_server_unbind_result":"no-support"})");
  EXPECT_EQ(heard_.left, std::vector<std::string>{"@anna:example.org"});
  EXPECT_EQ(call("GET", kWhoami, {}, token).status, 401);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/profile/@anna:example.org").status, 404);
  EXPECT_EQ(login("anna").errcode(), "M_FORBIDDEN");  // erased: its password, too, so nobody is told more
  const auto berta = signed_in("berta");
  EXPECT_EQ(call("POST", "/_matrix/client/v3/user_directory/search", R"({"search_term":"anna"})", berta).body,
            R"({"results":[],"limited":false})");
}

TEST_F(AccountRoutesTest, DevicesAreListedNamedAndRemoved) {
  const auto token = signed_in("anna", "ONE");
  const auto second = login("anna", "secret", {{"device_id", "TWO"}}).text("access_token");
  login("anna", "secret", {{"device_id", "THREE"}});
  const auto devices = call("GET", "/_matrix/client/v3/devices", {}, token);
  EXPECT_EQ(devices.json.at("devices").as_array().size(), 3U);
  EXPECT_EQ(call("PUT", "/_matrix/client/v3/devices/TWO", R"({"display_name":"Two \u2603"})", token).status, 200);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/devices/TWO", {}, token).text("display_name"), "Two \u2603");
  EXPECT_EQ(call("PUT", "/_matrix/client/v3/devices/NONE", R"({"display_name":"x"})", token).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(call("PUT", "/_matrix/client/v3/devices/TWO", R"({"display_name":7})", token).errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("PUT", "/_matrix/client/v3/devices/TWO", R"({"display_name":")" + std::string(256, 'x') + "\"}", token)
                .errcode(),
            "M_INVALID_PARAM");
  EXPECT_EQ(with_password("DELETE", "/_matrix/client/v3/devices/TWO", {}, token, "anna").status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, second).status, 401);
  const JsonObject many{{"devices", {"THREE", "UNKNOWN"}}};
  EXPECT_EQ(with_password("POST", "/_matrix/client/v3/delete_devices", many, token, "anna").status, 200);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/devices", {}, token).json.at("devices").as_array().size(), 1U);
  for (const auto* bad : {"{}", R"({"devices":"X"})", R"({"devices":[5]})"}) {
    EXPECT_EQ(call("POST", "/_matrix/client/v3/delete_devices", bad, token).status, 400) << bad;
  }
}

TEST_F(AccountRoutesTest, AProofIsGoodForOneList) {
  const auto token = signed_in("anna", "ONE");
  login("anna", "secret", {{"device_id", "TWO"}});
  const auto session =
      call("POST", "/_matrix/client/v3/delete_devices", R"({"devices":["NOTHING"]})", token).text("session");
  const JsonObject auth{{"type", "m.login.password"}, {"session", session}, {"user", "anna"}, {"password", "secret"}};
  const auto done = call("POST", "/_matrix/client/v3/delete_devices",
                         boost::json::serialize(JsonObject{{"devices", {"NOTHING"}}, {"auth", auth}}), token);
  EXPECT_EQ(done.status, 200);
  const auto reused =
      call("POST", "/_matrix/client/v3/delete_devices",
           boost::json::serialize(JsonObject{{"devices", {"TWO"}}, {"auth", {{"session", session}}}}), token);
  EXPECT_EQ(reused.status, 403);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/devices/TWO", {}, token).status, 200);
}

TEST_F(AccountRoutesTest, ASessionServesOneRequestOfOneAccount) {
  const auto anna = signed_in("anna");
  const auto berta = signed_in("berta");
  const struct {
    const char* method;
    const char* path;
    JsonObject body;
  } routes[] = {
      {"POST", "/delete_devices", {{"devices", {"NOTHING"}}}},
      {"DELETE", "/devices/NOTHING", {}},
      {"POST", "/account/password", {{"new_password", "secret"}, {"logout_devices", false}}},
      {"POST", "/account/deactivate", {}},
  };
  for (const auto& route : routes) {
    const auto other = call("POST", "/_matrix/client/v3/delete_devices", R"({"devices":["OTHER"]})", anna);
    const std::string path = std::string("/_matrix/client/v3") + route.path;
    const auto ask = [&](std::string_view token, std::optional<matrix::Json> auth) {
      auto body = route.body;
      if (auth) body["auth"] = *std::move(auth);
      return call(route.method, path, boost::json::serialize(body), token);
    };
    const auto proof = [&](std::string_view session, std::string_view password = "secret",
                           std::string_view user = "anna") {
      JsonObject auth{{"type", "m.login.password"}, {"user", user}, {"password", password}};
      if (!session.empty()) auth["session"] = session;
      return auth;
    };
    for (const auto& none : {std::optional<matrix::Json>(), std::optional<matrix::Json>(nullptr),
                             std::optional<matrix::Json>(JsonObject())}) {
      const auto asked = ask(anna, none);
      EXPECT_EQ(asked.status, 401) << path;
      EXPECT_FALSE(asked.text("session").empty()) << path;
      EXPECT_FALSE(asked.json.contains("errcode")) << path;
    }
    const auto session = ask(anna, {}).text("session");
    const auto bertas = ask(berta, {}).text("session");
    EXPECT_EQ(ask(anna, proof("never")).status, 400) << path;
    EXPECT_EQ(ask(anna, proof("never")).errcode(), "M_UNKNOWN") << path;
    EXPECT_EQ(ask(anna, JsonObject{{"session", "never"}}).status, 400) << path;
    for (const auto& foreign : {bertas, other.text("session")}) {
      EXPECT_EQ(ask(anna, proof(foreign)).status, 403) << path;
      EXPECT_EQ(ask(anna, proof(foreign)).errcode(), "M_FORBIDDEN") << path;
    }
    const auto swapped = ask(berta, proof(session, "secret", "berta"));
    EXPECT_EQ(swapped.status, 403) << path;
    EXPECT_EQ(ask(anna, proof(session, "secret", "berta")).status, 403) << path;
    const auto wrong = ask(anna, proof(session, "wrong"));
    EXPECT_EQ(wrong.status, 401) << path;
    EXPECT_EQ(wrong.errcode(), "M_FORBIDDEN") << path;
    EXPECT_EQ(wrong.text("session"), session) << path;
    const auto no_stage = ask(anna, JsonObject{{"type", "m.login.dummy"}, {"session", session}});
    EXPECT_EQ(no_stage.status, 401) << path;
    EXPECT_FALSE(no_stage.errcode().empty()) << path;
    const auto late = ask(anna, {}).text("session");
    clock_.advance(Uia::kLife);
    EXPECT_EQ(ask(anna, proof(late)).status, 400) << path;

    const auto kept = ask(anna, {}).text("session");
    EXPECT_EQ(ask(anna, proof(kept)).status, 200) << path;
    if (std::string_view(route.path) == "/account/deactivate") break;  // there is nobody any more
    for (const auto& again : {proof(kept), JsonObject{{"session", kept}}}) {
      const auto asked = ask(anna, again);
      EXPECT_EQ(asked.status, 401) << path;
      EXPECT_FALSE(asked.json.contains("errcode")) << path;
      EXPECT_NE(asked.text("session"), kept) << path;
      EXPECT_EQ(ask(anna, proof(asked.text("session"))).status, 200) << path;
    }
    EXPECT_EQ(ask(anna, proof("")).status, 200) << path << ": old clients give the password at once";
  }
}

TEST_F(AccountRoutesTest, OpenIdTokensNameTheirUser) {
  const auto token = signed_in("anna");
  const auto made = call("POST", "/_matrix/client/v3/user/@anna:example.org/openid/request_token", "{}", token);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.text("token_type"), "Bearer");
  EXPECT_EQ(made.text("matrix_server_name"), "example.org");
  EXPECT_EQ(made.json.at("expires_in"), 3600);
  const auto userinfo = "/_matrix/federation/v1/openid/userinfo?access_token=" + made.text("access_token");
  EXPECT_EQ(call("GET", userinfo).body, R"({"sub":"@anna:example.org"})");
  EXPECT_EQ(call("GET", kWhoami, {}, made.text("access_token")).status, 401);
  EXPECT_EQ(call("GET", "/_matrix/federation/v1/openid/userinfo?access_token=" + token).status, 401);
  EXPECT_EQ(call("GET", "/_matrix/federation/v1/openid/userinfo").status, 401);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/user/@berta:example.org/openid/request_token", "{}", token).status, 403);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(call("GET", userinfo).status, 401);
}

TEST_F(AccountRoutesTest, VersionsAreCachedAndTruthful) {
  const auto answer = call("GET", "/_matrix/client/versions");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Vary"), "Authorization");
  EXPECT_NE(answer.headers.get("Cache-Control").find("max-age"), std::string::npos);
  const auto& versions = answer.json.at("versions").as_array();
  EXPECT_NE(std::ranges::find(versions, matrix::Json("v1.11")), versions.end());
  EXPECT_FALSE(answer.json.at("unstable_features").as_object().contains("org.matrix.msc2965.authentication"));
}

TEST_F(AccountRoutesTest, DiscoveryNamesThisListener) {
  EXPECT_EQ(call("GET", "/.well-known/matrix/client").body,
            R"({"m.homeserver":{"base_url":"http://matrix.example.org"}})");
  settings_.edit<matrix::EncryptionOptions>().bots = false;
  settings_.public_base_url = "https://chat.example.org";
  EXPECT_EQ(call("GET", "/.well-known/matrix/client").body,
            R"({"m.homeserver":{"base_url":"https://chat.example.org"},"io.element.e2ee":{"default":false}})");
  make_account("anna");
  EXPECT_EQ(boost::json::serialize(login("anna").json.at("well_known")),
            R"({"m.homeserver":{"base_url":"https://chat.example.org"}})");
}

TEST_F(AccountRoutesTest, ABrowserIsToldWhatThisIs) {
  const auto page = call("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.get("Content-Type"), "text/html; charset=utf-8");
  const auto policy = page.headers.get("Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_NE(page.body.find("<code>http://matrix.example.org</code>"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("FluffyChat or Nheko"), std::string::npos);
  EXPECT_EQ(page.body.find("this machine only"), std::string::npos);
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
  EXPECT_EQ(page.body.find("href"), std::string::npos);  // the dashboard listens for its own machine only
  settings_.listen_platform = "0.0.0.0:8001";
  EXPECT_NE(call("GET", "/").body.find("href=\"http://matrix.example.org:8001\""), std::string::npos);
  settings_.server_name = "<b>&\"";
  EXPECT_NE(call("GET", "/").body.find("&lt;b&gt;&amp;&quot;"), std::string::npos);
  EXPECT_EQ(call("GET", "/nothing").errcode(), "M_UNRECOGNIZED");
  for (const auto* address : {"http://127.0.0.1:8008", "http://localhost:8008", "http://[::1]:8008"}) {
    settings_.public_base_url = address;
    EXPECT_NE(call("GET", "/").body.find("this machine only"), std::string::npos) << address;
  }
}

TEST_F(AccountRoutesTest, WhatIsNotOfferedIsUnrecognized) {
  const auto token = signed_in("anna");
  for (const auto* path :
       {"/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer",
        "/_matrix/client/v3/login/sso/redirect", "/_matrix/client/v1/media/preview_url?url=http://x"}) {
    const auto answer = call("GET", path, {}, token);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.errcode(), "M_UNRECOGNIZED") << path;
  }
  EXPECT_EQ(call("DELETE", kWhoami, {}, token).status, 405);
}

TEST_F(AccountRoutesTest, Capabilities) {
  const auto token = signed_in("anna");
  const auto answer = call("GET", "/_matrix/client/v3/capabilities", {}, token);
  const auto& capabilities = answer.json.at("capabilities").as_object();
  EXPECT_EQ(capabilities.at("m.change_password").at("enabled"), true);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/account/3pid", {}, token).body, R"({"threepids":[]})");
}

TEST_F(AccountRoutesTest, TurnCredentialsAreWhatCoturnChecks) {
  const auto token = signed_in("anna");
  EXPECT_EQ(call("GET", "/_matrix/client/v3/voip/turnServer", {}, token).body, "{}");
  settings_.edit<TurnSettings>() = {
      .uris = {"turn:turn.example.org?transport=udp"}, .shared_secret = "n0rth", .ttl_s = 3600};
  const auto answer = call("GET", "/_matrix/client/v3/voip/turnServer", {}, token);
  const auto username = std::to_string(clock_.unix_ms() / 1000 + 3600) + ":@anna:example.org";
  EXPECT_EQ(answer.text("username"), username);
  EXPECT_EQ(answer.text("password").size(), 28U);
  EXPECT_EQ(base::base64_decode(answer.text("password")), base::hmac_sha1("n0rth", username));
  EXPECT_EQ(answer.json.at("ttl"), 3600);
  EXPECT_EQ(boost::json::serialize(answer.json.at("uris")), R"(["turn:turn.example.org?transport=udp"])");
}

}  // namespace
}  // namespace troupe::homeserver::accounts
