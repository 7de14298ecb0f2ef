#include "homeserver/room_service.h"

#include <gmock/gmock.h>

#include "homeserver/room_fixture.h"

namespace troupe::homeserver {
namespace {

using testing::ElementsAre;

class RoomServiceTest : public RoomTest {};

TEST_F(RoomServiceTest, CreatesARoomWithItsEventsInTheSpecifiedOrder) {
  CreateRoom request;
  request.name = "Tea";
  request.topic = "Hot drinks";
  request.alias_localpart = "tea";
  request.invite = {user("bob")};
  auto id = must_create("alice", request);
  EXPECT_THAT(story(id), ElementsAre("m.room.create", "m.room.member:join", "m.room.power_levels",
                                     "m.room.canonical_alias", "m.room.join_rules", "m.room.history_visibility",
                                     "m.room.guest_access", "m.room.name", "m.room.topic", "m.room.member:invite"));
  EXPECT_EQ(id.size(), 44U);
  EXPECT_FALSE(matrix::find_object(state(id, "m.room.power_levels")->event->content, "users")->contains(user("alice")));
  EXPECT_EQ(room(id)->joined_count(), 1U);
  EXPECT_EQ(room(id)->invited_count(), 1U);
}

TEST_F(RoomServiceTest, SendsAndKeepsTransactionIdsOverARestart) {
  auto id = public_room("alice");
  auto first = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(first) << first.error().message();
  auto again = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->event_id, first->event_id);
  EXPECT_TRUE(again->duplicate);
  restart();
  auto after = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(after);
  EXPECT_EQ(after->event_id, first->event_id);
  auto other = send(with_txn("alice", "t2"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(other);
  EXPECT_NE(other->event_id, first->event_id);
  EXPECT_GT(other->pos, first->pos);
}

TEST_F(RoomServiceTest, JoinsByRule) {
  auto open = public_room("alice");
  auto closed = must_create("alice");
  EXPECT_TRUE(join("bob", open));
  auto refused = join("bob", closed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  ASSERT_TRUE(change("alice", closed, "bob", "invite"));
  auto joined = join("bob", closed);
  ASSERT_TRUE(joined);
  auto again = join("bob", closed);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->event_id, joined->event_id);
  EXPECT_EQ(join("bob", "!unknownunknownunknownunknownunknownunknownun").error().code(), Errc::not_found);
}

}  // namespace
}  // namespace troupe::homeserver
