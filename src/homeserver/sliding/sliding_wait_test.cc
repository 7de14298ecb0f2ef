// Waiting: what wakes a request, that nothing is missed between looking and waiting, and that nothing goes round for
// ever.
#include <atomic>
#include <thread>

#include "homeserver/sliding/sliding_fixture.h"
#include "homeserver/sliding/sliding_service.h"

namespace troupe::homeserver::sliding {
namespace {

using testing::ElementsAre;

constexpr auto kWithReceipts = R"({"lists":{"all":{"ranges":[[0,19]],"timeline_limit":3}},
  "extensions":{"receipts":{"enabled":true},"typing":{"enabled":true},"account_data":{"enabled":true}}})";

TEST_F(SlidingTest, AMessageAnInviteAndAReceiptWake) {
  const auto room = create("alice");
  join("bob", room);
  auto answer = slide("bob", {}, kWithReceipts);
  std::string said;
  answer = woken_by("bob", pos_of(answer), [&] { said = say("alice", room, "wake"); }, kWithReceipts);
  EXPECT_THAT(timeline(answer, room), ElementsAre("wake"));
  EXPECT_EQ(room_in(answer, room, "notification_count"), 1);
  // The mark goes away when another device has read: the room itself says so, without any event.
  answer = woken_by("bob", pos_of(answer), [&] { read("bob/LAPTOP", room, said); }, kWithReceipts);
  EXPECT_EQ(room_in(answer, room, "notification_count"), 0);
  EXPECT_FALSE(answer.at("/extensions/receipts/rooms/" + room).is_null());
  answer = woken_by("bob", pos_of(answer), [&] { read("alice", room, said); }, kWithReceipts);
  EXPECT_EQ(rooms_in(answer), 0u);
  EXPECT_FALSE(answer.at("/extensions/receipts/rooms/" + room + "/content/" + said + "/m.read").is_null());
  std::string invited;
  answer = woken_by(
      "bob", pos_of(answer), [&] { invited = create("alice", R"({"invite":["@bob:example.org"]})"); }, kWithReceipts);
  EXPECT_FALSE(room_in(answer, invited, "invite_state").is_null());
}

TEST_F(SlidingTest, AReadMarkFallsForThoseWhoAskForNoReceipts) {
  const auto room = create("alice");
  join("bob", room);
  const auto said = say("alice", room, "unread");
  const auto answer = slide("bob");
  EXPECT_EQ(room_in(answer, room, "notification_count"), 1);
  const auto then = woken_by("bob", pos_of(answer), [&] { read("bob/LAPTOP", room, said, "m.read.private"); });
  EXPECT_EQ(room_in(then, room, "notification_count"), 0);
  EXPECT_TRUE(room_in(then, room, "timeline").is_null());
}

TEST_F(SlidingTest, OtherPushRulesMoveTheMarks) {
  const auto room = create("alice");
  join("bob", room);
  say("alice", room, "unread");
  const auto answer = slide("bob");
  const auto then = woken_by("bob", pos_of(answer), [&] {
    ok("bob/LAPTOP", "PUT", "/pushrules/global/override/.m.rule.master/enabled", R"({"enabled":true})");
  });
  EXPECT_EQ(room_in(then, room, "notification_count"), 0);
}

TEST_F(SlidingTest, WhatIsNotShownDoesNotWake) {
  const auto room = create("alice");
  join("bob", room);
  const auto said = say("alice", room, "one");
  const auto answer = slide("bob");  // asks for neither receipts nor typing nor account data
  auto waiting = start("bob", pos_of(answer));
  read("alice", room, said);
  ok("alice", "PUT", "/rooms/" + room + "/typing/" + id("alice"), R"({"typing":true,"timeout":20000})");
  ok("bob/LAPTOP", "PUT", "/user/" + id("bob") + "/account_data/org.example", "{}");
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  say("alice", room, "two");
  EXPECT_THAT(timeline(done(waiting), room), ElementsAre("two"));
}

TEST_F(SlidingTest, AnAnswerWithoutNewsWaitsAndIsTheSame) {
  const auto room = create("alice");
  join("bob", room);
  read("bob", room, say("alice", room, "one"));
  ok("alice", "PUT", "/rooms/" + room + "/typing/" + id("alice"), R"({"typing":true,"timeout":60000})");
  create("alice", R"({"invite":["@bob:example.org"]})");
  const auto gone = create("alice");
  join("bob", gone);
  act_on("alice", gone, "ban", "bob");
  auto answer = slide("bob", {}, kWithReceipts);
  for (int round = 0; round < 3; ++round) {
    const auto before = std::chrono::steady_clock::now();
    answer = slide("bob", pos_of(answer), kWithReceipts, 40);
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(40)) << answer.text;
    EXPECT_EQ(rooms_in(answer), 0u);
    EXPECT_EQ(count(answer), 3);
    EXPECT_EQ(answer.at("/extensions"), json("{}"));
  }
}

