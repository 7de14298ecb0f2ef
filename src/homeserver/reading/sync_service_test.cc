#include "homeserver/reading/sync_service.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <regex>
#include <thread>

#include "homeserver/reading/read_fixture.h"

namespace troupe::homeserver {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class SyncTest : public ReadTest {
 protected:
  ReadAnswer sync_filtered(std::string_view who, std::string_view since, std::string_view filter) {
    return sync(who, since, "&filter=" + base::percent_encode(filter));
  }
  std::vector<std::string> timeline(const ReadAnswer& answer, const std::string& room) {
    return digest(answer.at("rooms", "join", room, "timeline", "events"));
  }
  std::vector<std::string> state_of(const ReadAnswer& answer, const std::string& room) {
    return digest(answer.at("rooms", "join", room, "state", "events"));
  }
  /// A sync that waits; it must not be answered before `act` has run.
  ReadAnswer woken_by(std::string_view who, const std::string& since, const std::function<void()>& act) {
    auto waiting = start(who, "GET", "/sync?timeout=20000&since=" + since);
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
    act();
    if (waiting.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      ADD_FAILURE() << "nobody woke the sync";
    return waiting.get();
  }
};

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
  CreateRoom request;
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
  CreateRoom request;
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

TEST_F(SyncTest, UnreadCountsFallWithAReceiptAndWithOwnMessages) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  auto token = sync("bob").next();
  const auto one = send("alice", room, "one");
  const auto two = send(actor("alice"), room, "m.room.message",
                        {{"body", "bob!"}, {"msgtype", "m.text"}, {"m.mentions", {{"user_ids", {user("bob")}}}}});
  ASSERT_TRUE(one && two);
  auto answer = sync("bob", token);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 2) << answer.text;
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "highlight_count"), 1);

  ASSERT_EQ(call("bob/LAPTOP", "POST", "/rooms/" + room + "/receipt/m.read/" + one->event_id).status, 200);
  answer = sync("bob", answer.next());
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 1);
  EXPECT_TRUE(
      answer.at("rooms", "join", room, "ephemeral", "events", 0, "content", one->event_id, "m.read", user("bob"))
          .is_object());

  ASSERT_TRUE(send("bob", room, "me too"));
  answer = sync("bob", answer.next());
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "highlight_count"), 0);
  restart_all();
  const auto fresh = sync("bob");
  EXPECT_EQ(fresh.at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
}

TEST_F(SyncTest, ThreadsAreCountedApartWhenAsked) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  const auto root = send("alice", room, "root");
  ASSERT_TRUE(root);
  ASSERT_TRUE(send(actor("alice"), room, "m.room.message",
                   {{"body", "answer"},
                    {"msgtype", "m.text"},
                    {"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", root->event_id}}}}));
  EXPECT_EQ(sync("bob", token).at("rooms", "join", room, "unread_notifications", "notification_count"), 2);
  constexpr auto kFilter = R"({"room":{"timeline":{"unread_thread_notifications":true}}})";
  auto answer = sync_filtered("bob", token, kFilter);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 1);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_thread_notifications", root->event_id, "notification_count"), 1);
  ASSERT_EQ(
      call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + root->event_id, R"({"thread_id":"main"})").status,
      200);
  answer = sync_filtered("bob", token, kFilter);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
  EXPECT_EQ(answer.at("rooms", "join", room, "unread_thread_notifications", root->event_id, "notification_count"), 1);
}

TEST_F(SyncTest, PrivateReceiptsStayPrivate) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto sent = send("alice", room, "one");
  ASSERT_TRUE(sent);
  const auto alice = sync("alice").next();
  const auto bob = sync("bob").next();
  ASSERT_EQ(call("bob", "POST", "/rooms/" + room + "/receipt/m.read.private/" + sent->event_id).status, 200);
  EXPECT_TRUE(sync("alice", alice).at("rooms").is_null());
  EXPECT_EQ(sync("bob", bob).at("rooms", "join", room, "unread_notifications", "notification_count"), 0);
}

TEST_F(SyncTest, ReceiptsDoNotGoBack) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto one = send("alice", room, "one");
  const auto two = send("alice", room, "two");
  ASSERT_TRUE(one && two);
  ASSERT_EQ(call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + two->event_id).status, 200);
  const auto token = sync("bob").next();
  ASSERT_EQ(call("bob", "POST", "/rooms/" + room + "/receipt/m.read/" + one->event_id).status, 200);
  EXPECT_TRUE(sync("bob", token).at("rooms").is_null());
}

