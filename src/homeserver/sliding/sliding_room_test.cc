// What an answer says of one room: first, when it changes, when it was out of sight, and when it ends.
#include "homeserver/sliding/sliding_fixture.h"

namespace troupe::homeserver::sliding {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::string wanting(int limit, const std::string& state = "[]") {
  return R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":)" + std::to_string(limit) + R"(,"required_state":)" +
         state + "}}}";
}

TEST_F(SlidingTest, TheFirstTimeARoomIsThereWhole) {
  const auto room = create("alice", R"({"preset":"public_chat","name":"Garden","initial_state":[
    {"type":"m.room.avatar","state_key":"","content":{"url":"mxc://example.org/a"}}]})");
  join("bob", room);
  const auto said = say("bob", room, "hello");
  const auto answer = slide("alice", {}, wanting(2));
  EXPECT_EQ(room_in(answer, room, "initial"), true);
  EXPECT_EQ(room_in(answer, room, "name"), "Garden");
  EXPECT_EQ(room_in(answer, room, "avatar"), "mxc://example.org/a");
  EXPECT_TRUE(room_in(answer, room, "heroes").is_null());
  EXPECT_TRUE(room_in(answer, room, "is_dm").is_null());
  EXPECT_EQ(room_in(answer, room, "joined_count"), 2);
  EXPECT_EQ(room_in(answer, room, "invited_count"), 0);
  EXPECT_EQ(room_in(answer, room, "notification_count"), 1);
  EXPECT_EQ(room_in(answer, room, "highlight_count"), 0);
  EXPECT_EQ(room_in(answer, room, "limited"), true);
  EXPECT_EQ(room_in(answer, room, "num_live"), 0);
  EXPECT_TRUE(room_in(answer, room, "bump_stamp").is_int64());
  EXPECT_THAT(timeline(answer, room), ElementsAre("join:bob", "hello"));
  EXPECT_EQ(answer.string_at("/rooms/" + room + "/timeline/1/event_id"), said);
  EXPECT_TRUE(room_in(answer, room, "timeline/1/room_id").is_null());
  // Back from there comes what came before.
  const auto back =
      ok("alice", "GET",
         "/rooms/" + room + "/messages?dir=b&limit=1&from=" + answer.string_at("/rooms/" + room + "/prev_batch"));
  EXPECT_THAT(digest(back.at("/chunk")), Not(Contains("join:bob")));
  EXPECT_EQ(back.at("/chunk").as_array().size(), 1u);
}

TEST_F(SlidingTest, ThenOnlyWhatChanged) {
  const auto room = create("alice", R"({"preset":"public_chat","name":"Garden"})");
  join("bob", room);
  auto answer = slide("alice", {}, wanting(5));
  say("bob", room, "one");
  answer = slide("alice", pos_of(answer), wanting(5));
  EXPECT_THAT(timeline(answer, room), ElementsAre("one"));
  EXPECT_EQ(room_in(answer, room, "num_live"), 1);
  EXPECT_EQ(room_in(answer, room, "limited"), false);
  EXPECT_EQ(room_in(answer, room, "notification_count"), 1);
  for (const auto* member :
       {"initial", "name", "joined_count", "required_state", "is_dm", "unstable_expanded_timeline"})
    EXPECT_TRUE(room_in(answer, room, member).is_null()) << member;
  set("alice", room, "m.room.name", "", R"({"name":"Orchard"})");
  answer = slide("alice", pos_of(answer), wanting(5));
  EXPECT_EQ(room_in(answer, room, "name"), "Orchard");
  leave("bob", room);
  answer = slide("alice", pos_of(answer), wanting(5));
  EXPECT_EQ(room_in(answer, room, "joined_count"), 1);
  EXPECT_EQ(rooms_in(slide("alice", pos_of(answer), wanting(5))), 0u);
}

TEST_F(SlidingTest, AGapIsLimited) {
  const auto room = create("alice");
  auto answer = slide("alice", {}, wanting(2));
  for (const auto* text : {"1", "2", "3"}) say("alice", room, text);
  answer = slide("alice", pos_of(answer), wanting(2));
  EXPECT_THAT(timeline(answer, room), ElementsAre("2", "3"));
  EXPECT_EQ(room_in(answer, room, "limited"), true);
  EXPECT_EQ(room_in(answer, room, "num_live"), 2);
  say("alice", room, "4");
  say("alice", room, "5");
  answer = slide("alice", pos_of(answer), wanting(2));
  EXPECT_EQ(room_in(answer, room, "limited"), false);
}

