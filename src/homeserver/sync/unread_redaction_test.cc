// What is taken out of a room is not unread: what is counted then is what a restart counts.
#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

constexpr auto kByThread = R"({"room":{"timeline":{"unread_thread_notifications":true}}})";

class UnreadRedactionTest : public SyncTest {
 protected:
  UnreadRedactionTest() {
    room = public_room("alice");
    EXPECT_TRUE(join("bob", room));
    since = sync("bob").next();
  }

  std::string say(std::string_view who, const std::string& text, matrix::JsonObject more = {}) {
    more["msgtype"] = "m.text";
    more["body"] = text;
    const auto sent = send(actor(who), room, "m.room.message", std::move(more));
    EXPECT_TRUE(sent) << text;
    return sent ? sent->event_id : std::string();
  }
  std::string answer_in(std::string_view who, const std::string& root, const std::string& text) {
    return say(who, text, {{"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", root}}}});
  }
  void redact(std::string_view who, const std::string& event) {
    const auto done = server->run(server->service->redact(actor(who), room, event, {}));
    EXPECT_TRUE(done) << done.error().message();
  }
  void read(const std::string& event, const std::string& body = "{}") {
    EXPECT_EQ(call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + event, body).status, 200);
  }

  static std::string told(const matrix::Json& count) {
    return count.is_null() ? "nothing" : boost::json::serialize(count);
  }
  /// What bob's next sync says of the room: outside threads, then each thread with a count.
  std::vector<std::string> counts(std::string_view after) {
    const auto answer = sync_filtered("bob", after, kByThread);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> found{told(answer.at("rooms", "join", room, "unread_notifications"))};
    const auto threads = answer.at("rooms", "join", room, "unread_thread_notifications");
    if (threads.is_object())
      for (const auto& [root, count] : threads.get_object()) found.push_back(told(count));
    if (!answer.next().empty()) since = answer.next();
    return found;
  }
  std::vector<std::string> counts() { return counts(since); }
  static std::string of(int notifications, int highlights = 0) {
    return R"({"notification_count":)" + std::to_string(notifications) + R"(,"highlight_count":)" +
           std::to_string(highlights) + "}";
  }
  /// The same now, for somebody who syncs anew, and after a restart.
  void expect_always(const std::vector<std::string>& wanted) {
    EXPECT_EQ(counts(), wanted) << "at the next sync";
    EXPECT_EQ(counts(""), wanted) << "at a first sync";
    restart_all();
    EXPECT_EQ(counts(""), wanted) << "after a restart";
  }

  std::string room;
  std::string since;
};

TEST_F(UnreadRedactionTest, ARedactedMessageIsUnreadNoMore) {
  say("alice", "one");
  const auto two = say("alice", "two");
  EXPECT_EQ(counts(), std::vector{of(2)});
  redact("alice", two);
  expect_always({of(1)});
}

TEST_F(UnreadRedactionTest, NorDoesItHighlight) {
  say("alice", "hello bob");
  const auto named = say("alice", "you", {{"m.mentions", {{"user_ids", {user("bob")}}}}});
  const auto all = say("alice", "listen", {{"m.mentions", {{"room", true}}}});
  EXPECT_EQ(counts(), std::vector{of(3, 3)});
  redact("alice", named);
  EXPECT_EQ(counts(), std::vector{of(2, 2)});
  redact("alice", all);
  expect_always({of(1, 1)});
}

TEST_F(UnreadRedactionTest, InAThread) {
  const auto root = say("alice", "root");
  const auto other = say("alice", "other root");
  const auto said = answer_in("alice", root, "in the thread");
  answer_in("alice", root, "still there");
  const auto only = answer_in("alice", other, "alone");
  EXPECT_EQ(counts().size(), 3U);
  redact("alice", said);
  redact("alice", only);
  expect_always({of(2), of(1)});
}

TEST_F(UnreadRedactionTest, ARootIsRedactedUnderItsThread) {
  const auto root = say("alice", "root");
  answer_in("alice", root, "in the thread");
  EXPECT_EQ(counts(), (std::vector{of(1), of(1)}));
  redact("alice", root);
  expect_always({of(0), of(1)});
}

TEST_F(UnreadRedactionTest, AnEventThatAReceiptPointsTo) {
  const auto one = say("alice", "one");
  say("alice", "two");
  read(one);
  EXPECT_EQ(counts(), std::vector{of(1)});
  redact("alice", one);
  expect_always({of(1)});
}

TEST_F(UnreadRedactionTest, AnEventThatAReceiptOfAThreadPointsTo) {
  const auto root = say("alice", "root");
  const auto one = answer_in("alice", root, "one");
  answer_in("alice", root, "two");
  read(one, R"({"thread_id":")" + root + R"("})");
  EXPECT_EQ(counts(), (std::vector{of(1), of(1)}));
  redact("alice", one);
  expect_always({of(1), of(1)});
}

TEST_F(UnreadRedactionTest, WhoTakesBackWhatTheySaidHadReadAllTheSame) {
  say("alice", "one");
  const auto own = say("bob", "oops");
  say("alice", "two");
  EXPECT_EQ(counts(), std::vector{of(1)});
  redact("bob", own);
  expect_always({of(1)});
}

TEST_F(UnreadRedactionTest, ByAModeratorWhileNobodyLooked) {
  ASSERT_TRUE(join("carol", room));
  say("carol", "bob, buy this");
  say("carol", "and that");
  const auto first = counts();
  EXPECT_EQ(first, std::vector{of(2, 1)});
  std::vector<std::string> spam;
  for (int i = 0; i < 20; ++i) spam.push_back(say("carol", "bob " + std::to_string(i)));
  EXPECT_EQ(counts(), std::vector{of(22, 21)});
  for (const auto& event : spam) redact("alice", event);
  expect_always({of(2, 1)});
}

TEST_F(UnreadRedactionTest, WithRulesOfOnesOwn) {
  ASSERT_EQ(call("bob", "PUT", "/pushrules/global/content/cake",
                 R"({"pattern":"cake","actions":["notify",{"set_tweak":"highlight"}]})")
                .status,
            200);
  const auto cake = say("alice", "there is cake");
  say("alice", "cake again");
  EXPECT_EQ(counts(), std::vector{of(2, 2)});
  redact("alice", cake);
  expect_always({of(1, 1)});
}

TEST_F(UnreadRedactionTest, WhatCameBeforeTheTailOfTheRoom) {
  std::vector<std::string> said;
  for (int i = 0; i < 100; ++i) said.push_back(say("alice", std::to_string(i)));
  EXPECT_EQ(counts(), std::vector{of(100)});
  redact("alice", said[3]);
  redact("alice", said[97]);
  expect_always({of(98)});
}

}  // namespace
}  // namespace troupe::homeserver::sync
