// Whom an event names, by the predefined push rules: counted the same from memory and from rows.
#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using matrix::JsonObject;

struct Named {
  const char* what;
  JsonObject content;
  int notified, highlighted;
  const char* type = "m.room.message";
  const char* from = "carol";  ///< alice may address the whole room
};

JsonObject says(const char* body, JsonObject more = {}) {
  more["body"] = body;
  if (!more.contains("msgtype")) more["msgtype"] = "m.text";
  return more;
}

const JsonObject kEdit{{"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$nothing"}}}};

// bob.x is called "Bob (the \"Builder\") Müller" here.
const std::vector<Named>& table() {
  static const std::vector<Named> cases{
      {"nobody is named", says("hello"), 1, 0},
      {"the local part", says("hi bob.x"), 1, 1},
      {"in other case", says("BOB.X: hi"), 1, 1},
      {"a part of a word", says("bob.xylophone"), 1, 0},
      {"the end of a word", says("jimbob.x"), 1, 0},
      {"a part of the name", says("bob"), 1, 0},
      {"after a line's end", says("hi\nbob.x\tand all"), 1, 1},
      {"the whole id", says("hi @bob.x:example.org"), 1, 1},
      {"the display name", says("dear bob (the \"builder\") Müller, hi"), 1, 1},
      {"other letters' case counts", says("dear bob (the \"builder\") MÜLLER"), 1, 0},
      {"somebody is mentioned: names do not count", says("hi bob.x", {{"m.mentions", JsonObject()}}), 1, 0},
      {"a mention", says("hi", {{"m.mentions", {{"user_ids", {"@bob.x:example.org"}}}}}), 1, 1},
      {"another one's mention", says("bob.x", {{"m.mentions", {{"user_ids", {"@carol:example.org"}}}}}), 1, 0},
      {"a notice", says("hi bob.x", {{"msgtype", "m.notice"}}), 0, 0},
      {"an edit with the display name", says("* Bob (the \"Builder\") Müller", kEdit), 1, 1},
      {"an edit with the local part", says("* bob.x", kEdit), 0, 0},
      {"an edit", says("* hello", kEdit), 0, 0},
      {"encrypted", {{"algorithm", "m.megolm.v1.aes-sha2"}, {"ciphertext", "bob.x"}}, 1, 0, "m.room.encrypted"},
      {"another kind of event", says("for bob.x"), 1, 1, "org.example.note"},
      {"another kind of event, for nobody", says("for all"), 0, 0, "org.example.note"},
      {"a reaction that mentions", {{"m.mentions", {{"user_ids", {"@bob.x:example.org"}}}}}, 1, 1, "m.reaction"},
      {"the room, without the level", says("hi @room"), 1, 0},
      {"the room, with the level", says("hi @room"), 1, 1, "m.room.message", "alice"},
      {"the room, by mention", says("hi", {{"m.mentions", {{"room", true}}}}), 1, 1, "m.room.message", "alice"},
      {"a part of the room's word", says("@roommate"), 1, 0, "m.room.message", "alice"},
      {"in a thread", says("bob.x", {{"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", "$nothing"}}}}), 1, 1},
  };
  return cases;
}

class SyncNamesTest : public SyncTest {
 protected:
  SyncNamesTest() {
    room_ = public_room("alice");
    EXPECT_TRUE(join("bob.x", room_));
    EXPECT_TRUE(join("carol", room_));
    EXPECT_TRUE(set_state("bob.x", room_, "m.room.member", user("bob.x"),
                          {{"membership", "join"}, {"displayname", "Bob (the \"Builder\") Müller"}}));
  }
  std::pair<int, int> unread(const ReadAnswer& answer) const {
    const auto counts = answer.at("rooms", "join", room_, "unread_notifications");
    if (!counts.is_object()) return {-1, -1};
    return {counts.at("notification_count").to_number<int>(), counts.at("highlight_count").to_number<int>()};
  }
  void read_all() {
    const auto newest = sync("bob.x", {}, "&filter=" + base::percent_encode(R"({"room":{"timeline":{"limit":1}}})"))
                            .text_at("rooms", "join", room_, "timeline", "events", 0, "event_id");
    ASSERT_EQ(call("bob.x", "POST", "/rooms/" + room_ + "/receipt/m.read/" + newest).status, 200);
  }

  std::string room_;
};

TEST_F(SyncNamesTest, EachKindCountsInMemory) {
  for (const auto& row : table()) {
    read_all();
    const auto token = sync("bob.x").next();
    ASSERT_TRUE(send(actor(row.from), room_, row.type, row.content)) << row.what;
    EXPECT_EQ(unread(sync("bob.x", token)), std::pair(row.notified, row.highlighted)) << row.what;
  }
}

TEST_F(SyncNamesTest, EachKindCountsFromRows) {
  for (const auto& row : table()) {
    read_all();
    ASSERT_TRUE(send(actor(row.from), room_, row.type, row.content)) << row.what;
    restart_all();
    EXPECT_EQ(unread(sync("bob.x")), std::pair(row.notified, row.highlighted)) << row.what;
  }
}

TEST_F(SyncNamesTest, ManyRowsCountAsInMemory) {
  const auto token = sync("bob.x").next();
  std::pair<int, int> sum{0, 0};
  for (const auto& row : table()) {
    ASSERT_TRUE(send(actor(row.from), room_, row.type, row.content)) << row.what;
    sum.first += row.notified;
    sum.second += row.highlighted;
  }
  EXPECT_EQ(unread(sync("bob.x", token)), sum);
  restart_all();
  EXPECT_EQ(unread(sync("bob.x")), sum);
}

TEST_F(SyncNamesTest, ANewNameCountsFromThenOn) {
  read_all();
  const auto token = sync("bob.x").next();
  ASSERT_TRUE(send("carol", room_, "hi Robert"));
  EXPECT_EQ(unread(sync("bob.x", token)), std::pair(1, 0));
  ASSERT_TRUE(
      set_state("bob.x", room_, "m.room.member", user("bob.x"), {{"membership", "join"}, {"displayname", "Robert"}}));
  ASSERT_TRUE(send("carol", room_, "hi Robert, again"));
  const auto answer = sync("bob.x", token);
  EXPECT_GE(unread(answer).second, 1) << answer.text;
}

TEST_F(SyncNamesTest, OwnRulesSwitchItOff) {
  ASSERT_EQ(call("bob.x", "PUT", "/pushrules/global/content/.m.rule.contains_user_name/enabled", R"({"enabled":false})")
                .status,
            200);
  read_all();
  const auto token = sync("bob.x").next();
  ASSERT_TRUE(send("carol", room_, "hi bob.x"));
  EXPECT_EQ(unread(sync("bob.x", token)), std::pair(1, 0));
  restart_all();
  EXPECT_EQ(unread(sync("bob.x")), std::pair(1, 0));
}

}  // namespace
}  // namespace troupe::homeserver::sync
