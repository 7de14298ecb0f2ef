#include "homeserver/sync/sync_service.h"

#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST_F(SyncTest, FirstSyncOfANewUserHasPushRulesAndKeyCounts) {
  const auto first = sync("alice");
  EXPECT_EQ(first.status, 200);
  EXPECT_FALSE(first.next().empty());
  EXPECT_EQ(first.at("account_data", "events", 0, "type"), "m.push_rules");
  EXPECT_EQ(first.at("device_one_time_keys_count", "signed_curve25519"), 0);
  EXPECT_TRUE(first.at("device_unused_fallback_key_types").is_array());
  EXPECT_TRUE(first.at("rooms").is_null());
}

TEST_F(SyncTest, EmptySyncIsShortAndKeepsTheCounts) {
  const auto first = sync("alice");
  const auto second = sync("alice", first.next());
  EXPECT_EQ(second.at("device_one_time_keys_count", "signed_curve25519"), 0);
  EXPECT_EQ(second.json.as_object().size(), 3u) << second.text;
  EXPECT_EQ(second.next(), first.next());
}

TEST_F(SyncTest, AFreshRoomIsWholeAndNotLimited) {
  const auto room = public_room("alice");
  ASSERT_TRUE(send("alice", room, "hello"));
  const auto first = sync("alice");
  const auto events = timeline(first, room);
  EXPECT_EQ(events.front(), "m.room.create");
  EXPECT_EQ(events.back(), "hello");
  EXPECT_EQ(first.at("rooms", "join", room, "timeline", "limited"), false);
  EXPECT_THAT(state_of(first, room), IsEmpty());
  EXPECT_EQ(first.at("rooms", "join", room, "summary", "m.joined_member_count"), 1);
}

TEST_F(SyncTest, ALongRoomIsLimitedAndItsStateIsThatBeforeTheTimeline) {
  const auto room = public_room("alice");
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  const auto first = sync("alice");
  EXPECT_THAT(timeline(first, room), ElementsAre("m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11"));
  EXPECT_EQ(first.at("rooms", "join", room, "timeline", "limited"), true);
  EXPECT_THAT(state_of(first, room), Contains("join:alice"));
  EXPECT_THAT(state_of(first, room), Contains("m.room.create"));

  const auto prev = ReadAnswer::text_of(first.at("rooms", "join", room, "timeline", "prev_batch"));
  const auto before = get("alice", "/rooms/" + room + "/messages?dir=b&limit=1&from=" + prev);
  EXPECT_THAT(digest(before.at("chunk")), ElementsAre("m1"));
  const auto again = get("alice", "/rooms/" + room + "/messages?dir=f&limit=1&from=" + prev);
  EXPECT_THAT(digest(again.at("chunk")), ElementsAre("m2"));
}

TEST_F(SyncTest, OnlyNewEventsComeAndTheSameTokenGivesThemAgain) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto first = sync("bob");
  ASSERT_TRUE(send("alice", room, "one"));
  const auto second = sync("bob", first.next());
  EXPECT_THAT(timeline(second, room), ElementsAre("one"));
  EXPECT_EQ(second.at("rooms", "join", room, "timeline", "limited"), false);
  EXPECT_THAT(state_of(second, room), IsEmpty());
  EXPECT_TRUE(second.at("rooms", "join", room, "summary").is_null());
  ASSERT_TRUE(send("alice", room, "two"));
  EXPECT_THAT(timeline(sync("bob", first.next()), room), ElementsAre("one", "two"));
  EXPECT_THAT(timeline(sync("bob", second.next()), room), ElementsAre("two"));
}

