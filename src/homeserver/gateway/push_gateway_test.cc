// The push gateway over its routes: what push services are asked, whom it serves, and where it sends nothing.
#include "homeserver/gateway/push_gateway.h"

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "base/encoding.h"
#include "homeserver/common/settings.h"
#include "homeserver/gateway/web_push_message.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::gateway {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kP256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr auto kSecret = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr auto kService = "https://push.example.net/up/abc";

class PushGatewayTest : public testing::Test {
 protected:
  PushGatewayTest() { server_.http.answers = {{.status = 201}}; }
  static JsonObject device(std::string_view pushkey, JsonObject data = {}) {
    return {{"app_id", "app"}, {"pushkey", pushkey}, {"data", std::move(data)}, {"tweaks", {{"sound", "ring"}}}};
  }
  static JsonObject web_device(JsonObject more = {}) {
    more["endpoint"] = "https://push.example.net/wp/xyz?a=b";
    more["auth"] = kSecret;
    return device(kP256dh, std::move(more));
  }
  static JsonObject notification(JsonArray devices) {
    return {{"event_id", "$event"},
            {"room_id", "!room"},
            {"type", "m.room.message"},
            {"sender", "@anna:example.org"},
            {"room_name", "Kitchen"},
            {"content", {{"msgtype", "m.text"}, {"body", "tea?"}}},
            {"prio", "high"},
            {"counts", {{"unread", 2}}},
            {"devices", std::move(devices)}};
  }
  WholeAnswer notify(const JsonObject& notification) {
    return server_.call("", "POST", std::string(kNotifyPath), JsonObject{{"notification", notification}});
  }
  WholeAnswer notify_one(JsonObject device) { return notify(notification({std::move(device)})); }
  static std::vector<std::string> rejected(const WholeAnswer& answer) {
    std::vector<std::string> keys;
    if (const auto list = answer.at("/rejected"); list.is_array())
      for (const auto& key : list.get_array()) keys.emplace_back(key.as_string());
    return keys;
  }
  const std::vector<net::client::ClientRequest>& asked() const { return server_.http.requests; }

  base::ManualClock clock_;
  WholeServer server_{clock_, {.configure = [](host::Settings& settings) {
                        settings.public_base_url = "https://matrix.example.org";
                        settings.allowed_private_addresses = {"10.1.0.0/16"};
                      }}};
};

TEST_F(PushGatewayTest, ClientsFindIt) {
  const auto found = server_.call("", "GET", std::string(kNotifyPath));
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.text, R"({"unifiedpush":{"gateway":"matrix"}})");
  const auto token = server_.person("anna");
  const auto key =
      server_.call(token, "GET", "/capabilities").string_at("/capabilities/org.matrix.msc4174.webpush/vapid");
  EXPECT_EQ(base::base64_decode(key).value().size(), base::P256Key::kPublicBytes);
}

TEST_F(PushGatewayTest, UnifiedPushGetsTheNotificationWithoutItsDevices) {
  const auto answer = notify_one(device(kService));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text, R"({"rejected":[]})");
  ASSERT_THAT(asked(), SizeIs(1));
  const auto& request = asked()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kService);
  EXPECT_EQ(request.trust, net::client::Trust::stranger);
  EXPECT_EQ(request.max_redirects, 0);
  EXPECT_EQ(request.headers.get("Urgency"), "high");
  EXPECT_EQ(request.headers.get("TTL"), "86400");
  EXPECT_FALSE(request.headers.has("Authorization"));
  auto expected = notification({});
  expected.erase("devices");
  EXPECT_EQ(boost::json::parse(request.body), matrix::Json(JsonObject{{"notification", expected}}));
}

