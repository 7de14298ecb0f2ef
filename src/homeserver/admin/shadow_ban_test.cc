// Who is shadow-banned: answered as ever, heard by nobody.
#include "homeserver/admin/room_admin_fixture.h"
#include "matrix/room_actions.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class ShadowBanTest : public RoomAdminTest {
 protected:
  ShadowBanTest() {
    room = make_room(anna, {{"preset", "public_chat"}, {"power_level_content_override", {{"invite", 0}}}});
    join(bert, room);
  }
  void ban(const std::string& user = "@bert:example.org") {
    const auto done = ask("POST", "/v1/users/" + user + "/shadow_ban");
    ASSERT_EQ(done.status, 200) << done.text;
    EXPECT_EQ(done.text, "{}");
  }
  void unban() { ASSERT_EQ(ask("DELETE", "/v1/users/@bert:example.org/shadow_ban").status, 200); }
  std::string since(const std::string& token) { return server.call(token, "GET", "/sync").string_at("/next_batch"); }
  /// All that anna's device hears from there on.
  std::string heard(const std::string& since) {
    return server.call(anna, "GET", "/sync?timeout=0&since=" + since).text;
  }
  WholeAnswer as_bert(const std::string& method, const std::string& path, const matrix::Json& body = JsonObject()) {
    return server.call(bert, method, path, body);
  }
  std::string in_room(const std::string& rest) const { return "/rooms/" + room + rest; }
  std::string room;
};

TEST_F(ShadowBanTest, NobodyHearsWhatTheySend) {
  const auto theirs = say(bert, room, "before");
  ban();
  const auto from = since(anna);
  const auto sent = as_bert("PUT", in_room("/send/m.room.message/t1"), {{"msgtype", "m.text"}, {"body", "secret1"}});
  EXPECT_EQ(sent.status, 200) << sent.text;
  EXPECT_EQ(sent.string_at("/event_id").size(), theirs.size()) << "looks like any other";
  EXPECT_TRUE(sent.string_at("/event_id").starts_with('$'));
  const auto again = as_bert("PUT", in_room("/send/m.room.message/t1"), {{"msgtype", "m.text"}, {"body", "secret1"}});
  EXPECT_EQ(again.text, sent.text) << "the same request, the same id";
  EXPECT_NE(as_bert("PUT", in_room("/send/m.room.message/t2"), {{"body", "secret2"}}).text, sent.text);
  const auto redacted = as_bert("PUT", in_room("/redact/" + theirs + "/r1"), {{"reason", "secret3"}});
  EXPECT_EQ(redacted.status, 200) << redacted.text;
  EXPECT_EQ(as_bert("PUT", in_room("/state/m.room.member/@bert:example.org"),
                    {{"membership", "join"}, {"displayname", "secret4"}})
                .status,
            200);
  EXPECT_EQ(as_bert("PUT", in_room("/typing/@bert:example.org"), {{"typing", true}}).status, 200);
  EXPECT_EQ(
      as_bert("PUT", "/sendToDevice/x.y/d1", {{"messages", {{"@anna:example.org", {{"*", {{"text", "secret5"}}}}}}}})
          .status,
      200);
  EXPECT_EQ(
      as_bert("PUT", "/presence/@bert:example.org/status", {{"presence", "online"}, {"status_msg", "secret6"}}).status,
      200);
  EXPECT_EQ(as_bert("PUT", "/profile/@bert:example.org/displayname", {{"displayname", "secret7"}}).status, 200);
  EXPECT_EQ(as_bert("POST", in_room("/invite"), {{"user_id", "@root:example.org"}}).status, 200);
  const auto text = heard(from);
  EXPECT_FALSE(text.contains("secret")) << text;
  EXPECT_FALSE(text.contains("m.typing\",\"content\":{\"user_ids\":[\"@bert")) << text;
  EXPECT_FALSE(server.call(root, "GET", "/sync").at("/rooms").is_object() &&
               server.call(root, "GET", "/sync").text.contains("invite_state"));
  EXPECT_FALSE(server.call(anna, "GET", in_room("/messages?dir=b")).text.contains("secret"));
  EXPECT_EQ(server.call(anna, "GET", in_room("/event/" + sent.string_at("/event_id"))).status, 404);
  EXPECT_EQ(server.call(anna, "GET", in_room("/event/" + theirs)).string_at("/content/body"), "before");
}