TEST_F(SlidingTest, MessagesBumpARoomAndStateDoesNot) {
  const auto room = create("alice");
  const auto stamp = [&] {
    return room_in(slide("alice", {}, wanting(1)), room, "bump_stamp").to_number<std::int64_t>();
  };
  const auto created = stamp();
  auto answer = slide("alice", {}, wanting(1));
  set("alice", room, "m.room.topic", "", R"({"topic":"t"})");
  answer = slide("alice", pos_of(answer), wanting(1));
  EXPECT_TRUE(room_in(answer, room, "bump_stamp").is_null());
  EXPECT_EQ(stamp(), created);
  for (const auto* type : {"m.room.message", "m.room.encrypted", "m.sticker", "m.call.invite", "m.poll.start",
                           "org.matrix.msc3381.poll.start", "m.beacon_info"}) {
    const auto before = stamp();
    send("alice", room, type, R"({"body":"b"})");
    EXPECT_GT(stamp(), before) << type;
  }
  const auto before = stamp();
  send("alice", room, "m.reaction", "{}");
  EXPECT_EQ(stamp(), before);
  for (int i = 0; i < 70; ++i) send("alice", room, "org.example.noise", "{}");  // more than memory holds
  EXPECT_EQ(stamp(), before);
}

TEST_F(SlidingTest, ARoomWithoutANameHasItsPeople) {
  const auto room = create("alice");
  for (const auto* who : {"bob", "carol", "dave", "erin", "frank", "gina"}) join(who, room);
  ok("bob", "PUT", "/profile/" + id("bob") + "/displayname", R"({"displayname":"Bob"})");
  ok("bob", "PUT", "/profile/" + id("bob") + "/avatar_url", R"({"avatar_url":"mxc://example.org/bob"})");
  auto answer = slide("alice");
  const auto heroes = room_in(answer, room, "heroes").as_array();
  ASSERT_EQ(heroes.size(), 5u);
  EXPECT_EQ(heroes[0].at("user_id"), matrix::Json(id("bob")));
  EXPECT_EQ(heroes[0].at("displayname"), "Bob");
  EXPECT_EQ(heroes[0].at("avatar_url"), "mxc://example.org/bob");
  EXPECT_TRUE(room_in(answer, room, "name").is_null());
  const auto talk = create("bob", R"({"invite":["@alice:example.org"],"is_direct":true})");
  join("alice", talk);
  ok("alice", "PUT", "/user/" + id("alice") + "/account_data/m.direct", R"({"@bob:example.org":[")" + talk + "\"]}");
  answer = slide("alice", pos_of(answer));
  EXPECT_EQ(room_in(answer, talk, "is_dm"), true);
  EXPECT_EQ(room_in(answer, talk, "avatar"), "mxc://example.org/bob");
}

TEST_F(SlidingTest, ANewDirectRoomIsSaidToBeOne) {
  const auto room = create("alice");
  const auto first = slide("alice");
  const auto answer = woken_by("alice", pos_of(first), [&] {
    ok("alice/LAPTOP", "PUT", "/user/" + id("alice") + "/account_data/m.direct",
       R"({"@bob:example.org":[")" + room + "\"]}");
  });
  EXPECT_EQ(room_in(answer, room, "is_dm"), true);
  EXPECT_TRUE(room_in(answer, room, "timeline").is_null());
  EXPECT_EQ(rooms_in(slide("alice", pos_of(answer))), 0u);
}

