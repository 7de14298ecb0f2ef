#include "base/crypto.h"
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

constexpr auto kRegister = "/_matrix/client/v3/register";
constexpr auto kAdminRegister = "/_synapse/admin/v1/register";

class RegisterTest : public AccountFixture {
 protected:
  Answer post(const JsonObject& body, std::string_view target = kRegister) {
    return call("POST", target, boost::json::serialize(body));
  }
  /// Shared-secret registration as the reference describes it.
  Answer by_secret(std::string username, JsonObject more = {}, std::string secret = "sesame") {
    const auto nonce = call("GET", kAdminRegister).text("nonce");
    const bool admin = matrix::find_bool(more, "admin").value_or(false);
    std::string text = nonce + '\0' + username + '\0' + "pass" + '\0' + (admin ? "admin" : "notadmin");
    if (const auto type = matrix::find_string(more, "user_type")) text += '\0' + std::string(*type);
    JsonObject body{{"nonce", nonce}, {"username", username}, {"password", "pass"}, {"admin", admin}};
    body["mac"] = base::hmac_sha1_hex(secret, text);
    for (const auto& member : more) body[member.key()] = member.value();
    return post(body, kAdminRegister);
  }
};

TEST_F(RegisterTest, IsClosedByDefault) {
  const auto answer = post({{"username", "anna"}, {"password", "secret"}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.errcode(), "M_FORBIDDEN");
  EXPECT_NE(answer.text("error").find("Ask an administrator"), std::string::npos);
  EXPECT_EQ(post({}, std::string(kRegister) + "?kind=guest").errcode(), "M_GUEST_ACCESS_FORBIDDEN");
  EXPECT_EQ(call("GET", "/_matrix/client/v3/register/available?username=anna").status, 403);
}

TEST_F(RegisterTest, OpenAsksForADummyStage) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const JsonObject wanted{{"username", "anna"}, {"password", "secret"}, {"device_id", "D"}};
  const auto asked = post(wanted);
  EXPECT_EQ(asked.status, 401);
  EXPECT_FALSE(asked.json.contains("errcode"));
  EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.dummy"]}])");
  auto again = wanted;
  again["auth"] = {{"type", "m.login.dummy"}, {"session", asked.text("session")}};
  const auto made = post(again);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.text("user_id"), "@anna:example.org");
  EXPECT_EQ(made.text("device_id"), "D");
  EXPECT_EQ(call("GET", "/_matrix/client/v3/account/whoami", {}, made.text("access_token")).status, 200);
  EXPECT_EQ(post(again).errcode(), "M_USER_IN_USE");
  EXPECT_EQ(login("anna").status, 200);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/profile/@anna:example.org/displayname").text("displayname"), "anna");
}

