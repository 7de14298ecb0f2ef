// What happens to an account over the Matrix listener happens to its console sessions, too.
#include <gtest/gtest.h>

#include "homeserver/whole_server_fixture.h"
#include "identity/principals.h"
#include "identity/sessions.h"

namespace troupe::homeserver {
namespace {

class ConsoleFollowsTest : public testing::Test {
 protected:
  /// Makes the account with the password "secret" and opens a console session for it.
  void SetUp() override {
    auto& accounts = server_.context->get<matrix::Accounts>();
    matrix::NewAccount account;
    account.localpart = "anna";
    account.password = "secret";
    const auto made = server_.wait(accounts.create_account(std::move(account))).value();
    token_ = server_.wait(accounts.issue_token(kAnna, "PHONE")).value().access_token;
    auto& principals = server_.context->get<identity::Principals>();
    const auto principal = server_.wait(principals.for_account(made)).value();
    cookie_ = server_.wait(sessions().create(principal, "192.0.2.7", "browser")).value().token;
    ASSERT_TRUE(cookie_is_good());
  }
  identity::Sessions& sessions() { return server_.context->get<identity::Sessions>(); }
  bool cookie_is_good() { return server_.wait(sessions().find(cookie_)).value().has_value(); }
  WholeAnswer with_password(const std::string& path, matrix::JsonObject body) {
    body["auth"] = {{"type", "m.login.password"},
                    {"identifier", {{"type", "m.id.user"}, {"user", "anna"}}},
                    {"password", "secret"}};
    return server_.call(token_, "POST", path, body);
  }

  static constexpr const char* kAnna = "@anna:example.org";
  WholeServer server_;
  std::string token_;
  std::string cookie_;
};

TEST_F(ConsoleFollowsTest, ANewPasswordEndsThem) {
  const auto changed = with_password("/account/password", {{"new_password", "another"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_FALSE(cookie_is_good());
}

TEST_F(ConsoleFollowsTest, ANewPasswordThatSignsNobodyOutLeavesThem) {
  const auto changed = with_password("/account/password", {{"new_password", "another"}, {"logout_devices", false}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_TRUE(cookie_is_good());
}

TEST_F(ConsoleFollowsTest, APasswordSetByAnAdministratorEndsThem) {
  auto& accounts = server_.context->get<matrix::Accounts>();
  ASSERT_TRUE(server_.wait(accounts.set_password(kAnna, "another", false)));
  EXPECT_TRUE(cookie_is_good());
  ASSERT_TRUE(server_.wait(accounts.set_password(kAnna, "a third", true)));
  EXPECT_FALSE(cookie_is_good());
}

TEST_F(ConsoleFollowsTest, TheEndOfTheAccountEndsThem) {
  const auto ended = with_password("/account/deactivate", {});
  EXPECT_EQ(ended.status, 200) << ended.text;
  EXPECT_FALSE(cookie_is_good());
}

TEST_F(ConsoleFollowsTest, ALockShutsThem) {
  auto& accounts = server_.context->get<matrix::Accounts>();
  ASSERT_TRUE(server_.wait(accounts.set_locked(kAnna, true)));
  EXPECT_FALSE(cookie_is_good());
}

TEST_F(ConsoleFollowsTest, SigningOutEverywhereEndsThem) {
  EXPECT_EQ(server_.call(token_, "POST", "/logout/all", matrix::JsonObject()).status, 200);
  EXPECT_FALSE(cookie_is_good());
}

/// Beside the sessions of the console: what the lock leaves of those on the Matrix listener.
TEST(LockedAccountTest, MayLogOutAndNothingElse) {
  WholeServer server;
  const auto token = server.person("anna");
  auto& accounts = server.context->get<matrix::Accounts>();
  const auto again = server.wait(accounts.issue_token("@anna:example.org", "LAPTOP")).value().access_token;
  const auto room =
      server.call(token, "POST", "/createRoom", matrix::JsonObject{{"preset", "public_chat"}}).string_at("/room_id");
  ASSERT_TRUE(server.wait(accounts.set_locked("@anna:example.org", true)));
  for (const std::string& path :
       {"/rooms/" + room + "/send/m.room.message/logout", "/rooms/" + room + "/state/org.example.x/logout",
        "/rooms/" + room + "/redact/$e/logout", std::string("/user/@anna:example.org/account_data/logout"),
        std::string("/profile/@anna:example.org/logout"), std::string("/sendToDevice/x/logout"),
        std::string("/sendToDevice/logout/all"), "/_matrix/client/r0/rooms/" + room + "/send/m.room.message/logout"}) {
    const auto refused = server.call(token, "PUT", path, matrix::JsonObject());
    EXPECT_EQ(refused.string_at("/errcode"), "M_USER_LOCKED") << path << refused.text;
  }
  EXPECT_EQ(server.call(token, "GET", "/rooms/" + room + "/state/logout/all").string_at("/errcode"), "M_USER_LOCKED");
  EXPECT_EQ(server.call(again, "POST", "/_matrix/client/r0/logout", matrix::JsonObject()).status, 200);
  EXPECT_EQ(server.call(token, "POST", "/logout/all", matrix::JsonObject()).status, 200);
}

}  // namespace
}  // namespace troupe::homeserver