TEST_F(SyncTest, AGapIsLimitedAndBringsTheStateThatChangedInIt) {
  const auto room = public_room("alice");
  const auto first = sync("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "news"}}));
  ASSERT_TRUE(join("bob", room));
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  const auto second = sync("alice", first.next());
  EXPECT_EQ(timeline(second, room).size(), 10u);
  EXPECT_EQ(second.at("rooms", "join", room, "timeline", "limited"), true);
  EXPECT_THAT(state_of(second, room), UnorderedElementsAre("m.room.topic", "join:bob"));
  EXPECT_EQ(second.at("rooms", "join", room, "summary", "m.joined_member_count"), 2);
  EXPECT_EQ(second.at("rooms", "join", room, "summary", "m.heroes", 0), "@bob:example.org");
}

TEST_F(SyncTest, AGapLongerThanMemoryIsReadFromTheDatabase) {
  const auto room = public_room("alice");
  const auto first = sync("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "old"}}));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  const auto second = sync("alice", first.next());
  EXPECT_EQ(timeline(second, room).front(), "m90");
  EXPECT_EQ(second.at("rooms", "join", room, "timeline", "limited"), true);
  EXPECT_THAT(state_of(second, room), ElementsAre("m.room.topic"));
  const auto all = sync_filtered("alice", first.next(), R"({"room":{"timeline":{"limit":100}}})");
  EXPECT_EQ(timeline(all, room).size(), 100u);
  EXPECT_EQ(all.at("rooms", "join", room, "timeline", "limited"), true);
}

TEST_F(SyncTest, AnInviteCarriesStrippedStateAndTheJoinTheWholeRoom) {
  const auto first = sync("bob");
  rooms::CreateRoom request;
  request.name = "Garden";
  request.invite = {user("bob")};
  const auto room = must_create("alice", std::move(request));
  const auto invited = sync("bob", first.next());
  const auto stripped = digest(invited.at("rooms", "invite", room, "invite_state", "events"));
  EXPECT_THAT(stripped, Contains("m.room.create"));
  EXPECT_THAT(stripped, Contains("m.room.name"));
  EXPECT_THAT(stripped, Contains("invite:bob"));
  EXPECT_TRUE(sync("bob", invited.next()).at("rooms").is_null());

  ASSERT_TRUE(join("bob", room));
  const auto joined = sync("bob", invited.next());
  EXPECT_TRUE(joined.at("rooms", "invite").is_null());
  auto all = timeline(joined, room);
  const auto state = state_of(joined, room);
  all.insert(all.end(), state.begin(), state.end());
  EXPECT_THAT(all, Contains("m.room.create"));
  EXPECT_THAT(all, Contains("join:alice"));
  EXPECT_THAT(all, Contains("m.room.name"));
  EXPECT_THAT(all, Contains("join:bob"));
}

TEST_F(SyncTest, ARejectedInviteShowsAsLeaveOnce) {
  rooms::CreateRoom request;
  request.invite = {user("bob")};
  const auto room = must_create("alice", std::move(request));
  const auto invited = sync("bob");
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  const auto rejected = sync("bob", invited.next());
  EXPECT_THAT(digest(rejected.at("rooms", "leave", room, "timeline", "events")), ElementsAre("leave:bob"));
  EXPECT_TRUE(sync("bob", rejected.next()).at("rooms").is_null());
}

TEST_F(SyncTest, AKickEndsWithTheLeaveEventAndNothingAfterIt) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto first = sync("bob");
  ASSERT_TRUE(send("alice", room, "before"));
  ASSERT_TRUE(change("alice", room, "bob", "leave"));
  ASSERT_TRUE(send("alice", room, "after"));
  const auto kicked = sync("bob", first.next());
  EXPECT_THAT(digest(kicked.at("rooms", "leave", room, "timeline", "events")), ElementsAre("before", "leave:bob"));
  EXPECT_TRUE(kicked.at("rooms", "join").is_null());
  EXPECT_TRUE(sync("bob", kicked.next()).at("rooms").is_null());
  EXPECT_TRUE(sync("bob").at("rooms").is_null());
}

TEST_F(SyncTest, ARejoinIsAsIfInitial) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto first = sync("bob");
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  ASSERT_TRUE(join("bob", room));
  const auto again = sync("bob", first.next());
  EXPECT_EQ(again.at("rooms", "join", room, "timeline", "limited"), true);
  EXPECT_THAT(state_of(again, room), Contains("m.room.create"));
  EXPECT_EQ(again.at("rooms", "join", room, "summary", "m.joined_member_count"), 2);
}

