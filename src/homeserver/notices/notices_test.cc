// Server notices.
#include <gtest/gtest.h>

#include "homeserver/admin_person_fixture.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::notices {
namespace {

using matrix::JsonObject;

class NoticesTest : public testing::Test {
 protected:
  NoticesTest() : anna_(server_.person("anna")) {
    rosa_ = admin_person(server_);
    server_.settings.edit<NoticeSettings>().localpart = "server";
  }
  static JsonObject notice(std::string text, std::string_view user = "@anna:example.org") {
    return {{"user_id", user}, {"content", {{"msgtype", "m.text"}, {"body", std::move(text)}}}};
  }
  WholeAnswer tell(const JsonObject& body, const std::string& txn = {}) {
    const std::string path = "/_synapse/admin/v1/send_server_notice";
    return txn.empty() ? server_.call(rosa_, "POST", path, body) : server_.call(rosa_, "PUT", path + '/' + txn, body);
  }
  /// Rooms to which anna is invited.
  std::vector<std::string> invitations() {
    std::vector<std::string> rooms;
    const auto answer = server_.call(anna_, "GET", "/sync?timeout=0");
    if (const auto found = answer.at("/rooms/invite"); found.is_object())
      for (const auto& [room, rest] : found.as_object()) rooms.emplace_back(room);
    return rooms;
  }

  WholeServer server_;
  std::string anna_;
  std::string rosa_;
};

TEST_F(NoticesTest, APersonHasOneRoomForThem) {
  const auto first = tell(notice("hello"));
  ASSERT_EQ(first.status, 200) << first.text;
  ASSERT_EQ(tell(notice("again")).status, 200);
  const auto rooms = invitations();
  ASSERT_EQ(rooms.size(), 1U);
  ASSERT_EQ(server_.call(anna_, "POST", "/join/" + rooms[0]).status, 200);
  const auto event = server_.call(anna_, "GET", "/rooms/" + rooms[0] + "/event/" + first.string_at("/event_id"));
  EXPECT_EQ(event.string_at("/content/body"), "hello");
  EXPECT_EQ(event.string_at("/sender"), "@server:example.org");
  EXPECT_EQ(server_.call(anna_, "GET", "/rooms/" + rooms[0] + "/state/m.room.name").string_at("/name"),
            "Server Notices");
  const auto tags = server_.call(anna_, "GET", "/user/@anna:example.org/rooms/" + rooms[0] + "/tags");
  EXPECT_TRUE(tags.at("/tags/m.server_notice").is_object()) << tags.text;
  EXPECT_EQ(server_
                .call(anna_, "PUT", "/rooms/" + rooms[0] + "/send/m.room.message/1",
                      JsonObject{{"msgtype", "m.text"}, {"body", "answer"}})
                .status,
            403)
      << "nobody answers the server";
}

TEST_F(NoticesTest, TheInvitationCannotBeRefusedAndWhoLeftIsInvitedAgain) {
  ASSERT_EQ(tell(notice("one")).status, 200);
  const auto before = invitations();
  ASSERT_EQ(before.size(), 1U);
  const auto refused = server_.call(anna_, "POST", "/rooms/" + before[0] + "/leave");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.string_at("/errcode"), "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM");
  ASSERT_EQ(server_.call(anna_, "POST", "/join/" + before[0]).status, 200);
  ASSERT_EQ(server_.call(anna_, "POST", "/rooms/" + before[0] + "/leave").status, 200);
  ASSERT_EQ(tell(notice("two")).status, 200);
  EXPECT_EQ(invitations(), before);
}

TEST_F(NoticesTest, WhoseRoomIsNoUseAnyMoreGetsANewOne) {
  ASSERT_EQ(tell(notice("one")).status, 200);
  const auto before = invitations();
  ASSERT_EQ(before.size(), 1U);
  ASSERT_EQ(server_.call(anna_, "POST", "/join/" + before[0]).status, 200);
  ASSERT_EQ(server_.call(anna_, "POST", "/rooms/" + before[0] + "/leave").status, 200);
  ASSERT_EQ(server_.call(rosa_, "PUT", "/_synapse/admin/v1/rooms/" + before[0] + "/block", {{"block", true}}).status,
            200);
  ASSERT_EQ(tell(notice("two")).status, 200);
  const auto after = invitations();
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(after[0], before[0]);
}

TEST_F(NoticesTest, ATransactionIsSentOnce) {
  const auto first = tell(notice("once"), "t1");
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(tell(notice("once"), "t1").text, first.text);
  EXPECT_NE(tell(notice("once"), "t2").text, first.text);
}

TEST_F(NoticesTest, ATypeAndAStateKeyAreTaken) {
  auto body = notice("topic");
  body["type"] = "m.room.topic";
  body["state_key"] = "";
  body["content"] = {{"topic", "news"}};
  ASSERT_EQ(tell(body).status, 200);
  const auto rooms = invitations();
  ASSERT_EQ(server_.call(anna_, "POST", "/join/" + rooms.at(0)).status, 200);
  EXPECT_EQ(server_.call(anna_, "GET", "/rooms/" + rooms.at(0) + "/state/m.room.topic").string_at("/topic"), "news");
}

TEST_F(NoticesTest, NobodysAccountSpeaksForTheServer) {
  server_.settings.edit<NoticeSettings>().localpart = "rosa";
  EXPECT_EQ(tell(notice("x")).status, 409);
  EXPECT_TRUE(invitations().empty());
}

TEST_F(NoticesTest, Refusals) {
  EXPECT_EQ(tell(notice("x", "@nobody:example.org")).string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(tell(notice("x", "@anna:elsewhere.org")).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(tell({{"user_id", "@anna:example.org"}}).string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(tell({{"user_id", "@anna:example.org"}, {"content", "text"}}).string_at("/errcode"), "M_BAD_JSON");
  EXPECT_EQ(server_.call(anna_, "POST", "/_synapse/admin/v1/send_server_notice", notice("x")).string_at("/errcode"),
            "M_FORBIDDEN");
  server_.settings.edit<NoticeSettings>().localpart = "";
  const auto off = tell(notice("x"));
  EXPECT_EQ(off.status, 400);
  EXPECT_EQ(off.string_at("/errcode"), "M_UNKNOWN");
  EXPECT_TRUE(invitations().empty());
}

}  // namespace
}  // namespace troupe::homeserver::notices
