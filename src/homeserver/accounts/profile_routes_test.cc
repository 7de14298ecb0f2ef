#include "homeserver/accounts/account_fixture.h"
#include "homeserver/common/settings.h"
#include "host/listeners.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

constexpr auto kAnna = "/_matrix/client/v3/profile/@anna:example.org";

boost::json::string long_text(std::size_t bytes) { return boost::json::string(bytes, 'x'); }

class ProfileTest : public AccountFixture {
 protected:
  ProfileTest() { token_ = signed_in("anna"); }
  Answer put(const std::string& field, const matrix::Json& value, std::string token = {}) {
    return call("PUT", std::string(kAnna) + "/" + field, boost::json::serialize(JsonObject{{field, value}}),
                token.empty() ? token_ : token);
  }
  std::string token_;
};

TEST_F(ProfileTest, FieldsAreSetShownAndRemoved) {
  EXPECT_EQ(call("GET", kAnna).body, R"({"displayname":"anna"})");
  EXPECT_EQ(put("displayname", "Anna \u2603").status, 200);
  EXPECT_EQ(put("avatar_url", "mxc://example.org/abc").status, 200);
  EXPECT_EQ(heard_.profiles.size(), 2U);
  EXPECT_EQ(put("m.tz", "Europe/Vienna").status, 200);
  EXPECT_EQ(put("org.example.likes", {{"cats", 2}}).status, 200);
  EXPECT_EQ(heard_.profiles.size(), 2U);
  EXPECT_EQ(call("GET", kAnna).json, (JsonObject{{"avatar_url", "mxc://example.org/abc"},
                                                 {"displayname", "Anna \u2603"},
                                                 {"m.tz", "Europe/Vienna"},
                                                 {"org.example.likes", {{"cats", 2}}}}));
  EXPECT_EQ(call("GET", std::string(kAnna) + "/m.tz").body, R"({"m.tz":"Europe/Vienna"})");
  EXPECT_EQ(call("DELETE", std::string(kAnna) + "/m.tz", {}, token_).status, 200);
  EXPECT_EQ(call("GET", std::string(kAnna) + "/m.tz").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(put("avatar_url", "").status, 200);
  EXPECT_EQ(put("displayname", nullptr).status, 200);
  EXPECT_EQ(call("GET", std::string(kAnna) + "/avatar_url").status, 404);
  EXPECT_EQ(call("GET", std::string(kAnna) + "/displayname").status, 404);
}

TEST_F(ProfileTest, AnAvatarsAddressIsTakenAsItIs) {
  for (const auto* address : {"https://example.org/me.png", "data:image/png;base64,AA==", "me.png", "mxc://x"}) {
    EXPECT_EQ(put("avatar_url", address).status, 200) << address;
    EXPECT_EQ(call("GET", std::string(kAnna) + "/avatar_url").text("avatar_url"), address);
  }
  EXPECT_EQ(put("avatar_url", long_text(1000)).status, 200);
  EXPECT_EQ(put("avatar_url", long_text(1001)).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("avatar_url", nullptr).status, 200);
  EXPECT_EQ(call("GET", std::string(kAnna) + "/avatar_url").status, 404);
}

TEST_F(ProfileTest, BadFieldsAreRefused) {
  EXPECT_EQ(put("displayname", 5).errcode(), "M_BAD_JSON");
  EXPECT_EQ(put("displayname", long_text(257)).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("displayname", boost::json::string("a\0b", 3)).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("avatar_url", 5).errcode(), "M_BAD_JSON");
  EXPECT_EQ(put("avatar_url", boost::json::string("a\0b", 3)).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("avatar_url", boost::json::string("mxc://" + std::string(1000, 'x'))).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("m.tz", 1.5).errcode(), "M_BAD_JSON");
  EXPECT_EQ(put("Upper", "x").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(put("a%20b", "x").status, 400);
  EXPECT_EQ(put(std::string(256, 'k'), "x").errcode(), "M_KEY_TOO_LARGE");
  EXPECT_EQ(call("PUT", std::string(kAnna) + "/m.tz", R"({"other":"x"})", token_).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(call("PUT", std::string(kAnna) + "/m.tz", "", token_).errcode(), "M_NOT_JSON");
  EXPECT_EQ(call("PUT", std::string(kAnna) + "/m.tz", "[]", token_).errcode(), "M_BAD_JSON");
}

TEST_F(ProfileTest, TheWholeProfileIsBounded) {
  EXPECT_EQ(put("a.one", long_text(40'000)).status, 200);
  const auto over = put("a.two", long_text(30'000));
  EXPECT_EQ(over.status, 400);
  EXPECT_EQ(over.errcode(), "M_PROFILE_TOO_LARGE");
  EXPECT_EQ(put("a.one", long_text(60'000)).status, 200);  // in place of the old value
  EXPECT_EQ(put("a.one", long_text(70'000)).errcode(), "M_PROFILE_TOO_LARGE");
}

TEST_F(ProfileTest, OnlyOneselfAndAdministratorsMayChange) {
  const auto berta = signed_in("berta");
  EXPECT_EQ(put("displayname", "Hacked", berta).status, 403);
  EXPECT_EQ(call("DELETE", std::string(kAnna) + "/displayname", {}, berta).status, 403);
  make_account("root", "secret", true);
  EXPECT_EQ(put("displayname", "Renamed", login("root").text("access_token")).status, 200);
}

TEST_F(ProfileTest, UnknownUsersAreNotFound) {
  for (const auto* user : {"@nobody:example.org", "@anna:elsewhere.org", "anna", "@", "%00"}) {
    const auto status = call("GET", std::string("/_matrix/client/v3/profile/") + user).status;
    EXPECT_TRUE(status == 404 || status == 400) << user;
  }
}

TEST_F(ProfileTest, TheDirectoryFindsPeople) {
  settings_.edit<HomeserverSettings>().search_all_users = true;
  for (const auto* name : {"berta", "bert", "robert", "per_cent"}) make_account(name);
  EXPECT_EQ(put("displayname", "Anna Albert").status, 200);
  const auto search = [&](const JsonObject& body) {
    return call("POST", "/_matrix/client/v3/user_directory/search", boost::json::serialize(body), token_);
  };
  const auto found = search({{"search_term", "BERT"}});
  std::vector<std::string> users;
  for (const auto& entry : found.json.at("results").as_array()) users.emplace_back(entry.at("user_id").as_string());
  EXPECT_EQ(users, (std::vector<std::string>{"@bert:example.org", "@berta:example.org", "@robert:example.org"}))
      << "all but who searches, whose name has the word, too";
  EXPECT_EQ(found.json.at("limited"), false);
  const auto two = search({{"search_term", "bert"}, {"limit", 2}});
  EXPECT_EQ(two.json.at("results").as_array().size(), 2U);
  EXPECT_EQ(two.json.at("limited"), true);
  EXPECT_EQ(search({{"search_term", "@berta:example.org"}}).json.at("results").as_array().size(), 1U);
  EXPECT_EQ(search({{"search_term", "%"}}).json.at("results").as_array().size(), 0U);
  EXPECT_EQ(search({{"search_term", "r_c"}}).json.at("results").as_array().size(), 1U);
  EXPECT_EQ(search({}).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(search({{"search_term", 7}}).errcode(), "M_BAD_JSON");
  EXPECT_EQ(search({{"search_term", "x"}, {"limit", "10"}}).errcode(), "M_BAD_JSON");
  EXPECT_EQ(search({{"search_term", "a"}, {"limit", -5}}).json.at("results").as_array().size(), 1U);
}

TEST_F(ProfileTest, TheDirectoryFindsWhoseIdIsBeingTyped) {
  settings_.edit<HomeserverSettings>().search_all_users = true;
  for (const auto* name : {"ali", "alice", "alice-x", "salim", "al_ce"}) make_account(name);
  make_account("alistair");
  EXPECT_TRUE(run(accounts_.deactivate("@alistair:example.org")).has_value());
  EXPECT_EQ(put("displayname", "@ali of the desert").status, 200);
  const auto search = [&](std::string_view term, std::int64_t limit = 10) {
    const auto answer = call("POST", "/_matrix/client/v3/user_directory/search",
                             boost::json::serialize(JsonObject{{"search_term", term}, {"limit", limit}}), token_);
    std::string found;
    for (const auto& entry : answer.json.at("results").as_array()) {
      const std::string user(entry.at("user_id").as_string());
      found += (found.empty() ? "" : " ") + user.substr(1, user.find(':') - 1);
    }
    return answer.json.at("limited") == true ? found + " …" : found;
  };
  EXPECT_EQ(search("@ali"), "ali alice alice-x");
  EXPECT_EQ(search("@ALI"), "ali alice alice-x");
  EXPECT_EQ(search("@alice"), "alice alice-x");
  EXPECT_EQ(search("@alice-x"), "alice-x");
  EXPECT_EQ(search("@al_"), "al_ce") << "no wildcard";
  EXPECT_EQ(search("@%"), "");
  EXPECT_EQ(search("@alist"), "") << "deactivated";
  EXPECT_EQ(search("@alistair:example.org"), "");
  for (const auto* whole : {"@alice:", "@alice:exam", "@Alice:Example.ORG", "@alice:example.org"}) {
    EXPECT_EQ(search(whole), "alice") << whole;
  }
  for (const auto* nobody :
       {"@ali:other", "@alice:example.org.uk", "@:example.org", "@al:example.org", "@@ali", "@x"}) {
    EXPECT_EQ(search(nobody), "") << nobody;
  }
  EXPECT_EQ(search("@ali", 3), "ali alice alice-x");
  EXPECT_EQ(search("@ali", 2), "ali alice …");
  EXPECT_EQ(search("@"), "al_ce ali alice alice-x salim") << "everybody, as an empty term finds";
}

TEST(ProfileSettingTest, WhoExistsIsToldToSignedInClientsOnly) {
  class Fixture : public AccountFixture {
   public:
    void TestBody() override {}
    using AccountFixture::call;
    using AccountFixture::settings_;
    using AccountFixture::signed_in;
    Fixture() { settings_.edit<HomeserverSettings>().profiles_need_token = true; }
    int status(const std::string& path, const std::string& token) {
      net::route::Router router(metrics_);
      router.add_listener(host::matrix_listener());
      router.add_scheme(std::string(host::kMatrixScheme), *sessions_);
      add_profile_routes(router, profile_api_);
      router.freeze();
      net::http::Request request;
      request.method = "GET";
      EXPECT_TRUE(request.set_target(path).has_value());
      if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
      return run(router.dispatch(host::kMatrixListener, request)).status;
    }
  };
  Fixture server;
  const auto anna = server.signed_in("anna");
  for (const auto& path : {std::string(kAnna), std::string(kAnna) + "/displayname",
                           std::string("/_matrix/client/v3/profile/@nobody:example.org")}) {
    EXPECT_EQ(server.status(path, ""), 401) << path;
  }
  EXPECT_EQ(server.status(kAnna, anna), 200);
  EXPECT_EQ(server.status(std::string(kAnna) + "/displayname", anna), 200);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
