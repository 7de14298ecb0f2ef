// Which rooms a list has, in what order, and what of it is shown.
#include "homeserver/sliding/sliding_fixture.h"

namespace troupe::homeserver::sliding {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string list_of(const std::string& filters, const std::string& ranges = "[[0,19]]") {
  return R"({"lists":{"all":{"ranges":)" + ranges + R"(,"filters":)" + filters + "}}}";
}

TEST_F(SlidingTest, TheNewestEventOrdersAListAndReceiptsDoNot) {
  const auto a = create("alice");
  const auto b = create("alice");
  const auto c = create("alice");
  EXPECT_THAT(ids(slide("alice")), ElementsAre(c, b, a));
  join("bob", a);
  EXPECT_THAT(ids(slide("alice")), ElementsAre(a, c, b));
  const auto said = say("alice", b, "up");
  EXPECT_THAT(ids(slide("alice")), ElementsAre(b, a, c));
  read("bob", a, say("alice", a, "read me"));
  set("alice", c, "m.room.topic", "", R"({"topic":"newest"})");
  read("alice", b, said);
  EXPECT_THAT(ids(slide("alice")), ElementsAre(c, a, b));
}

TEST_F(SlidingTest, WindowsShowPartsOfAListAndItsCountIsWhole) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 5; ++i) rooms.insert(rooms.begin(), create("alice"));
  auto answer = slide("alice", {}, list_of("{}", "[[0,1],[3,9]]"));
  EXPECT_EQ(count(answer), 5);
  EXPECT_THAT(ids(answer), ElementsAre(rooms[0], rooms[1]));
  EXPECT_EQ(answer.string_at("/lists/all/ops/1/room_ids/0"), rooms[3]);
  EXPECT_EQ(answer.at("/lists/all/ops/1/range"), json("[3,9]"));
  EXPECT_EQ(rooms_in(answer), 4u);
  // What comes into the window later is new.
  answer = slide("alice", pos_of(answer), list_of("{}", "[[0,4]]"), 30'000);
  EXPECT_EQ(rooms_in(answer), 1u);
  EXPECT_EQ(room_in(answer, rooms[2], "initial"), true);
  EXPECT_THAT(ids(slide("alice", {}, list_of("{}", "[[7,9]]"))), IsEmpty());
  EXPECT_EQ(slide("alice", {}, R"({"lists":{"all":{"slow_get_all_rooms":true}}})").at("/rooms").as_object().size(), 5u);
}

TEST_F(SlidingTest, AnAnswerListsSoManyRoomsAndNoMore) {
  for (int i = 0; i < 60; ++i) create("alice", "{}");
  const auto lists = [](int count, const std::string& ranges) {
    std::string text = R"({"lists":{)";
    for (int i = 0; i < count; ++i) {
      text += (i == 0 ? "\"l" : ",\"l") + std::to_string(i) + R"(":{"ranges":)" + ranges + "}";
    }
    return text + "}}";
  };
  const auto refused = slide("alice", {}, lists(100, "[[0,99999]]"));  // 6,000
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.string_at("/errcode"), "M_INVALID_PARAM");
  const auto shown = slide("alice", {}, lists(100, "[[0,19],[10,19],[0,19],[5,15]]"));
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(ids(shown, "l99").size(), 20u);
  EXPECT_TRUE(shown.at("/lists/l0/ops/1").is_null());
  EXPECT_EQ(slide("alice", pos_of(shown), lists(100, "[[0,99999]]")).status, 400) << "from memory as well";
}

