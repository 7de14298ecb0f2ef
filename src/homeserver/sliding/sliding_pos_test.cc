// Positions: an answer that was lost is given again, one that is not known is refused, and connections do not meet.
#include "homeserver/common/sync_token.h"
#include "homeserver/sliding/sliding_fixture.h"

namespace troupe::homeserver::sliding {
namespace {

using testing::ElementsAre;

std::string on(const std::string& conn_id) {
  return R"({"conn_id":")" + conn_id + R"(","lists":{"all":{"ranges":[[0,9]],"timeline_limit":9}}})";
}

TEST_F(SlidingTest, ALostAnswerIsGivenAgain) {
  const auto room = create("alice");
  const auto first = slide("alice");
  say("alice", room, "one");
  const auto lost = slide("alice", pos_of(first));
  EXPECT_THAT(timeline(lost, room), ElementsAre("one"));
  say("alice", room, "two");
  const auto again = slide("alice", pos_of(first));
  EXPECT_THAT(timeline(again, room), ElementsAre("one", "two"));
  EXPECT_EQ(rooms_in(slide("alice", pos_of(again))), 0u);
  // The lost one is not known any more, nor is what was before the one that is confirmed.
  EXPECT_EQ(slide("alice", pos_of(lost)).string_at("/errcode"), "M_UNKNOWN_POS");
  EXPECT_EQ(slide("alice", pos_of(first)).status, 400);
}

TEST_F(SlidingTest, ALostFirstAnswerIsGivenAgain) {
  const auto room = create("alice");
  const auto lost = slide("alice");
  const auto again = slide("alice");
  EXPECT_EQ(room_in(again, room, "initial"), true);
  EXPECT_EQ(slide("alice", pos_of(lost)).status, 400);
  EXPECT_EQ(slide("alice", pos_of(again)).status, 200);
}

TEST_F(SlidingTest, OutOfSightLivesThroughALostAnswer) {
  const auto a = create("alice");
  const auto one = R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":9}}})";
  const auto first = slide("alice", {}, one);
  say("alice", a, "a1");
  const auto b = create("alice");
  slide("alice", pos_of(first), one);  // lost: b, and that a is out of sight
  const auto again = slide("alice", pos_of(first), one);
  EXPECT_EQ(room_in(again, b, "initial"), true);
  say("alice", a, "a2");
  EXPECT_THAT(timeline(slide("alice", pos_of(again), one), a), ElementsAre("a1", "a2"));
}

TEST_F(SlidingTest, WhatIsNotKnownIsRefused) {
  create("alice");
  const auto good = pos_of(slide("alice"));
  const auto parsed = parse_sliding_pos(good).value();
  std::string other_start;
  append_sliding_pos(other_start, {.pos = parsed.pos, .boot = "before", .ephemeral = 0, .number = parsed.number});
  for (const auto& bad : {std::string("1"), std::string("p1"), std::string("s1.a.1"), other_start}) {
    const auto answer = slide("alice", bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(answer.string_at("/errcode"), "M_UNKNOWN_POS") << bad;
  }
  EXPECT_EQ(slide("bob", good).string_at("/errcode"), "M_UNKNOWN_POS");
  EXPECT_EQ(slide("alice/LAPTOP", good).string_at("/errcode"), "M_UNKNOWN_POS");
  EXPECT_EQ(slide("alice", good, on("other")).string_at("/errcode"), "M_UNKNOWN_POS");
  EXPECT_EQ(slide("alice", good).status, 200);
}

TEST_F(SlidingTest, ConnectionsOfADeviceDoNotDisturbEachOther) {
  const auto room = create("alice");
  auto list = slide("alice", {}, on("room-list"));
  auto bell = slide("alice", {}, on("notifications"));
  say("alice", room, "one");
  list = slide("alice", pos_of(list), on("room-list"));
  EXPECT_THAT(timeline(list, room), ElementsAre("one"));
  say("alice", room, "two");
  bell = slide("alice", pos_of(bell), on("notifications"));
  EXPECT_THAT(timeline(bell, room), ElementsAre("one", "two"));
  EXPECT_THAT(timeline(slide("alice", pos_of(list), on("room-list")), room), ElementsAre("two"));
}

TEST_F(SlidingTest, APositionIsATokenElsewhere) {
  const auto room = create("alice");
  const auto first = pos_of(slide("alice"));
  join("bob", room);
  say("alice", room, "later");
  auto page = ok("alice", "GET", "/rooms/" + room + "/messages?dir=f&from=" + first);
  EXPECT_THAT(digest(page.at("/chunk")), ElementsAre("join:bob", "later"));
  EXPECT_EQ(ok("alice", "GET", "/rooms/" + room + "/members?at=" + first).at("/chunk").as_array().size(), 1u);
  EXPECT_EQ(ok("alice", "GET", "/keys/changes?from=" + first + "&to=" + first).status, 200);
  EXPECT_THAT(digest(ok("alice", "GET", "/sync?since=" + first).at("/rooms/join/" + room + "/timeline/events")),
              ElementsAre("join:bob", "later"));
}

TEST(SlidingPosTest, ItReadsBackAndNothingElseDoes) {
  std::string text;
  append_sliding_pos(text, {.pos = 12, .boot = "aB3", .ephemeral = 4, .number = 56});
  EXPECT_EQ(text, "p12.aB3.4.56");
  const auto pos = parse_sliding_pos(text);
  ASSERT_TRUE(pos);
  EXPECT_EQ(pos->number, 56u);
  EXPECT_EQ(parse_token(text)->pos, 12);
  EXPECT_FALSE(parse_token(text)->to_device);
  for (const auto* bad : {"", "p", "p1", "p1.a", "p1.a.", "p1.a.2", "p1.a.2.", "p1.a.2.3.4", "p1.-.2.3", "p-1.a.2.3",
                          "p1..2.3", "p1.a.2.99999999999999999999", "s1.a.2.3"}) {
    EXPECT_FALSE(parse_sliding_pos(bad)) << bad;
  }
}

}  // namespace
}  // namespace troupe::homeserver::sliding
