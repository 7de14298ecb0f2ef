// Client-Server API #get_matrixclientv1roomsroomidhierarchy
#include "homeserver/spaces/hierarchy.h"

#include "homeserver/spaces/space_fixture.h"

namespace troupe::homeserver::spaces {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HierarchyTest : public SpaceTest {};

TEST_F(HierarchyTest, GoesDepthFirstInTheOrderOfTheSpaces) {
  const auto top = create_space("alice", "top");
  const auto sub = create_space("alice", "sub");
  const auto late = create("alice", "late");
  const auto first = create("alice", "first");
  const auto inner = create("alice", "inner");
  const auto bad_order = create("alice", "bad order");
  add_child(top, late);
  add_child(top, sub, R"(,"order":"b")");
  add_child(top, first, R"(,"order":"a","suggested":true)");
  add_child(top, bad_order, R"(,"order":"\u0007")");
  add_child(sub, inner);
  const auto answer = hierarchy("bob", top);
  EXPECT_EQ(answer.status, 200) << answer.text;
  auto order = names(answer);
  ASSERT_EQ(order.size(), 6u);
  std::ranges::sort(order.begin() + 4, order.end());  // both of the same time, perhaps
  EXPECT_THAT(order, ElementsAre("top", "first", "sub", "inner", "bad order", "late"));
  EXPECT_EQ(answer.string_at("/rooms/0/room_type"), "m.space");
  EXPECT_EQ(answer.string_at("/rooms/0/join_rule"), "public");
  EXPECT_EQ(answer.string_at("/rooms/0/room_version"), "12");
  EXPECT_EQ(answer.at("/rooms/0/num_joined_members"), 1);
  EXPECT_EQ(answer.at("/rooms/0/children_state").as_array().size(), 4u);
  EXPECT_EQ(answer.string_at("/rooms/0/children_state/0/state_key"), first);
  EXPECT_EQ(answer.string_at("/rooms/0/children_state/0/content/order"), "a");
  EXPECT_TRUE(answer.at("/rooms/0/children_state/0/origin_server_ts").is_int64());
  EXPECT_TRUE(answer.at("/rooms/0/children_state/0/event_id").is_null());
  EXPECT_THAT(answer.at("/rooms/1/children_state").as_array(), IsEmpty());
  EXPECT_TRUE(answer.at("/next_batch").is_null());
}

TEST_F(HierarchyTest, SuggestedOnlyAndDepthBoundTheWalk) {
  const auto top = create_space("alice", "top");
  const auto sub = create_space("alice", "sub");
  const auto inner = create("alice", "inner");
  const auto other = create("alice", "other");
  add_child(top, sub, R"(,"suggested":true,"order":"a")");
  add_child(top, other, R"(,"order":"b")");
  add_child(sub, inner);
  const auto suggested = hierarchy("bob", top, "?suggested_only=true");
  EXPECT_THAT(names(suggested), ElementsAre("top", "sub"));
  EXPECT_EQ(suggested.at("/rooms/0/children_state").as_array().size(), 1u);
  EXPECT_THAT(names(hierarchy("bob", top, "?max_depth=0")), ElementsAre("top"));
  const auto one = hierarchy("bob", top, "?max_depth=1");
  EXPECT_THAT(names(one), ElementsAre("top", "sub", "other"));
  EXPECT_EQ(one.at("/rooms/1/children_state").as_array().size(), 1u);  // told, not followed
}

TEST_F(HierarchyTest, CirclesAndDiamondsAreVisitedOnce) {
  const auto top = create_space("alice", "top");
  const auto left = create_space("alice", "left");
  const auto right = create_space("alice", "right");
  const auto shared = create("alice", "shared");
  add_child(top, left, R"(,"order":"1")");
  add_child(top, right, R"(,"order":"2")");
  add_child(left, shared);
  add_child(right, shared);
  add_child(right, top);
  add_child(left, left);
  EXPECT_THAT(names(hierarchy("bob", top)), ElementsAre("top", "left", "shared", "right"));
}

TEST_F(HierarchyTest, WhatIsNoChildAnyMoreOrNoSpaceIsNotFollowed) {
  const auto top = create_space("alice", "top");
  const auto gone = create("alice", "gone");
  const auto plain = create("alice", "plain");
  const auto under_plain = create("alice", "under plain");
  add_child(top, gone);
  set("alice", top, "m.space.child", gone, "{}");
  add_child(top, plain);
  add_child(plain, under_plain);
  add_child(top, "!unknown:example.org");
  const auto answer = hierarchy("bob", top);
  EXPECT_THAT(names(answer), ElementsAre("top", "plain"));
  EXPECT_THAT(answer.at("/rooms/1/children_state").as_array(), IsEmpty());
}

TEST_F(HierarchyTest, ShowsOnlyWhatTheCallerMaySee) {
  const auto top = create_space("alice", "top");
  const auto hidden = create("alice", "hidden", "private_chat", true);
  const auto under_hidden = create("alice", "under hidden");
  const auto invited = create("alice", "invited", "private_chat");
  const auto world = create("alice", "world", "private_chat");
  const auto knock = create("alice", "knock", "private_chat");
  const auto limited = create("alice", "limited", "private_chat");
  const auto banned = create("alice", "banned");
  set("alice", world, "m.room.history_visibility", "", R"({"history_visibility":"world_readable"})");
  set("alice", knock, "m.room.join_rules", "", R"({"join_rule":"knock"})");
  restrict_to(limited, top);
  int number = 0;
  for (const auto& room : {hidden, invited, world, knock, limited, banned}) {
    add_child(top, room, R"(,"order":")" + std::to_string(++number) + "\"");
  }
  add_child(hidden, under_hidden);
  act_on(invited, "invite", "bob");
  act_on(banned, "ban", "bob");
  EXPECT_THAT(names(hierarchy("bob", top)), ElementsAre("top", "invited", "world", "knock"));
  join("bob", top);
  const auto answer = hierarchy("bob", top);
  EXPECT_THAT(names(answer), ElementsAre("top", "invited", "world", "knock", "limited"));
  EXPECT_EQ(answer.string_at("/rooms/4/allowed_room_ids/0"), top);
  EXPECT_EQ(answer.string_at("/rooms/4/join_rule"), "restricted");
  EXPECT_THAT(names(hierarchy("alice", top)),
              ElementsAre("top", "hidden", "under hidden", "invited", "world", "knock", "limited", "banned"));
}