TEST_F(SyncTest, TypingComesAndGoesAndWakesTheOthers) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  const auto path = "/rooms/" + room + "/typing/" + user("alice");
  auto answer = woken_by("bob", token, [&] { call("alice", "PUT", path, R"({"typing":true,"timeout":20000})"); });
  EXPECT_EQ(answer.text_at("rooms", "join", room, "ephemeral", "events", 0, "content", "user_ids", 0), user("alice"));
  EXPECT_TRUE(sync("bob", answer.next()).at("rooms").is_null());
  answer = woken_by("bob", answer.next(), [&] { call("alice", "PUT", path, R"({"typing":false})"); });
  EXPECT_TRUE(answer.at("rooms", "join", room, "ephemeral", "events", 0, "content", "user_ids").as_array().empty());
  EXPECT_EQ(call("carol", "PUT", "/rooms/" + room + "/typing/" + user("carol"), R"({"typing":true})").status, 403);
}

TEST_F(SyncTest, AWaitingSyncWakesForAMessageAnInviteAndAccountData) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  auto answer = woken_by("bob", sync("bob").next(), [&] { ASSERT_TRUE(send("alice", room, "wake")); });
  EXPECT_THAT(timeline(answer, room), ElementsAre("wake"));
  answer = woken_by("bob", answer.next(), [&] {
    CreateRoom request;
    request.invite = {user("bob")};
    must_create("alice", std::move(request));
  });
  EXPECT_EQ(answer.at("rooms", "invite").as_object().size(), 1u);
  answer = woken_by("bob", answer.next(), [&] {
    call("bob/LAPTOP", "PUT", "/user/" + user("bob") + "/account_data/m.direct", R"({"@a:b":["!r"]})");
  });
  EXPECT_EQ(answer.at("account_data", "events", 0, "type"), "m.direct");
}

TEST_F(SyncTest, AStoppingServerAnswersWhoeverWaits) {
  const auto token = sync("alice").next();
  const auto answer = woken_by("alice", token, [&] { readers->sync.stop(); });
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.next(), token);
}

TEST_F(SyncTest, AWaitEndsEmptyAtItsTimeout) {
  const auto token = sync("alice").next();
  const auto before = std::chrono::steady_clock::now();
  const auto answer = get("alice", "/sync?timeout=80&since=" + token);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(80));
  EXPECT_TRUE(answer.at("rooms").is_null());
  EXPECT_FALSE(answer.next().empty());
}

TEST_F(SyncTest, TokensOfTheFutureAndOfOtherStartsDoNotHang) {
  const auto room = public_room("alice");
  EXPECT_EQ(get("alice", "/sync?timeout=20000&since=s999999999.x.1").status, 200);
  EXPECT_EQ(get("alice", "/sync?since=s1").status, 200);
  EXPECT_EQ(get("alice", "/sync?since=s1.other.5").status, 200);
  EXPECT_EQ(get("alice", "/sync?since=t1").status, 200);
  for (const auto* bad :
       {"1", "x", "s", "s-1", "sx", "s1.", "s1.a", "s1.a.", "s1.a.b", "s1..2", "s99999999999999999999"}) {
    EXPECT_EQ(get("alice", std::string("/sync?since=") + bad).status, 400) << bad;
  }
  const auto token = sync("alice").next();
  restart_all();
  EXPECT_TRUE(sync("alice", token).at("rooms").is_null());
  ASSERT_TRUE(send("alice", room, "after"));
  EXPECT_THAT(timeline(sync("alice", token), room), ElementsAre("after"));
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
  CreateRoom request;
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

TEST_F(SyncTest, ToDeviceMessagesArePagedAndForgottenWhenANewerTokenComes) {
  std::vector<StreamPos> forgotten;
  readers = std::make_unique<ReadServer>(
      *server,
      DeviceSync{.read = [](store::Connection&, const DeviceSyncQuery& query) -> Result<DeviceSyncPart> {
                   DeviceSyncPart part;
                   part.one_time_key_counts["signed_curve25519"] = 50;
                   part.unused_fallback_key_types = {"signed_curve25519"};
                   if (query.to_device_since < 3) {
                     part.to_device = {R"({"type":"m.test","n":)" + std::to_string(query.to_device_since + 1) + "}"};
                     part.to_device_upto = query.to_device_since + 1;
                     part.more = part.to_device_upto < 3;
                   }
                   return part;
                 },
                 .forget = [&forgotten](store::Connection&, std::string_view, std::string_view,
                                        StreamPos upto) { forgotten.push_back(upto); }});
  public_room("alice");
  auto answer = sync("alice");
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 1);
  EXPECT_THAT(forgotten, IsEmpty());
  answer = get("alice", "/sync?timeout=20000&since=" + answer.next());
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 2);
  EXPECT_THAT(forgotten, ElementsAre(1));
  answer = get("alice", "/sync?timeout=20000&since=" + answer.next());
  EXPECT_EQ(answer.at("to_device", "events", 0, "n"), 3);
  answer = sync("alice", answer.next());
  EXPECT_TRUE(answer.at("to_device").is_null());
  EXPECT_EQ(answer.at("device_one_time_keys_count", "signed_curve25519"), 50);
  EXPECT_EQ(answer.at("device_unused_fallback_key_types", 0), "signed_curve25519");
  EXPECT_EQ(forgotten.size(), 3u);
}

