// What rides along with a thread's root, for people who see only parts of it.
#include "homeserver/sync/bundles.h"

#include <gmock/gmock.h>

#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {
namespace {

class BundlesTest : public ReadTest {
 protected:
  std::string answer(std::string_view who, const std::string& room, const std::string& root, std::string text) {
    matrix::JsonObject content{{"body", std::move(text)}, {"msgtype", "m.text"}};
    content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", root}};
    const auto sent = send(actor(who), room, "m.room.message", std::move(content));
    EXPECT_TRUE(sent);
    return sent ? sent->event_id : "";
  }
  /// More than a room keeps in memory.
  void push_out(const std::string& room) {
    for (int i = 0; i < 70; ++i) ASSERT_TRUE(send("alice", room, "later"));
  }
  ReadAnswer thread(std::string_view who, const std::string& room, const std::string& root) {
    const auto event = get(who, "/rooms/" + room + "/event/" + root);
    return {event.status, event.text, event.at("unsigned", "m.relations", "m.thread")};
  }
};

TEST_F(BundlesTest, WhoIgnoresSomebodyCountsAllOthersHoweverManyThereAre) {
  const auto room_id = public_room("alice");
  ASSERT_TRUE(join("bob", room_id));
  ASSERT_TRUE(join("spam", room_id));
  const auto root = send("alice", room_id, "root");
  ASSERT_TRUE(root);
  answer("bob", room_id, root->event_id, "one of bob's");
  // As many rows as weeks of a lively thread leave, without an event for each.
  constexpr int kMany = 6'000;
  const auto many = server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < 2 * kMany; ++i) {
      tx.run("INSERT INTO hs_relation (parent, rel_type, pos, type, sender) VALUES (?1, 'm.thread', ?2, ?3, ?4)",
             root->pos, tx.next_pos(), "m.room.message", user(i % 2 == 0 ? "bob" : "spam"));
    }
    return Unit{};
  }));
  ASSERT_TRUE(many);
  answer("bob", room_id, root->event_id, "the newest of bob's");
  for (int i = 0; i < 300; ++i) answer("spam", room_id, root->event_id, "buy");
  push_out(room_id);
  EXPECT_EQ(thread("alice", room_id, root->event_id).at("count"), 2 * kMany + 302);
  ASSERT_EQ(call("alice", "PUT", "/user/" + user("alice") + "/account_data/m.ignored_user_list",
                 R"({"ignored_users":{"@spam:example.org":{}}})")
                .status,
            200);
  const auto seen = thread("alice", room_id, root->event_id);
  EXPECT_EQ(seen.at("count"), kMany + 2) << seen.text;
  EXPECT_EQ(seen.at("latest_event", "content", "body"), "the newest of bob's");
}

TEST_F(BundlesTest, WhoWasThereForPartsOfAThreadCountsThose) {
  const auto room_id = public_room("alice");
  ASSERT_TRUE(set_state("alice", room_id, "m.room.history_visibility", "", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(join("carol", room_id));
  const auto root = send("alice", room_id, "root");
  ASSERT_TRUE(root);
  answer("alice", room_id, root->event_id, "seen");
  ASSERT_TRUE(change("carol", room_id, "carol", "leave"));
  for (int i = 0; i < 3; ++i) answer("alice", room_id, root->event_id, "not seen");
  ASSERT_TRUE(join("carol", room_id));
  answer("alice", room_id, root->event_id, "seen");
  ASSERT_TRUE(join("bob", room_id));
  answer("bob", room_id, root->event_id, "seen");
  push_out(room_id);
  EXPECT_EQ(thread("alice", room_id, root->event_id).at("count"), 6);
  EXPECT_EQ(thread("carol", room_id, root->event_id).at("count"), 3);
  ASSERT_EQ(call("carol", "PUT", "/user/" + user("carol") + "/account_data/m.ignored_user_list",
                 R"({"ignored_users":{"@bob:example.org":{}}})")
                .status,
            200);
  const auto seen = thread("carol", room_id, root->event_id);
  EXPECT_EQ(seen.at("count"), 2);
  EXPECT_EQ(seen.at("latest_event", "content", "body"), "seen");
}

}  // namespace
}  // namespace troupe::homeserver::sync