TEST_F(SyncTest, HiddenHistoryStaysHiddenAfterTheJoin) {
  const auto room = public_room("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.history_visibility", "", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(send("alice", room, "secret"));
  ASSERT_TRUE(join("bob", room));
  ASSERT_TRUE(send("alice", room, "open"));
  const auto first = sync("bob");
  EXPECT_THAT(timeline(first, room), ElementsAre("join:bob", "open"));
  EXPECT_EQ(first.at("rooms", "join", room, "timeline", "limited"), true);
  const auto messages = get("bob", "/rooms/" + room + "/messages?dir=b&limit=50");
  EXPECT_THAT(digest(messages.at("chunk")), Not(Contains("secret")));
}

TEST_F(SyncTest, TheTransactionIdGoesToTheSendingDeviceOnly) {
  const auto room = public_room("alice");
  const auto first = sync("alice");
  ASSERT_TRUE(send(with_txn("alice", "t1"), room, "m.room.message", {{"body", "hi"}, {"msgtype", "m.text"}}));
  const auto phone = sync("alice", first.next());
  EXPECT_EQ(phone.at("rooms", "join", room, "timeline", "events", 0, "unsigned", "transaction_id"), "t1");
  EXPECT_EQ(phone.at("rooms", "join", room, "timeline", "events", 0, "unsigned", "membership"), "join");
  const auto laptop = sync("alice/LAPTOP", first.next());
  EXPECT_EQ(timeline(laptop, room).size(), 1u);
  EXPECT_TRUE(laptop.at("rooms", "join", room, "timeline", "events", 0, "unsigned", "transaction_id").is_null());
}

TEST_F(SyncTest, StateEventsSayWhatTheyReplaced) {
  const auto room = public_room("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "old"}}));
  const auto first = sync("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "new"}}));
  const auto second = sync("alice", first.next());
  EXPECT_EQ(second.at("rooms", "join", room, "timeline", "events", 0, "unsigned", "prev_content", "topic"), "old");
  EXPECT_TRUE(second.at("rooms", "join", room, "timeline", "events", 0, "unsigned", "replaces_state").is_string());
}

TEST_F(SyncTest, FiltersChooseTypesRoomsAndLimits) {
  const auto room = public_room("alice");
  const auto other = public_room("alice");
  const auto first = sync("alice");
  ASSERT_TRUE(send("alice", room, "text"));
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "t"}}));
  ASSERT_TRUE(send("alice", other, "elsewhere"));

  auto answer = sync_filtered("alice", first.next(), R"({"room":{"rooms":[")" + room + R"("]}})");
  EXPECT_EQ(answer.at("rooms", "join").as_object().size(), 1u);
  answer = sync_filtered("alice", first.next(), R"({"room":{"timeline":{"types":["m.room.mess*"]}}})");
  EXPECT_THAT(timeline(answer, room), ElementsAre("text"));
  EXPECT_THAT(state_of(answer, room), ElementsAre("m.room.topic")) << "filtered out of the timeline, so in the state";
  answer = sync_filtered("alice", first.next(), R"({"room":{"timeline":{"limit":0}}})");
  EXPECT_EQ(answer.at("rooms", "join", room, "timeline", "limited"), true);
  EXPECT_THAT(timeline(answer, room), IsEmpty());
  answer = sync_filtered("alice", first.next(), R"({"room":{"timeline":{"types":[]},"state":{"types":[]}}})");
  EXPECT_TRUE(answer.at("rooms").is_null());
  EXPECT_EQ(sync_filtered("alice", "", R"({"room":{"timeline":{"limit":-1}}})").status, 400);
  EXPECT_EQ(sync_filtered("alice", "", "{").status, 400);
  EXPECT_EQ(sync("alice", "", "&filter=77").status, 400);
}

