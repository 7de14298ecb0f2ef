#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class UserDataTest : public AdminFixture {
 protected:
  std::string room(const JsonObject& body = {{"preset", "public_chat"}}) {
    return server_.call(anna_, "POST", "/createRoom", body).string_at("/room_id");
  }
  const std::string key_ = std::string(43, 'A');  ///< 32 bytes of zero
  WholeAnswer of_anna(const std::string& what) { return ask("GET", "/v1/users/@anna:example.org/" + what); }
};

TEST_F(UserDataTest, RoomsAndMemberships) {
  EXPECT_EQ(of_anna("joined_rooms").text, R"({"joined_rooms":[],"total":0})");
  EXPECT_EQ(of_anna("memberships").text, R"({"memberships":{}})");
  const auto here = room(), left = room();
  EXPECT_EQ(server_.call(anna_, "POST", "/rooms/" + left + "/leave", JsonObject()).status, 200);
  EXPECT_EQ(of_anna("joined_rooms").json, matrix::Json(JsonObject{{"joined_rooms", JsonArray{here}}, {"total", 1}}));
  EXPECT_EQ(of_anna("memberships").json,
            matrix::Json(JsonObject{{"memberships", JsonObject{{here, "join"}, {left, "leave"}}}}));
  // Of whom nothing is known, nothing is told.
  EXPECT_EQ(ask("GET", "/v1/users/@nobody:example.org/joined_rooms").text, R"({"joined_rooms":[],"total":0})");
  EXPECT_EQ(ask("GET", "/v1/users/@ghost:elsewhere.org/memberships").text, R"({"memberships":{}})");
  EXPECT_EQ(outcome(as(anna_, "GET", "/v1/users/@anna:example.org/joined_rooms")), "403 M_FORBIDDEN");
}