TEST_F(SyncTest, AFirstSyncInPiecesSaysTheSameAsInOne) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 12; ++i) {
    rooms.push_back(public_room("alice"));
    ASSERT_TRUE(join("bob", rooms.back()));
    for (int text = 0; text < 15; ++text) ASSERT_TRUE(send("bob", rooms.back(), std::to_string(text)));
  }
  ASSERT_TRUE(change("bob", rooms[3], "bob", "leave"));
  ASSERT_TRUE(change("alice", rooms[4], "carol", "invite"));
  // Without what the time of asking changes.
  const auto lasting = [](const ReadAnswer& answer) {
    static const std::regex passing(R"re("(next_batch|age)":("[^"]*"|\d+))re");
    return std::regex_replace(answer.text, passing, "");
  };
  for (const auto* who : {"alice", "bob", "carol"}) {
    restart_all();
    readers->sync.set_piece(std::chrono::hours(1));
    const auto whole = sync(who);
    restart_all();
    readers->sync.set_piece(std::chrono::milliseconds(0));  // each room by itself
    EXPECT_EQ(lasting(sync(who)), lasting(whole)) << who << ", cold";
    EXPECT_EQ(lasting(sync(who)), lasting(whole)) << who << ", warm";
  }
}

/// A person's rooms as a client puts them together from one answer after the other.
class Client {
 public:
  /// What a client must not be told is a failure: an event twice, or a room's next events after a gap.
  void take(const ReadAnswer& answer) {
    ASSERT_EQ(answer.status, 200) << answer.text;
    token = answer.next();
    const auto left = answer.at("rooms", "leave");
    if (left.is_object()) {
      for (const auto& [key, part] : left.get_object()) told.erase(std::string(matrix::view(key)));
    }
    const auto joined = answer.at("rooms", "join");
    if (!joined.is_object()) return;
    for (const auto& [key, part] : joined.get_object()) {
      const std::string room(matrix::view(key));
      const ReadAnswer of{200, {}, part};
      auto& events = told[room];
      // Who came back is told of the room anew.
      if (of.at("timeline", "events", 0, "type") == "m.room.create") events.clear();
      EXPECT_EQ(of.at("timeline", "limited"), false) << room;
      const auto list = of.at("timeline", "events");
      if (!list.is_array()) continue;
      for (const auto& event : list.get_array()) {
        auto id = ReadAnswer{200, {}, event}.text_at("event_id");
        EXPECT_THAT(events, Not(Contains(id))) << "told twice in " << room;
        events.push_back(std::move(id));
      }
    }
  }

  std::string token;
  std::map<std::string, std::vector<std::string>, std::less<>> told;
};

