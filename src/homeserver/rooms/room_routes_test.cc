// The routes of rooms, through the router: request, status, what the answer holds.
#include "homeserver/rooms/room_routes.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/rooms/room_fixture.h"
#include "host/listeners.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::rooms {
namespace {

/// "Bearer alice" is @alice:example.org on device PHONE.
class LocalpartAuthenticator final : public net::route::Scheme {
 public:
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override {
    auto header = request.headers.get("Authorization");
    if (!header.starts_with("Bearer ")) co_return std::optional<net::route::Caller>();
    net::route::Caller caller;
    caller.user_id = "@" + std::string(header.substr(7)) + ":example.org";
    caller.device_id = "PHONE";
    co_return std::optional(std::move(caller));
  }
};

class RoomRoutesTest : public RoomTest {
 protected:
  RoomRoutesTest() {
    add_room_routes(router_, api_);
    add_membership_routes(router_, api_);
    add_directory_routes(router_, api_);
    router_.add_listener(host::matrix_listener());
    router_.add_scheme(std::string(host::kMatrixScheme), authenticator_);
    net::route::RateLimits limits;
    limits.enabled = false;
    router_.set_rate_limits(limits);
    router_.freeze();
    for (const auto* name : {"alice", "bob", "carol"}) {
      auto made = server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
        accounts::AccountRow row;
        row.user_id = user(name);
        row.localpart = name;
        accounts::account_store::insert_account(tx, row);
        return Unit{};
      }));
      EXPECT_TRUE(made);
    }
  }

  struct Answer {
    int status = 0;
    matrix::JsonObject json;
    std::string text(std::string_view key) const { return std::string(matrix::find_string(json, key).value_or("")); }
    std::string errcode() const { return text("errcode"); }
  };
  Answer call(std::string method, std::string path, std::string body = {}, std::string who = "alice") {
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target("/_matrix/client/v3" + path).has_value()) << path;
    request.body = std::move(body);
    request.remote_address = "192.0.2.7";
    if (!who.empty()) request.headers.add("Authorization", "Bearer " + who);
    auto response =
        boost::asio::co_spawn(server->io, router_.dispatch(host::kMatrixListener, request), boost::asio::use_future)
            .get();
    Answer answer{.status = response.status, .json = {}};
    boost::system::error_code ignored;
    auto parsed = boost::json::parse(response.shared_body ? *response.shared_body : response.body, ignored);
    if (auto* object = parsed.if_object()) answer.json = std::move(*object);
    return answer;
  }
  std::string create(std::string body = R"({"preset":"public_chat"})") {
    auto made = call("POST", "/createRoom", std::move(body));
    EXPECT_EQ(made.status, 200) << boost::json::serialize(made.json);
    return made.text("room_id");
  }

  LocalpartAuthenticator authenticator_;
  std::unique_ptr<bus::Bus> bus_ = bus::make_local_bus();
  memory::Typing typing_{*server->db, *server->rooms, *server->users, *bus_, server->io.get_executor()};
  RoomApi api_{*server->db, *server->service, server->settings, typing_};
  net::route::Router router_{server->metrics};
};

TEST_F(RoomRoutesTest, CreateInviteJoinSend) {
  auto id = create(R"({"name":"Tea","room_alias_name":"tea","invite":["@bob:example.org"]})");
  EXPECT_EQ(call("POST", "/join/%23tea%3Aexample.org", "", "bob").text("room_id"), id);
  EXPECT_EQ(call("POST", "/rooms/" + id + "/join", "{}", "bob").text("room_id"), id);
  auto sent = call("PUT", "/rooms/" + id + "/send/m.room.message/t1", R"({"body":"hi"})", "bob");
  EXPECT_EQ(sent.status, 200);
  EXPECT_TRUE(sent.text("event_id").starts_with('$'));
  auto again = call("PUT", "/rooms/" + id + "/send/m.room.message/t1", R"({"body":"hi"})", "bob");
  EXPECT_EQ(again.text("event_id"), sent.text("event_id"));
  auto other_type = call("PUT", "/rooms/" + id + "/send/m.sticker/t1", R"({"body":"hi"})", "bob");
  EXPECT_NE(other_type.text("event_id"), sent.text("event_id"));
  auto redacted = call("PUT", "/rooms/" + id + "/redact/" + sent.text("event_id") + "/t1", "", "bob");
  EXPECT_EQ(redacted.status, 200) << redacted.text("error");
  EXPECT_EQ(call("POST", "/rooms/" + id + "/leave", "", "bob").status, 200);
  EXPECT_EQ(call("POST", "/rooms/" + id + "/forget", "", "bob").status, 200);
  EXPECT_EQ(call("PUT", "/rooms/" + id + "/send/m.room.message/t2", "{}", "bob").errcode(), "M_FORBIDDEN");
}

