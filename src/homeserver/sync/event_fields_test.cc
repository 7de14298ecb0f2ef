// `event_fields` of a filter: which parts of events /sync shows.
#include <gmock/gmock.h>

#include <set>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using matrix::Json;

class EventFieldsTest : public SyncTest {
 protected:
  static std::string keys(const Json& event) {
    std::string found;
    if (!event.is_object()) return "none";
    for (const auto& item : event.get_object()) found += std::string(matrix::view(item.key())) + " ";
    return found;
  }
};

TEST_F(EventFieldsTest, OnlyTheFieldsAskedForAreShown) {
  const auto room = public_room("alice");
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message",
                   {{"body", "hello"}, {"msgtype", "m.text"}, {"m.mentions", {{"room", true}}}}));
  ASSERT_TRUE(join("bob", room));
  constexpr auto kFields = R"({"event_fields":["type","content.body","content.m\\.mentions.room","unsigned.age"],
                               "room":{"timeline":{"types":["m.room.message"]}}})";
  const auto answer = sync_filtered("bob", {}, kFields);
  const auto shown = answer.at("rooms", "join", room, "timeline", "events", 0);
  EXPECT_EQ(keys(shown), "type content unsigned ") << answer.text;
  EXPECT_EQ(keys(shown.at("content")), "body m.mentions ") << answer.text;
  EXPECT_EQ(keys(shown.at("unsigned")), "age ") << answer.text;
  const auto state = answer.at("rooms", "join", room, "state", "events");
  ASSERT_FALSE(state.as_array().empty());
  for (const auto& event : state.as_array()) EXPECT_EQ(keys(event), "type unsigned ") << answer.text;
}

TEST_F(EventFieldsTest, TheFederationFormatShowsWholeEvents) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message", {{"body", "hello"}, {"msgtype", "m.text"}}));
  const auto expect_whole = [&](const ReadAnswer& answer) {
    std::set<std::string> members;
    for (const auto section : {"state", "timeline"}) {
      for (const auto& event : answer.at("rooms", "join", room, section, "events").as_array()) {
        const auto& object = event.as_object();
        for (const auto key : {"auth_events", "prev_events", "hashes", "depth", "event_id", "unsigned"})
          EXPECT_TRUE(object.contains(key)) << key << " in " << event;
        if (object.at("type") == "m.room.member") members.emplace(object.at("state_key").as_string());
      }
    }
    EXPECT_EQ(members.size(), 2U) << answer.text;
  };
  expect_whole(sync_filtered("bob", {}, R"({"event_format":"federation","room":{"timeline":{"limit":1}}})"));
  expect_whole(sync_filtered("bob", {}, R"({"event_format":"federation",
      "room":{"timeline":{"limit":1},"state":{"lazy_load_members":true}}})"));
  restart_all();
  expect_whole(sync_filtered("bob", {}, R"({"event_format":"federation","room":{"timeline":{"limit":1}}})"));
}

TEST_F(EventFieldsTest, NoFieldsAtAllAndNoListAtAll) {
  const auto room = public_room("alice");
  const auto token = sync("alice").next();
  ASSERT_TRUE(send("alice", room, "hello"));
  const auto nothing = sync_filtered("alice", token, R"({"event_fields":[]})");
  EXPECT_EQ(keys(nothing.at("rooms", "join", room, "timeline", "events", 0)), "") << nothing.text;
  const auto all = sync_filtered("alice", token, R"({"event_fields":null})");
  EXPECT_EQ(all.text_at("rooms", "join", room, "timeline", "events", 0, "content", "body"), "hello") << all.text;
}

TEST_F(EventFieldsTest, BundledEventsAreWholeWhereTheirPlaceIsAskedFor) {
  const auto room = public_room("alice");
  const auto root = send("alice", room, "root");
  ASSERT_TRUE(root);
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message",
                   {{"body", "answer"},
                    {"msgtype", "m.text"},
                    {"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", root->event_id}}}}));
  const auto answer = sync_filtered("alice", {}, R"({"event_fields":["unsigned.m\\.relations"],
                                                     "room":{"timeline":{"limit":2}}})");
  const auto shown = answer.at("rooms", "join", room, "timeline", "events", 0);
  EXPECT_EQ(keys(shown), "unsigned ") << answer.text;
  EXPECT_EQ(answer.text_at("rooms", "join", room, "timeline", "events", 0, "unsigned", "m.relations", "m.thread",
                           "latest_event", "content", "body"),
            "answer")
      << answer.text;
}

TEST_F(EventFieldsTest, InvitesAndMarksAreNoEventsOfATimeline) {
  const auto room = must_create("alice");
  const auto shared = public_room("alice");
  ASSERT_TRUE(join("bob", shared));
  ASSERT_TRUE(change("alice", room, "bob", "invite"));
  ASSERT_EQ(call("alice", "PUT", "/rooms/" + shared + "/typing/" + user("alice"), R"({"typing":true})").status, 200);
  ASSERT_EQ(call("bob", "PUT", "/user/" + user("bob") + "/account_data/org.example", R"({"a":1})").status, 200);
  const auto answer = sync_filtered("bob", {}, R"({"event_fields":["content"]})");
  EXPECT_EQ(answer.text_at("rooms", "invite", room, "invite_state", "events", 0, "type"), "m.room.create");
  EXPECT_EQ(answer.text_at("rooms", "join", shared, "ephemeral", "events", 0, "type"), "m.typing") << answer.text;
  EXPECT_FALSE(answer.text_at("account_data", "events", 0, "type").empty());
}

TEST_F(EventFieldsTest, ALeftRoomShowsThemToo) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  const auto answer = sync_filtered("bob", token, R"({"event_fields":["content.membership"]})");
  const auto shown = answer.at("rooms", "leave", room, "timeline", "events", 0);
  EXPECT_EQ(boost::json::serialize(shown), R"({"content":{"membership":"leave"}})") << answer.text;
}

}  // namespace
}  // namespace troupe::homeserver::sync