TEST_F(PushGatewayTest, WhatIsTooLongIsShortenedToWhatFetchesTheEvent) {
  auto long_one = notification({device(kService)});
  long_one["content"] = {{"body", std::string(5'000, 'x')}};
  EXPECT_EQ(notify(long_one).status, 200);
  ASSERT_THAT(asked(), SizeIs(1));
  EXPECT_LE(asked()[0].body.size(), kMaxMessageBytes);
  const auto said = boost::json::parse(asked()[0].body).at("notification").as_object();
  EXPECT_EQ(said.at("event_id"), "$event");
  EXPECT_EQ(said.at("room_name"), "Kitchen");
  EXPECT_FALSE(said.contains("content"));
  EXPECT_EQ(unified_body({{"event_id", "$event"}, {"other", std::string(5'000, 'x')}}),
            R"({"notification":{"event_id":"$event"}})");
  EXPECT_EQ(unified_body({{"event_id", std::string(5'000, 'x')}}), "");
}

TEST_F(PushGatewayTest, WebPushIsEncryptedAndSigned) {
  EXPECT_EQ(notify_one(web_device()).text, R"({"rejected":[]})");
  ASSERT_THAT(asked(), SizeIs(1));
  const auto& request = asked()[0];
  EXPECT_EQ(request.url, "https://push.example.net/wp/xyz?a=b");
  EXPECT_EQ(request.headers.get("Content-Encoding"), "aes128gcm");
  EXPECT_TRUE(request.headers.get("Authorization").starts_with("vapid t="));
  EXPECT_FALSE(request.headers.has("Topic"));
  EXPECT_FALSE(request.body.contains("tea?"));
  EXPECT_EQ(request.body.substr(kSaltBytes, 5), std::string("\0\0\x10\0\x41", 5));
}

TEST_F(PushGatewayTest, WhatABrowserIsTold) {
  const JsonObject data{{"default_payload", {{"account", "one"}, {"type", "overwritten"}}}};
  const auto body = web_body(notification({}), data);
  EXPECT_EQ(boost::json::parse(body), matrix::Json(JsonObject{{"account", "one"},
                                                              {"type", "m.room.message"},
                                                              {"room_id", "!room"},
                                                              {"room_name", "Kitchen"},
                                                              {"event_id", "$event"},
                                                              {"sender", "@anna:example.org"},
                                                              {"content", {{"msgtype", "m.text"}, {"body", "tea?"}}},
                                                              {"unread", 2}}));
  EXPECT_EQ(web_body(notification({}), {{"default_payload", {{"long", std::string(5'000, 'x')}}}}), "");
}

TEST_F(PushGatewayTest, WishesOfBrowsers) {
  const auto quiet = web_device({{"events_only", true}, {"only_last_per_room", true}});
  EXPECT_EQ(notify({{"counts", {{"unread", 0}}}, {"devices", JsonArray{quiet}}}).text, R"({"rejected":[]})");
  EXPECT_THAT(asked(), IsEmpty()) << "counts alone";
  EXPECT_EQ(notify_one(quiet).status, 200);
  ASSERT_THAT(asked(), SizeIs(1));
  EXPECT_EQ(asked()[0].headers.get("Topic").size(), 32U);
  EXPECT_FALSE(asked()[0].headers.get("Topic").contains("room"));
  EXPECT_EQ(notify({{"counts", {{"unread", 0}}}, {"devices", JsonArray{web_device()}}}).status, 200);
  ASSERT_THAT(asked(), SizeIs(2));
  EXPECT_EQ(asked()[1].headers.get("Urgency"), "low");
}

TEST_F(PushGatewayTest, WhatPushServicesAnswer) {
  for (const int status : {403, 404, 410}) {
    server_.http.answers = {{.status = status}};
    EXPECT_THAT(rejected(notify_one(device(kService))), ElementsAre(kService)) << status;
  }
  for (const int status : {301, 400, 413, 429, 500, 503}) {
    server_.http.answers = {{.status = status}};
    EXPECT_EQ(notify_one(device(kService)).status, 502) << status;
  }
  server_.http.answers = {};
  EXPECT_EQ(notify_one(device(kService)).status, 502);
  server_.http.answers = {{.broken = Error(Errc::forbidden, "a private address")}};
  EXPECT_THAT(rejected(notify_one(device(kService))), ElementsAre(kService));
}

TEST_F(PushGatewayTest, WhereNothingIsSent) {
  const std::string long_path(2'100, 'x');
  for (const std::string wrong :
       {"key", "http://push.example.net/x", "http://8.8.8.8/x", "http://127.0.0.1/x", "http://10.2.0.1/x",
        "https://user:pass@push.example.net/x", "ftp://push.example.net/x", "file:///etc/passwd",
        "https://matrix.example.org/_matrix/push/v1/notify", "https://other.example.org/_matrix/push/v1/notify?x",
        "https://other.example.org/%5fmatrix/push/v1/notify", "https://other.example.org/_synapse/admin/v1/register"}) {
    EXPECT_THAT(rejected(notify_one(device(wrong))), ElementsAre(wrong));
  }
  EXPECT_EQ(notify_one(device("https://push.example.net/" + long_path)).status, 400);
  auto no_secret = web_device();
  no_secret["data"].as_object()["auth"] = "short";
  EXPECT_THAT(rejected(notify_one(no_secret)), ElementsAre(kP256dh));
  auto no_key = web_device();
  no_key["pushkey"] = "none";
  EXPECT_THAT(rejected(notify_one(no_key)), ElementsAre("none"));
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(PushGatewayTest, ListedPrivateAddressesAreForOwnPushersAlone) {
  constexpr auto kListed = "http://10.1.2.3:8080/x";
  EXPECT_THAT(rejected(notify_one(device(kListed))), ElementsAre(kListed)) << "strangers reach nothing private";
  EXPECT_THAT(asked(), IsEmpty());
  const Vapid vapid(base::P256Key::generate(), "");
  PushGateway gateway({server_.http, server_.settings, clock_, vapid, server_.metrics});
  const auto own = notification({device(kListed)});
  EXPECT_EQ(server_.wait(gateway.deliver(own, own.at("devices").as_array()[0].as_object())), Outcome::delivered);
  ASSERT_THAT(asked(), SizeIs(1));
  EXPECT_EQ(asked()[0].trust, net::client::Trust::untrusted);
}

TEST_F(PushGatewayTest, BadRequests) {
  EXPECT_EQ(server_.call("", "POST", std::string(kNotifyPath), JsonObject{}).status, 400);
  EXPECT_EQ(notify(notification({})).status, 400);
  EXPECT_EQ(notify(notification({7})).status, 400);
  EXPECT_EQ(notify(notification({JsonObject{{"pushkey", 7}}})).status, 400);
  EXPECT_EQ(notify(notification({JsonObject{}})).status, 400);
  EXPECT_EQ(notify({{"devices", "all"}}).status, 400);
  JsonArray many;
  for (int i = 0; i < 11; ++i) many.emplace_back(device(kService));
  EXPECT_EQ(notify(notification(many)).status, 400);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(PushGatewayTest, OtherServersAreServedSoFast) {
  int served = 0;
  auto answer = notify_one(device(kService));
  for (; answer.status == 200 && served < 1'000; ++served) answer = notify_one(device(kService));
  EXPECT_EQ(answer.status, 429) << answer.text;
  EXPECT_EQ(answer.string_at("/errcode"), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(asked().size(), static_cast<std::size_t>(served));
  EXPECT_LE(served, 100);
}

TEST_F(PushGatewayTest, NobodyUsesUpAPushServiceForOthers) {
  const auto flood = [this](const std::string& from) {
    server_.address = from;
    int served = 0;
    while (served < 1'000 && notify_one(device(kService)).status == 200) ++served;
    return served;
  };
  // The clock stands: nothing comes back.
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(flood("192.0.2." + std::to_string(i)), 100) << i;
  EXPECT_EQ(notify_one(device("https://other.example.net/up/x")).status, 200) << "its own share of another service";
  EXPECT_EQ(flood("2001:db8:1:2:3:4:5:6"), 100);
  EXPECT_EQ(flood("2001:db8:1:2:6:5:4:3"), 0) << "one network";
  for (int i = 5; i <= 20; ++i) flood("192.0.2." + std::to_string(i));
  server_.address = "192.0.2.99";
  EXPECT_EQ(notify_one(device(kService)).status, 429) << "all together have a ceiling";
}

/// A push service that answers when it is told to.
class SlowService final : public net::client::HttpClient {
 public:
  explicit SlowService(asio::io_context& io) : open_(io, asio::steady_timer::time_point::max()) {}
  Task<net::client::ClientResponse> send(net::client::ClientRequest) override {
    ++waiting;
    co_await open_.async_wait(asio::as_tuple(asio::use_awaitable));
    net::client::ClientResponse made;
    made.status = 201;
    co_return made;
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest,
                                                  std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::unavailable, "no streams");
  }
  void answer() { open_.cancel(); }
  std::size_t waiting = 0;

 private:
  asio::steady_timer open_;
};

TEST_F(PushGatewayTest, NobodyKeepsAllPlaces) {
  asio::io_context io;
  SlowService slow(io);
  const Vapid vapid(base::P256Key::generate(), "");
  PushGateway gateway({slow, server_.settings, clock_, vapid, server_.metrics});
  const JsonObject body{{"notification", notification({device(kService)})}};
  std::vector<std::optional<Errc>> ended;
  const auto ask = [&](const std::string& place) {
    asio::co_spawn(io, gateway.deliver_foreign(place, body), [&](const std::exception_ptr&, const auto& answer) {
      ended.push_back(answer ? std::optional<Errc>() : answer.error().code());
    });
    io.restart();  // it stops when nobody waits
    io.poll();
  };
  for (std::size_t i = 0; i < PushGateway::kMaxForeignOfPlace; ++i) ask("192.0.2.1");
  EXPECT_EQ(slow.waiting, PushGateway::kMaxForeignOfPlace);
  ask("192.0.2.1");
  EXPECT_THAT(ended, ElementsAre(Errc::limit_exceeded));
  ask("192.0.2.2");
  EXPECT_EQ(slow.waiting, PushGateway::kMaxForeignOfPlace + 1) << "another server is served";
  slow.answer();
  io.poll();
  EXPECT_THAT(ended, SizeIs(PushGateway::kMaxForeignOfPlace + 2));
  ask("192.0.2.1");
  EXPECT_EQ(slow.waiting, PushGateway::kMaxForeignOfPlace + 2) << "and who has ended may come again";
  slow.answer();
  io.poll();
}

TEST_F(PushGatewayTest, OwnPushersAreServedInside) {
  const auto anna = server_.person("anna");
  const auto ben = server_.person("ben");
  const auto room =
      server_.call(anna, "POST", "/createRoom", JsonObject{{"preset", "public_chat"}}).string_at("/room_id");
  EXPECT_EQ(server_.call(ben, "POST", "/join/" + room, JsonObject()).status, 200);
  server_.run_job("homeserver.push");
  const JsonObject pusher{{"app_id", "app"},
                          {"pushkey", kService},
                          {"kind", "http"},
                          {"lang", "en"},
                          {"app_display_name", "App"},
                          {"device_display_name", "Phone"},
                          {"data", {{"url", "https://matrix.example.org/_matrix/push/v1/notify"}}}};
  EXPECT_EQ(server_.call(ben, "POST", "/pushers/set", pusher).status, 200);
  const auto say = [&](const std::string& text) {
    const auto path = "/rooms/" + room + "/send/m.room.message/" + text;
    EXPECT_EQ(server_.call(anna, "PUT", path, JsonObject{{"msgtype", "m.text"}, {"body", text}}).status, 200);
    server_.run_job("homeserver.push");
  };
  const auto pushed = [&](const std::string& outcome) {
    return kit::eventually(
        [&] { return server_.metrics.expose().contains("troupe_push_pushes_total{outcome=\"" + outcome + "\"} 1"); });
  };
  say("one");
  ASSERT_TRUE(pushed("sent"));
  ASSERT_THAT(asked(), SizeIs(1));
  EXPECT_EQ(asked()[0].url, kService) << "no request to oneself";
  EXPECT_EQ(boost::json::parse(asked()[0].body).at("notification").at("content").at("body"), "one");
  server_.http.answers = {{.status = 410}};
  say("two");
  ASSERT_TRUE(pushed("rejected"));
  EXPECT_EQ(server_.call(ben, "GET", "/pushers").text, R"({"pushers":[]})");
}

TEST(PushGatewaySwitchTest, OffThereIsNone) {
  WholeServer server(base::system_clock(),
                     {.configure = [](host::Settings& settings) { settings.edit<PushSettings>().gateway = false; }});
  EXPECT_EQ(server.call("", "GET", std::string(kNotifyPath)).status, 404);
  EXPECT_EQ(server.call("", "POST", std::string(kNotifyPath), matrix::JsonObject{}).status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::gateway