TEST_F(RoomRoutesTest, IdsWithSlashesAreTakenInPaths) {
  auto id = create(R"({"preset":"public_chat","room_version":"3"})");
  const auto path = "/rooms/" + id;
  std::string said;
  for (int i = 0; i < 200 && !said.contains('/'); ++i) {
    said = call("PUT", path + "/send/m.room.message/s" + std::to_string(i), R"({"body":"hi"})").text("event_id");
  }
  ASSERT_THAT(said, testing::HasSubstr("/"));
  auto redacted = call("PUT", path + "/redact/" + base::percent_encode(said) + "/t", "{}");
  EXPECT_EQ(redacted.status, 200) << redacted.text("error");
  auto again = call("PUT", path + "/redact/" + base::percent_encode(said) + "/t", "{}");
  EXPECT_EQ(again.text("event_id"), redacted.text("event_id"));
  EXPECT_EQ(call("PUT", path + "/redact/" + said + "/t", "{}").status, 404) << "a path of other segments";
}

TEST_F(RoomRoutesTest, OlderRoomVersionsRefuseWhatTheyDoNotKnow) {
  auto id = create(R"({"preset":"public_chat","room_version":"6"})");
  EXPECT_EQ(call("POST", "/knock/" + id, "{}", "bob").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(call("PUT", "/rooms/" + id + "/send/m.room.message/t", R"({"n":1.5})").errcode(), "M_BAD_JSON");
  auto old = create(R"({"preset":"public_chat","room_version":"1"})");
  auto said = call("PUT", "/rooms/" + old + "/send/m.room.message/t", R"({"n":1.5})");
  EXPECT_EQ(said.status, 200) << said.text("error");
  EXPECT_TRUE(said.text("event_id").ends_with(":example.org"));
  auto none = call("POST", "/createRoom", R"({"room_version":"0"})");
  EXPECT_EQ(none.errcode(), "M_UNSUPPORTED_ROOM_VERSION");
  EXPECT_EQ(none.text("error"), "This server makes rooms of versions 1 to 12.");
}

TEST_F(RoomRoutesTest, AJoinsBodyGoesIntoTheMemberEvent) {
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    accounts::profile_store::set_field(tx, user("bob"), accounts::kDisplayName, "Robert");
    accounts::profile_store::set_field(tx, user("bob"), accounts::kAvatarUrl, "mxc://example.org/bob");
    return Unit{};
  })));
  const auto content = [&](const std::string& id, std::string_view who) {
    return matrix::canonical_json(state(id, "m.room.member", user(who))->event->content);
  };
  const std::string forbidden =
      R"("membership":"ban","join_authorised_via_users_server":"@alice:example.org","third_party_signed":{},)"
      R"("third_party_invite":{},"is_direct":true)";
  auto id = create();
  EXPECT_EQ(call("POST", "/rooms/" + id + "/join",
                 R"({"foo":{"a":[1]},"displayname":"Bob here","reason":"tea",)" + forbidden + "}", "bob")
                .status,
            200);
  const auto own = content(id, "bob");
  EXPECT_EQ(own,
            R"({"avatar_url":"mxc://example.org/bob","displayname":"Bob here","foo":{"a":[1]},"membership":"join",)"
            R"("reason":"tea"})");
  EXPECT_EQ(call("POST", "/join/" + id, R"({"foo":"other"})", "bob").status, 200);
  EXPECT_EQ(content(id, "bob"), own) << "who is in writes no event by joining";
  EXPECT_EQ(call("POST", "/rooms/" + id + "/join", R"({"a":1.5})", "carol").errcode(), "M_BAD_JSON");
  EXPECT_EQ(call("POST", "/rooms/" + id + "/join", R"({"a":")" + std::string(70'000, 'x') + R"("})", "carol").status,
            413);

  auto club =
      create(R"({"initial_state":[{"type":"m.room.join_rules","content":{"join_rule":"restricted","allow":[{"type":)"
             R"("m.room_membership","room_id":")" +
             id + R"("}]}}]})");
  EXPECT_EQ(
      call("POST", "/join/" + club, R"({"foo":1,"join_authorised_via_users_server":"@eve:example.org"})", "bob").status,
      200);
  EXPECT_EQ(content(club, "bob"), R"({"avatar_url":"mxc://example.org/bob","displayname":"Robert","foo":1,)"
                                  R"("join_authorised_via_users_server":"@alice:example.org","membership":"join"})");

  auto door = create(R"({"initial_state":[{"type":"m.room.join_rules","content":{"join_rule":"knock"}}]})");
  EXPECT_EQ(call("POST", "/knock/" + door, R"({"foo":1,"displayname":"X","reason":"let me in"})", "carol").status, 200);
  EXPECT_EQ(content(door, "carol"), R"({"membership":"knock","reason":"let me in"})");
}