TEST_F(RegisterTest, AShortPasswordIsRefusedAtEveryDoor) {
  auto& registration = settings_.edit<RegistrationSettings>();
  registration.mode = Registration::open;
  const JsonObject dummy{{"type", "m.login.dummy"}};
  const auto with = [&](const char* password) {
    return post({{"username", "anna"}, {"password", password}, {"auth", dummy}});
  };
  EXPECT_EQ(with("").status, 400);
  EXPECT_EQ(post({{"username", "bert"}, {"password", "x"}, {"auth", dummy}}).status, 200)
      << "as long as nobody says more";
  registration.password_min_length = 3;
  EXPECT_EQ(with("x").status, 400);
  EXPECT_EQ(with("x").errcode(), "M_PASSWORD_TOO_SHORT");
  EXPECT_EQ(with("\xc3\xa4\xc3\xb6").errcode(), "M_PASSWORD_TOO_SHORT") << "two letters, four bytes";
  EXPECT_EQ(post({{"username", "anna"}, {"password", "xy"}}).errcode(), "M_PASSWORD_TOO_SHORT") << "before any stage";
  registration.password_min_length = 8;
  EXPECT_EQ(with("1234567").errcode(), "M_PASSWORD_TOO_SHORT");
  const auto made = with("12345678");
  ASSERT_EQ(made.status, 200);
  const JsonObject proof{{"type", "m.login.password"},
                         {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                         {"password", "12345678"}};
  const auto changed = [&](const char* password) {
    const JsonObject body{{"new_password", password}, {"auth", proof}};
    return call("POST", "/_matrix/client/v3/account/password", boost::json::serialize(body), made.text("access_token"));
  };
  EXPECT_EQ(changed("short").errcode(), "M_PASSWORD_TOO_SHORT");
  EXPECT_EQ(changed("long enough").status, 200);
}

TEST_F(RegisterTest, ChecksNames) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  make_account("taken");
  const JsonObject dummy{{"type", "m.login.dummy"}};
  const struct {
    const char* name;
    const char* errcode;
  } cases[] = {{"Taken", "M_USER_IN_USE"},       {"", "M_INVALID_USERNAME"},         {"an na", "M_INVALID_USERNAME"},
               {"anna:x", "M_INVALID_USERNAME"}, {"\xc3\xa4", "M_INVALID_USERNAME"}, {"bot_x", "M_EXCLUSIVE"},
               {"_gateway", "M_EXCLUSIVE"},      {"taken", "M_USER_IN_USE"},         {"BOT_x", "M_EXCLUSIVE"},
               {"A!", "M_INVALID_USERNAME"},     {"a\"", "M_INVALID_USERNAME"},      {"a?", "M_INVALID_USERNAME"},
               {"a\\", "M_INVALID_USERNAME"},    {"a@", "M_INVALID_USERNAME"},       {"[a]", "M_INVALID_USERNAME"},
               {"{a}", "M_INVALID_USERNAME"},    {"a|", "M_INVALID_USERNAME"},       {"\xc2\xa3", "M_INVALID_USERNAME"},
               {"a\n", "M_INVALID_USERNAME"},    {"a'", "M_INVALID_USERNAME"}};
  for (const auto& c : cases) {
    const auto answer = post({{"username", c.name}, {"password", "secret"}, {"auth", dummy}});
    EXPECT_EQ(answer.status, 400) << c.name;
    EXPECT_EQ(answer.errcode(), c.errcode) << c.name;
    const auto available =
        call("GET", std::string("/_matrix/client/v3/register/available?username=") + base::percent_encode(c.name));
    EXPECT_EQ(available.errcode(), c.errcode) << c.name;
  }
  EXPECT_EQ(call("GET", "/_matrix/client/v3/register/available?username=free").json.at("available"), true);
  EXPECT_EQ(call("GET", "/_matrix/client/v3/register/available").errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(post({{"username", std::string(250, 'a')}, {"password", "sss"}, {"auth", dummy}}).errcode(),
            "M_INVALID_USERNAME");
  EXPECT_EQ(post({{"username", std::string(300, 'a')}, {"password", "sss"}, {"auth", dummy}}).errcode(),
            "M_INVALID_USERNAME");
  EXPECT_EQ(post({{"username", "ok"}, {"auth", dummy}}).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(post({{"username", "ok"}, {"password", ""}, {"auth", dummy}}).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(post({{"username", 5}, {"password", "xxx"}, {"auth", dummy}}).errcode(), "M_BAD_JSON");
  EXPECT_EQ(post({{"username", "ok"}, {"password", "xxx"}, {"auth", "x"}}).errcode(), "M_BAD_JSON");
}

TEST_F(RegisterTest, CapitalsInANameAreLowered) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  EXPECT_EQ(call("GET", "/_matrix/client/v3/register/available?username=user-UPPER").json.at("available"), true);
  const auto made = post({{"username", "user-UPPER"}, {"password", "secret"}, {"auth", {{"type", "m.login.dummy"}}}});
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.text("user_id"), "@user-upper:example.org");
  EXPECT_EQ(login("user-UPPER").text("user_id"), "@user-upper:example.org");
  EXPECT_EQ(call("GET", "/_matrix/client/v3/register/available?username=USER-upper").errcode(), "M_USER_IN_USE");
  EXPECT_EQ(by_secret("Berta").text("user_id"), "@berta:example.org") << "the MAC is over the name as it was sent";
}

TEST_F(RegisterTest, WithoutNameOneIsMade) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const auto made = post({{"password", "secret"}, {"inhibit_login", true}, {"auth", {{"type", "m.login.dummy"}}}});
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.text("user_id").size(), 1 + 17 + 1 + 11);
  EXPECT_FALSE(made.json.contains("access_token"));
}

