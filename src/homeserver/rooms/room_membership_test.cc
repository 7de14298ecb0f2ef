// Who is in a room.
#include <gmock/gmock.h>

#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class RoomMembershipTest : public RoomTest {
 protected:
  void name(std::string_view who, std::string_view display_name) {
    ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
      accounts::profile_store::set_field(tx, user(who), accounts::kDisplayName, display_name);
      return Unit{};
    })));
  }
  std::string shown_name(const std::string& id, std::string_view who) {
    auto member = state(id, "m.room.member", user(who));
    return std::string(matrix::find_string(member->event->content, "displayname").value_or(""));
  }
};

TEST_F(RoomMembershipTest, JoinsByRule) {
  auto open = public_room("alice");
  auto closed = must_create("alice");
  EXPECT_TRUE(join("bob", open));
  auto refused = join("bob", closed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_EQ(refused.error().message(), "You are not invited to this room.");
  ASSERT_TRUE(change("alice", closed, "bob", "invite"));
  auto joined = join("bob", closed);
  ASSERT_TRUE(joined);
  auto again = join("bob", closed);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->event_id, joined->event_id);
  EXPECT_EQ(join("bob", "!" + std::string(43, 'u')).error().code(), Errc::not_found);
  EXPECT_EQ(room(closed)->joined_count(), 2U);
  EXPECT_EQ(room(closed)->invited_count(), 0U);
}

TEST_F(RoomMembershipTest, RestrictedRoomsAdmitMembersOfOtherRooms) {
  auto club = public_room("alice");
  CreateRoom request;
  request.initial_state = {JsonObject{
      {"type", "m.room.join_rules"},
      {"content",
       {{"join_rule", "restricted"}, {"allow", JsonArray{{{"type", "m.room_membership"}, {"room_id", club}}}}}}}};
  auto id = must_create("alice", request);
  EXPECT_EQ(join("bob", id).error().code(), Errc::forbidden);
  ASSERT_TRUE(join("bob", club));
  auto joined = join("bob", id);
  ASSERT_TRUE(joined) << joined.error().message();
  auto member = state(id, "m.room.member", user("bob"));
  EXPECT_EQ(matrix::find_string(member->event->content, "join_authorised_via_users_server"), user("alice"));
  ASSERT_TRUE(set_state("bob", id, "m.room.member", user("bob"), {{"membership", "join"}, {"displayname", "Bobby"}}));
  EXPECT_EQ(shown_name(id, "bob"), "Bobby");
  ASSERT_TRUE(set_state("alice", id, "m.room.power_levels", "", {{"invite", 101}}));
  ASSERT_TRUE(join("carol", club));
  ASSERT_TRUE(join("carol", id)) << "the creator stands above all levels";
  ASSERT_TRUE(change("alice", id, "alice", "leave"));
  ASSERT_TRUE(join("dave", club));
  EXPECT_EQ(join("dave", id).error().wire_code(), "M_UNABLE_TO_AUTHORISE_JOIN");
}

TEST_F(RoomMembershipTest, KickBanUnban) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  ASSERT_TRUE(join("carol", id));
  EXPECT_EQ(change("bob", id, "carol", "kick").error().code(), Errc::forbidden);
  ASSERT_TRUE(change("alice", id, "carol", "kick"));
  EXPECT_EQ(membership(id, "carol"), "leave");
  EXPECT_EQ(change("alice", id, "carol", "kick").error().code(), Errc::forbidden);
  EXPECT_EQ(change("alice", id, "nobody", "kick").error().code(), Errc::forbidden);
  EXPECT_EQ(change("alice", id, "carol", "unban").error().wire_code(), "M_BAD_STATE");
  ASSERT_TRUE(change("alice", id, "bob", "ban"));
  EXPECT_TRUE(change("alice", id, "bob", "ban")->duplicate);
  EXPECT_EQ(join("bob", id).error().message(), "You are banned from this room.");
  EXPECT_EQ(change("alice", id, "bob", "kick").error().code(), Errc::forbidden);
  EXPECT_EQ(change("alice", id, "bob", "invite").error().code(), Errc::forbidden);
  ASSERT_TRUE(change("alice", id, "bob", "unban"));
  EXPECT_TRUE(join("bob", id));
  EXPECT_EQ(change("outsider", id, "bob", "kick").error().code(), Errc::forbidden);
  EXPECT_EQ(change("alice", id, "bob", "dance").error().code(), Errc::forbidden);
}

