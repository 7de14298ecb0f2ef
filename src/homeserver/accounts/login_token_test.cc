// A token with which a signed-in device lets another one in.
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/accounts/tokens.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

class LoginTokenTest : public AccountFixture {
 protected:
  static constexpr auto kGetToken = "/_matrix/client/v1/login/get_token";
  static constexpr auto kLoginPath = "/_matrix/client/v3/login";
  static constexpr auto kMe = "/_matrix/client/v3/account/whoami";

  /// Asks for a token and proves who it is.
  Answer get_token(std::string_view token, std::string_view user, std::string_view password = "secret") {
    const auto asked = call("POST", kGetToken, "{}", token);
    EXPECT_EQ(asked.status, 401) << asked.body;
    const JsonObject auth{{"type", "m.login.password"},
                          {"session", asked.text("session")},
                          {"identifier", {{"type", "m.id.user"}, {"user", user}}},
                          {"password", password}};
    return call("POST", kGetToken, boost::json::serialize(JsonObject{{"auth", auth}}), token);
  }
  Answer redeem(std::string_view login_token, JsonObject more = {}) {
    more["type"] = "m.login.token";
    more["token"] = login_token;
    return call("POST", kLoginPath, boost::json::serialize(more));
  }
};

TEST_F(LoginTokenTest, LetsOneOtherDeviceIn) {
  const auto phone = signed_in("anna", "PHONE");
  const auto made = get_token(phone, "anna");
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json.at("expires_in_ms"), 120'000);
  const auto login_token = made.text("login_token");
  EXPECT_TRUE(looks_like_token(login_token, kLoginTokenPrefix)) << login_token;

  const auto laptop = redeem(login_token, {{"device_id", "LAPTOP"}, {"refresh_token", true}});
  ASSERT_EQ(laptop.status, 200) << laptop.body;
  EXPECT_EQ(laptop.text("user_id"), "@anna:example.org");
  EXPECT_EQ(laptop.text("device_id"), "LAPTOP");
  EXPECT_FALSE(laptop.text("refresh_token").empty());
  EXPECT_EQ(call("GET", kMe, {}, laptop.text("access_token")).text("device_id"), "LAPTOP");
  EXPECT_EQ(call("GET", kMe, {}, phone).status, 200) << "who lets in stays in";

  const auto again = redeem(login_token);
  EXPECT_EQ(again.status, 403);
  EXPECT_EQ(again.errcode(), "M_FORBIDDEN");
}

TEST_F(LoginTokenTest, OfADeviceThatIsSignedOutMeanwhileNothingComes) {
  signed_in("anna", "PHONE");
  const auto token = run(login_tokens_.issue("@anna:example.org", "PHONE"));
  ASSERT_TRUE(token.has_value());
  const auto redeemed = run(login_tokens_.redeem(*token));
  ASSERT_TRUE(redeemed.has_value());
  ASSERT_TRUE(run(devices_.remove("@anna:example.org", {"PHONE"})).has_value());
  SignIn late{.user_id = "@anna:example.org", .device_id = "LATE", .display_name = {}, .remote_address = {}};
  late.also = [&](store::Tx& tx, const std::string& device) { return LoginTokens::use(tx, *redeemed, device); };
  EXPECT_FALSE(run(devices_.sign_in(std::move(late))).has_value());
  EXPECT_FALSE(run(login_tokens_.issue("@anna:example.org", "PHONE")).has_value());
}

TEST_F(LoginTokenTest, ACompleteProofIsGoodForOneToken) {
  const auto phone = signed_in("anna");
  const auto asked = call("POST", kGetToken, {}, phone);
  EXPECT_EQ(asked.status, 401) << "without a body, too";
  const JsonObject auth{{"type", "m.login.password"},
                        {"session", asked.text("session")},
                        {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                        {"password", "secret"}};
  const auto body = boost::json::serialize(JsonObject{{"auth", auth}});
  EXPECT_EQ(call("POST", kGetToken, body, phone).status, 200);
  EXPECT_EQ(call("POST", kGetToken, body, phone).status, 401);
}

TEST_F(LoginTokenTest, NobodyGetsOneWithoutTheirOwnPassword) {
  const auto phone = signed_in("anna");
  make_account("berta", "bertas");
  EXPECT_EQ(call("POST", kGetToken, "{}").errcode(), "M_MISSING_TOKEN");
  const auto wrong = get_token(phone, "anna", "wrong");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.errcode(), "M_FORBIDDEN");
  EXPECT_EQ(get_token(phone, "berta", "bertas").status, 403);
  EXPECT_EQ(call("POST", kGetToken, R"({"auth":"x"})", phone).errcode(), "M_BAD_JSON");
}