TEST_F(ShadowBanTest, IsRefusedWhatOthersAre) {
  const auto closed = make_room(anna, {{"preset", "private_chat"}});
  const JsonObject text{{"msgtype", "m.text"}, {"body", "x"}};
  const auto outcomes = [&] {
    std::string all;
    const std::vector<WholeAnswer> answers{
        as_bert("PUT", "/rooms/" + closed + "/send/m.room.message/a", text),
        as_bert("PUT", "/rooms/!nothing:example.org/send/m.room.message/b", text),
        as_bert("PUT", in_room("/send/m.room.message/long"), {{"body", std::string(66'000, 'x')}}),
        as_bert("PUT", in_room("/state/m.room.power_levels"), {{"users", {{"@bert:example.org", 100}}}}),
        as_bert("PUT", in_room("/redact/$nothing/c"), JsonObject()),
        as_bert("POST", in_room("/kick"), {{"user_id", "@anna:example.org"}}),
        as_bert("POST", in_room("/upgrade"), {{"new_version", "12"}}),
        as_bert("POST", "/rooms/" + closed + "/invite", {{"user_id", "@root:example.org"}})};
    for (const auto& answer : answers) all += std::to_string(answer.status) + " " + answer.text + "\n";
    return all;
  };
  const auto before = outcomes();
  ban();
  EXPECT_EQ(outcomes(), before);
}

TEST_F(ShadowBanTest, ComesAndGoesAndMakesRoomsForThemselves) {
  const auto other = make_room(anna, {{"preset", "public_chat"}});
  ban();
  const auto from = since(anna);
  EXPECT_EQ(as_bert("POST", "/rooms/" + other + "/join", {{"reason", "secret1"}}).status, 200);
  EXPECT_TRUE(heard(from).contains("@bert:example.org"));
  EXPECT_EQ(as_bert("POST", "/rooms/" + other + "/leave", {{"reason", "secret2"}}).status, 200);
  const auto membership = [&] {
    return server.call(anna, "GET", "/rooms/" + other + "/state/m.room.member/@bert:example.org")
        .string_at("/membership");
  };
  EXPECT_EQ(membership(), "leave");
  EXPECT_EQ(as_bert("POST", "/rooms/" + other + "/join", JsonObject()).status, 200);
  EXPECT_EQ(as_bert("PUT", "/rooms/" + other + "/state/m.room.member/@bert:example.org",
                    {{"membership", "leave"}, {"reason", "secret4"}})
                .status,
            200);
  EXPECT_EQ(membership(), "leave");
  const auto made = as_bert("POST", "/createRoom",
                            {{"preset", "public_chat"},
                             {"visibility", "public"},
                             {"name", "secret3"},
                             {"invite", JsonArray{"@anna:example.org"}}});
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_FALSE(heard(from).contains("secret"));
  EXPECT_FALSE(server.call(anna, "GET", "/publicRooms").text.contains("secret3"));
  const auto own = made.string_at("/room_id");
  EXPECT_EQ(as_bert("PUT", "/directory/list/room/" + own, {{"visibility", "public"}}).status, 200);
  EXPECT_FALSE(server.call(anna, "GET", "/publicRooms").text.contains("secret3"));
  const auto upgraded = as_bert("POST", "/rooms/" + own + "/upgrade", {{"new_version", "12"}});
  EXPECT_EQ(upgraded.status, 200) << upgraded.text;
  EXPECT_EQ(upgraded.string_at("/replacement_room").size(), own.size());
}

TEST_F(ShadowBanTest, AlsoWhatIsSentLaterAndThroughTheConsole) {
  ban();
  const auto from = since(anna);
  const auto later = as_bert("PUT", in_room("/send/m.room.message/l1?org.matrix.msc4140.delay=1000000"),
                             {{"msgtype", "m.text"}, {"body", "secret1"}});
  ASSERT_EQ(later.status, 200) << later.text;
  EXPECT_EQ(
      as_bert("POST", "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/" + later.string_at("/delay_id"),
              {{"action", "send"}})
          .status,
      200);
  auto& rooms = server.context->get<matrix::RoomActions>();
  matrix::NewEvent event;
  event.room_id = room;
  event.sender = "@bert:example.org";
  event.type = "m.room.message";
  event.content = {{"msgtype", "m.text"}, {"body", "secret2"}};
  event.txn_id = "c1";
  EXPECT_TRUE(server.wait(rooms.send(std::move(event))).has_value());
  EXPECT_FALSE(heard(from).contains("secret"));
}

TEST_F(ShadowBanTest, IsLiftedAndListed) {
  const auto flag = [this] { return get("/v2/users/@bert:example.org").at("/shadow_banned"); };
  EXPECT_EQ(flag(), false);
  ban();
  EXPECT_EQ(flag(), true);
  const auto list = get("/v2/users?order_by=shadow_banned&dir=b");
  EXPECT_EQ(list.string_at("/users/0/name"), "@bert:example.org");
  EXPECT_EQ(list.at("/users/0/shadow_banned"), true);
  EXPECT_EQ(list.at("/users/1/shadow_banned"), false);
  const auto from = since(anna);
  unban();
  EXPECT_EQ(flag(), false);
  say(bert, room, "hello again");
  EXPECT_TRUE(heard(from).contains("hello again"));
}

TEST_F(ShadowBanTest, Refuses) {
  const auto path = [](const std::string& user) { return "/v1/users/" + user + "/shadow_ban"; };
  for (const auto* method : {"POST", "DELETE"}) {
    EXPECT_EQ(ask(method, path("@nobody:example.org")).status, 404);
    EXPECT_EQ(ask(method, path("@bert:elsewhere.org")).status, 400);
    EXPECT_EQ(ask(method, path("bert")).status, 400);
    EXPECT_EQ(server.call(anna, method, "/_synapse/admin" + path("@bert:example.org")).status, 403);
  }
  const auto refused = ask("POST", path("@root:example.org"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_UNKNOWN");
}

}  // namespace
}  // namespace troupe::homeserver::admin