TEST_F(UserDataTest, AccountData) {
  EXPECT_EQ(of_anna("accountdata").text, R"({"account_data":{"global":{},"rooms":{}}})");
  const auto id = room();
  const std::string own = "/user/@anna:example.org/account_data/";
  ASSERT_EQ(server_.call(anna_, "PUT", own + "org.example.a", JsonObject{{"x", 1}}).status, 200);
  ASSERT_EQ(server_.call(anna_, "PUT", own + "org.%22b", JsonObject{{"y", "\""}}).status, 200);
  const auto in_room = "/user/@anna:example.org/rooms/" + id + "/account_data/org.example.c";
  ASSERT_EQ(server_.call(anna_, "PUT", in_room, JsonObject{{"z", true}}).status, 200);
  EXPECT_EQ(of_anna("accountdata").json,
            matrix::Json(
                JsonObject{{"account_data",
                            {{"global", {{"org.example.a", {{"x", 1}}}, {"org.\"b", {{"y", "\""}}}}},
                             {"rooms", JsonObject{{id, JsonObject{{"org.example.c", JsonObject{{"z", true}}}}}}}}}}));
  EXPECT_EQ(status("GET", "/v1/users/@nobody:example.org/accountdata"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("GET", "/v1/users/@anna:elsewhere.org/accountdata"), "400 M_UNKNOWN");
}

TEST_F(UserDataTest, Pushers) {
  EXPECT_EQ(of_anna("pushers").text, R"({"pushers":[],"total":0})");
  const JsonObject pusher{{"app_id", "org.example.app"},
                          {"pushkey", "k"},
                          {"kind", "http"},
                          {"app_display_name", "App"},
                          {"device_display_name", "Phone"},
                          {"lang", "en"},
                          {"data", {{"url", "https://push.example.org/_matrix/push/v1/notify"}}}};
  ASSERT_EQ(server_.call(anna_, "POST", "/pushers/set", pusher).status, 200);
  EXPECT_EQ(of_anna("pushers").json, matrix::Json(JsonObject{{"pushers", JsonArray{pusher}}, {"total", 1}}));
  EXPECT_EQ(status("GET", "/v1/users/@nobody:example.org/pushers"), "404 M_NOT_FOUND");
}

TEST_F(UserDataTest, InvitesAndJoinsAreCountedSinceATime) {
  const auto berta = server_.person("berta");
  const auto first = room({{"preset", "private_chat"}, {"invite", JsonArray{"@berta:example.org", kRoot}}});
  room();
  const auto kick = JsonObject{{"user_id", "@berta:example.org"}};
  EXPECT_EQ(server_.call(anna_, "POST", "/rooms/" + first + "/kick", kick).status, 200);
  EXPECT_EQ(of_anna("sent_invite_count?from_ts=0").text, R"({"invite_count":2})");
  EXPECT_EQ(of_anna("sent_invite_count?from_ts=9000000000000").text, R"({"invite_count":0})");
  EXPECT_EQ(server_.call(anna_, "POST", "/rooms/" + first + "/leave", JsonObject()).status, 200);
  EXPECT_EQ(of_anna("cumulative_joined_room_count?from_ts=0").text, R"({"cumulative_joined_room_count":2})");
  EXPECT_EQ(of_anna("cumulative_joined_room_count?from_ts=9000000000000").text,
            R"({"cumulative_joined_room_count":0})");
  EXPECT_EQ(ask("GET", "/v1/users/@berta:example.org/cumulative_joined_room_count?from_ts=0").text,
            R"({"cumulative_joined_room_count":0})");
  for (const auto* what : {"sent_invite_count", "cumulative_joined_room_count"}) {
    EXPECT_EQ(outcome(of_anna(what)), "400 M_MISSING_PARAM") << what;
    EXPECT_EQ(outcome(of_anna(std::string(what) + "?from_ts=x")), "400 M_INVALID_PARAM") << what;
  }
}

TEST_F(UserDataTest, InvitesAreCountedInPieces) {
  room({{"preset", "private_chat"}, {"invite", JsonArray{kRoot}}});
  const auto copy = [](store::Tx& tx) -> Result<Unit> {
    // All at one moment, so that a piece ends in the middle of it.
    for (std::int64_t i = 1; i <= 1'001; ++i) {
      tx.run(
          "INSERT INTO hs_event (pos, room, event_id, type, state_key, sender, ts, depth, bytes, body) SELECT pos + "
          "?1, "
          "room, event_id, type, state_key, sender, 5, depth, bytes, body FROM hs_event "
          "WHERE type = 'm.room.member' AND state_key <> sender AND ts > 5",
          1'000'000 * i);
    }
    return Unit{};
  };
  ASSERT_TRUE(server_.db->write_now(copy));
  EXPECT_EQ(of_anna("sent_invite_count?from_ts=0").text, R"({"invite_count":1002})");
  EXPECT_EQ(of_anna("sent_invite_count?from_ts=5").text, R"({"invite_count":1002})");
  EXPECT_EQ(of_anna("sent_invite_count?from_ts=6").text, R"({"invite_count":1})");
}

TEST_F(UserDataTest, KeysMayBeReplacedForTenMinutes) {
  const std::string path = "/v1/users/@anna:example.org/_allow_cross_signing_replacement_without_uia";
  EXPECT_EQ(status("POST", path), "404 M_NOT_FOUND");
  const JsonObject key{
      {"user_id", kAnna}, {"usage", JsonArray{"master"}}, {"keys", JsonObject{{"ed25519:" + key_, key_}}}};
  const auto uploaded = server_.call(anna_, "POST", "/keys/device_signing/upload", JsonObject{{"master_key", key}});
  ASSERT_EQ(uploaded.status, 200) << uploaded.text;
  const auto until = ask("POST", path, JsonObject()).at("/updatable_without_uia_before_ms");
  ASSERT_TRUE(until.is_int64());
  EXPECT_GT(until.as_int64(), base::system_clock().unix_ms() + 9 * 60'000);
  EXPECT_EQ(status("POST", "/v1/users/@nobody:example.org/_allow_cross_signing_replacement_without_uia"),
            "404 M_NOT_FOUND");
  EXPECT_EQ(outcome(as(anna_, "POST", path)), "403 M_FORBIDDEN");
}

}  // namespace
}  // namespace troupe::homeserver::admin
