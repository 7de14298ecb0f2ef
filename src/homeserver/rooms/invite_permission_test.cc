// Who wants no invitations (Client-Server API #invite-permission).
#include <gtest/gtest.h>

#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class InvitePermissionTest : public testing::Test {
 protected:
  std::string make_room(const JsonObject& more = {}) {
    return server_.call(anna_, "POST", "/createRoom", more).string_at("/room_id");
  }
  WholeAnswer invite(const std::string& room) {
    return server_.call(anna_, "POST", "/rooms/" + room + "/invite", JsonObject{{"user_id", kBerta}});
  }
  void want(const JsonObject& permission) {
    ASSERT_EQ(server_.call(berta_, "PUT", kPermission, permission).status, 200);
  }
  std::size_t invited(const std::string& path = "/sync") {
    const auto rooms = server_.call(berta_, "GET", path).at("/rooms/invite");
    return rooms.is_object() ? rooms.as_object().size() : 0;
  }

  static constexpr auto kBerta = "@berta:example.org";
  static constexpr auto kPermission = "/user/@berta:example.org/account_data/m.invite_permission_config";
  WholeServer server_;
  std::string anna_ = server_.person("anna");
  std::string berta_ = server_.person("berta");
};

TEST_F(InvitePermissionTest, NobodyInvitesWhoWantsNoInvitations) {
  const auto room = make_room();
  want({{"default_action", "block"}});
  const auto by_state = [&] {
    return server_.call(anna_, "PUT", "/rooms/" + room + "/state/m.room.member/" + kBerta,
                        JsonObject{{"membership", "invite"}});
  };
  const auto created = [&](const JsonObject& body) { return server_.call(anna_, "POST", "/createRoom", body); };
  const JsonObject member{{"type", "m.room.member"}, {"state_key", kBerta}, {"content", {{"membership", "invite"}}}};
  const JsonObject listed{{"invite", JsonArray{kBerta}}}, as_state{{"initial_state", JsonArray{member}}};
  for (const auto& refused : {invite(room), by_state(), created(listed), created(as_state)}) {
    EXPECT_EQ(refused.status, 403) << refused.text;
    EXPECT_EQ(refused.string_at("/errcode"), "M_INVITE_BLOCKED") << refused.text;
  }
  EXPECT_EQ(server_.call(anna_, "GET", "/joined_rooms").at("/joined_rooms").as_array().size(), 1U)
      << "a room that was refused is not there";
  want({});
  EXPECT_EQ(invite(room).status, 200);
  EXPECT_EQ(server_.call(berta_, "POST", "/join/" + room, JsonObject()).status, 200);
}

TEST_F(InvitePermissionTest, OlderInvitationsAreShownNoMore) {
  const auto room = make_room();
  ASSERT_EQ(invite(room).status, 200);
  const auto knocked = make_room(
      {{"initial_state", JsonArray{JsonObject{{"type", "m.room.join_rules"}, {"content", {{"join_rule", "knock"}}}}}}});
  ASSERT_EQ(server_.call(berta_, "POST", "/knock/" + knocked, JsonObject()).status, 200);
  const auto listed = [&] {
    const auto wanted =
        matrix::parse_json(R"({"lists":{"all":{"ranges":[[0,10]],"timeline_limit":1,"required_state":[]}}})");
    return server_.call(berta_, "POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", wanted.value())
        .at("/lists/all/count");
  };
  const auto notified = [&] { return server_.call(berta_, "GET", "/notifications").at("/notifications").as_array(); };
  EXPECT_EQ(invited(), 1U);
  EXPECT_EQ(listed(), 2);
  EXPECT_EQ(notified().size(), 1U);
  want({{"default_action", "block"}});
  EXPECT_EQ(invited(), 0U);
  EXPECT_EQ(listed(), 1) << "one's own knock is no invitation";
  EXPECT_EQ(notified().size(), 0U);
  EXPECT_EQ(server_.call(berta_, "GET", "/sync").at("/rooms/knock").as_object().size(), 1U);
  EXPECT_EQ(server_.call(anna_, "GET", "/rooms/" + room + "/state/m.room.member/" + kBerta).string_at("/membership"),
            "invite");
  want({{"default_action", "allow"}});
  EXPECT_EQ(invited(), 1U);
}

TEST_F(InvitePermissionTest, TheServerItselfReachesThem) {
  ASSERT_TRUE(server_.wait(server_.context->get<matrix::Accounts>().set_admin("@anna:example.org", true)));
  want({{"default_action", "block"}});
  const auto sent = server_.call(
      anna_, "POST", "/_synapse/admin/v1/send_server_notice",
      JsonObject{{"user_id", kBerta}, {"content", {{"msgtype", "m.text"}, {"body", "The server moves."}}}});
  EXPECT_EQ(sent.status, 200) << sent.text;
  EXPECT_EQ(invited(), 1U) << "and they see it";
}

}  // namespace
}  // namespace troupe::homeserver::rooms
