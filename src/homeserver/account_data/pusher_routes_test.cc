#include "homeserver/accounts/account_fixture.h"
#include "homeserver/push/push_store.h"

namespace troupe::homeserver::account_data {
namespace {

using matrix::JsonObject;

constexpr auto kSet = "/_matrix/client/v3/pushers/set";
constexpr auto kPushers = "/_matrix/client/v3/pushers";

class PusherTest : public accounts::AccountFixture {
 protected:
  static JsonObject pusher(std::string_view pushkey = "key1") {
    return {{"app_id", "org.example.app"},
            {"pushkey", pushkey},
            {"kind", "http"},
            {"app_display_name", "App"},
            {"device_display_name", "Phone"},
            {"lang", "en"},
            {"data", {{"url", "https://push.example.org/_matrix/push/v1/notify"}, {"format", "event_id_only"}}}};
  }
  accounts::Answer set(const JsonObject& body, std::string_view token) {
    return call("POST", kSet, boost::json::serialize(body), token);
  }
  std::size_t count(std::string_view token) {
    return call("GET", kPushers, {}, token).json.at("pushers").as_array().size();
  }
};

TEST_F(PusherTest, AreKeptReplacedAndRemoved) {
  const auto token = signed_in("anna");
  EXPECT_EQ(call("GET", kPushers, {}, token).body, R"({"pushers":[]})");
  auto with_more = pusher();
  with_more["append"] = false;
  with_more["secret"] = "not kept";
  EXPECT_EQ(set(with_more, token).status, 200);
  const auto kept = call("GET", kPushers, {}, token);
  auto shown = kept.json.at("pushers").as_array().at(0).as_object();
  EXPECT_EQ(shown.at("org.matrix.msc3881.enabled"), true);
  EXPECT_TRUE(shown.at("org.matrix.msc3881.device_id").is_string());
  for (const auto* key : {"org.matrix.msc3881.enabled", "org.matrix.msc3881.device_id"}) shown.erase(key);
  EXPECT_EQ(shown, pusher());
  EXPECT_EQ(set(pusher(), token).status, 200);
  EXPECT_EQ(set(pusher("key2"), token).status, 200);
  EXPECT_EQ(count(token), 2U);
  EXPECT_EQ(set({{"app_id", "org.example.app"}, {"pushkey", "key1"}, {"kind", nullptr}}, token).status, 200);
  EXPECT_EQ(count(token), 1U);
  const auto berta = signed_in("berta");
  auto appended = pusher("key2");
  appended["append"] = true;
  EXPECT_EQ(set(appended, berta).status, 200);
  EXPECT_EQ(count(token), 1U);
  EXPECT_EQ(set(pusher("key2"), berta).status, 200);
  EXPECT_EQ(count(token), 0U);
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", "{}", berta).status, 200);
  EXPECT_EQ(count(login("berta").text("access_token")), 0U);
}

TEST_F(PusherTest, AreTurnedOffAndOnFromAnotherSession) {
  const auto phone = signed_in("anna");
  const auto laptop = login("anna").text("access_token");
  const auto any = [this] {
    bool found = false;
    const auto look = [&found](store::Connection& connection) -> Result<Unit> {
      found = push::push_store::any_pushers(connection);
      return Unit{};
    };
    EXPECT_TRUE(db_->read_now(look));
    return found;
  };
  ASSERT_EQ(set(pusher(), phone).status, 200);
  EXPECT_TRUE(any());
  const auto shown = [&] { return call("GET", kPushers, {}, laptop).json.at("pushers").as_array().at(0).as_object(); };
  auto changed = shown();
  const auto device = changed.at("org.matrix.msc3881.device_id");
  changed["org.matrix.msc3881.enabled"] = false;
  ASSERT_EQ(set(changed, laptop).status, 200);
  EXPECT_FALSE(any()) << "nothing is sent to it";
  EXPECT_EQ(shown(), changed) << "it is still the phone's";
  changed["org.matrix.msc3881.enabled"] = true;
  ASSERT_EQ(set(changed, laptop).status, 200);
  EXPECT_TRUE(any());
  EXPECT_EQ(shown().at("org.matrix.msc3881.device_id"), device);
  // It goes with the phone, not with the laptop.
  EXPECT_EQ(call("POST", "/_matrix/client/v3/logout", "{}", laptop).status, 200);
  EXPECT_EQ(count(phone), 1U);
  changed["org.matrix.msc3881.enabled"] = "no";
  EXPECT_EQ(set(changed, phone).errcode(), "M_BAD_JSON");
}

TEST_F(PusherTest, BadOnesAreRefused) {
  const auto token = signed_in("anna");
  const auto without = [](const char* key) {
    auto body = pusher();
    body.erase(key);
    return body;
  };
  for (const auto* key : {"app_id", "pushkey", "kind", "app_display_name", "device_display_name", "lang", "data"}) {
    EXPECT_EQ(set(without(key), token).errcode(), "M_MISSING_PARAM") << key;
  }
  auto mail = pusher();
  mail["kind"] = "email";
  EXPECT_EQ(set(mail, token).errcode(), "M_INVALID_PARAM");
  for (const auto* url :
       {"", "push", "ftp://x/_matrix/push/v1/notify", "https://x/other", "https:///_matrix/push/v1/notify",
        "https://u:p@x/_matrix/push/v1/notify", "file:///etc/passwd"}) {
    auto body = pusher();
    body["data"] = {{"url", url}};
    EXPECT_EQ(set(body, token).status, 400) << url;
  }
  EXPECT_EQ(set(pusher(std::string(513, 'x')), token).status, 400);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(set(pusher("key" + std::to_string(i)), token).status, 200);
  EXPECT_EQ(set(pusher("one too many"), token).status, 400);
  EXPECT_EQ(count(token), 50U);
}

}  // namespace
}  // namespace troupe::homeserver::account_data