TEST_F(HierarchyTest, ARootThatMayNotBeSeenIsForbidden) {
  const auto hidden = create("alice", "hidden", "private_chat", true);
  for (const auto& room : {hidden, std::string("!unknown:example.org"), std::string("no id")}) {
    const auto answer = hierarchy("bob", base::percent_encode(room));
    EXPECT_EQ(answer.status, 403) << room;
    EXPECT_EQ(answer.string_at("/errcode"), "M_FORBIDDEN");
  }
  EXPECT_EQ(hierarchy("", hidden).status, 401);
}

TEST_F(HierarchyTest, PagesGoOnWhereTheyEnded) {
  const auto top = create_space("alice", "top");
  const auto sub = create_space("alice", "sub");
  add_child(top, sub, R"(,"order":"0")");
  std::vector<std::string> rooms;
  for (int i = 1; i <= 4; ++i) {
    rooms.push_back(create("alice", "r" + std::to_string(i)));
    add_child(i <= 2 ? sub : top, rooms.back(), R"(,"order":")" + std::to_string(i) + "\"");
  }
  const auto first = hierarchy("bob", top, "?limit=3");
  EXPECT_THAT(names(first), ElementsAre("top", "sub", "r1"));
  const auto next = first.string_at("/next_batch");
  ASSERT_FALSE(next.empty());
  const auto second = hierarchy("bob", top, "?limit=2&from=" + next);
  EXPECT_THAT(names(second), ElementsAre("r2", "r3"));
  EXPECT_THAT(names(hierarchy("bob", top, "?limit=2&from=" + next)), ElementsAre("r2", "r3"));  // a lost answer
  const auto last = hierarchy("bob", top, "?limit=1&from=" + second.string_at("/next_batch"));
  EXPECT_THAT(names(last), ElementsAre("r4"));
  EXPECT_TRUE(last.at("/next_batch").is_null());
}

TEST_F(HierarchyTest, ATokenBelongsToItsRequest) {
  const auto top = create_space("alice", "top");
  const auto other = create_space("alice", "other");
  add_child(top, create("alice", "room"));
  const auto next = hierarchy("bob", top, "?limit=1&max_depth=3").string_at("/next_batch");
  ASSERT_FALSE(next.empty());
  const auto expect_refused = [&](const WholeAnswer& answer) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_EQ(answer.string_at("/errcode"), "M_INVALID_PARAM");
  };
  expect_refused(hierarchy("bob", top, "?from=" + next));
  expect_refused(hierarchy("bob", top, "?max_depth=3&suggested_only=true&from=" + next));
  expect_refused(hierarchy("bob", other, "?max_depth=3&from=" + next));
  expect_refused(hierarchy("carol", top, "?max_depth=3&from=" + next));
  expect_refused(hierarchy("bob", top, "?from=unknown"));
  for (const auto* bad : {"?limit=0", "?limit=-1", "?limit=x", "?max_depth=-1", "?suggested_only=perhaps"}) {
    expect_refused(hierarchy("bob", top, bad));
  }
  EXPECT_EQ(hierarchy("bob", top, "?limit=9999&max_depth=9999").status, 200);
}

TEST_F(HierarchyTest, ASpaceThatIsClosedBetweenPagesShowsNoMore) {
  const auto top = create_space("alice", "top");
  add_child(top, create("alice", "room"));
  const auto next = hierarchy("bob", top, "?limit=1").string_at("/next_batch");
  set("alice", top, "m.room.join_rules", "", R"({"join_rule":"invite"})");
  EXPECT_EQ(hierarchy("bob", top, "?from=" + next).status, 403);
}

TEST(WalksTest, OldOnesAndTooManyGo) {
  base::ManualClock clock;
  Walks walks(clock);
  const auto first = walks.keep("@a:x", std::make_shared<Walk>());
  const auto other = walks.keep("@b:x", std::make_shared<Walk>());
  EXPECT_NE(walks.find(first), nullptr);
  for (std::size_t i = 0; i < Walks::kMaxOfUser; ++i) walks.keep("@a:x", std::make_shared<Walk>());
  EXPECT_EQ(walks.find(first), nullptr);
  EXPECT_NE(walks.find(other), nullptr);
  clock.advance(Walks::kKeep);
  EXPECT_EQ(walks.find(other), nullptr);
  const auto late = walks.keep("@c:x", std::make_shared<Walk>());
  for (std::size_t i = 0; i < Walks::kMaxInAll; ++i) {
    std::string user = "@u";
    user += std::to_string(i);
    walks.keep(user, std::make_shared<Walk>());
  }
  EXPECT_EQ(walks.find(late), nullptr);
}

}  // namespace
}  // namespace troupe::homeserver::spaces