TEST_F(LoginTokenTest, EndsWithItsTime) {
  const auto phone = signed_in("anna");
  const auto token = get_token(phone, "anna").text("login_token");
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(redeem(token).errcode(), "M_FORBIDDEN");
}

TEST_F(LoginTokenTest, EndsWithTheDeviceThatAskedForIt) {
  const auto phone = signed_in("anna", "PHONE");
  const auto token = get_token(phone, "anna").text("login_token");
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", "{}", phone).status, 200);
  EXPECT_EQ(redeem(token).errcode(), "M_FORBIDDEN");
}

TEST_F(LoginTokenTest, UnknownOnesAreRefusedAlike) {
  const auto unknown = redeem(base::random_token(kLoginTokenPrefix));
  EXPECT_EQ(unknown.status, 403);
  for (const auto* bad : {"", "x", "mct_0123456789012345678901234567890123456789012"}) {
    EXPECT_EQ(redeem(bad).body, unknown.body) << bad;
  }
  EXPECT_EQ(redeem(std::string(600, 'x')).status, 400);
}

TEST_F(LoginTokenTest, AMistakeInTheRestUsesNothingUp) {
  const auto phone = signed_in("anna");
  const auto token = get_token(phone, "anna").text("login_token");
  EXPECT_EQ(redeem(token, {{"device_id", 5}}).errcode(), "M_BAD_JSON");
  EXPECT_EQ(redeem(token).status, 200);
}

TEST_F(LoginTokenTest, OpensNoLockedOrClosedAccount) {
  const auto phone = signed_in("anna");
  const auto first = get_token(phone, "anna").text("login_token");
  const auto second = get_token(phone, "anna").text("login_token");
  ASSERT_TRUE(run(accounts_.set_locked("@anna:example.org", true)).has_value());
  EXPECT_EQ(redeem(first).errcode(), "M_USER_LOCKED");
  ASSERT_TRUE(run(accounts_.set_locked("@anna:example.org", false)).has_value());
  EXPECT_EQ(redeem(first).status, 200);
  ASSERT_TRUE(run(accounts_.deactivate("@anna:example.org", false)).has_value());
  EXPECT_EQ(redeem(second).errcode(), "M_FORBIDDEN");
}

TEST_F(LoginTokenTest, AnAccountHasAFewAtOnce) {
  signed_in("anna", "PHONE");
  const auto issue = [this] { return run(login_tokens_.issue("@anna:example.org", "PHONE")); };
  for (std::int64_t i = 0; i < LoginTokens::kMaxOpen; ++i) EXPECT_TRUE(issue().has_value());
  const auto more = issue();
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code(), Errc::limit_exceeded);
  EXPECT_TRUE(run(login_tokens_.issue("@berta:example.org", "")).has_value());
  clock_.advance(std::chrono::minutes(2));
  EXPECT_TRUE(issue().has_value());
}

TEST_F(LoginTokenTest, IsSaidWhereClientsLook) {
  const auto phone = signed_in("anna");
  const auto capabilities = call("GET", "/_matrix/client/v3/capabilities", {}, phone).json.at("capabilities");
  EXPECT_EQ(capabilities.at("m.get_login_token").at("enabled"), true);
}

TEST_F(LoginTokenTest, MayBeSwitchedOff) {
  settings_.edit<LoginSettings>().token_timeout_s = 0;
  const auto phone = signed_in("anna");
  const auto refused = call("POST", kGetToken, "{}", phone);
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.errcode(), "M_UNRECOGNIZED");
  EXPECT_EQ(redeem("x").errcode(), "M_UNKNOWN");
  Offers offers;
  offer_accounts(offers, settings_);
  EXPECT_EQ(boost::json::serialize(offers.login_flows), R"([{"type":"m.login.password"}])");
  EXPECT_EQ(offers.capabilities.at("m.get_login_token").at("enabled"), false);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
