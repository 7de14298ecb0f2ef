#include <gmock/gmock.h>

#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/delegated_store.h"
#include "homeserver/oauth/oauth_fixture.h"

namespace troupe::homeserver::oauth {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;
using testing::HasSubstr;
using testing::Not;
using AccountPagesTest = OAuthTest;

TEST_F(AccountPagesTest, ShowWhatIsOnesOwn) {
  const auto tokens = signed_in(register_client());
  cookie_.clear();
  const auto asked = open("account?action=org.matrix.devices_list");
  EXPECT_THAT(asked.body, HasSubstr("Password"));
  EXPECT_THAT(asked.body, Not(HasSubstr("DEVICE-ONE")));
  const auto entered = sign_in_on("account", "account?action=org.matrix.devices_list");
  EXPECT_EQ(entered.location(), "account?action=org.matrix.devices_list");
  EXPECT_THAT(open(entered.location()).body, HasSubstr("DEVICE-ONE"));
  EXPECT_THAT(open("account?action=org.matrix.profile").body, HasSubstr("@anna:example.org"));
  EXPECT_THAT(open("account?action=org.example.unknown").body, HasSubstr("Your account"));
  EXPECT_THAT(open("account?action=org.matrix.device_view&device_id=DEVICE-ONE").body, HasSubstr("An App"));
  EXPECT_EQ(open("account?action=org.matrix.device_view&device_id=OTHER").status, 404);
}

TEST_F(AccountPagesTest, EndASession) {
  const auto tokens = signed_in(register_client());
  const auto page = open("account?action=org.matrix.device_delete&device_id=DEVICE-ONE");
  EXPECT_TRUE(works(tokens.text("access_token")));  // looking ends nothing
  auto forged = hidden_in(page.body);
  forged.emplace_back("step", "end");
  EXPECT_EQ(submit("account", with(forged, "form_token", "forged")).status, 403);
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(fill("account", page, {{"step", "end"}}).status, 200);
  EXPECT_FALSE(works(tokens.text("access_token")));
}

TEST_F(AccountPagesTest, CannotEndAnotherPersonsSession) {
  make_person("boris");
  const auto tokens = signed_in(register_client());
  cookie_.clear();
  sign_in_on("account", "account", "boris");
  EXPECT_EQ(open("account?action=org.matrix.device_view&device_id=DEVICE-ONE").status, 404);
  auto fields = hidden_in(open("account").body);
  for (const auto& [name, value] : Fields{{"step", "end"}, {"device_id", "DEVICE-ONE"}})
    fields.emplace_back(name, value);
  submit("account", fields);
  EXPECT_TRUE(works(tokens.text("access_token")));
}

JsonObject keys_of(const std::string& master) {
  const auto key = [](const std::string& usage, const std::string& bytes) {
    return JsonObject{{"user_id", "@anna:example.org"},
                      {"usage", JsonArray{usage}},
                      {"keys", JsonObject{{"ed25519:" + bytes, bytes}}}};
  };
  return {{"master_key", key("master", master)}};
}

TEST_F(AccountPagesTest, AllowNewKeysOnce) {
  const auto tokens = signed_in(register_client());
  const auto token = tokens.text("access_token");
  constexpr auto kUpload = "/_matrix/client/v3/keys/device_signing/upload";
  const auto first = base::base64(base::sha256("first"));
  const auto second = base::base64(base::sha256("second"));
  const auto third = base::base64(base::sha256("third"));
  EXPECT_EQ(call("POST", kUpload, keys_of(first), token).status, 200);
  const auto asked = call("POST", kUpload, keys_of(second), token);
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(asked.json.at("flows").at(0).at("stages"), (JsonArray{"m.oauth"}));
  EXPECT_EQ(asked.json.at("flows").at(1).at("stages"), (JsonArray{"org.matrix.cross_signing_reset"}));
  const std::string url(matrix::view(asked.json.at("params").at("m.oauth").at("url").as_string()));
  EXPECT_EQ(url, "http://matrix.example.org/_matrix/client/oauth/account?action=org.matrix.cross_signing_reset");
  auto again = keys_of(second);
  again["auth"] = {{"session", asked.text("session")}};
  EXPECT_EQ(call("POST", kUpload, again, token).status, 401);  // not allowed yet
  again["auth"] = {{"session", asked.text("session")}, {"type", "m.oauth"}};
  const auto refused = call("POST", kUpload, again, token);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.text("errcode"), "M_FORBIDDEN");
  // The password of the account is no way around the page.
  again["auth"] = {{"session", asked.text("session")},
                   {"type", "m.login.password"},
                   {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                   {"password", "secret"}};
  EXPECT_EQ(call("POST", kUpload, again, token).status, 401);
  const auto page = open("account?action=org.matrix.cross_signing_reset");
  EXPECT_THAT(page.body, HasSubstr("action=org.matrix.profile\">Cancel</a>"));
  EXPECT_EQ(fill("account", page, {{"step", "reset"}}).status, 200);
  again["auth"] = {{"session", asked.text("session")}};
  EXPECT_EQ(call("POST", kUpload, again, token).status, 200);
  EXPECT_EQ(call("POST", kUpload, keys_of(third), token).status, 401);  // once
  fill("account", page, {{"step", "reset"}});
  clock_.advance(std::chrono::minutes(3));
  clock_.advance(std::chrono::minutes(8));
  const auto fresh = refresh(register_client(), tokens.text("refresh_token"));
  EXPECT_EQ(call("POST", kUpload, keys_of(third), fresh.text("access_token")).status, 401);  // and soon
}

TEST_F(AccountPagesTest, CloseTheAccountWithItsPassword) {
  const auto tokens = signed_in(register_client());
  const auto page = open("account?action=org.matrix.account_deactivate");
  EXPECT_THAT(page.body, HasSubstr("action=org.matrix.profile\">Cancel</a>"));
  EXPECT_EQ(fill("account", page, {{"step", "close"}, {"password", "wrong"}}).status, 403);
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(fill("account", page, {{"step", "close"}, {"password", "secret"}}).status, 200);
  EXPECT_FALSE(works(tokens.text("access_token")));
  EXPECT_THAT(open("account").body, HasSubstr("Password"));
}

class LinkedDevice : public OAuthTest {
 protected:
  void SetUp() override {
    OAuthTest::SetUp();
    client_ = register_client({{"grant_types", JsonArray{kCodeGrant, kRefreshGrant, kLinkGrant}}});
    begun_ = post("device", {{"client_id", client_}, {"scope", kScope}});
  }
  WebAnswer poll() {
    clock_.advance(std::chrono::seconds(6));
    return post(
        "token",
        {{"grant_type", std::string(kLinkGrant)}, {"client_id", client_}, {"device_code", begun_.text("device_code")}});
  }
  WebAnswer shown() { return open("link?code=" + base::percent_encode(begun_.text("user_code"))); }

