// People without an account: what they may, where they may be, and what becomes of them.
#include "homeserver/accounts/guests.h"

#include <gtest/gtest.h>

#include "homeserver/common/settings.h"
#include "homeserver/whole_server_fixture.h"
#include "kit/clocks.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr auto kAsGuest = "/register?kind=guest";
constexpr auto kForbidden = "M_GUEST_ACCESS_FORBIDDEN";

TEST(GuestMayTest, WhatIsListedAndNothingElse) {
  constexpr std::pair<std::string_view, std::string_view> kLeft[] = {
      {"GET", "/_matrix/client/v3/sync"},
      {"HEAD", "/_matrix/client/v3/rooms/!r:x/state"},
      {"PUT", "/_matrix/client/r0/rooms/!r:x/send/m.room.message/1"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/state/m.room.topic/"},
      {"GET", "/_matrix/client/v1/media/download/x/y/z.png"},
      {"GET", "/_matrix/client/v1/rooms/!r:x/relations/$e/m.thread"},
      {"PUT", "/_matrix/client/v3/profile/@g:x/displayname"},
      {"POST", "/_matrix/client/v3/join/%23a:x"},
      {"POST", "/_matrix/client/v3/logout"}};
  for (const auto& [method, path] : kLeft) EXPECT_TRUE(guest_may(method, path)) << method << " " << path;
  constexpr std::pair<std::string_view, std::string_view> kGone[] = {
      {"POST", "/_matrix/client/v3/createRoom"},
      {"POST", "/_matrix/media/v3/upload"},
      {"POST", "/_matrix/client/v1/media/create"},
      {"PUT", "/_matrix/client/v3/profile/@g:x/avatar_url"},
      {"PUT", "/_matrix/client/v3/profile/@g:x/m.tz/displayname"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/invite"},
      {"POST", "/_matrix/client/v3/rooms/!r:x/join/x"},
      {"PUT", "/_matrix/client/v3/rooms/!r:x/typing/@g:x"},
      {"POST", "/_matrix/client/v3/knock/!r:x"},
      {"POST", "/_matrix/client/v4/sync"},
      {"POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"},
      {"PUT", "/_matrix/client/unstable/org.matrix.msc4140/rooms/!r:x/delayed_event/t/1"},
      {"POST", "/_matrix/client/v3/search"},
      {"POST", "/_matrix/client/v3/user_directory/search"},
      {"POST", "/_matrix/client/v3/keys/device_signing/upload"},
      {"POST", "/_matrix/client/v3/account/password"},
      {"POST", "/_matrix/client/v3/user/@g:x/openid/request_token"},
      {"GET", "/_matrix/client/v3/voip/turnServer"},
      {"GET", "/_synapse/admin/v2/users"},
      {"GET", "/sync"}};
  for (const auto& [method, path] : kGone) EXPECT_FALSE(guest_may(method, path)) << method << " " << path;
}

class GuestTest : public testing::Test {
 protected:
  static void configure(host::Settings& settings) {
    settings.edit<RegistrationSettings>().guests = true;
    settings.edit<RegistrationSettings>().mode = Registration::open;
  }
  WholeAnswer come(const JsonObject& body = {}) { return server_.call({}, "POST", kAsGuest, body); }
  std::string room(const std::string& guest_access, const JsonObject& more = {}) {
    JsonObject wanted{{"preset", "public_chat"}};
    if (!guest_access.empty()) {
      wanted["initial_state"] =
          JsonArray{JsonObject{{"type", "m.room.guest_access"}, {"content", {{"guest_access", guest_access}}}}};
    }
    for (const auto& [name, value] : more) wanted[name] = value;
    return server_.call(anna_, "POST", "/createRoom", wanted).string_at("/room_id");
  }
  WholeAnswer join(const std::string& token, const std::string& room) {
    return server_.call(token, "POST", "/join/" + room, JsonObject());
  }
  WholeAnswer say(const std::string& token, const std::string& room) {
    return server_.call(token, "PUT", "/rooms/" + room + "/send/m.room.message/" + std::to_string(++txn_),
                        JsonObject{{"msgtype", "m.text"}, {"body", "hi"}});
  }
  WholeAnswer set(const std::string& token, const std::string& room, const std::string& type, const JsonObject& content,
                  const std::string& key = {}) {
    return server_.call(token, "PUT", "/rooms/" + room + "/state/" + type + "/" + key, content);
  }
  std::string membership(const std::string& room, const std::string& user) {
    return server_.call(anna_, "GET", "/rooms/" + room + "/state/m.room.member/" + user).string_at("/membership");
  }
  WholeAnswer upgrade(const std::string& token, const std::string& user_id, JsonObject more = {}) {
    JsonObject body{{"username", user_id.substr(1, user_id.find(':') - 1)},
                    {"password", "a-good-one"},
                    {"guest_access_token", token},
                    {"auth", {{"type", "m.login.dummy"}}}};
    for (const auto& [name, value] : more) body[name] = value;
    return server_.call({}, "POST", "/register", body);
  }
  matrix::Accounts& accounts() { return server_.context->get<matrix::Accounts>(); }

  kit::ShiftedClock clock_;
  WholeServer server_{clock_, {.configure = configure}};
  std::string anna_ = server_.person("anna");
  int txn_ = 0;
};

TEST_F(GuestTest, ComeWithoutAnAccountAndAreToldSo) {
  const auto made = come({{"username", "anna"},
                          {"password", "xxx"},
                          {"device_id", "MINE"},
                          {"refresh_token", true},
                          {"inhibit_login", true},
                          {"initial_device_display_name", "A browser"}});
  ASSERT_EQ(made.status, 200) << made.text;
  const auto token = made.string_at("/access_token");
  EXPECT_TRUE(made.string_at("/user_id").starts_with("@guest-")) << made.text;
  EXPECT_NE(made.string_at("/device_id"), "MINE") << "only the name of the device counts";
  EXPECT_TRUE(made.at("/refresh_token").is_null());
  EXPECT_EQ(server_.call(token, "GET", "/account/whoami").at("/is_guest"), true);
  EXPECT_EQ(server_.call(token, "GET", "/devices").string_at("/devices/0/display_name"), "A browser");
  EXPECT_EQ(server_.call(anna_, "GET", "/account/whoami").at("/is_guest"), false);
  EXPECT_EQ(server_.call(token, "POST", "/createRoom", JsonObject()).string_at("/errcode"), kForbidden);
  EXPECT_EQ(server_.call(token, "POST", "/_matrix/media/v1/create").string_at("/errcode"), kForbidden);
  EXPECT_EQ(server_.call({}, "POST", "/register?kind=robot", JsonObject()).status, 400);
  EXPECT_NE(come().string_at("/user_id"), made.string_at("/user_id"));
}

TEST_F(GuestTest, AreInRoomsThatLetThemInAndNowhereElse) {
  const auto guest = come();
  const auto token = guest.string_at("/access_token"), id = guest.string_at("/user_id");
  for (const auto* rule : {"", "forbidden", "CAN_JOIN"}) {
    const auto closed = room(rule);
    EXPECT_EQ(join(token, closed).string_at("/errcode"), kForbidden) << rule;
    EXPECT_EQ(server_.call(token, "POST", "/rooms/" + closed + "/join", JsonObject()).status, 403) << rule;
    EXPECT_EQ(set(token, closed, "m.room.member", {{"membership", "join"}}, id).string_at("/errcode"), kForbidden);
    EXPECT_EQ(server_.call(anna_, "POST", "/rooms/" + closed + "/invite", JsonObject{{"user_id", id}}).status, 200);
    EXPECT_EQ(join(token, closed).string_at("/errcode"), kForbidden) << "also who is invited";
    EXPECT_EQ(say(token, closed).status, 403);
  }
  const auto open = room("can_join", {{"room_alias_name", "open"}});
  EXPECT_EQ(join(token, "%23open:example.org").status, 200);
  EXPECT_EQ(say(token, open).status, 200);
  EXPECT_EQ(server_.call(token, "GET", "/rooms/" + open + "/messages?dir=b").status, 200);
  EXPECT_EQ(server_.call(token, "GET", "/sync").at("/rooms/join").as_object().size(), 1U);
  EXPECT_EQ(server_.call(token, "PUT", "/profile/" + id + "/displayname", JsonObject{{"displayname", "G"}}).status,
            200);
  EXPECT_EQ(server_.call(token, "PUT", "/profile/" + id + "/avatar_url", JsonObject{{"avatar_url", ""}}).status, 403);
  EXPECT_EQ(server_.call(token, "POST", "/rooms/" + open + "/leave", JsonObject()).status, 200);
}

TEST_F(GuestTest, InviteNobodyByWhateverRoute) {
  const auto guest = come();
  const auto token = guest.string_at("/access_token"), id = guest.string_at("/user_id");
  const auto open = room("can_join");
  ASSERT_EQ(join(token, open).status, 200);
  server_.person("berta");
  const auto invited = set(token, open, "m.room.member", {{"membership", "invite"}}, "@berta:example.org");
  EXPECT_EQ(invited.string_at("/errcode"), kForbidden) << invited.text;
  EXPECT_EQ(membership(open, "@berta:example.org"), "");
  const JsonObject knocks{{"type", "m.room.join_rules"}, {"content", {{"join_rule", "knock"}}}};
  const auto door = room("can_join", {{"preset", "private_chat"}, {"initial_state", JsonArray{knocks}}});
  EXPECT_EQ(set(token, door, "m.room.member", {{"membership", "knock"}}, id).string_at("/errcode"), kForbidden);
  EXPECT_EQ(set(token, open, "m.room.member", {{"membership", "join"}, {"displayname", "G"}}, id).status, 200)
      << "their own name they may change";
}

TEST_F(GuestTest, LookIntoRoomsThatTheWorldMayRead) {
  const auto token = come().string_at("/access_token");
  const JsonObject world{{"type", "m.room.history_visibility"},
                         {"content", {{"history_visibility", "world_readable"}}}};
  const auto shown = room("", {{"initial_state", JsonArray{world}}});
  const auto hidden = room("");
  for (const auto* path : {"/state", "/messages?dir=b", "/initialSync"}) {
    EXPECT_EQ(server_.call(token, "GET", "/rooms/" + shown + path).status, 200) << path;
    EXPECT_EQ(server_.call(token, "GET", "/rooms/" + hidden + path).status, 403) << path;
  }
}

TEST_F(GuestTest, LeaveWhenARoomLetsThemInNoMore) {
  const auto guest = come(), other = come();
  const auto open = room("can_join");
  for (const auto& one : {guest, other}) ASSERT_EQ(join(one.string_at("/access_token"), open).status, 200);
  const auto berta = server_.person("berta");
  ASSERT_EQ(join(berta, open).status, 200);
  ASSERT_EQ(set(anna_, open, "m.room.guest_access", {{"guest_access", "forbidden"}}).status, 200);
  for (const auto& one : {guest, other}) EXPECT_EQ(membership(open, one.string_at("/user_id")), "leave");
  EXPECT_EQ(membership(open, "@berta:example.org"), "join") << "who has an account stays";
  EXPECT_EQ(say(guest.string_at("/access_token"), open).status, 403);
}

TEST_F(GuestTest, LeaveWhenTheRuleIsRedacted) {
  const auto guest = come();
  const auto open = room("");
  const auto rule = set(anna_, open, "m.room.guest_access", {{"guest_access", "can_join"}}).string_at("/event_id");
  ASSERT_EQ(join(guest.string_at("/access_token"), open).status, 200);
  server_.run_job("homeserver.guests");
  EXPECT_EQ(membership(open, guest.string_at("/user_id")), "join");
  ASSERT_EQ(server_.call(anna_, "PUT", "/rooms/" + open + "/redact/" + rule + "/r", JsonObject()).status, 200);
  server_.run_job("homeserver.guests");
  EXPECT_EQ(membership(open, guest.string_at("/user_id")), "leave");
}

TEST_F(GuestTest, GetAnAccountAndKeepWhatTheyAre) {
  const auto guest = come();
  const auto token = guest.string_at("/access_token"), id = guest.string_at("/user_id");
  const auto open = room("can_join");
  ASSERT_EQ(join(token, open).status, 200);
  const auto made = upgrade(token, id);
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.string_at("/user_id"), id);
  EXPECT_EQ(server_.call(token, "GET", "/account/whoami").string_at("/errcode"), "M_UNKNOWN_TOKEN")
      << "what a guest had in hand does not act for an account";
  const auto now = made.string_at("/access_token");
  EXPECT_EQ(server_.call(now, "GET", "/account/whoami").at("/is_guest"), false);
  EXPECT_EQ(server_.call(now, "POST", "/createRoom", JsonObject()).status, 200);
  EXPECT_EQ(membership(open, id), "join");
  EXPECT_TRUE(server_.wait(accounts().check_password(id, "a-good-one")).has_value());
  ASSERT_EQ(set(anna_, open, "m.room.guest_access", {{"guest_access", "forbidden"}}).status, 200);
  EXPECT_EQ(membership(open, id), "join");
}

TEST_F(GuestTest, NobodyElsesAccountIsGotByAToken) {
  const auto guest = come(), other = come();
  const auto token = guest.string_at("/access_token"), id = guest.string_at("/user_id");
  EXPECT_EQ(upgrade(anna_, "@anna:example.org").status, 403) << "no guest";
  EXPECT_EQ(upgrade("mct_" + std::string(43, 'a'), id).status, 403);
  EXPECT_EQ(upgrade("x", id).status, 403);
  EXPECT_EQ(upgrade(token, other.string_at("/user_id")).status, 403) << "another guest's name";
  EXPECT_EQ(upgrade(token, "@anna:example.org").status, 403);
  EXPECT_EQ(upgrade(token, "@new:example.org").status, 403);
  EXPECT_EQ(upgrade(token, id, {{"auth", nullptr}}).status, 401) << "the steps of registering are asked for";
  EXPECT_EQ(upgrade(token, id, {{"username", nullptr}}).status, 400);
  EXPECT_EQ(upgrade({}, id, {{"guest_access_token", nullptr}}).string_at("/errcode"), "M_USER_IN_USE");
  server_.settings.edit<RegistrationSettings>().mode = Registration::closed;
  EXPECT_EQ(upgrade(token, id).status, 403);
  server_.settings.edit<RegistrationSettings>().mode = Registration::open;
  ASSERT_TRUE(server_.wait(accounts().set_locked(id, true)));
  EXPECT_EQ(upgrade(token, id).status, 401) << "it would come out of its lock";
  ASSERT_TRUE(server_.wait(accounts().set_locked(id, false)));
  EXPECT_EQ(upgrade(token, id).status, 200);
  EXPECT_EQ(upgrade(token, id).status, 403) << "once";
}

TEST_F(GuestTest, AreNoAdministrators) {
  const auto id = come().string_at("/user_id");
  const auto refused = server_.wait(accounts().set_admin(id, true));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
}

TEST_F(GuestTest, AreListedToAdministrators) {
  const auto id = come().string_at("/user_id");
  ASSERT_TRUE(server_.wait(accounts().set_admin("@anna:example.org", true)));
  const std::string users = "/_synapse/admin/v2/users";
  EXPECT_EQ(server_.call(anna_, "GET", users).at("/total"), 2);
  EXPECT_EQ(server_.call(anna_, "GET", users + "?guests=false").at("/total"), 1);
  EXPECT_EQ(server_.call(anna_, "GET", users + "?order_by=is_guest&dir=b").string_at("/users/0/name"), id);
  EXPECT_EQ(server_.call(anna_, "GET", users + "/" + id).at("/is_guest"), true);
}

TEST_F(GuestTest, AreClosedWhenNobodyUsesThem) {
  const auto gone = come(), used = come(), upgraded = come();
  const auto open = room("can_join");
  ASSERT_EQ(join(gone.string_at("/access_token"), open).status, 200);
  ASSERT_EQ(upgrade(upgraded.string_at("/access_token"), upgraded.string_at("/user_id")).status, 200);
  const auto pass = [this](std::chrono::days days) {
    clock_.passed_ms += std::chrono::milliseconds(days).count();
    server_.run_job("homeserver.unused_guests");
  };
  pass(std::chrono::days(20));
  ASSERT_EQ(server_.call(used.string_at("/access_token"), "GET", "/account/whoami").status, 200);
  server_.run_job("homeserver.last_seen");
  pass(std::chrono::days(11));
  EXPECT_EQ(server_.call(gone.string_at("/access_token"), "GET", "/account/whoami").status, 401);
  EXPECT_EQ(membership(open, gone.string_at("/user_id")), "leave");
  EXPECT_EQ(server_.call(used.string_at("/access_token"), "GET", "/account/whoami").status, 200);
  EXPECT_TRUE(server_.wait(accounts().check_password(upgraded.string_at("/user_id"), "a-good-one")).has_value());
  server_.settings.edit<RegistrationSettings>().guest_days = 0;
  pass(std::chrono::days(1000));
  EXPECT_EQ(server_.call(used.string_at("/access_token"), "GET", "/account/whoami").status, 200) << "kept";
}

TEST_F(GuestTest, OneAddressHasOnlySoMany) {
  for (std::int64_t i = 0; i < Guests::kMostOfNetwork; ++i) ASSERT_EQ(come().status, 200) << i;
  const auto refused = come();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.string_at("/errcode"), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(refused.at("/retry_after_ms"), 600'000);
  server_.address = "192.0.2.8";
  EXPECT_EQ(come().status, 200) << "others still come";
  // A network of IPv6 counts as one address.
  std::string last;
  for (std::int64_t i = 0; i < Guests::kMostOfNetwork; ++i) {
    server_.address = "2001:db8:1:2:3:4:5:" + std::to_string(i + 1);
    const auto made = come();
    ASSERT_EQ(made.status, 200) << i;
    last = made.string_at("/user_id");
    if (i == 0) {
      ASSERT_EQ(upgrade(made.string_at("/access_token"), last).status, 200);
    }
  }
  EXPECT_EQ(come().status, 200) << "who got an account is no guest";
  EXPECT_EQ(come().status, 429);
  ASSERT_TRUE(server_.wait(accounts().deactivate(last)));
  EXPECT_EQ(come().status, 200) << "nor is who was closed";
  EXPECT_EQ(come().status, 429);
  server_.address = "2001:db8:1:3:3:4:5:6";
  EXPECT_EQ(come().status, 200);
}

TEST_F(GuestTest, ShareTheRatesOfTheirAddress) {
  const auto one = come().string_at("/access_token"), other = come().string_at("/access_token");
  net::route::RateLimits limits;
  limits.read = {.per_s = 0.001, .burst = 4};
  server_.router.set_rate_limits(limits);
  const auto look = [this](const std::string& token) { return server_.call(token, "GET", "/account/whoami").status; };
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(look(one), 200);
    EXPECT_EQ(look(other), 200);
  }
  EXPECT_EQ(look(one), 429);
  EXPECT_EQ(look(other), 429);
  EXPECT_EQ(look(anna_), 200) << "an account has its own";
  server_.address = "192.0.2.8";
  EXPECT_EQ(look(other), 200);
}

TEST_F(GuestTest, AreNobodyWhoIsOnline) {
  const auto guest = come();
  const auto token = guest.string_at("/access_token"), id = guest.string_at("/user_id");
  ASSERT_EQ(join(token, room("can_join")).status, 200);
  const auto presence = [this](const std::string& user) {
    return server_.call(anna_, "GET", "/presence/" + user + "/status").string_at("/presence");
  };
  ASSERT_EQ(server_.call(token, "GET", "/sync?set_presence=online").status, 200);
  ASSERT_EQ(server_.call(token, "GET", "/sync").status, 200);
  EXPECT_EQ(presence(id), "offline");
  ASSERT_EQ(server_.call(anna_, "GET", "/sync").status, 200);
  EXPECT_EQ(presence("@anna:example.org"), "online");
}

TEST_F(GuestTest, AreOneSenderOfMessagesToADevice) {
  // The queue holds ten; what floods is cut down first.
  server_.settings.edit<KeepSettings>().to_device_queue_bytes = 100'000;
  const auto send = [this](const std::string& token, const std::string& text) {
    const JsonObject content{{"text", text + std::string(9'800, 'x')}};
    const JsonObject body{{"messages", {{"@anna:example.org", {{"PHONE", content}}}}}};
    ASSERT_EQ(server_.call(token, "PUT", "/sendToDevice/m.x/" + std::to_string(++txn_), body).status, 200);
  };
  const auto berta = server_.person("berta");
  for (int i = 0; i < 4; ++i) send(berta, "b");
  for (int i = 0; i < 20; ++i) send(come().string_at("/access_token"), "g");
  const auto events = server_.call(anna_, "GET", "/sync").at("/to_device/events");
  ASSERT_TRUE(events.is_array());
  int of_berta = 0;
  for (const auto& event : events.get_array())
    if (event.at("sender") == "@berta:example.org") ++of_berta;
  EXPECT_EQ(of_berta, 4) << "each guest would have a share of its own";
  EXPECT_GT(events.get_array().size(), 4U);
  EXPECT_TRUE(matrix::view(events.get_array().back().at("sender").get_string()).starts_with("@guest-"));
}

TEST_F(GuestTest, AreOutWhenTheyAreSwitchedOff) {
  const auto token = come().string_at("/access_token");
  server_.settings.edit<RegistrationSettings>().guests = false;
  EXPECT_EQ(come().string_at("/errcode"), kForbidden);
  EXPECT_EQ(server_.call(token, "GET", "/account/whoami").string_at("/errcode"), kForbidden);
  EXPECT_EQ(server_.call(token, "POST", "/logout", JsonObject()).status, 200);
}

}  // namespace
}  // namespace troupe::homeserver::accounts