TEST_F(RoomRoutesTest, StateWithAndWithoutKey) {
  auto id = create();
  auto first = call("PUT", "/rooms/" + id + "/state/m.room.topic", R"({"topic":"a"})");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(call("PUT", "/rooms/" + id + "/state/m.room.topic/", R"({"topic":"a"})").text("event_id"),
            first.text("event_id"));
  EXPECT_EQ(call("PUT", "/rooms/" + id + "/state/org.example/a%2Fb%20c", R"({"x":1})").status, 200);
  EXPECT_NE(state(id, "org.example", "a/b c"), nullptr);
  EXPECT_EQ(call("PUT", "/rooms/" + id + "/state/org.example/@bob:example.org", R"({"x":1})").errcode(), "M_FORBIDDEN");
}

TEST_F(RoomRoutesTest, RefusesBadRequests) {
  auto id = create();
  const struct {
    std::string method, path, body, who;
    int status;
    std::string errcode;
  } cases[] = {
      {"POST", "/createRoom", "{", "alice", 400, "M_NOT_JSON"},
      {"POST", "/createRoom", "[]", "alice", 400, "M_BAD_JSON"},
      {"POST", "/createRoom", "{}", "", 401, "M_MISSING_TOKEN"},
      {"POST", "/createRoom", R"({"invite":"@bob:example.org"})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/createRoom", R"({"invite":[5]})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/createRoom", R"({"invite":["bob"]})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/createRoom", R"({"invite":["@nobody:example.org"]})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/createRoom", R"({"invite":["@bob:elsewhere.org"]})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/createRoom", R"({"invite_3pid":[{}]})", "alice", 403, "M_THREEPID_DENIED"},
      {"POST", "/createRoom", R"({"visibility":"odd"})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/createRoom", R"({"preset":"odd"})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/createRoom", R"({"room_version":"99"})", "alice", 400, "M_UNSUPPORTED_ROOM_VERSION"},
      {"POST", "/createRoom", R"({"room_version":12})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/createRoom", R"({"initial_state":{}})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/createRoom", R"({"name":")" + std::string(300, 'n') + R"("})", "alice", 400, "M_INVALID_PARAM"},
      {"PUT", "/rooms/" + id + "/state/m.room.create/", "{}", "alice", 400, "M_BAD_JSON"},
      {"PUT", "/rooms/" + id + "/send/m.room.create/t", "{}", "bob", 400, "M_BAD_JSON"},
      {"PUT", "/rooms/" + id + "/state/m.room.power_levels", R"({"users":{"@alice:example.org":100}})", "alice", 400,
       "M_BAD_JSON"},
      {"PUT", "/rooms/" + id + "/send/m.room.message/t", "", "alice", 400, "M_NOT_JSON"},
      {"PUT", "/rooms/" + id + "/send/m.room.message/t", "[]", "alice", 400, "M_BAD_JSON"},
      {"PUT", "/rooms/" + id + "/send/m.room.message/t", R"({"a":1.5})", "alice", 400, "M_BAD_JSON"},
      {"PUT", "/rooms/" + id + "/send/m.room.message/t", R"({"a":")" + std::string(70'000, 'x') + R"("})", "alice", 413,
       "M_TOO_LARGE"},
      {"PUT", "/rooms/" + id + "/send/m.room.message/t", "{}", "bob", 403, "M_FORBIDDEN"},
      {"PUT", "/rooms/!none:example.org/send/m.room.message/t", "{}", "alice", 403, "M_FORBIDDEN"},
      {"PUT", "/rooms/%21/send/m.room.message/t", "{}", "alice", 403, "M_FORBIDDEN"},
      {"POST", "/join/nonsense", "", "bob", 400, "M_INVALID_PARAM"},
      {"POST", "/join/%23none:example.org", "", "bob", 404, "M_NOT_FOUND"},
      {"POST", "/join/!none:example.org", "", "bob", 404, "M_NOT_FOUND"},
      {"POST", "/rooms/" + id + "/join", R"({"reason":5})", "bob", 400, "M_BAD_JSON"},
      {"POST", "/rooms/" + id + "/join", R"({"reason":")" + std::string(5000, 'r') + R"("})", "bob", 400,
       "M_INVALID_PARAM"},
      {"POST", "/knock/" + id, "", "bob", 403, "M_FORBIDDEN"},
      {"POST", "/rooms/" + id + "/invite", "{}", "alice", 400, "M_MISSING_PARAM"},
      {"POST", "/rooms/" + id + "/invite", R"({"medium":"email","address":"a@b","id_server":"c"})", "alice", 403,
       "M_THREEPID_DENIED"},
      {"POST", "/rooms/" + id + "/invite", R"({"user_id":"@nobody:example.org"})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/rooms/" + id + "/kick", R"({"user_id":"@bob:example.org"})", "alice", 403, "M_FORBIDDEN"},
      {"POST", "/rooms/" + id + "/kick", R"({"user_id":5})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/rooms/" + id + "/ban", R"({"user_id":"nonsense"})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/rooms/" + id + "/leave", "", "bob", 403, "M_FORBIDDEN"},
      {"POST", "/rooms/" + id + "/forget", "", "alice", 400, "M_UNKNOWN"},
      {"PUT", "/rooms/" + id + "/redact/$nonsense/t", "", "alice", 404, "M_NOT_FOUND"},
      {"PUT", "/directory/room/%23tea:example.org", "{}", "alice", 400, "M_MISSING_PARAM"},
      {"PUT", "/directory/room/tea", R"({"room_id":")" + id + R"("})", "alice", 400, "M_INVALID_PARAM"},
      {"GET", "/directory/room/%23none:example.org", "", "", 404, "M_NOT_FOUND"},
      {"GET", "/directory/room/none", "", "", 400, "M_INVALID_PARAM"},
      {"DELETE", "/directory/room/%23none:example.org", "", "alice", 404, "M_NOT_FOUND"},
      {"PUT", "/directory/list/room/" + id, R"({"visibility":"odd"})", "alice", 400, "M_INVALID_PARAM"},
      {"GET", "/publicRooms?limit=x", "", "", 400, "M_INVALID_PARAM"},
      {"GET", "/publicRooms?since=-5", "", "", 400, "M_INVALID_PARAM"},
      {"GET", "/publicRooms?server=elsewhere.org", "", "", 404, "M_NOT_FOUND"},
      {"POST", "/publicRooms", R"({"filter":5})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/publicRooms", R"({"filter":{"room_types":[5]}})", "alice", 400, "M_BAD_JSON"},
      {"POST", "/rooms/" + id + "/upgrade", "{}", "alice", 400, "M_MISSING_PARAM"},
      {"POST", "/rooms/" + id + "/upgrade", R"({"new_version":"99"})", "alice", 400, "M_UNSUPPORTED_ROOM_VERSION"},
      {"POST", "/rooms/" + id + "/upgrade", R"({"new_version":""})", "alice", 400, "M_INVALID_PARAM"},
      {"POST", "/rooms/" + id + "/upgrade", R"({"new_version":"12"})", "bob", 403, "M_FORBIDDEN"},
  };
  for (const auto& c : cases) {
    auto answer = call(c.method, c.path, c.body, c.who);
    EXPECT_EQ(answer.status, c.status) << c.method << ' ' << c.path << ' ' << c.body.substr(0, 100) << ": "
                                       << answer.text("error");
    EXPECT_EQ(answer.errcode(), c.errcode) << c.method << ' ' << c.path << ' ' << c.body.substr(0, 100);
  }
}

