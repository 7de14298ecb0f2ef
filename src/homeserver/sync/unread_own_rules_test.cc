// With push rules of one's own everything may notify: what is counted event by event is what a restart counts.
#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

class UnreadOwnRulesTest : public SyncTest {
 protected:
  UnreadOwnRulesTest() {
    room = public_room("alice");
    EXPECT_TRUE(join("bob", room));
    since = sync("bob").next();
  }

  void rule(const std::string& path, const std::string& body) {
    EXPECT_EQ(call("bob", "PUT", "/pushrules/global/" + path, body).status, 200) << path;
  }
  void notify(const std::string& rule_id) {
    rule("override/" + rule_id + "/actions", R"({"actions":["notify",{"set_tweak":"highlight"}]})");
  }
  /// Two messages, and one of everything that notifies nobody by the predefined rules.
  void say_all() {
    const auto one = send("alice", room, "one");
    ASSERT_TRUE(one && send("alice", room, "two"));
    ASSERT_TRUE(send(actor("alice"), room, "m.room.message", {{"msgtype", "m.notice"}, {"body", "a notice"}}));
    ASSERT_TRUE(send(actor("alice"), room, "m.reaction",
                     {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", one->event_id}, {"key", "x"}}}}));
    ASSERT_TRUE(server->run(server->service->set_state(actor("alice"), room, "m.room.topic", "", {{"topic", "t"}})));
    ASSERT_TRUE(server->run(server->service->set_state(actor("alice"), room, "m.room.member", user("alice"),
                                                       {{"membership", "join"}, {"displayname", "Al"}})));
  }
  void expect_always(int notifications, int highlights) {
    const auto counts_of = [&](const ReadAnswer& answer) {
      const auto count = answer.at("rooms", "join", room, "unread_notifications");
      return count.is_null() ? "nothing" : boost::json::serialize(count);
    };
    const auto wanted = R"({"notification_count":)" + std::to_string(notifications) + R"(,"highlight_count":)" +
                        std::to_string(highlights) + "}";
    EXPECT_EQ(counts_of(sync("bob", since)), wanted) << "at the next sync";
    EXPECT_EQ(counts_of(sync("bob")), wanted) << "at a first sync";
    restart_all();
    EXPECT_EQ(counts_of(sync("bob")), wanted) << "after a restart";
  }

  std::string room;
  std::string since;
};

TEST_F(UnreadOwnRulesTest, ReactionsThatNotify) {
  notify(".m.rule.reaction");
  say_all();
  expect_always(3, 1);
}

TEST_F(UnreadOwnRulesTest, MembersThatNotify) {
  notify(".m.rule.member_event");
  say_all();
  expect_always(3, 1);
}

TEST_F(UnreadOwnRulesTest, NoticesThatAreNotKeptBack) {
  rule("override/.m.rule.suppress_notices/enabled", R"({"enabled":false})");
  say_all();
  expect_always(3, 0);
}

TEST_F(UnreadOwnRulesTest, AllOfARoom) {
  rule("room/" + room, R"({"actions":["notify"]})");
  say_all();
  expect_always(3, 0);  // the topic, too; the others are kept back by rules above it
}

TEST_F(UnreadOwnRulesTest, AllOfSomebody) {
  rule("sender/" + user("alice"), R"({"actions":["notify"]})");
  say_all();
  expect_always(3, 0);
}

TEST_F(UnreadOwnRulesTest, AStateEventOfOnesOwnChoice) {
  rule("override/topics", R"({"actions":["notify",{"set_tweak":"highlight"}],
    "conditions":[{"kind":"event_match","key":"type","pattern":"m.room.topic"}]})");
  say_all();
  expect_always(3, 1);
}

TEST_F(UnreadOwnRulesTest, AMentionLongAgo) {
  rule("content/banana", R"({"pattern":"banana","actions":["notify"]})");
  ASSERT_TRUE(send("alice", room, "bob!"));
  for (int i = 0; i < 250; ++i) ASSERT_TRUE(send("alice", room, "and so on"));
  expect_always(251, 1);
}

TEST_F(UnreadOwnRulesTest, AMutedRoomStaysMuted) {
  rule("override/" + room,
       R"({"actions":[],"conditions":[{"kind":"event_match","key":"room_id","pattern":")" + room + R"("}]})");
  say_all();
  expect_always(0, 0);
}

}  // namespace
}  // namespace troupe::homeserver::sync
