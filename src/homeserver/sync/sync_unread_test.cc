// What /sync says is unread, and who sees whose receipts.
#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

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

}  // namespace
}  // namespace troupe::homeserver::sync