TEST_F(RegisterTest, TokensAreCheckedAndCounted) {
  settings_.edit<RegistrationSettings>().mode = Registration::token;
  settings_.edit<RegistrationSettings>().token = "letmein";
  auto stored = db_->write_now([](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO hs_registration_token (token, uses_allowed, made_ms) VALUES ('once', 1, 0)");
    tx.run("INSERT INTO hs_registration_token (token, expires_ms, made_ms) VALUES ('old', 1, 0)");
    return Unit{};
  });
  ASSERT_TRUE(stored.has_value());
  const auto validity = [&](const char* token) {
    return call("GET", std::string("/_matrix/client/v1/register/m.login.registration_token/validity?token=") + token)
        .json.at("valid");
  };
  EXPECT_EQ(validity("letmein"), true);
  EXPECT_EQ(validity("once"), true);
  EXPECT_EQ(validity("old"), false);
  EXPECT_EQ(validity("wrong"), false);
  EXPECT_EQ(validity(""), false);
  const auto with = [&](const char* name, const char* token) {
    return post({{"username", name},
                 {"password", "secret"},
                 {"auth", {{"type", "m.login.registration_token"}, {"token", token}}}});
  };
  const auto asked = post({});
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(boost::json::serialize(asked.json.at("flows")), R"([{"stages":["m.login.registration_token"]}])");
  EXPECT_EQ(with("a", "wrong").status, 401);
  EXPECT_EQ(with("a", "wrong").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(with("a", "old").status, 401);
  EXPECT_EQ(with("a", "letmein").status, 200);
  EXPECT_EQ(with("b", "letmein").status, 200);
  EXPECT_EQ(with("c", "once").status, 200);
  EXPECT_EQ(with("d", "once").status, 401);
  EXPECT_EQ(validity("once"), false);
  // The dummy stage is not offered here.
  EXPECT_EQ(post({{"username", "e"}, {"password", "xxx"}, {"auth", {{"type", "m.login.dummy"}}}}).status, 401);
}

TEST_F(RegisterTest, SessionsOfOneOperationDoNotServeAnother) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const auto session = post({{"username", "anna"}}).text("session");
  const auto token = signed_in("berta");
  const auto answer =
      call("POST", "/_matrix/client/v3/account/deactivate",
           boost::json::serialize(JsonObject{{"auth", {{"type", "m.login.dummy"}, {"session", session}}}}), token);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.errcode(), "M_FORBIDDEN");
}

TEST_F(RegisterTest, AFloodOfOneAddressPushesOutItsOwnSessionsOnly) {
  settings_.edit<RegistrationSettings>().mode = Registration::open;
  const JsonObject wanted{{"username", "anna"}, {"password", "secret"}};
  const auto session = post(wanted).text("session");
  address_ = "198.51.100.9";
  const auto first = post({{"username", "berta"}}).text("session");
  for (std::size_t i = 0; i < Uia::kMaxSessionsOfOne; ++i) ASSERT_EQ(post({{"username", "berta"}}).status, 401);
  auto with = [](JsonObject body, const std::string& id) {
    body["auth"] = {{"type", "m.login.dummy"}, {"session", id}};
    return body;
  };
  EXPECT_EQ(post(with({{"username", "berta"}, {"password", "secret"}}, first)).errcode(), "M_UNKNOWN");
  address_ = "192.0.2.7";
  EXPECT_EQ(post(with(wanted, session)).status, 200);
}