TEST_F(SlidingTest, RoomsInListsOfManyCombinationsShowWhatAnyListAsksFor) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 70; ++i) rooms.insert(rooms.begin(), create("alice", "{}"));
  std::string text = R"({"lists":{)";
  for (int i = 0; i < 70; ++i) {
    const auto n = std::to_string(i);
    text += (i == 0 ? "\"l" : ",\"l") + n + R"(":{"ranges":[[)" + n + "," + n +
            R"(]],"timeline_limit":1,"required_state":[["t)" + n + R"(",""],["m.room.create",""]]})";
  }
  const auto answer = slide("alice", {}, text + "}}");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(rooms_in(answer), 70u);
  for (const auto& room : rooms) EXPECT_THAT(state(answer, room), ElementsAre("m.room.create"));
}

TEST_F(SlidingTest, FiltersDoTheirWork) {
  const auto plain = create("alice", R"({"name":"Green Garden"})");
  const auto secret = create("alice", R"({"initial_state":[{"type":"m.room.encryption","state_key":"",
    "content":{"algorithm":"m.megolm.v1.aes-sha2"}}]})");
  const auto space = create("alice", R"({"creation_content":{"type":"m.space"}})");
  const auto invited = create("bob", R"({"invite":["@alice:example.org"]})");
  set("alice", space, "m.space.child", plain, R"({"via":["example.org"]})");
  set("alice", space, "m.space.child", secret, "{}");
  ok("alice", "PUT", "/user/" + id("alice") + "/account_data/m.direct", R"({"@bob:example.org":[")" + secret + "\"]}");
  ok("alice", "PUT", "/user/" + id("alice") + "/rooms/" + plain + "/tags/m.favourite", "{}");
  const auto of = [&](const std::string& filters) { return ids(slide("alice", {}, list_of(filters))); };
  EXPECT_THAT(of(R"({"is_dm":true})"), ElementsAre(secret));
  EXPECT_THAT(of(R"({"is_dm":false})"), UnorderedElementsAre(plain, space, invited));
  EXPECT_THAT(of(R"({"is_encrypted":true})"), ElementsAre(secret));
  EXPECT_THAT(of(R"({"is_invite":true})"), ElementsAre(invited));
  EXPECT_THAT(of(R"({"room_types":["m.space"]})"), ElementsAre(space));
  EXPECT_THAT(of(R"({"room_types":[null],"is_invite":false})"), UnorderedElementsAre(plain, secret));
  EXPECT_THAT(of(R"({"not_room_types":["m.space"],"is_invite":false})"), UnorderedElementsAre(plain, secret));
  EXPECT_THAT(of(R"({"tags":["m.favourite"]})"), ElementsAre(plain));
  EXPECT_THAT(of(R"({"not_tags":["m.favourite"],"is_dm":false})"), UnorderedElementsAre(space, invited));
  EXPECT_THAT(of(R"({"spaces":[")" + space + "\"]}"), ElementsAre(plain));  // a child without via is none
  EXPECT_THAT(of(R"({"room_name_like":"gREEN"})"), ElementsAre(plain));
  EXPECT_THAT(of(R"({"is_dm":true,"is_encrypted":false})"), IsEmpty());
}

TEST_F(SlidingTest, AListFollowsItsFilters) {
  const auto room = create("alice");
  const auto direct = list_of(R"({"is_dm":true})");
  const auto first = slide("alice", {}, direct);
  EXPECT_EQ(count(first), 0);
  const auto path = "/user/" + id("alice") + "/account_data/m.direct";
  const auto now = woken_by(
      "alice", pos_of(first), [&] { ok("alice", "PUT", path, R"({"@bob:example.org":[")" + room + "\"]}"); }, direct);
  EXPECT_EQ(count(now), 1);
  EXPECT_EQ(room_in(now, room, "is_dm"), true);
  const auto then = woken_by("alice", pos_of(now), [&] { ok("alice", "PUT", path, "{}"); }, direct);
  EXPECT_EQ(count(then), 0);
}

