// Who is let into calls, and by which token.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "base/encoding.h"
#include "homeserver/common/settings.h"
#include "homeserver/rtc/in_call.h"
#include "homeserver/rtc/livekit_token.h"
#include "homeserver/whole_server_fixture.h"
#include "kit/fake_http.h"

namespace troupe::homeserver::rtc {
namespace {

using matrix::Json;
using matrix::JsonObject;

constexpr std::string_view kSecret = "a secret of thirty-two characters";

TEST(LivekitTokenTest, AnAgreedOne) {
  EXPECT_EQ(livekit_token({.key = "key1", .secret = std::string(kSecret)}, "@anna:example.org:PHONE",
                          {{"room", "r"}, {"roomJoin", true}}, 1'767'225'600'000, std::chrono::hours(1)),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
            "eyJpc3MiOiJrZXkxIiwibmJmIjoxNzY3MjI1NTkwLCJleHAiOjE3NjcyMjkyMDAsInN1YiI6IkBhbm5hOmV4YW1wbGUub3JnOlBIT05FIi"
            "widmlkZW8iO"
            "nsicm9vbSI6InIiLCJyb29tSm9pbiI6dHJ1ZX19.t-flB6ZbLbshwZ4I0biZQT867vTcUY9mpu2EWC0XYiA");
  EXPECT_EQ(livekit_room("!room:example.org", kRoomCallSlot), "TK4o8wNCXi5t5936bOvIzE/X3XFc7cgp3jGRDqK0j5E");
  EXPECT_EQ(livekit_identity("@anna:example.org", "PHONE", "xyz"), "mbipPGZOos0Yc0WceVKbqR9YC6/ZJ+kOcfQQW5q+w40");
}

/// A server that lets people into calls at a LiveKit server which is played here.
class AuthorizationTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kGet = "/_matrix/livekit/jwt/sfu/get";
  static constexpr std::string_view kGetToken = "/_matrix/livekit/jwt/get_token";

  AuthorizationTest() { web_.answers = {{.body = R"({"sid":"RM_1"})"}}; }

  Json openid(const std::string& token, const std::string& localpart) {
    auto answer =
        server_.call(token, "POST", "/user/@" + localpart + ":example.org/openid/request_token", JsonObject());
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json;
  }
  Json for_sfu(const Json& openid) {
    return JsonObject{{"room", room_}, {"openid_token", openid}, {"device_id", "PHONE"}};
  }
  Json for_token(const Json& openid, const std::string& claimed) {
    const JsonObject member{{"id", "xyz"}, {"claimed_user_id", claimed}, {"claimed_device_id", "PHONE"}};
    return JsonObject{{"room_id", room_}, {"slot_id", "m.call#ROOM"}, {"openid_token", openid}, {"member", member}};
  }
  std::string annas_other_device() {
    auto& accounts = server_.context->get<matrix::Accounts>();
    return server_.wait(accounts.issue_token("@anna:example.org", "BOT")).value().access_token;
  }
  void let_bert_in() {
    const JsonObject bert{{"user_id", "@bert:example.org"}};
    ASSERT_EQ(server_.call(anna_, "POST", "/rooms/" + room_ + "/invite", bert).status, 200);
    ASSERT_EQ(server_.call(bert_, "POST", "/join/" + room_, JsonObject()).status, 200);
  }
  void kick_bert() {
    const JsonObject bert{{"user_id", "@bert:example.org"}};
    ASSERT_EQ(server_.call(anna_, "POST", "/rooms/" + room_ + "/kick", bert).status, 200);
  }
  /// Whom LiveKit is told to put out now.
  std::set<std::string> put_out() {
    const auto before = web_.requests.size();
    server_.run_job("homeserver.in_call");
    std::set<std::string> found;
    for (auto at = before; at < web_.requests.size(); ++at) {
      if (!web_.requests[at].url.ends_with("/RemoveParticipant")) continue;
      found.emplace(boost::json::parse(web_.requests[at].body).at("identity").as_string());
    }
    return found;
  }
  std::int64_t in_call() {
    std::int64_t found = -1;
    auto count = [&](store::Connection& c) -> Result<Unit> {
      found = store::number(c.query("SELECT count(*) FROM hs_in_call"));
      return Unit{};
    };
    EXPECT_TRUE(server_.db->read_now(count));
    return found;
  }
  WholeAnswer ask(std::string_view path, const Json& body) { return server_.call({}, "POST", std::string(path), body); }
  /// What a token says; that its signature is right is asserted.
  static JsonObject claims_of(const std::string& jwt) {
    const auto second = jwt.rfind('.');
    const auto signature = base::hmac_sha256(kSecret, jwt.substr(0, second));
    EXPECT_EQ(jwt.substr(second + 1), base::base64url(base::as_bytes(signature)));
    const auto first = jwt.find('.');
    return boost::json::parse(base::base64_decode(jwt.substr(first + 1, second - first - 1)).value()).as_object();
  }