TEST_F(SyncTest, StoredFiltersKeepTheirIds) {
  const auto path = "/user/" + user("alice") + "/filter";
  const auto one = call("alice", "POST", path, R"({"room":{"timeline":{"limit":3}}})");
  const auto same = call("alice", "POST", path, R"({"room":{"timeline":{"limit":3}}})");
  EXPECT_EQ(one.at("filter_id"), same.at("filter_id"));
  const auto id = ReadAnswer::text_of(one.at("filter_id"));
  EXPECT_EQ(get("alice", path + "/" + id).at("room", "timeline", "limit"), 3);
  const auto room = public_room("alice");
  EXPECT_EQ(timeline(sync("alice", "", "&filter=" + id), room).size(), 3u);
  EXPECT_EQ(get("bob", path + "/" + id).status, 403);
  EXPECT_EQ(get("alice", path + "/9").status, 404);
}

TEST_F(SyncTest, LazyMembersComeWithTheirMessages) {
  const auto room = public_room("alice");
  for (const auto* name : {"bob", "carol", "dave", "erin", "frank", "gina", "hugo"}) ASSERT_TRUE(join(name, room));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(send("hugo", room, "m" + std::to_string(i)));
  constexpr auto kLazy = R"({"room":{"state":{"lazy_load_members":true}}})";
  const auto first = sync_filtered("bob", "", kLazy);
  const auto state = state_of(first, room);
  EXPECT_THAT(state, Contains("join:hugo"));
  EXPECT_THAT(state, Contains("join:bob"));
  EXPECT_THAT(state, Not(Contains("join:gina")));
  ASSERT_TRUE(send("gina", room, "here"));
  const auto second = sync_filtered("bob", first.next(), kLazy);
  EXPECT_THAT(state_of(second, room), ElementsAre("join:gina"));
}

TEST_F(SyncTest, WhoLeftAndCameBackUnseenHearsWhichMembersChanged) {
  const auto room = public_room("alice");
  for (const auto* name : {"bob", "carol", "dave", "erin"}) ASSERT_TRUE(join(name, room));
  constexpr auto kLazy = R"({"room":{"state":{"lazy_load_members":true},"timeline":{"limit":2}}})";
  const auto first = sync_filtered("bob", "", kLazy);
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  ASSERT_TRUE(change("alice", room, "carol", "ban"));
  ASSERT_TRUE(change("dave", room, "dave", "leave"));
  ASSERT_TRUE(join("bob", room));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  const auto second = sync_filtered("bob", first.next(), kLazy);
  EXPECT_THAT(state_of(second, room), Contains("ban:carol"));
  EXPECT_THAT(state_of(second, room), Contains("leave:dave"));
  // Nobody else's: they may be many.
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  const auto out = sync_filtered("bob", second.next(), kLazy);
  ASSERT_TRUE(change("alice", room, "erin", "ban"));
  ASSERT_TRUE(join("bob", room));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send("alice", room, "n" + std::to_string(i)));
  EXPECT_THAT(state_of(sync_filtered("bob", out.next(), kLazy), room), Not(Contains("ban:erin")))
      << "a client that saw them leave has forgotten the room's members";
}

TEST_F(SyncTest, StateAfterIsTheStateAtTheEnd) {
  const auto room = public_room("alice");
  const auto first = sync("alice");
  ASSERT_TRUE(set_state("alice", room, "m.room.topic", "", {{"topic", "t"}}));
  for (const auto* name : {"use_state_after", "org.matrix.msc4222.use_state_after"}) {
    const auto key = std::string_view(name).starts_with("org") ? "org.matrix.msc4222.state_after" : "state_after";
    const auto answer = sync("alice", first.next(), std::string("&") + name + "=true");
    EXPECT_THAT(digest(answer.at("rooms", "join", room, key, "events")), ElementsAre("m.room.topic"));
    EXPECT_TRUE(answer.at("rooms", "join", room, "state").is_null());
  }
}

TEST_F(SyncTest, FullStateComesAtOnce) {
  const auto room = public_room("alice");
  const auto token = sync("alice").next();
  const auto answer = get("alice", "/sync?timeout=20000&full_state=true&since=" + token);
  EXPECT_THAT(state_of(answer, room), Contains("m.room.create"));
  EXPECT_THAT(timeline(answer, room), IsEmpty());
}

