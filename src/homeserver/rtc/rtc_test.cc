// Where calls of many run, and who may say that they are in one.
#include <gtest/gtest.h>

#include "homeserver/common/settings.h"
#include "homeserver/whole_server_fixture.h"
#include "matrix/call_states.h"

namespace troupe::homeserver::rtc {
namespace {

using matrix::JsonObject;

constexpr std::string_view kTransports = "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports";
constexpr std::string_view kWellKnown = "/.well-known/matrix/client";

/// The body of GET at a path outside of /_matrix.
std::string fetch(WholeServer& server, std::string_view path) {
  net::http::Request request;
  request.method = "GET";
  request.remote_address = "192.0.2.7";
  EXPECT_TRUE(request.set_target(path).has_value());
  return server.wait(server.router.dispatch(host::kMatrixListener, request)).body;
}

TEST(RtcTest, ClientsAreToldOfTheService) {
  WholeServer server;
  const auto anna = server.person("anna");
  EXPECT_EQ(server.call(anna, "GET", std::string(kTransports)).text, R"({"rtc_transports":[]})");
  EXPECT_EQ(fetch(server, kWellKnown).find("rtc_foci"), std::string::npos);
  EXPECT_EQ(server.call({}, "GET", std::string(kTransports)).status, 401);
  server.settings.edit<RtcSettings>().livekit_service_url = "https://rtc.example.org/livekit/jwt";
  const std::string one = R"([{"type":"livekit","livekit_service_url":"https://rtc.example.org/livekit/jwt"}])";
  EXPECT_EQ(server.call(anna, "GET", std::string(kTransports)).text, R"({"rtc_transports":)" + one + "}");
  EXPECT_NE(fetch(server, kWellKnown).find(R"("org.matrix.msc4143.rtc_foci":)" + one), std::string::npos)
      << fetch(server, kWellKnown);
}

TEST(RtcTest, TheServiceLearnsWhoSomebodyIs) {
  WholeServer server;
  const auto anna = server.person("anna");
  const auto token = server.call(anna, "POST", "/user/@anna:example.org/openid/request_token", JsonObject());
  ASSERT_EQ(token.status, 200) << token.text;
  EXPECT_EQ(token.string_at("/matrix_server_name"), "example.org");
  const auto who =
      server.call({}, "GET", "/_matrix/federation/v1/openid/userinfo?access_token=" + token.string_at("/access_token"));
  EXPECT_EQ(who.text, R"({"sub":"@anna:example.org"})") << "with federation off, on the Matrix address";
  EXPECT_EQ(server.call({}, "GET", "/_matrix/federation/v1/openid/userinfo?access_token=x").status, 401);
  EXPECT_EQ(server.call({}, "GET", "/_matrix/federation/v1/openid/userinfo?access_token=" + anna).status, 401)
      << "no access token of a client";
}

/// A state key that begins with @ belongs to that user alone; one with _@ belongs to whoever may set that type.
TEST(RtcTest, MembershipsOfACallAreState) {
  WholeServer server;
  const auto anna = server.person("anna"), bert = server.person("bert");
  for (const auto* type : {"org.matrix.msc3401.call.member", "m.call.member", "m.rtc.member"}) {
    const JsonObject levels{{"events", {{type, 0}}}};
    const auto room = server
                          .call(anna, "POST", "/createRoom",
                                JsonObject{{"preset", "public_chat"}, {"power_level_content_override", levels}})
                          .string_at("/room_id");
    const auto closed =
        server.call(anna, "POST", "/createRoom", JsonObject{{"preset", "public_chat"}}).string_at("/room_id");
    for (const auto& one : {room, closed}) ASSERT_EQ(server.call(bert, "POST", "/join/" + one).status, 200);
    const auto set = [&](const std::string& token, const std::string& where, const std::string& key) {
      return server
          .call(token, "PUT", "/rooms/" + where + "/state/" + type + "/" + key, JsonObject{{"application", "m.call"}})
          .status;
    };
    EXPECT_EQ(set(bert, room, "_@bert:example.org_PHONE_m.call"), 200) << type;
    EXPECT_EQ(set(bert, room, "@bert:example.org"), 200) << type;
    EXPECT_EQ(set(bert, room, "@anna:example.org"), 403) << type;
    EXPECT_EQ(set(bert, closed, "_@bert:example.org_PHONE_m.call"), 403) << "the room's levels do not let him";
    EXPECT_EQ(set(anna, closed, "_@anna:example.org_PHONE_m.call"), 200) << type;
  }
}

TEST(RtcTest, WhichRoomReplacesWhich) {
  WholeServer server;
  const auto anna = server.person("anna");
  auto& states = server.context->get<matrix::CallStates>();
  const auto make = [&](JsonObject wanted) {
    return server.call(anna, "POST", "/createRoom", std::move(wanted)).string_at("/room_id");
  };
  for (const auto* version : {"11", "12"}) {
    const auto old = make({{"room_version", version}});
    const auto made = server.call(anna, "POST", "/rooms/" + old + "/upgrade", JsonObject{{"new_version", version}})
                          .string_at("/replacement_room");
    ASSERT_FALSE(made.empty());
    EXPECT_EQ(server.wait(states.replaced_by(made)).value(), old);
    EXPECT_EQ(server.wait(states.replaced_by(old)).value(), "");
    const auto liar = make({{"creation_content", {{"predecessor", {{"room_id", old}, {"event_id", "$x"}}}}}});
    ASSERT_FALSE(liar.empty());
    EXPECT_EQ(server.wait(states.replaced_by(liar)).value(), "") << "the old room says nothing of it";
  }
  EXPECT_EQ(server.wait(states.replaced_by("!nowhere:example.org")).value(), "");
}

}  // namespace
}  // namespace troupe::homeserver::rtc