TEST_F(RoomRoutesTest, DirectoryOfRooms) {
  auto id = create(R"({"visibility":"public","name":"Tea House","room_alias_name":"tea"})");
  auto alias = call("GET", "/directory/room/%23tea:example.org", "", "");
  EXPECT_EQ(alias.text("room_id"), id);
  EXPECT_EQ(alias.json.at("servers").as_array().at(0), "example.org");
  EXPECT_EQ(call("PUT", "/directory/room/%23tea:example.org", R"({"room_id":")" + id + R"("})").status, 409);
  EXPECT_EQ(call("PUT", "/directory/room/%23tee:example.org", R"({"room_id":")" + id + R"("})").status, 200);
  EXPECT_EQ(call("GET", "/rooms/" + id + "/aliases").json.at("aliases").as_array().size(), 2U);
  EXPECT_EQ(call("GET", "/directory/list/room/" + id, "", "").text("visibility"), "public");
  auto all = call("GET", "/publicRooms", "", "");
  EXPECT_EQ(all.json.at("chunk").as_array().size(), 1U);
  EXPECT_EQ(all.json.at("total_room_count_estimate"), 1);
  auto found = call("POST", "/publicRooms", R"({"filter":{"generic_search_term":"house"},"limit":5})");
  EXPECT_EQ(found.json.at("chunk").as_array().at(0).at("name"), "Tea House");
  EXPECT_EQ(call("PUT", "/directory/list/room/" + id, R"({"visibility":"private"})").status, 200);
  EXPECT_TRUE(call("GET", "/publicRooms", "", "").json.at("chunk").as_array().empty());
  EXPECT_EQ(call("DELETE", "/directory/room/%23tee:example.org").status, 200);
}

