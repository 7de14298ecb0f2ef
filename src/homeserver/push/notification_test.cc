#include "homeserver/push/notification.h"

#include <gtest/gtest.h>

namespace troupe::homeserver::push {
namespace {

const PusherKey kKey{.user_id = "@anna:example.org", .app_id = "app", .pushkey = "key"};

PusherState pusher(std::string_view data) {
  PusherState state;
  state.made_ms = 1'700'000'000'123;
  state.json = R"({"kind":"http","data":)" + std::string(data) + "}";
  return state;
}

matrix::EventPtr event(std::string type, matrix::JsonObject content) {
  auto made = std::make_shared<matrix::Event>();
  made->event_id = "$event";
  made->room_id = "!room:example.org";
  made->sender = "@ben:example.org";
  made->type = std::move(type);
  made->content = std::move(content);
  return made;
}

std::string body_of(const Gateway& gateway, const NotifiedEvent& notified, std::string_view user_id,
                    std::int64_t unread) {
  return boost::json::serialize(
      matrix::JsonObject{{"notification", notification_of(gateway, notified, user_id, unread)}});
}

TEST(NotificationTest, AWholeEventHasEverythingButTheAddress) {
  const auto gateway = gateway_of(kKey, pusher(R"({"url":"https://push.example.org/","brand":"x"})"));
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->url, "https://push.example.org/");
  const NotifiedEvent notified{.event = event("m.room.message", {{"body", "hi"}}),
                               .highlight = true,
                               .sound = "default",
                               .sender_name = "Ben",
                               .room_name = "Kitchen",
                               .room_alias = "#kitchen:example.org"};
  const auto body = boost::json::parse(body_of(*gateway, notified, kKey.user_id, 3));
  EXPECT_EQ(body, boost::json::parse(R"({"notification":{
    "event_id":"$event","room_id":"!room:example.org","type":"m.room.message","sender":"@ben:example.org",
    "sender_display_name":"Ben","room_name":"Kitchen","room_alias":"#kitchen:example.org","prio":"high",
    "content":{"body":"hi"},"counts":{"unread":3},
    "devices":[{"app_id":"app","pushkey":"key","pushkey_ts":1700000000,"data":{"brand":"x"},
                "tweaks":{"sound":"default","highlight":true}}]}})"));
}

TEST(NotificationTest, TheIdAloneSaysNothingOfTheContent) {
  const auto gateway = gateway_of(kKey, pusher(R"({"url":"https://p/","format":"event_id_only"})"));
  ASSERT_TRUE(gateway);
  const NotifiedEvent notified{.event = event("m.room.message", {{"body", "hi"}}),
                               .highlight = false,
                               .sound = {},
                               .sender_name = "Ben",
                               .room_name = "Kitchen",
                               .room_alias = {}};
  EXPECT_EQ(boost::json::parse(body_of(*gateway, notified, kKey.user_id, 1)), boost::json::parse(R"({
    "notification":{"event_id":"$event","room_id":"!room:example.org","prio":"low","counts":{"unread":1},
    "devices":[{"app_id":"app","pushkey":"key","pushkey_ts":1700000000,"data":{"format":"event_id_only"}}]}})"));
}

TEST(NotificationTest, CountsComeAlone) {
  const auto gateway = gateway_of(kKey, pusher(R"({"url":"https://p/"})"));
  ASSERT_TRUE(gateway);
  EXPECT_EQ(body_of(*gateway, {}, kKey.user_id, 0),
            R"({"notification":{"counts":{"unread":0},)"
            R"("devices":[{"app_id":"app","pushkey":"key","pushkey_ts":1700000000}]}})");
  EXPECT_FALSE(gateway_of(kKey, pusher("{}")));
}

TEST(NotificationTest, OnlyANamedKeyIsRejected) {
  EXPECT_TRUE(rejects(R"({"rejected":["other","key"]})", "key"));
  for (const auto* answer :
       {"", "{}", "[]", "null", "<html>", R"({"rejected":"key"})", R"({"rejected":[null,1,"keys"]})"})
    EXPECT_FALSE(rejects(answer, "key")) << answer;
}

TEST(NotificationTest, ThePredefinedRulesHaveTheirSounds) {
  memory::StoredEvent stored;
  const auto sound = [&](std::string type, bool highlight, std::size_t members, std::uint32_t flags = 0) {
    stored.event = event(std::move(type), {});
    stored.flags = flags;
    return default_sound(stored, highlight, members);
  };
  EXPECT_EQ(sound("m.call.invite", false, 9), "ring");
  EXPECT_EQ(sound("m.room.message", false, 2), "default");
  EXPECT_EQ(sound("m.room.encrypted", false, 2), "default");
  EXPECT_EQ(sound("m.room.message", false, 3), "");
  EXPECT_EQ(sound("m.room.message", true, 3), "default");
  EXPECT_EQ(sound("m.room.message", true, 3, memory::kHighlightsRoom), "");
  EXPECT_EQ(sound("m.room.member", false, 3), "default");
}

}  // namespace
}  // namespace troupe::homeserver::push
