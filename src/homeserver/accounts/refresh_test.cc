// Refresh tokens of devices that signed in by password.
#include "homeserver/accounts/account_fixture.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

class RefreshTest : public AccountFixture {
 protected:
  static constexpr auto kWhoami = "/_matrix/client/v3/account/whoami";
  Answer refresh(const std::string& token) {
    return call("POST", "/_matrix/client/v3/refresh", boost::json::serialize(JsonObject{{"refresh_token", token}}));
  }
};

TEST_F(RefreshTest, RefreshTokensRollOver) {
  make_account("anna");
  const auto first = login("anna", "secret", {{"refresh_token", true}});
  EXPECT_EQ(first.json.at("expires_in_ms"), 300'000);
  // The answer was lost: the same refresh token works once more, and the first access token as well.
  const auto lost = refresh(first.text("refresh_token"));
  EXPECT_EQ(lost.status, 200);
  const auto second = refresh(first.text("refresh_token"));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, first.text("access_token")).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, lost.text("access_token")).status, 401);
  // The new access token is used: the old pair dies.
  EXPECT_EQ(call("GET", kWhoami, {}, second.text("access_token")).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, first.text("access_token")).status, 401);
  // It runs out, which asks for a refresh and not for a new login.
  clock_.advance(std::chrono::minutes(6));
  const auto expired = call("GET", kWhoami, {}, second.text("access_token"));
  EXPECT_EQ(expired.status, 401);
  EXPECT_EQ(expired.json.at("soft_logout"), true);
  const auto third = refresh(second.text("refresh_token"));
  EXPECT_EQ(call("GET", kWhoami, {}, third.text("access_token")).status, 200);
  // Refreshing twice without using the access token in between retires the pair before.
  const auto fourth = refresh(third.text("refresh_token"));
  EXPECT_EQ(refresh(fourth.text("refresh_token")).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, third.text("access_token")).status, 401);
  EXPECT_EQ(refresh("mcr_nonsense").errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(call("POST", "/_matrix/client/v3/refresh", "{}").errcode(), "M_MISSING_PARAM");
}

TEST_F(RefreshTest, ARefreshTokenUsedAgainLaterSignsItsDeviceOut) {
  make_account("anna");
  const auto other = login("anna", "secret", {{"refresh_token", true}, {"device_id", "OTHER"}});
  const auto first = login("anna", "secret", {{"refresh_token", true}, {"device_id", "STOLEN"}});
  const auto second = refresh(first.text("refresh_token"));
  EXPECT_EQ(call("GET", kWhoami, {}, second.text("access_token")).status, 200);
  const auto again = refresh(first.text("refresh_token"));
  EXPECT_EQ(again.errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(again.json.at("soft_logout"), false);
  EXPECT_EQ(call("GET", kWhoami, {}, second.text("access_token")).status, 401);
  EXPECT_EQ(refresh(second.text("refresh_token")).errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(heard_.removed, std::vector<std::string>{"@anna:example.org STOLEN"});
  EXPECT_EQ(call("GET", kWhoami, {}, other.text("access_token")).status, 200);
  // Who signs in anew on the device is not signed out by what was before.
  const auto anew = login("anna", "secret", {{"refresh_token", true}, {"device_id", "STOLEN"}});
  EXPECT_EQ(refresh(first.text("refresh_token")).status, 401);
  EXPECT_EQ(call("GET", kWhoami, {}, anew.text("access_token")).status, 200);
}

TEST_F(RefreshTest, AClientThatLosesEveryAnswerStaysSignedIn) {
  make_account("anna");
  const auto first = login("anna", "secret", {{"refresh_token", true}});
  Answer last;
  for (int i = 0; i < 5; ++i) {
    last = refresh(first.text("refresh_token"));
    EXPECT_EQ(last.status, 200);
  }
  EXPECT_EQ(call("GET", kWhoami, {}, first.text("access_token")).status, 200);
  EXPECT_EQ(call("GET", kWhoami, {}, last.text("access_token")).status, 200);
  // From here on the old one is a thief's, or its owner is one.
  EXPECT_EQ(refresh(first.text("refresh_token")).errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(call("GET", kWhoami, {}, last.text("access_token")).status, 401);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
