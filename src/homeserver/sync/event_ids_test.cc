// Events are found by the ids of every room version through every route that takes one: with ":" (1, 2), with "/" and
// "+" (3), and URL-safe ones.
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "homeserver/sync/read_fixture.h"
#include "matrix/room_version.h"

namespace troupe::homeserver::sync {
namespace {

class EventIdsTest : public ReadTest {
 protected:
  /// Messages until one has an id that a path must escape, where ids can have that.
  std::string root_in(const std::string& room, const matrix::RoomVersion& version) {
    for (int i = 0; i < 200; ++i) {
      const auto id = send("alice", room, "root").value().event_id;
      if (version.event_ids != matrix::EventIds::hash) return id;
      if (id.contains('/') && id.contains('+')) return id;
    }
    return {};
  }
};

TEST_F(EventIdsTest, AreTakenByEveryRoute) {
  for (const auto& version : matrix::room_versions()) {
    SCOPED_TRACE(version.id);
    const auto room = public_room("alice", std::string(version.id));
    ASSERT_TRUE(join("bob", room));
    const auto root = root_in(room, version);
    ASSERT_FALSE(root.empty());
    const auto escaped = base::percent_encode(root);
    const auto in_room = "/rooms/" + room;
    const auto token = sync("bob").next();
    const auto reply = send(actor("bob"), room, "m.room.message",
                            {{"body", "reply"}, {"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", root}}}})
                           .value();
    const auto edit = send(actor("bob"), room, "m.room.message",
                           {{"body", "* edited"},
                            {"m.new_content", {{"body", "edited"}}},
                            {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", reply.event_id}}}})
                          .value();

    const auto event = get("bob", in_room + "/event/" + escaped);
    EXPECT_EQ(event.text_at("event_id"), root);
    EXPECT_EQ(event.at("unsigned", "m.relations", "m.thread", "count"), 1);
    EXPECT_EQ(get("bob", in_room + "/context/" + escaped).text_at("event", "event_id"), root);
    const auto relations = get("bob", "/_matrix/client/v1/rooms/" + room + "/relations/" + escaped + "/m.thread");
    EXPECT_EQ(relations.text_at("chunk", 0, "event_id"), reply.event_id);
    EXPECT_EQ(relations.text_at("chunk", 0, "unsigned", "m.relations", "m.replace", "event_id"), edit.event_id);
    const auto threads = get("bob", "/_matrix/client/v1/rooms/" + room + "/threads");
    EXPECT_EQ(threads.text_at("chunk", 0, "event_id"), root);

    EXPECT_EQ(call("bob", "POST", in_room + "/receipt/m.read/" + escaped).status, 200);
    EXPECT_EQ(call("bob", "POST", in_room + "/receipt/m.read/" + base::percent_encode(reply.event_id),
                   R"({"thread_id":")" + root + "\"}")
                  .status,
              200);
    EXPECT_EQ(call("bob", "POST", in_room + "/read_markers", R"({"m.fully_read":")" + root + "\"}").status, 200);
    const auto synced = sync("bob", token);
    EXPECT_EQ(synced.text_at("rooms", "join", room, "timeline", "events", 0, "event_id"), reply.event_id);
    EXPECT_EQ(synced.text_at("rooms", "join", room, "account_data", "events", 0, "content", "event_id"), root);
    EXPECT_TRUE(
        synced.at("rooms", "join", room, "ephemeral", "events", 0, "content", root, "m.read", user("bob")).is_object());

    restart_all();
    EXPECT_EQ(get("bob", in_room + "/event/" + escaped).text_at("event_id"), root);
    EXPECT_EQ(get("bob", in_room + "/event/" + escaped + "x").status, 404);
  }
}

}  // namespace
}  // namespace troupe::homeserver::sync
