#include "homeserver/accounts/suspension.h"

#include <gtest/gtest.h>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

TEST(SuspensionTest, ReadingAndTheWayOutAreLeft) {
  constexpr std::pair<std::string_view, std::string_view> kLeft[] = {
      {"GET", "/_matrix/client/v3/rooms/!r:x/messages"},
      {"POST", "/_matrix/client/v3/logout"},
      {"POST", "/_matrix/client/r0/logout/all"},
      {"POST", "/_matrix/client/api/v1/rooms/!r:x/leave"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/redact/$e/t"},
      {"POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"},
      {"PUT", "/_matrix/client/v3/pushrules/global/content/x/enabled"},
      {"POST", "/_matrix/client/v3/keys/device_signing/upload"},
      {"PUT", "/_matrix/client/v3/room_keys/keys"},
      {"PUT", "/_synapse/admin/v1/suspend/@a:x"}};
  for (const auto& [method, path] : kLeft) EXPECT_TRUE(suspended_may(method, path)) << method << " " << path;
}

TEST(SuspensionTest, WhatOthersSeeIsNot) {
  constexpr std::pair<std::string_view, std::string_view> kGone[] = {
      {"PUT", "/_matrix/client/v3/rooms/!r:x/send/m.room.message/1"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/send/m.room.message/leave"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/send/leave"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/y/leave"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/leave/"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/%6Ceave"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/state/m.room.name"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/invite"},
      {"POST", "/_matrix/client/v3/join/!r:x"},
      {"POST", "/_matrix/client/v3/knock/!r:x"},
      {"POST", "/_matrix/client/v3/createRoom"},
      {"PUT", "/_matrix/client/v3/profile/@a:x/displayname"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/typing/@a:x"},
      {"POST", "/_matrix/media/v3/upload"},
      {"PUT", "/_matrix/client/v3/logout"},
      {"POST", "/_matrix/client/v2/logout"},
      {"POST", "/logout"}};
  for (const auto& [method, path] : kGone) EXPECT_FALSE(suspended_may(method, path)) << method << " " << path;
}

class SuspendedAccountTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.wait(server_.context->get<matrix::Accounts>().set_admin("@root:example.org", true)));
    room_ = server_.call(anna_, "POST", "/createRoom", JsonObject{{"preset", "public_chat"}}).string_at("/room_id");
    own_ = send(anna_).string_at("/event_id");
    ASSERT_EQ(server_.call(root_, "POST", "/join/" + room_, JsonObject()).status, 200);
    others_ = send(root_).string_at("/event_id");
  }
  WholeAnswer send(const std::string& token) {
    const auto path = "/rooms/" + room_ + "/send/m.room.message/" + std::to_string(++sent_);
    return server_.call(token, "PUT", path, JsonObject{{"msgtype", "m.text"}, {"body", "hi"}});
  }
  WholeAnswer redact(const std::string& event_id) {
    const auto path = "/rooms/" + room_ + "/redact/" + event_id + "/" + std::to_string(++sent_);
    return server_.call(anna_, "PUT", path, JsonObject());
  }
  WholeAnswer suspend(const std::string& user_id, bool suspended) {
    return server_.call(root_, "PUT", "/_matrix/client/v1/admin/suspend/" + user_id,
                        JsonObject{{"suspended", suspended}});
  }

  static constexpr const char* kAnna = "@anna:example.org";
  WholeServer server_;
  std::string root_ = server_.person("root");
  std::string anna_ = server_.person("anna");
  std::string room_;
  std::string own_;
  std::string others_;
  int sent_ = 0;
};

TEST_F(SuspendedAccountTest, ReadsAndSaysNothing) {
  EXPECT_EQ(suspend(kAnna, true).text, R"({"suspended":true})");
  EXPECT_EQ(send(anna_).status, 403);
  EXPECT_EQ(send(anna_).string_at("/errcode"), "M_USER_SUSPENDED");
  EXPECT_EQ(server_.call(anna_, "GET", "/rooms/" + room_ + "/messages?dir=b").status, 200);
  EXPECT_EQ(server_.call(anna_, "GET", "/sync").status, 200);
  EXPECT_EQ(redact(own_).status, 200);
  EXPECT_EQ(redact(others_).string_at("/errcode"), "M_USER_SUSPENDED") << "although their power would do";
  EXPECT_EQ(suspend(kAnna, false).text, R"({"suspended":false})");
  EXPECT_EQ(redact(others_).status, 200);
  EXPECT_EQ(send(anna_).status, 200);
}

TEST_F(SuspendedAccountTest, LeavesAndSignsOut) {
  ASSERT_EQ(suspend(kAnna, true).status, 200);
  EXPECT_EQ(server_.call(anna_, "POST", "/rooms/" + room_ + "/leave", JsonObject()).status, 200);
  EXPECT_EQ(server_.call(anna_, "POST", "/join/" + room_, JsonObject()).string_at("/errcode"), "M_USER_SUSPENDED");
  EXPECT_EQ(server_.call(anna_, "POST", "/logout", JsonObject()).status, 200);
}

TEST_F(SuspendedAccountTest, IsShownToAdministratorsWhoAreNotSuspendedThemselves) {
  const std::string path = std::string("/_matrix/client/v1/admin/suspend/") + kAnna;
  EXPECT_EQ(server_.call(root_, "GET", path).text, R"({"suspended":false})");
  ASSERT_EQ(suspend(kAnna, true).status, 200);
  EXPECT_EQ(server_.call(root_, "GET", path).text, R"({"suspended":true})");
  EXPECT_TRUE(server_.call(root_, "GET", std::string("/_synapse/admin/v2/users/") + kAnna).at("/suspended").as_bool());
  EXPECT_EQ(server_.call(anna_, "GET", path).status, 403);
  EXPECT_EQ(suspend("@root:example.org", true).status, 403);
  EXPECT_EQ(suspend("@nobody:example.org", true).status, 404);
  EXPECT_EQ(suspend("@anna:elsewhere.org", true).string_at("/errcode"), "M_INVALID_PARAM");
}

TEST_F(SuspendedAccountTest, SynapsesPathDoesTheSame) {
  const auto put = [&](const std::string& user_id, const JsonObject& body) {
    return server_.call(root_, "PUT", "/_synapse/admin/v1/suspend/" + user_id, body);
  };
  EXPECT_EQ(put(kAnna, {{"suspend", true}}).text, R"({"user_@anna:example.org_suspended":true})");
  EXPECT_EQ(send(anna_).string_at("/errcode"), "M_USER_SUSPENDED");
  EXPECT_EQ(put(kAnna, {{"suspend", false}}).text, R"({"user_@anna:example.org_suspended":false})");
  EXPECT_EQ(send(anna_).status, 200);
  EXPECT_EQ(put("@root:example.org", {{"suspend", true}}).status, 400);
  EXPECT_EQ(put("@nobody:example.org", {{"suspend", true}}).status, 404);
  EXPECT_EQ(put(kAnna, {}).string_at("/errcode"), "M_MISSING_PARAM");
}

}  // namespace
}  // namespace troupe::homeserver::accounts