TEST_F(SlidingTest, ARaisedTimelineLimitShowsTheNewestAtOnce) {
  const auto room = create("alice");
  for (const auto* text : {"1", "2", "3", "4"}) say("alice", room, text);
  auto answer = slide("alice", {}, wanting(1));
  EXPECT_THAT(timeline(answer, room), ElementsAre("4"));
  answer = slide("alice", pos_of(answer), wanting(3), 30'000);
  EXPECT_THAT(timeline(answer, room), ElementsAre("2", "3", "4"));
  EXPECT_EQ(room_in(answer, room, "unstable_expanded_timeline"), true);
  EXPECT_EQ(room_in(answer, room, "limited"), true);
  EXPECT_TRUE(room_in(answer, room, "initial").is_null());
  EXPECT_EQ(room_in(answer, room, "num_live"), 0);
  // Not again, and not when it is lowered.
  EXPECT_EQ(rooms_in(slide("alice", pos_of(answer), wanting(3))), 0u);
  answer = slide("alice", pos_of(answer), wanting(1));
  EXPECT_EQ(rooms_in(answer), 0u);
  answer = slide("alice", pos_of(answer), wanting(3));
  EXPECT_EQ(rooms_in(answer), 0u) << "the client has them";
  // After a gap it has not.
  answer = slide("alice", pos_of(answer), wanting(1));
  say("alice", room, "5");
  say("alice", room, "6");
  answer = slide("alice", pos_of(answer), wanting(1));
  EXPECT_THAT(timeline(answer, room), ElementsAre("6"));
  answer = slide("alice", pos_of(answer), wanting(3));
  EXPECT_THAT(timeline(answer, room), ElementsAre("4", "5", "6"));
}

TEST_F(SlidingTest, WidenedRequiredStateComesAtOnceAndNarrowedSaysNothing) {
  const auto room = create("alice");
  auto answer = slide("alice", {}, wanting(1, R"([["m.room.create",""]])"));
  EXPECT_THAT(state(answer, room), ElementsAre("m.room.create"));
  answer = slide("alice", pos_of(answer), wanting(1, R"([["m.room.create",""],["m.room.join_rules",""]])"), 30'000);
  EXPECT_THAT(state(answer, room), ElementsAre("m.room.join_rules"));
  EXPECT_TRUE(room_in(answer, room, "timeline").is_null());
  answer = slide("alice", pos_of(answer), wanting(1, R"([["m.room.join_rules",""]])"));
  EXPECT_EQ(rooms_in(answer), 0u);
  set("alice", room, "m.room.join_rules", "", R"({"join_rule":"invite"})");
  set("alice", room, "m.room.topic", "", R"({"topic":"t"})");
  answer = slide("alice", pos_of(answer), wanting(5, R"([["m.room.join_rules",""]])"));
  EXPECT_THAT(state(answer, room), ElementsAre("m.room.join_rules"));
}

TEST_F(SlidingTest, MeAndLazyMembers) {
  const auto room = create("alice");
  for (const auto* who : {"bob", "carol", "dave"}) join(who, room);
  say("bob", room, "hi");
  auto answer = slide("alice", {}, wanting(1, R"([["m.room.member","$ME"]])"));
  EXPECT_THAT(state(answer, room), ElementsAre("join:alice"));
  answer = slide("alice", {}, wanting(1, R"([["m.room.member","$LAZY"]])"));
  EXPECT_THAT(state(answer, room), ElementsAre("join:bob"));
  answer = slide("alice", {}, wanting(2, R"([["m.room.member","$LAZY"]])"));
  EXPECT_THAT(state(answer, room), UnorderedElementsAre("join:bob", "join:dave"));
  answer = slide("alice", {}, wanting(1, R"([["m.room.member","*"]])"));
  EXPECT_EQ(state(answer, room).size(), 4u);
  // Without a gap every change of a member comes, and the target of a membership.
  const auto lazily = wanting(3, R"([["m.room.member","$LAZY"]])");
  answer = slide("alice", {}, lazily);
  act_on("alice", room, "kick", "carol");
  answer = slide("alice", pos_of(answer), lazily);
  EXPECT_THAT(state(answer, room), UnorderedElementsAre("leave:carol", "join:alice"));
  // After a gap only those that the timeline shows.
  token("erin");
  act_on("alice", room, "invite", "erin");
  for (int i = 0; i < 4; ++i) say("dave", room, "x");
  answer = slide("alice", pos_of(answer), lazily);
  EXPECT_THAT(state(answer, room), ElementsAre("join:dave"));
}

TEST_F(SlidingTest, ARoomOutOfSightIsCaughtUpWhenItComesBack) {
  const auto a = create("alice", R"({"preset":"public_chat","name":"A"})");
  const auto one = R"({"lists":{"all":{"ranges":[[0,0]],"timeline_limit":2,"required_state":[["m.room.topic",""]]}}})";
  auto answer = slide("alice", {}, one);
  const auto b = create("alice", R"({"preset":"public_chat","name":"B"})");
  answer = slide("alice", pos_of(answer), one);
  EXPECT_THAT(ids(answer), ElementsAre(b));
  // Both change; only b stays in sight.
  set("alice", a, "m.room.topic", "", R"({"topic":"missed"})");
  say("alice", b, "b1");
  answer = slide("alice", pos_of(answer), one);
  EXPECT_TRUE(room_in(answer, a).is_null());
  say("alice", a, "a1");
  answer = slide("alice", pos_of(answer), one);
  EXPECT_TRUE(room_in(answer, a, "initial").is_null());
  EXPECT_THAT(state(answer, a), ElementsAre("m.room.topic"));
  EXPECT_THAT(timeline(answer, a), ElementsAre("m.room.topic", "a1"));
  EXPECT_EQ(room_in(answer, a, "limited"), false);
  // Again, with more than fits.
  for (const auto* text : {"b2", "b3"}) say("alice", b, text);
  answer = slide("alice", pos_of(answer), one);
  for (const auto* text : {"a2", "a3", "a4"}) say("alice", a, text);
  answer = slide("alice", pos_of(answer), one);
  EXPECT_THAT(timeline(answer, a), ElementsAre("a3", "a4"));
  EXPECT_EQ(room_in(answer, a, "limited"), true);
}

TEST_F(SlidingTest, InvitesAreStripped) {
  const auto first = slide("bob");
  const auto room = create("alice", R"({"name":"Party","topic":"secret plans","invite":["@bob:example.org"]})");
  const auto answer = slide("bob", pos_of(first));
  EXPECT_EQ(room_in(answer, room, "initial"), true);
  EXPECT_EQ(room_in(answer, room, "name"), "Party");
  EXPECT_TRUE(room_in(answer, room, "timeline").is_null());
  EXPECT_TRUE(room_in(answer, room, "required_state").is_null());
  const auto events = digest(room_in(answer, room, "invite_state"));
  EXPECT_THAT(events, Contains("m.room.create"));
  EXPECT_THAT(events, Contains("invite:bob"));
  EXPECT_THAT(events, Contains("join:alice"));
  EXPECT_TRUE(room_in(answer, room, "bump_stamp").is_int64());
  say("alice", room, "not for bob");
  EXPECT_EQ(rooms_in(slide("bob", pos_of(answer))), 0u);
  join("bob", room);
  const auto joined = slide("bob", pos_of(answer));
  EXPECT_EQ(room_in(joined, room, "initial"), true);
  EXPECT_THAT(timeline(joined, room), Contains("join:bob"));
}

TEST_F(SlidingTest, ALeaveByAnotherDeviceIsShownOnce) {
  const auto room = create("alice");
  join("bob", room);
  auto answer = slide("bob");
  say("alice", room, "bye");
  auto then = slide("bob", pos_of(answer));
  then = woken_by("bob", pos_of(then), [&] { leave("bob/LAPTOP", room); });
  EXPECT_THAT(state(then, room), ElementsAre("leave:bob"));
  EXPECT_THAT(timeline(then, room), ElementsAre("leave:bob"));
  say("alice", room, "after");
  then = slide("bob", pos_of(then));
  EXPECT_EQ(rooms_in(then), 0u);
  EXPECT_EQ(count(then), 0);
  join("bob", room);
  then = slide("bob", pos_of(then));
  EXPECT_EQ(room_in(then, room, "initial"), true);
}

TEST_F(SlidingTest, ARoomLeftAndForgottenElsewhereIsShownAsLeft) {
  const auto room = create("alice");
  join("bob", room);
  const auto answer = slide("bob");
  leave("bob/LAPTOP", room);
  ok("bob/LAPTOP", "POST", "/rooms/" + room + "/forget");
  const auto then = slide("bob", pos_of(answer));
  EXPECT_THAT(state(then, room), ElementsAre("leave:bob"));
  EXPECT_EQ(count(slide("bob", pos_of(then))), 0);
}

TEST_F(SlidingTest, SubscriptionsStandUntilTheyAreEnded) {
  const auto a = create("alice");
  create("alice");
  const auto none = R"({"lists":{}})";
  auto answer =
      slide("alice", {}, R"({"room_subscriptions":{")" + a + R"(":{"timeline_limit":1},"!x:example.org":{}}})");
  EXPECT_EQ(rooms_in(answer), 1u);
  EXPECT_EQ(room_in(answer, a, "initial"), true);
  say("alice", a, "still");
  answer = slide("alice", pos_of(answer), none);  // as matrix-js-sdk asks
  EXPECT_THAT(timeline(answer, a), ElementsAre("still"));
  answer = slide("alice", pos_of(answer), R"({"unsubscribe_rooms":[")" + a + "\"]}");
  say("alice", a, "not heard");
  EXPECT_EQ(rooms_in(slide("alice", pos_of(answer), none)), 0u);
  const auto stranger = slide("eve", {}, R"({"room_subscriptions":{")" + a + R"(":{"timeline_limit":9}}})");
  EXPECT_EQ(stranger.status, 200);
  EXPECT_EQ(rooms_in(stranger), 0u);
}

TEST_F(SlidingTest, ASubscriptionToARoomOneWasNeverInIsNotKept) {
  const auto room = create("bob");
  const auto body = R"({"room_subscriptions":{")" + room + R"(":{"timeline_limit":1}}})";
  const auto before = slide("alice", {}, body);
  EXPECT_EQ(rooms_in(before), 0u);
  join("alice", room);
  const auto then = slide("alice", pos_of(before), "{}");
  EXPECT_EQ(rooms_in(then), 0u);
  EXPECT_EQ(rooms_in(slide("alice", pos_of(then), body)), 1u);
}

TEST_F(SlidingTest, TheTransactionIdIsForTheDeviceThatSent) {
  const auto room = create("alice");
  const auto phone = slide("alice");
  const auto laptop = slide("alice/LAPTOP");
  ok("alice", "PUT", "/rooms/" + room + "/send/m.room.message/mine", R"({"msgtype":"m.text","body":"b"})");
  EXPECT_EQ(room_in(slide("alice", pos_of(phone)), room, "timeline/0/unsigned/transaction_id"), "mine");
  EXPECT_TRUE(room_in(slide("alice/LAPTOP", pos_of(laptop)), room, "timeline/0/unsigned/transaction_id").is_null());
}

TEST_F(SlidingTest, TheAcceptedShapeSaysItInItsWords) {
  const auto room = create("alice");
  const auto invited = create("bob", R"({"invite":["@alice:example.org"]})");
  const auto body = R"({"lists":{"x":{"timeline_limit":1,"required_state":{"include":[{"type":"m.room.create"}]}}}})";
  auto answer = slide_v4("alice", {}, body);
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("/lists/x"), json(R"({"count":2})"));
  EXPECT_EQ(room_in(answer, room, "membership"), "join");
  EXPECT_EQ(room_in(answer, room, "lists"), json(R"(["x"])"));
  EXPECT_TRUE(room_in(answer, room, "name").is_null());
  EXPECT_TRUE(room_in(answer, room).as_object().contains("name"));
  EXPECT_THAT(state(answer, room), ElementsAre("m.room.create"));
  EXPECT_TRUE(room_in(answer, room, "notification_count").is_null());
  EXPECT_EQ(room_in(answer, invited, "membership"), "invite");
  EXPECT_THAT(digest(room_in(answer, invited, "stripped_state")), Contains("invite:alice"));
  answer = slide_v4("alice", pos_of(answer), R"({"lists":{"x":{"timeline_limit":3}}})");
  EXPECT_EQ(room_in(answer, room, "expanded_timeline"), true);
  // Subscriptions hold for one request.
  answer = slide_v4("alice", {}, R"({"room_subscriptions":{")" + room + R"(":{"timeline_limit":1}}})");
  EXPECT_EQ(rooms_in(answer), 1u);
  say("alice", room, "unheard");
  EXPECT_EQ(rooms_in(slide_v4("alice", pos_of(answer), "{}")), 0u);
}

}  // namespace
}  // namespace troupe::homeserver::sliding