TEST_F(RoomMembershipTest, KnockInviteRejectForget) {
  CreateRoom request;
  request.initial_state = {JsonObject{{"type", "m.room.join_rules"}, {"content", {{"join_rule", "knock"}}}}};
  auto id = must_create("alice", request);
  ASSERT_TRUE(change("bob", id, "bob", "knock"));
  EXPECT_EQ(membership(id, "bob"), "knock");
  ASSERT_TRUE(change("alice", id, "bob", "invite"));
  auto forget = [&](std::string_view who) { return server->run(server->service->forget(actor(who), id)); };
  EXPECT_EQ(forget("bob").error().http_status(), 400);
  ASSERT_TRUE(change("bob", id, "bob", "leave"));
  EXPECT_TRUE(change("bob", id, "bob", "leave")->duplicate);
  EXPECT_TRUE(forget("bob"));
  EXPECT_EQ(forget("alice").error().http_status(), 400);
  EXPECT_FALSE(forget("stranger"));
  auto rows = server->read([&](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    return memory::event_store::memberships_of(connection, user("bob"));
  });
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_TRUE(rows->front().forgotten);
  ASSERT_TRUE(change("alice", id, "bob", "invite"));
  rows = server->read([&](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    return memory::event_store::memberships_of(connection, user("bob"));
  });
  EXPECT_FALSE(rows->front().forgotten) << "a new invite brings the room back";
}

TEST_F(RoomMembershipTest, MemberEventsCarryTheProfile) {
  name("bob", "Bob B.");
  auto id = public_room("alice");
  auto other = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  ASSERT_TRUE(change("alice", other, "bob", "invite"));
  EXPECT_EQ(shown_name(id, "bob"), "Bob B.");
  EXPECT_EQ(shown_name(other, "bob"), "Bob B.");
  name("bob", "Robert");
  ASSERT_TRUE(server->run(server->service->refresh_profile(user("bob"))));
  EXPECT_EQ(shown_name(id, "bob"), "Robert");
  EXPECT_EQ(shown_name(other, "bob"), "Bob B.") << "only joined rooms";
  auto events = story(id).size();
  ASSERT_TRUE(server->run(server->service->refresh_profile(user("bob"))));
  EXPECT_EQ(story(id).size(), events) << "nothing to say twice";
  EXPECT_EQ(room(id)->joined_count(), 2U);
}

TEST_F(RoomMembershipTest, JoinAllTakesThousands) {
  auto id = must_create("alice");
  ASSERT_TRUE(change("alice", id, "user7", "ban"));
  std::vector<std::string> users{user("alice")};
  for (int i = 0; i < 3000; ++i) users.push_back(user("user" + std::to_string(i)));
  auto joined = server->run(server->service->join_all(id, users));
  ASSERT_TRUE(joined) << joined.error().message();
  EXPECT_EQ(joined->joined, 2999U);
  EXPECT_EQ(joined->banned, std::vector{user("user7")});
  EXPECT_EQ(room(id)->joined_count(), 3000U);
  EXPECT_EQ(room(id)->invited_count(), 0U);
  EXPECT_EQ(server->run(server->service->join_all(id, users))->joined, 0U);
  restart();
  EXPECT_EQ(room(id)->joined_count(), 3000U);
  EXPECT_EQ(membership(id, "user2999"), "join");
  ASSERT_TRUE(send("user2999", id, "we are many"));
  EXPECT_FALSE(server->run(server->service->join_all("!" + std::string(43, 'u'), users)));
  EXPECT_FALSE(server->run(server->service->join_all(id, {"nonsense"})));
}

TEST_F(RoomMembershipTest, LeavesAllRooms) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(public_room("alice"));
  for (const auto& id : ids) ASSERT_TRUE(join("bob", id));
  auto invited = must_create("alice");
  ASSERT_TRUE(change("alice", invited, "bob", "invite"));
  ASSERT_TRUE(server->run(server->service->leave_all(user("bob"))));
  for (const auto& id : ids) EXPECT_EQ(membership(id, "bob"), "leave");
  EXPECT_EQ(membership(invited, "bob"), "leave");
}

TEST_F(RoomMembershipTest, StateSetMemberEventsFollowTheSameRules) {
  auto id = must_create("alice");
  EXPECT_EQ(set_state("bob", id, "m.room.member", user("bob"), {{"membership", "join"}}).error().code(),
            Errc::forbidden);
  ASSERT_TRUE(set_state("alice", id, "m.room.member", user("bob"), {{"membership", "invite"}}));
  ASSERT_TRUE(set_state("bob", id, "m.room.member", user("bob"), {{"membership", "join"}}));
  EXPECT_EQ(set_state("bob", id, "m.room.member", user("bob"), {{"membership", 5}}).error().code(), Errc::bad_json);
  EXPECT_EQ(set_state("bob", id, "m.room.member", "odd", {{"membership", "join"}}).error().code(), Errc::forbidden);
}

TEST_F(RoomMembershipTest, BlockedRoomsAdmitNobody) {
  auto id = public_room("alice");
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    TRY(auto found, server->rooms->open(tx, id));
    server->rooms->set_blocked(tx, found, true);
    return Unit{};
  })));
  EXPECT_EQ(join("bob", id).error().message(), "This room has been blocked on this server");
}

}  // namespace
}  // namespace troupe::homeserver::rooms
