// Looking into a room.
#include <gmock/gmock.h>

#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;

class RoomSnapshotTest : public ReadTest {
 protected:
  ReadAnswer look(std::string_view who, const std::string& room, const std::string& query = {}) {
    return get(who, "/rooms/" + room + "/initialSync" + query);
  }
};

TEST_F(RoomSnapshotTest, ShowsAMemberTheRoomAsItIs) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  for (const auto* text : {"one", "two", "three"}) ASSERT_TRUE(send("alice", room, text));
  ASSERT_EQ(call("bob", "PUT", "/user/" + user("bob") + "/rooms/" + room + "/account_data/org.example.note",
                 R"({"text":"mine"})")
                .status,
            200);
  const auto answer = look("bob", room, "?limit=2");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.text_at("room_id"), room);
  EXPECT_EQ(answer.text_at("membership"), "join");
  EXPECT_EQ(answer.text_at("visibility"), "private");
  EXPECT_THAT(digest(answer.at("messages", "chunk")), ElementsAre("two", "three")) << "the oldest first";
  EXPECT_EQ(answer.text_at("messages", "chunk", 0, "room_id"), room);
  EXPECT_EQ(answer.text_at("account_data", 0, "content", "text"), "mine");
  EXPECT_EQ(answer.at("state").as_array().size(), get("bob", "/rooms/" + room + "/state").json.as_array().size());
  const auto earlier =
      get("bob", "/rooms/" + room + "/messages?dir=b&limit=1&from=" + answer.text_at("messages", "start"));
  EXPECT_THAT(digest(earlier.at("chunk")), ElementsAre("one"));
  ASSERT_TRUE(send("alice", room, "four"));
  const auto later = get("bob", "/rooms/" + room + "/messages?dir=f&from=" + answer.text_at("messages", "end"));
  EXPECT_THAT(digest(later.at("chunk")), ElementsAre("four"));
  EXPECT_THAT(digest(look("bob", room, "?limit=0").at("messages", "chunk")), ElementsAre());
}

TEST_F(RoomSnapshotTest, StrangersSeeOnlyWhatIsOpen) {
  const auto room = public_room("alice");
  ASSERT_TRUE(send("alice", room, "before"));
  EXPECT_EQ(look("dora", room).status, 403);
  EXPECT_EQ(look("dora", "!nowhere:example.org").text, look("dora", room).text);
  ASSERT_TRUE(set_state("alice", room, "m.room.history_visibility", "", {{"history_visibility", "world_readable"}}));
  ASSERT_TRUE(send("alice", room, "open"));
  const auto answer = look("dora", room, "?limit=100");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.text_at("membership"), "leave");
  EXPECT_EQ(answer.text.find("before"), std::string::npos);
  EXPECT_NE(answer.text.find("open"), std::string::npos);
}

TEST_F(RoomSnapshotTest, WhoLeftSeesItAsItWasThen) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room) && send("alice", room, "together") && change("bob", room, "bob", "leave"));
  ASSERT_TRUE(send("alice", room, "alone"));
  const auto answer = look("bob", room, "?limit=100");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.text_at("membership"), "leave");
  EXPECT_NE(answer.text.find("together"), std::string::npos);
  EXPECT_EQ(answer.text.find("alone"), std::string::npos);
}

TEST_F(RoomSnapshotTest, OneEventWithoutItsRoom) {
  const auto room = public_room("alice");
  const auto sent = send("alice", room, "one");
  ASSERT_TRUE(sent);
  const auto found = get("alice", "/events/" + sent->event_id);
  EXPECT_EQ(found.text_at("content", "body"), "one");
  EXPECT_EQ(found.text_at("room_id"), room);
  const auto hidden = get("dora", "/events/" + sent->event_id);
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(get("dora", "/events/$0123456789012345678901234567890123456789012").text, hidden.text);
  EXPECT_EQ(get("dora", "/events/nonsense").text, hidden.text);
}

TEST_F(RoomSnapshotTest, BadLimitsAreRefused) {
  const auto room = public_room("alice");
  EXPECT_EQ(look("alice", room, "?limit=-1").text_at("errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(look("alice", room, "?limit=x").text_at("errcode"), "M_INVALID_PARAM");
}

}  // namespace
}  // namespace troupe::homeserver::sync