TEST_F(SlidingTest, OtherListsAreAnsweredAtOnce) {
  create("alice");
  auto answer = slide("alice");
  answer = slide("alice", pos_of(answer), R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":3}}})", 30'000);
  EXPECT_EQ(count(answer), 1);
  answer = slide("alice", pos_of(answer), R"({"lists":{}})", 30'000);
  EXPECT_EQ(answer.at("/lists"), json("{}"));
  answer = slide("alice", pos_of(answer), R"({"lists":{},"extensions":{"e2ee":{"enabled":true}}})", 30'000);
  EXPECT_FALSE(answer.at("/extensions/e2ee").is_null());
}

TEST_F(SlidingTest, ANewerRequestOfTheConnectionAnswersTheOneThatWaits) {
  const auto room = create("alice");
  const auto answer = slide("alice");
  auto first = start("alice", pos_of(answer));
  EXPECT_EQ(first.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
  auto second = start("alice", pos_of(answer));
  const auto overtaken = done(first);
  EXPECT_EQ(overtaken.status, 200);
  EXPECT_EQ(pos_of(overtaken), pos_of(answer));
  EXPECT_EQ(rooms_in(overtaken), 0u);
  say("alice", room, "for the second");
  EXPECT_THAT(timeline(done(second), room), ElementsAre("for the second"));
}

TEST_F(SlidingTest, TwoWhoShareAConnectionDoNotDriveEachOther) {
  create("alice");
  const auto pos = pos_of(slide("alice"));
  std::future<WholeAnswer> waiting[] = {start("alice", pos), start("alice", pos)};
  int answers = 0;
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
       std::chrono::steady_clock::now() < end;) {
    for (auto& one : waiting) {
      if (one.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) continue;
      EXPECT_EQ(one.get().status, 200);
      ++answers;
      one = start("alice", pos);
    }
  }
  EXPECT_LE(answers, 6);
  for (auto stop = server.context->stops().rbegin(); stop != server.context->stops().rend(); ++stop) {
    server.must((*stop)());
  }
  for (auto& one : waiting) done(one);
}

TEST_F(SlidingTest, AnotherConnectionIsNotAnsweredByThat) {
  create("alice");
  const auto named = [](const std::string& conn) {
    return R"({"conn_id":")" + conn + R"(","lists":{"all":{"ranges":[[0,9]],"timeline_limit":1}}})";
  };
  const auto a = slide("alice", {}, named("a"));
  auto waiting = start("alice", pos_of(a), named("a"));
  const auto b = slide("alice", {}, named("b"));
  slide("alice", pos_of(b), named("b"));
  slide("alice", pos_of(b), named("b"));
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  create("alice");
  EXPECT_EQ(count(done(waiting)), 2);
}

TEST_F(SlidingTest, AStoppingServerAnswersWhoeverWaits) {
  create("alice");
  const auto answer = slide("alice");
  auto waiting = start("alice", pos_of(answer));
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
  for (auto stop = server.context->stops().rbegin(); stop != server.context->stops().rend(); ++stop) {
    server.must((*stop)());
  }
  EXPECT_EQ(done(waiting).status, 200);
}

/// Messages come while the client looks, waits and asks again: each is seen once, and none by chance only.
TEST_F(SlidingTest, NothingIsMissedBetweenLookingAndWaiting) {
  const auto room = create("alice");
  join("bob", room);
  constexpr int kMessages = 120;
  const auto body = R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":100}}})";
  auto answer = slide("bob", {}, body);
  std::atomic<bool> sent{false};
  std::thread speaker([&, alice = token("alice")] {
    for (int i = 0; i < kMessages; ++i) {
      server.call(alice, "PUT", "/rooms/" + room + "/send/m.room.message/n" + std::to_string(i),
                  matrix::JsonObject{{"msgtype", "m.text"}, {"body", std::to_string(i)}});
    }
    sent = true;
  });
  std::vector<std::string> heard;
  for (int asked = 0; heard.size() < kMessages && asked <= kMessages; ++asked) {
    auto waiting = start("bob", pos_of(answer), body);
    answer = done(waiting);
    ASSERT_EQ(answer.status, 200) << answer.text;
    const auto events = room_in(answer, room, "timeline");
    // Each request is answered by news, or by the end of its time; never for nothing.
    ASSERT_TRUE(events.is_array() && !events.get_array().empty()) << answer.text;
    for (const auto& text : digest(events)) heard.push_back(text);
  }
  speaker.join();
  std::vector<std::string> expected;
  for (int i = 0; i < kMessages; ++i) expected.push_back(std::to_string(i));
  EXPECT_EQ(heard, expected);
  EXPECT_TRUE(sent);
}

TEST_F(SlidingTest, ARedactedMessageIsCountedNoMore) {
  const auto room = create("alice");
  join("bob", room);
  auto answer = slide("bob");
  say("alice", room, "one");
  const auto named = send("alice", room, "m.room.message",
                          R"({"msgtype":"m.text","body":"you","m.mentions":{"user_ids":["@bob:example.org"]}})");
  answer = slide("bob", pos_of(answer));
  EXPECT_EQ(room_in(answer, room, "notification_count"), 2);
  EXPECT_EQ(room_in(answer, room, "highlight_count"), 1);
  answer = woken_by("bob", pos_of(answer), [&] { ok("alice", "PUT", "/rooms/" + room + "/redact/" + named + "/r1"); });
  EXPECT_EQ(room_in(answer, room, "notification_count"), 1);
  EXPECT_EQ(room_in(answer, room, "highlight_count"), 0);
  EXPECT_EQ(room_in(slide("bob"), room, "notification_count"), 1) << "on a new connection";
}

}  // namespace
}  // namespace troupe::homeserver::sliding