TEST_F(SlidingTest, RoomsOneWasRemovedFromStayAndThoseOneLeftGo) {
  const auto kicked = create("alice");
  const auto banned = create("alice");
  const auto left = create("alice");
  const auto retracted = create("alice");
  const auto rejected = create("alice");
  for (const auto& room : {kicked, banned, left}) join("bob", room);
  act_on("alice", kicked, "kick", "bob");
  act_on("alice", banned, "ban", "bob");
  leave("bob", left);
  act_on("alice", retracted, "invite", "bob");
  act_on("alice", retracted, "kick", "bob");
  act_on("alice", rejected, "invite", "bob");
  leave("bob", rejected);
  const auto answer = slide("bob");
  EXPECT_THAT(ids(answer), ElementsAre(banned, kicked));
  EXPECT_EQ(count(answer), 2);
  EXPECT_THAT(state(answer, kicked), ElementsAre("leave:bob"));
  EXPECT_THAT(state(answer, banned), ElementsAre("ban:bob"));
  ok("bob", "POST", "/rooms/" + kicked + "/forget");
  EXPECT_THAT(ids(slide("bob")), ElementsAre(banned));
}

TEST_F(SlidingTest, FiltersDoNotTellWhatARoomBecameAfterOnesRemoval) {
  const auto room = create("alice", R"({"preset":"public_chat","name":"Green Garden"})");
  join("bob", room);
  const auto never_in = create("alice", R"({"preset":"public_chat","name":"Green Cellar"})");
  act_on("alice", never_in, "invite", "bob");
  const auto known = pos_of(slide("bob"));
  act_on("alice", room, "ban", "bob");
  act_on("alice", never_in, "ban", "bob");
  const auto encrypt = [&](const std::string& where) {
    set("alice", where, "m.room.encryption", "", R"({"algorithm":"m.megolm.v1.aes-sha2"})");
  };
  for (const auto& where : {room, never_in}) {
    set("alice", where, "m.room.name", "", R"({"name":"Secret Meadow"})");
    encrypt(where);
  }
  const auto of = [&](const std::string& filters, const std::string& pos = {}) {
    return ids(slide("bob", pos, list_of(filters)));
  };
  EXPECT_THAT(of(R"({"room_name_like":"meadow"})", known), IsEmpty());
  EXPECT_THAT(of(R"({"room_name_like":"meadow"})"), IsEmpty());
  EXPECT_THAT(of(R"({"room_name_like":"garden"})"), ElementsAre(room));
  EXPECT_THAT(of(R"({"is_encrypted":true})"), IsEmpty());
  EXPECT_THAT(of(R"({"is_encrypted":false})"), ElementsAre(room));
  EXPECT_THAT(of(R"({"room_types":[null]})"), ElementsAre(room));
}

TEST_F(SlidingTest, InvitesFromWhomOneIgnoresAreNotThere) {
  token("alice");
  create("eve", R"({"invite":["@alice:example.org"]})");
  EXPECT_EQ(count(slide("alice")), 1);
  ok("alice", "PUT", "/user/" + id("alice") + "/account_data/m.ignored_user_list",
     R"({"ignored_users":{"@eve:example.org":{}}})");
  const auto answer = slide("alice");
  EXPECT_EQ(count(answer), 0);
  EXPECT_EQ(rooms_in(answer), 0u);
}

TEST_F(SlidingTest, ManyListsShareTheirRooms) {
  const auto room = create("alice");
  const auto answer = slide("alice", {}, R"({"lists":{
    "b":{"ranges":[[0,0]],"timeline_limit":1,"required_state":[["m.room.create",""]]},
    "a":{"ranges":[[0,9]],"timeline_limit":2,"required_state":[["m.room.power_levels",""]]}},
    "room_subscriptions":{")" + room + R"(":{"timeline_limit":3,"required_state":[["m.room.join_rules",""]]}}})");
  EXPECT_EQ(count(answer, "a"), 1);
  EXPECT_EQ(count(answer, "b"), 1);
  EXPECT_THAT(state(answer, room), UnorderedElementsAre("m.room.create", "m.room.power_levels", "m.room.join_rules"));
  EXPECT_EQ(timeline(answer, room).size(), 3u);
}

}  // namespace
}  // namespace troupe::homeserver::sliding