TEST_F(SyncTest, EditsAndThreadsRideAlong) {
  const auto room = public_room("alice");
  const auto root = send("alice", room, "root");
  ASSERT_TRUE(root);
  const auto relate = [&](std::string type, std::string body, bool edit) {
    matrix::JsonObject content{{"body", body}, {"msgtype", "m.text"}};
    content["m.relates_to"] = {{"rel_type", type}, {"event_id", root->event_id}};
    if (edit) content["m.new_content"] = {{"body", body}, {"msgtype", "m.text"}};
    ASSERT_TRUE(send(actor("alice"), room, "m.room.message", std::move(content)));
  };
  relate("m.replace", "first edit", true);
  relate("m.replace", "last edit", true);
  relate("m.thread", "answer", false);
  const auto check = [&](const matrix::Json& relations) {
    ReadAnswer bundle{200, {}, relations};
    EXPECT_EQ(bundle.at("m.replace", "content", "body"), "last edit") << relations;
    EXPECT_EQ(bundle.at("m.thread", "latest_event", "content", "body"), "answer");
    EXPECT_EQ(bundle.at("m.thread", "count"), 1);
    EXPECT_EQ(bundle.at("m.thread", "current_user_participated"), true);
  };
  const auto answer = sync("alice");
  for (const auto& item : answer.at("rooms", "join", room, "timeline", "events").as_array()) {
    ReadAnswer event{200, {}, item};
    if (event.at("event_id") == root->event_id.c_str()) check(event.at("unsigned", "m.relations"));
  }
  for (int i = 0; i < 70; ++i) ASSERT_TRUE(send("alice", room, "m" + std::to_string(i)));
  check(get("alice", "/rooms/" + room + "/event/" + root->event_id).at("unsigned", "m.relations"));
}

TEST_F(SyncTest, IgnoredUsersAreNotHeardButTheirStateIs) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  ASSERT_EQ(call("alice", "PUT", "/user/" + user("alice") + "/account_data/m.ignored_user_list",
                 R"({"ignored_users":{"@bob:example.org":{}}})")
                .status,
            200);
  const auto token = sync("alice").next();
  const auto said = send("bob", room, "hey");
  ASSERT_TRUE(said);
  rooms::CreateRoom request;
  request.invite = {user("alice")};
  must_create("bob", std::move(request));
  EXPECT_TRUE(sync("alice", token).at("rooms").is_null()) << sync("alice", token).text;
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  EXPECT_THAT(timeline(sync("alice", token), room), ElementsAre("leave:bob"));
  EXPECT_EQ(sync("alice", token).at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
  EXPECT_THAT(digest(get("alice", "/rooms/" + room + "/messages?dir=b").at("chunk")), Not(Contains("hey")));
}

TEST_F(SyncTest, LeftRoomsComeWhenTheFilterAsks) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  ASSERT_TRUE(send("alice", room, "seen"));
  ASSERT_TRUE(change("bob", room, "bob", "leave"));
  ASSERT_TRUE(send("alice", room, "unseen"));
  const auto answer = sync_filtered("bob", "", R"({"room":{"include_leave":true}})");
  const auto events = digest(answer.at("rooms", "leave", room, "timeline", "events"));
  EXPECT_EQ(events.back(), "leave:bob");
  EXPECT_THAT(events, Contains("seen"));
}

TEST_F(SyncTest, ARedactedEventSaysWhy) {
  const auto room = public_room("alice");
  const auto sent = send("alice", room, "oops");
  ASSERT_TRUE(sent);
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), room, sent->event_id, {{"reason", "typo"}})));
  const auto event = get("alice", "/rooms/" + room + "/event/" + sent->event_id);
  EXPECT_TRUE(event.at("content").as_object().empty());
  EXPECT_EQ(event.at("unsigned", "redacted_because", "content", "reason"), "typo") << event.text;
}

}  // namespace
}  // namespace troupe::homeserver::sync