  std::string client_;
  WebAnswer begun_;
};

TEST_F(LinkedDevice, SignsInWhenAPersonAllowsIt) {
  EXPECT_EQ(begun_.status, 200);
  EXPECT_EQ(begun_.text("user_code").size(), 9U);
  EXPECT_EQ(begun_.text("verification_uri"), "http://matrix.example.org/_matrix/client/oauth/link");
  EXPECT_EQ(poll().text("error"), "authorization_pending");
  const auto entered = sign_in_on("link", "link?code=" + base::percent_encode(begun_.text("user_code")));
  EXPECT_EQ(entered.status, 303);
  const auto page = open(entered.location());
  EXPECT_THAT(page.body, HasSubstr("DEVICE-ONE"));
  EXPECT_THAT(page.body, HasSubstr("<code>" + begun_.text("user_code") + "</code>")) << "to compare, letter by letter";
  EXPECT_EQ(poll().text("error"), "authorization_pending");
  EXPECT_THAT(fill("link", page, {{"step", "allow"}}).body, HasSubstr("Connected"));
  const auto tokens = poll();
  EXPECT_EQ(tokens.status, 200) << tokens.body;
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(refresh(client_, tokens.text("refresh_token")).status, 200);
}

TEST_F(LinkedDevice, ACodeUsedTwiceEndsItsSession) {
  sign_in_on("link", "link");
  fill("link", shown(), {{"step", "allow"}});
  const auto tokens = poll();
  EXPECT_EQ(poll().text("error"), "invalid_grant");
  EXPECT_FALSE(works(tokens.text("access_token")));
}

TEST_F(LinkedDevice, IsToldOfRefusalHasteAndLateness) {
  sign_in_on("link", "link");
  poll();
  const Fields hasty{
      {"grant_type", std::string(kLinkGrant)}, {"client_id", client_}, {"device_code", begun_.text("device_code")}};
  EXPECT_EQ(post("token", hasty).text("error"), "slow_down");
  EXPECT_EQ(post("token", with(hasty, "client_id", register_client())).text("error"), "invalid_grant");
  EXPECT_EQ(post("token", with(hasty, "device_code", "unknown")).text("error"), "invalid_grant");
  const auto page = shown();
  EXPECT_THAT(fill("link", page, {{"step", "deny"}}).body, HasSubstr("not connected"));
  EXPECT_EQ(poll().text("error"), "access_denied");
  EXPECT_EQ(fill("link", page, {{"step", "allow"}}).status, 404);  // decided is decided
  begun_ = post("device", {{"client_id", client_}, {"scope", kScope}});
  clock_.advance(std::chrono::minutes(21));
  EXPECT_EQ(poll().text("error"), "expired_token");
}

TEST_F(LinkedDevice, CodesAreTypedAsPeopleType) {
  sign_in_on("link", "link");
  auto typed = begun_.text("user_code");
  std::erase(typed, '-');
  std::ranges::transform(typed, typed.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto page = fill("link", open("link"), {{"step", "find"}, {"code", " " + typed}});
  EXPECT_THAT(page.body, HasSubstr("DEVICE-ONE"));
  EXPECT_EQ(fill("link", open("link"), {{"step", "find"}, {"code", "BBBB-BBBB"}}).status, 404);
  EXPECT_EQ(fill("link", open("link"), {{"step", "find"}, {"code", "<b>"}}).status, 404);
}

TEST_F(LinkedDevice, OnlyClientsThatRegisteredForIt) {
  const auto other = register_client();
  EXPECT_EQ(post("device", {{"client_id", other}, {"scope", kScope}}).text("error"), "unauthorized_client");
  EXPECT_EQ(post("device", {{"client_id", client_}, {"scope", "openid"}}).text("error"), "invalid_scope");
  EXPECT_EQ(post("device", {{"client_id", "nobody"}, {"scope", kScope}}).text("error"), "invalid_client");
}

TEST_F(LinkedDevice, TakingOverASessionIsSaid) {
  sign_in_on("link", "link");
  EXPECT_THAT(shown().body, Not(HasSubstr("takes over")));
  signed_in(client_);
  EXPECT_THAT(shown().body, HasSubstr("takes over your session <strong><bdi>An App</bdi></strong>"));
}

/// A person has allowed a code, a device and new keys, and none of it is redeemed yet.
class AllowedTest : public LinkedDevice {
 protected:
  void SetUp() override {
    LinkedDevice::SetUp();
    session_ = signed_in(client_).text("access_token");
    code_ = code_for(client_);
    fill("link", shown(), {{"step", "allow"}});
    fill("account", open("account?action=org.matrix.cross_signing_reset"), {{"step", "reset"}});
    ASSERT_TRUE(reset_is_allowed());
  }
  bool reset_is_allowed() {
    auto look = [now = clock_.unix_ms()](store::Connection& connection) -> Result<bool> {
      return accounts::delegated_store::reset_is_allowed(connection, kAnna, now);
    };
    return server_.wait(server_.db->read(look)).value();
  }
  void expect_nothing_left() {
    EXPECT_FALSE(reset_is_allowed());
    const auto by_code = post("token", exchange(client_, code_));
    EXPECT_EQ(by_code.status, 400);
    EXPECT_EQ(by_code.text("error"), "invalid_grant");
    const auto by_link = poll();
    EXPECT_EQ(by_link.status, 400);
    EXPECT_EQ(by_link.text("error"), "invalid_grant");
  }

  static constexpr auto kAnna = "@anna:example.org";
  std::string session_;
  std::string code_;
};

TEST_F(AllowedTest, EndsWithThePassword) {
  server_.wait(accounts().set_password(kAnna, "another secret", false)).value();
  expect_nothing_left();
  EXPECT_TRUE(works(session_));  // who was in already stays, as asked
}

TEST_F(AllowedTest, EndsWithThePasswordAndAllSessions) {
  server_.wait(accounts().set_password(kAnna, "another secret", true)).value();
  expect_nothing_left();
  EXPECT_FALSE(works(session_));
}

TEST_F(AllowedTest, EndsWithAllSessions) {
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout/all", {}, session_).status, 200);
  expect_nothing_left();
}

TEST_F(AllowedTest, EndsWithTheAccount) {
  server_.wait(accounts().deactivate(kAnna)).value();
  // Nor is it there again when an administrator opens the account.
  auto open_again = [](store::Tx& tx) -> Result<Unit> {
    accounts::account_store::set_active(tx, kAnna);
    return Unit{};
  };
  server_.wait(server_.db->write(open_again)).value();
  expect_nothing_left();
}

TEST_F(AllowedTest, OutlivesWhatOthersEnd) {
  make_person("boris");
  server_.wait(accounts().set_password("@boris:example.org", "another secret", true)).value();
  server_.wait(accounts().end_all_sessions("@boris:example.org")).value();
  server_.wait(accounts().deactivate("@boris:example.org")).value();
  EXPECT_TRUE(reset_is_allowed());
  EXPECT_EQ(post("token", exchange(client_, code_)).status, 200);
  EXPECT_EQ(poll().status, 200);
}

TEST_F(AllowedTest, AUsedCodeIsStillKnownAfterAnotherPassword) {
  const auto tokens = post("token", exchange(client_, code_));
  server_.wait(accounts().set_password(kAnna, "another secret", false)).value();
  EXPECT_TRUE(works(tokens.text("access_token")));
  EXPECT_EQ(post("token", exchange(client_, code_)).text("error"), "invalid_grant");
  EXPECT_FALSE(works(tokens.text("access_token")));
}

}  // namespace
}  // namespace troupe::homeserver::oauth