  base::ManualClock clock_;
  kit::FakeHttp web_;
  WholeServer server_{clock_,
                      {.configure =
                           [](host::Settings& settings) {
                             auto& set = settings.edit<RtcSettings>();
                             set.livekit_url = "wss://sfu.example.org:7443/";
                             set.livekit_key = "key1";
                             set.livekit_secret = kSecret;
                           },
                       .web = &web_}};
  std::string anna_ = server_.person("anna"), bert_ = server_.person("bert");
  std::string room_ = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
};

TEST_F(AuthorizationTest, ClientsAreToldOfThisServer) {
  server_.settings.public_base_url = "https://matrix.example.org/";
  EXPECT_EQ(server_.call(anna_, "GET", "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports").text,
            R"({"rtc_transports":[{"type":"livekit","livekit_service_url":)"
            R"("https://matrix.example.org/_matrix/livekit/jwt"}]})");
  server_.settings.edit<RtcSettings>().livekit_service_url = "https://rtc.example.org";
  EXPECT_EQ(server_.call(anna_, "GET", "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports").text,
            R"({"rtc_transports":[{"type":"livekit","livekit_service_url":"https://rtc.example.org"}]})")
      << "a service that the administrator names comes first";
}

TEST_F(AuthorizationTest, WhoIsInTheRoomComesIn) {
  const auto in = ask(kGet, for_sfu(openid(anna_, "anna")));
  ASSERT_EQ(in.status, 200) << in.text;
  EXPECT_EQ(in.string_at("/url"), "wss://sfu.example.org:7443/");
  const auto now_s = clock_.unix_ms() / 1000;
  const auto name = livekit_room(room_, "m.call#ROOM");
  EXPECT_EQ(claims_of(in.string_at("/jwt")), (JsonObject{{"iss", "key1"},
                                                         {"nbf", now_s - 10},
                                                         {"exp", now_s + 600},
                                                         {"sub", "@anna:example.org:PHONE"},
                                                         {"video",
                                                          {{"room", name},
                                                           {"roomJoin", true},
                                                           {"roomCreate", false},
                                                           {"canPublish", true},
                                                           {"canSubscribe", true},
                                                           {"canPublishData", true}}}}));
  ASSERT_EQ(web_.requests.size(), 1u) << "the room is made by this server, not by whoever comes in";
  const auto& made = web_.requests.front();
  EXPECT_EQ(made.url, "https://sfu.example.org:7443/twirp/livekit.RoomService/CreateRoom");
  EXPECT_EQ(boost::json::parse(made.body).at("name").as_string(), name);
  const auto own = claims_of(std::string(made.headers.get("Authorization")).substr(7));
  EXPECT_EQ(own.at("video"), (Json{{"roomCreate", true}}));
  EXPECT_EQ(own.at("exp").as_int64(), now_s + 60);
  EXPECT_FALSE(own.contains("sub"));
}

TEST_F(AuthorizationTest, AMembersIdentityIsNotItsName) {
  const auto in = ask(kGetToken, for_token(openid(anna_, "anna"), "@anna:example.org"));
  ASSERT_EQ(in.status, 200) << in.text;
  const auto claims = claims_of(in.string_at("/jwt"));
  EXPECT_EQ(claims.at("sub").as_string(), livekit_identity("@anna:example.org", "PHONE", "xyz"));
  EXPECT_EQ(claims.at("video").at("room").as_string(), livekit_room(room_, "m.call#ROOM")) << "the same call";
}

TEST_F(AuthorizationTest, NobodyElseComesIn) {
  const auto outside = ask(kGet, for_sfu(openid(bert_, "bert")));
  EXPECT_EQ(outside.status, 403) << outside.text;
  EXPECT_EQ(outside.string_at("/errcode"), "M_FORBIDDEN");
  auto nowhere = for_sfu(openid(anna_, "anna"));
  nowhere.as_object()["room"] = "!nowhere:example.org";
  EXPECT_EQ(ask(kGet, nowhere).text, outside.text) << "no telling a closed room from none";
  ASSERT_EQ(
      server_.call(anna_, "POST", "/rooms/" + room_ + "/invite", JsonObject{{"user_id", "@bert:example.org"}}).status,
      200);
  EXPECT_EQ(ask(kGet, for_sfu(openid(bert_, "bert"))).status, 403) << "invited is not in the room";

  const auto claimed = ask(kGetToken, for_token(openid(bert_, "bert"), "@anna:example.org"));
  EXPECT_EQ(claimed.status, 401) << "another's OpenID token";
  EXPECT_EQ(claimed.string_at("/errcode"), "M_UNAUTHORIZED");

  auto foreign = openid(anna_, "anna");
  foreign.as_object()["matrix_server_name"] = "elsewhere.example";
  EXPECT_EQ(ask(kGet, for_sfu(foreign)).status, 403);
  for (const std::string& wrong : {std::string("x"), anna_, std::string(255, 'a')}) {
    auto token = openid(anna_, "anna");
    token.as_object()["access_token"] = wrong;
    EXPECT_EQ(ask(kGet, for_sfu(token)).status, 401) << wrong;
  }
  const auto old = openid(anna_, "anna");
  clock_.advance(std::chrono::seconds(3601));
  EXPECT_EQ(ask(kGet, for_sfu(old)).status, 401);
  EXPECT_TRUE(web_.requests.empty()) << "LiveKit hears of none of them";
}

TEST_F(AuthorizationTest, WhoHasLeftDoesNotComeBack) {
  ASSERT_EQ(
      server_.call(anna_, "POST", "/rooms/" + room_ + "/invite", JsonObject{{"user_id", "@bert:example.org"}}).status,
      200);
  ASSERT_EQ(server_.call(bert_, "POST", "/join/" + room_, JsonObject()).status, 200);
  const auto token = openid(bert_, "bert");
  EXPECT_EQ(ask(kGet, for_sfu(token)).status, 200);
  ASSERT_EQ(
      server_.call(anna_, "POST", "/rooms/" + room_ + "/kick", JsonObject{{"user_id", "@bert:example.org"}}).status,
      200);
  EXPECT_EQ(ask(kGet, for_sfu(token)).status, 403);
}

/// What a bot's container had is worth nothing when its meeting is over.
TEST_F(AuthorizationTest, WhatADeviceAskedForEndsWithIt) {
  const auto device = annas_other_device();
  const auto token = openid(device, "anna");
  const auto other = openid(anna_, "anna");
  ASSERT_EQ(ask(kGet, for_sfu(token)).status, 200);
  ASSERT_EQ(server_.call(device, "POST", "/logout", JsonObject()).status, 200);
  const auto refused = ask(kGet, for_sfu(token));
  EXPECT_EQ(refused.status, 401) << refused.text;
  const std::string userinfo = "/_matrix/federation/v1/openid/userinfo?access_token=";
  EXPECT_EQ(server_.call({}, "GET", userinfo + std::string(token.at("access_token").as_string())).status, 401)
      << "nor at another service";
  EXPECT_EQ(ask(kGet, for_sfu(other)).status, 200) << "another device's goes on";
}

TEST_F(AuthorizationTest, NobodyMakesRoomsAtLivekitByTheThousand) {
  const auto token = openid(anna_, "anna");
  for (const auto* slot : {"m.call#1", "x", "m.call#ROOM#", "M.CALL#ROOM"}) {
    auto body = for_token(token, "@anna:example.org");
    body.as_object()["slot_id"] = slot;
    EXPECT_EQ(ask(kGetToken, body).status, 400) << slot;
  }
  EXPECT_TRUE(web_.requests.empty());
  auto older = for_token(token, "@anna:example.org");
  older.as_object()["slot_id"] = "m.call#";
  EXPECT_EQ(ask(kGetToken, older).status, 200);
}

TEST_F(AuthorizationTest, WhoIsPutOutOfTheRoomIsPutOutOfTheCall) {
  let_bert_in();
  ASSERT_EQ(ask(kGet, for_sfu(openid(bert_, "bert"))).status, 200);
  ASSERT_EQ(ask(kGetToken, for_token(openid(bert_, "bert"), "@bert:example.org")).status, 200);
  ASSERT_EQ(ask(kGet, for_sfu(openid(anna_, "anna"))).status, 200);
  EXPECT_TRUE(put_out().empty()) << "they are in the room";
  kick_bert();
  web_.answers = {{.broken = Error(Errc::unavailable, "connection refused")}};
  EXPECT_EQ(put_out().size(), 1u) << "LiveKit is away: it is not asked for each";
  web_.answers = {{.body = "{}"}};
  const std::set<std::string> both{"@bert:example.org:PHONE", livekit_identity("@bert:example.org", "PHONE", "xyz")};
  EXPECT_EQ(put_out(), both);
  const auto& last = web_.requests.back();
  EXPECT_EQ(boost::json::parse(last.body).at("room").as_string(), livekit_room(room_, "m.call#ROOM"));
  EXPECT_EQ(claims_of(std::string(last.headers.get("Authorization")).substr(7)).at("video"),
            (Json{{"roomAdmin", true}, {"room", livekit_room(room_, "m.call#ROOM")}}));
  // Until the tokens that they may have are worth nothing; who has gone is no trouble.
  web_.answers = {{.status = 404, .body = R"({"code":"not_found"})"}};
  clock_.advance(std::chrono::minutes(14));
  EXPECT_EQ(put_out(), both);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(put_out(), both);
  EXPECT_TRUE(put_out().empty());
  EXPECT_EQ(in_call(), 1) << "anna";
}

TEST_F(AuthorizationTest, WhoComesBackIsLeftAloneAndIsPutOutTheNextTimeAsLong) {
  let_bert_in();
  const auto token = openid(bert_, "bert");
  ASSERT_EQ(ask(kGet, for_sfu(token)).status, 200);
  kick_bert();
  EXPECT_EQ(put_out().size(), 1u);
  let_bert_in();
  EXPECT_TRUE(put_out().empty());
  clock_.advance(std::chrono::minutes(20));
  kick_bert();
  EXPECT_EQ(put_out().size(), 1u);
  EXPECT_EQ(put_out().size(), 1u) << "not for the time that has passed since the first kick";
}

TEST_F(AuthorizationTest, ABotThatHasNoDeviceAnyMoreIsPutOut) {
  const auto device = annas_other_device();
  ASSERT_EQ(ask(kGet, for_sfu(openid(device, "anna"))).status, 200);
  ASSERT_EQ(server_.call(device, "POST", "/logout", JsonObject()).status, 200);
  EXPECT_EQ(put_out(), std::set<std::string>{"@anna:example.org:PHONE"});
}

TEST_F(AuthorizationTest, WhoHasLeftTheCallIsForgotten) {
  ASSERT_EQ(ask(kGet, for_sfu(openid(anna_, "anna"))).status, 200);
  const auto look = [this](int status) {
    web_.answers = {{.status = status, .body = "{}"}};
    server_.run_job("homeserver.in_call");
  };
  const auto before = web_.requests.size();
  look(404);
  EXPECT_EQ(web_.requests.size(), before) << "she may be coming";
  clock_.advance(std::chrono::minutes(16));
  look(200);
  EXPECT_EQ(web_.requests.back().url, "https://sfu.example.org:7443/twirp/livekit.RoomService/GetParticipant");
  clock_.advance(std::chrono::minutes(61));
  look(404);
  EXPECT_EQ(in_call(), 1) << "she may be coming back";
  clock_.advance(std::chrono::minutes(16));
  look(503);
  EXPECT_EQ(in_call(), 1);
  look(404);
  EXPECT_EQ(in_call(), 0);
}

TEST_F(AuthorizationTest, NobodyIsInCallsWithoutEnd) {
  auto fill = [&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < InCall::kMostOfOne; ++i)
      in_call_store::put(tx, {.livekit_room = "r",
                              .identity = std::to_string(i),
                              .room_id = room_,
                              .user_id = "@anna:example.org",
                              .device_id = {}});
    return Unit{};
  };
  ASSERT_TRUE(server_.db->write_now(fill));
  const auto more = ask(kGet, for_sfu(openid(anna_, "anna")));
  EXPECT_EQ(more.status, 429) << more.text;
  EXPECT_EQ(in_call(), InCall::kMostOfOne);
}

TEST_F(AuthorizationTest, WhatMakesNoSense) {
  for (const std::string_view path : {kGet, kGetToken}) {
    EXPECT_EQ(ask(path, JsonObject()).status, 400) << path;
    EXPECT_EQ(server_.call({}, "GET", std::string(path)).status, 405) << path;
    auto large = for_sfu(openid(anna_, "anna"));
    large.as_object()["device_id"] = std::string(256, 'x');
    EXPECT_EQ(ask(path, large).status, 400) << path;
  }
  for (const auto* lacks : {"room", "openid_token", "device_id"}) {
    auto body = for_sfu(openid(anna_, "anna"));
    body.as_object().erase(lacks);
    EXPECT_EQ(ask(kGet, body).status, 400) << lacks;
    body.as_object()[lacks] = 7;
    EXPECT_EQ(ask(kGet, body).status, 400) << lacks;
  }
  EXPECT_TRUE(web_.requests.empty());
}

TEST_F(AuthorizationTest, LivekitIsAwayOrKnowsAnotherKey) {
  const auto health = [this]() -> std::string {
    for (const auto& [name, check] : server_.context->checks())
      if (name == "livekit") return check().value_or("well");
    return "no such check";
  };
  EXPECT_EQ(health(), "well");
  web_.answers = {{.broken = Error(Errc::unavailable, "connection refused")}};
  const auto away = ask(kGet, for_sfu(openid(anna_, "anna")));
  EXPECT_EQ(away.status, 503) << away.text;
  EXPECT_EQ(away.text.find("refused"), std::string::npos) << "where it lies is nobody's business";
  EXPECT_EQ(health(), "LiveKit does not answer: connection refused");
  web_.answers = {{.status = 401, .body = "no"}};
  server_.run_job("homeserver.livekit");
  EXPECT_EQ(health(), "LiveKit does not take rtc.livekit_key with rtc.livekit_secret");
  web_.answers = {{.body = "{}"}};
  server_.run_job("homeserver.livekit");
  EXPECT_EQ(health(), "well");
  EXPECT_EQ(web_.requests.back().url, "https://sfu.example.org:7443/twirp/livekit.RoomService/ListRooms");
}

TEST(RtcSettingsTest, AllThreeOrNone) {
  const auto problems = [](std::string url, std::string key, std::string secret) {
    host::Settings settings;
    auto& set = settings.edit<RtcSettings>();
    set.livekit_url = std::move(url);
    set.livekit_key = std::move(key);
    set.livekit_secret = std::move(secret);
    host::Review review;
    review_settings(settings, review);
    std::size_t ours = 0;
    for (const auto& problem : review.problems) ours += problem.where == "rtc" ? 1 : 0;
    return ours;
  };
  const auto warnings = [](std::string url, std::string address) {
    host::Settings settings;
    settings.public_base_url = std::move(address);
    settings.edit<RtcSettings>().livekit_url = std::move(url);
    host::Review review;
    review_settings(settings, review);
    return std::ranges::count_if(review.problems, [](const auto& p) { return p.where == "rtc.address" && !p.fatal; });
  };
  EXPECT_EQ(problems("", "", ""), 0u);
  EXPECT_EQ(problems("wss://x", "k", "s"), 0u);
  EXPECT_EQ(warnings("wss://x", ""), 1) << "the bot knows no address that others reach";
  EXPECT_EQ(warnings("wss://x", "https://matrix.example.org"), 0);
  EXPECT_EQ(warnings("", ""), 0);
  EXPECT_EQ(problems("wss://x", "k", ""), 1u);
  EXPECT_EQ(problems("", "k", "s"), 1u);
}

TEST(RtcSettingsTest, WithoutThemThereIsNoSuchRoute) {
  WholeServer server;
  EXPECT_EQ(server.call({}, "POST", "/_matrix/livekit/jwt/sfu/get", JsonObject()).status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::rtc
