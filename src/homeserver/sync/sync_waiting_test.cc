// A /sync that waits: what wakes it, and when it ends.
#include <gmock/gmock.h>

#include <future>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;

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
    rooms::CreateRoom request;
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

}  // namespace
}  // namespace troupe::homeserver::sync