TEST_F(RegisterTest, TheSharedSecretMakesAnyAccount) {
  const auto made = by_secret("anna");
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.text("user_id"), "@anna:example.org");
  EXPECT_EQ(made.text("home_server"), "example.org");
  EXPECT_FALSE(made.text("access_token").empty());
  EXPECT_FALSE(made.text("device_id").empty());
  EXPECT_EQ(login("anna", "pass").status, 200);
  EXPECT_EQ(by_secret("root", {{"admin", true}}).status, 200);
  EXPECT_TRUE(run(accounts_.find("@root:example.org"))->admin);
  EXPECT_EQ(by_secret("bot_x", {{"user_type", "bot"}, {"displayname", "Robot"}}).status, 200);
  const auto bot = run(accounts_.find("@bot_x:example.org"));
  EXPECT_EQ(bot->kind, matrix::AccountKind::bot);
  EXPECT_EQ(bot->display_name, "Robot");
  EXPECT_EQ(by_secret("anna").errcode(), "M_USER_IN_USE");
  EXPECT_EQ(by_secret("Anna").errcode(), "M_USER_IN_USE");
}

TEST_F(RegisterTest, TheSharedSecretIsChecked) {
  const auto wrong = by_secret("anna", {}, "guess");
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(wrong.text("error"), "HMAC incorrect");
  EXPECT_EQ(by_secret("anna", {{"mac", ""}}).status, 403);
  EXPECT_EQ(by_secret("anna", {{"nonce", "made up"}}).status, 400);
  EXPECT_EQ(by_secret("anna", {{"user_type", "god"}}).status, 400);
  EXPECT_EQ(post({}, kAdminRegister).errcode(), "M_MISSING_PARAM");
  // A nonce works once.
  const auto nonce = call("GET", kAdminRegister).text("nonce");
  const JsonObject body{{"nonce", nonce}, {"username", "x"}, {"password", "yyy"}, {"mac", "00"}};
  EXPECT_EQ(post(body, kAdminRegister).status, 403);
  EXPECT_EQ(post(body, kAdminRegister).status, 400);
  // And for a minute.
  const auto old = call("GET", kAdminRegister).text("nonce");
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(post({{"nonce", old}, {"username", "x"}, {"password", "yyy"}, {"mac", "00"}}, kAdminRegister).status, 400);
  settings_.edit<RegistrationSettings>().shared_secret.clear();
  EXPECT_EQ(call("GET", kAdminRegister).status, 400);
  EXPECT_EQ(post(body, kAdminRegister).status, 400);
}

TEST_F(RegisterTest, ManyAccountsAtOnce) {
  std::vector<matrix::NewAccount> accounts;
  for (int i = 0; i < 600; ++i) {
    matrix::NewAccount account;
    account.localpart = "user" + std::to_string(i);
    accounts.push_back(std::move(account));
  }
  make_account("user7");
  std::vector<std::size_t> progress;
  EXPECT_TRUE(run(accounts_.create_many(accounts, [&](std::size_t n) { progress.push_back(n); })).has_value());
  EXPECT_EQ(progress, (std::vector<std::size_t>{250, 500, 600}));
  EXPECT_EQ(run(accounts_.list({}))->total, 600);
  EXPECT_EQ(login("user7").status, 200);  // the one that was there is left alone
  const auto page = run(accounts_.list({.search = "USER59", .from = 0, .limit = 3}));
  EXPECT_EQ(page->total, 11);
  EXPECT_EQ(page->accounts.size(), 3U);
  accounts[0].localpart = "Not Allowed";
  EXPECT_FALSE(run(accounts_.create_many(accounts, {})).has_value());
  EXPECT_FALSE(run(accounts_.create_many(std::vector<matrix::NewAccount>(10'001), {})).has_value());
}

}  // namespace
}  // namespace troupe::homeserver::accounts