TEST_F(RoomRoutesTest, Moderation) {
  auto id = create();
  call("POST", "/rooms/" + id + "/join", "", "bob");
  EXPECT_EQ(call("POST", "/rooms/" + id + "/kick", R"({"user_id":"@bob:example.org","reason":"rude"})").status, 200);
  EXPECT_EQ(matrix::find_string(state(id, "m.room.member", user("bob"))->event->content, "reason"), "rude");
  EXPECT_EQ(call("POST", "/rooms/" + id + "/ban", R"({"user_id":"@bob:example.org"})").status, 200);
  EXPECT_EQ(call("POST", "/rooms/" + id + "/unban", R"({"user_id":"@bob:example.org"})").status, 200);
  EXPECT_EQ(call("POST", "/rooms/" + id + "/unban", R"({"user_id":"@bob:example.org"})").errcode(), "M_BAD_STATE");
  EXPECT_EQ(call("POST", "/rooms/" + id + "/invite", R"({"user_id":"@bob:example.org"})").status, 200);
  auto upgraded = call("POST", "/rooms/" + id + "/upgrade", R"({"new_version":"11"})");
  EXPECT_TRUE(upgraded.text("replacement_room").ends_with(":example.org")) << upgraded.text("error");
}

TEST_F(RoomRoutesTest, MembershipsThatThereAreNotAreMistakes) {
  const auto id = create();
  const auto path = "/rooms/" + id + "/state/m.room.member/@bob:example.org";
  for (const auto* content : {R"({"membership":"guest"})", R"({"membership":7})", "{}"}) {
    EXPECT_EQ(call("PUT", path, content).errcode(), "M_BAD_JSON") << content;
    EXPECT_EQ(call("PUT", path, content, "carol").errcode(), "M_FORBIDDEN") << content;
  }
  EXPECT_EQ(call("PUT", path, R"({"membership":"invite"})").status, 200);
}

TEST_F(RoomRoutesTest, NoServerAclShutsOutItsOwnServer) {
  const auto id = create();
  const auto path = "/rooms/" + id + "/state/m.room.server_acl";
  for (const auto* content : {"{}", R"({"allow":[]})", R"({"allow":["*"],"deny":["*"]})",
                              R"({"allow":["*"],"deny":["EXAMPLE.*"]})", R"({"allow":["elsewhere.org"]})"}) {
    EXPECT_EQ(call("PUT", path, content).errcode(), "M_BAD_JSON") << content;
  }
  EXPECT_EQ(call("PUT", path, R"({"allow":["*"],"deny":["evil.org","*.example.org"]})").status, 200);
  EXPECT_EQ(call("PUT", path, R"({"allow":["e?ample.org"]})").status, 200);
  call("POST", "/rooms/" + id + "/join", "", "bob");
  EXPECT_EQ(call("PUT", path, R"({"deny":["*"]})", "bob").errcode(), "M_FORBIDDEN");
}

}  // namespace
}  // namespace troupe::homeserver::rooms
