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

TEST_F(SyncTest, EachThreadIsReadApart) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  std::vector<std::pair<std::string, std::string>> threads;  // roots and what was said in them
  for (int i = 0; i < 6; ++i) {
    const auto root = send("alice", room, "root");
    ASSERT_TRUE(root);
    const auto said = send(actor("alice"), room, "m.room.message",
                           {{"body", "answer"},
                            {"msgtype", "m.text"},
                            {"m.relates_to", {{"rel_type", "m.thread"}, {"event_id", root->event_id}}}});
    ASSERT_TRUE(said);
    threads.emplace_back(root->event_id, said->event_id);
  }
  const auto read = [&](std::string_view kind, std::size_t n, const std::string& event) {
    const auto path = "/rooms/" + room + "/receipt/" + std::string(kind) + "/" + event;
    EXPECT_EQ(call("bob", "POST", path, R"({"thread_id":")" + threads[n].first + R"("})").status, 200);
  };
  read("m.read", 0, threads[0].second);
  read("m.read.private", 2, threads[2].second);
  read("m.read", 3, threads[3].first);  // the root alone, and all of it for oneself
  read("m.read.private", 3, threads[3].second);
  read("m.read", 5, threads[5].second);
  const auto answer = sync_filtered("bob", token, R"({"room":{"timeline":{"unread_thread_notifications":true}}})");
  const auto counts = answer.at("rooms", "join", room, "unread_thread_notifications");
  ASSERT_TRUE(counts.is_object());
  for (std::size_t n = 0; n < threads.size(); ++n)
    EXPECT_EQ(counts.get_object().contains(threads[n].first), n == 1 || n == 4) << n;
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