TEST_F(SyncTest, AFirstSyncInPiecesFitsItsToken) {
  constexpr int kRounds = 6;
  constexpr int kSaidInARound = 60;
  std::vector<std::string> rooms;
  for (int i = 0; i < 8; ++i) {
    rooms.push_back(public_room("alice"));
    ASSERT_TRUE(join("bob", rooms.back()));
  }
  readers->sync.set_piece(std::chrono::milliseconds(0));  // each room by itself
  constexpr std::string_view kAll = R"({"room":{"timeline":{"limit":100}}})";
  std::atomic<int> may_say{0};
  std::atomic<int> said{0};
  std::atomic<bool> enough{false};
  const auto write = [&] {
    for (int i = 0; !enough; ++i) {
      if (said >= may_say) {
        std::this_thread::yield();
        continue;
      }
      const auto& room = rooms[static_cast<std::size_t>(said++) % rooms.size()];
      EXPECT_TRUE(send("alice", room, std::to_string(i)));
    }
  };
  // Bob comes and goes, so that rooms appear in the middle of his answers, and leave them.
  const auto wander = [&] {
    while (!enough) {
      EXPECT_TRUE(change("bob", rooms[0], "bob", "leave"));
      EXPECT_TRUE(join("bob", rooms[0]));
      const auto seen = said.load();
      while (!enough && said < seen + kSaidInARound / 4) std::this_thread::yield();
    }
  };
  std::vector<Client> clients(kRounds);
  {
    std::vector<std::future<void>> others;
    // Ends them whatever happens below: a throw that left them going would be waited for, unseen, for ever.
    const std::shared_ptr<void> end(nullptr, [&enough](void*) { enough = true; });
    for (const auto& work : {std::function<void()>(write), std::function<void()>(write), std::function<void()>(wander)})
      others.push_back(std::async(std::launch::async, work));
    for (auto& client : clients) {
      may_say += kSaidInARound;
      server->users->evict_idle(std::chrono::minutes(0));  // the view is made while others write, too
      client.take(sync_filtered("bob", "", kAll));
      for (auto& earlier : clients) {
        if (!earlier.token.empty()) earlier.take(sync_filtered("bob", earlier.token, kAll));
      }
      while (said < may_say && !HasFailure()) std::this_thread::yield();
    }
  }
  for (auto& client : clients) {
    client.take(sync_filtered("bob", client.token, kAll));
    for (const auto& room : rooms) {
      EXPECT_EQ(client.told[room].size(), story(room).size()) << "passed over in " << room;
      EXPECT_EQ(client.told[room], clients.front().told[room]);
    }
  }
}

TEST_F(SyncTest, OnesCrowdOfLongAnswersHoldsUpNobodyElse) {
  std::vector<std::string> rooms;
  for (int i = 0; i < 10; ++i) rooms.push_back(public_room("crowd"));
  ASSERT_TRUE(join("anna", rooms.front()));
  readers->sync.set_piece(std::chrono::milliseconds(0));
  const auto token = sync("crowd").next();
  // First syncs and whole states alike; all are asked for before anna is.
  std::atomic<int> answered{0};
  const auto flood = [&](std::string path) -> asio::awaitable<int> {
    const auto answer = co_await ask("crowd", "GET", "/_matrix/client/v3" + path, "");
    ++answered;
    co_return answer.status;
  };
  std::vector<std::future<int>> crowd;
  std::future<std::pair<int, int>> anna;  // her status, and how many were answered before her
  const auto last = [&]() -> asio::awaitable<std::pair<int, int>> {
    const auto answer = co_await ask("anna", "GET", "/_matrix/client/v3" + sync_path("", ""), "");
    co_return std::pair(answer.status, answered.load());
  };
  std::promise<void> asked;
  boost::asio::post(server->io, [&] {
    for (int i = 0; i < 60; ++i) {
      auto path = i % 2 == 0 ? sync_path("", "") : sync_path(token, "&full_state=true");
      crowd.push_back(boost::asio::co_spawn(server->io, flood(std::move(path)), boost::asio::use_future));
    }
    anna = boost::asio::co_spawn(server->io, last(), boost::asio::use_future);
    asked.set_value();
  });
  asked.get_future().get();
  const auto [status_of_anna, before_anna] = anna.get();
  EXPECT_EQ(status_of_anna, 200);
  int good = 0;
  int refused = 0;
  for (auto& each : crowd) {
    const auto status = each.get();
    (status == 200 ? good : refused)++;
    if (status != 200) {
      EXPECT_EQ(status, 429);
    }
  }
  EXPECT_GE(good, 10);
  EXPECT_GE(refused, 20) << "so many of one account do not wait";
  EXPECT_LE(before_anna - refused, 6) << "anna waited for the crowd";
}

}  // namespace
}  // namespace troupe::homeserver
