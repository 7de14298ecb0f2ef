#include "homeserver/admin/room_admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

class RoomChangesTest : public RoomAdminTest {
 protected:
  WholeAnswer join_as_admin(const std::string& room, const std::string& user) {
    return ask("POST", "/v1/join/" + room, {{"user_id", user}});
  }
  WholeAnswer block(const std::string& room, bool blocked) {
    return ask("PUT", "/v1/rooms/" + room + "/block", {{"block", blocked}});
  }
  std::int64_t level(const std::string& room, const std::string& user) {
    const auto levels = get("/v1/rooms/" + room + "/state?type=m.room.power_levels").at("/state/0/content/users");
    const auto* found = levels.is_object() ? levels.get_object().if_contains(user) : nullptr;
    return found ? found->as_int64() : -1;
  }
};

TEST_F(RoomChangesTest, ABlockedRoomAdmitsNobodyByAnyWay) {
  const auto room = make_room(anna, {{"preset", "public_chat"}});
  EXPECT_EQ(get("/v1/rooms/" + room + "/block").text, R"({"block":false})");
  EXPECT_EQ(block(room, true).text, R"({"block":true})");
  EXPECT_EQ(get("/v1/rooms/" + room + "/block").text, R"({"block":true,"user_id":"@root:example.org"})");
  const std::vector<WholeAnswer> refused{
      server.call(bert, "POST", "/join/" + room, matrix::JsonObject()),
      server.call(bert, "POST", "/rooms/" + room + "/join", matrix::JsonObject()),
      server.call(anna, "POST", "/rooms/" + room + "/invite", {{"user_id", "@bert:example.org"}}),
      server.call(bert, "PUT", "/rooms/" + room + "/state/m.room.member/@bert:example.org", {{"membership", "join"}}),
      join_as_admin(room, "@bert:example.org")};
  for (const auto& answer : refused) {
    EXPECT_EQ(answer.status, 403) << answer.text;
    EXPECT_EQ(errcode(answer), "M_FORBIDDEN");
  }
  say(anna, room, "who is in it stays");
  EXPECT_EQ(block(room, false).text, R"({"block":false})");
  EXPECT_EQ(get("/v1/rooms/" + room + "/block").text, R"({"block":false})");
  join(bert, room);
}

TEST_F(RoomChangesTest, ARoomThatIsNotHereCanBeBlockedToo) {
  const std::string room = "!elsewhere:example.net";
  EXPECT_EQ(server.call(bert, "POST", "/join/" + room, matrix::JsonObject()).status, 404);
  EXPECT_EQ(block(room, true).status, 200);
  EXPECT_EQ(server.call(bert, "POST", "/join/" + room, matrix::JsonObject()).status, 403);
  EXPECT_EQ(get("/v1/rooms/" + room + "/block").string_at("/user_id"), "@root:example.org");
  EXPECT_EQ(errcode(get("/v1/rooms/nonsense/block")), "M_UNKNOWN");
  EXPECT_EQ(get("/v1/rooms/nonsense/block").status, 400);
  EXPECT_EQ(errcode(ask("PUT", "/v1/rooms/" + room + "/block", matrix::JsonObject())), "M_MISSING_PARAM");
  EXPECT_EQ(errcode(ask("PUT", "/v1/rooms/" + room + "/block", {{"block", "yes"}})), "M_BAD_JSON");
}

TEST_F(RoomChangesTest, AnAdministratorHasPeopleJoin) {
  const auto open = make_room(anna, {{"preset", "public_chat"}, {"room_alias_name", "open"}});
  EXPECT_EQ(join_as_admin("%23open:example.org", "@bert:example.org").string_at("/room_id"), open);
  EXPECT_EQ(get("/v1/rooms/" + open + "/members").at("/total"), 2);

  const auto closed = make_room(anna, {{"preset", "private_chat"}});
  EXPECT_EQ(join_as_admin(closed, "@bert:example.org").status, 403) << "the administrator is not in it";
  ASSERT_EQ(server.call(anna, "POST", "/rooms/" + closed + "/invite", {{"user_id", "@root:example.org"}}).status, 200);
  join(root, closed);
  EXPECT_EQ(join_as_admin(closed, "@bert:example.org").status, 200);

  EXPECT_EQ(errcode(join_as_admin(open, "@nobody:example.org")), "M_NOT_FOUND");
  EXPECT_EQ(join_as_admin(open, "@bert:elsewhere.org").status, 400);
  EXPECT_EQ(errcode(join_as_admin(open, "bert")), "M_INVALID_PARAM");
  EXPECT_EQ(errcode(join_as_admin("!nowhere:example.org", "@bert:example.org")), "M_NOT_FOUND");
  EXPECT_EQ(errcode(join_as_admin("%23none:example.org", "@bert:example.org")), "M_NOT_FOUND");
  EXPECT_EQ(errcode(ask("POST", "/v1/join/" + open, matrix::JsonObject())), "M_MISSING_PARAM");
}

TEST_F(RoomChangesTest, PowerIsGivenInTheNameOfTheMightiest) {
  const auto room = make_room(anna, {{"preset", "private_chat"}, {"room_version", "11"}});
  EXPECT_EQ(ask("POST", "/v1/rooms/" + room + "/make_room_admin").text, "{}");
  EXPECT_EQ(level(room, "@root:example.org"), 100);
  join(root, room);  // invited: it is no public room
  EXPECT_EQ(ask("POST", "/v1/rooms/" + room + "/make_room_admin", {{"user_id", "@bert:example.org"}}).status, 200);
  EXPECT_EQ(level(room, "@bert:example.org"), 100);

  const auto newest = make_room(anna, {{"preset", "public_chat"}, {"room_version", "12"}, {"room_alias_name", "new"}});
  EXPECT_EQ(ask("POST", "/v1/rooms/%23new:example.org/make_room_admin").status, 200);
  EXPECT_EQ(level(newest, "@root:example.org"), 100);
  EXPECT_EQ(server.call(root, "GET", "/rooms/" + newest + "/state/m.room.member/@root:example.org").status, 403)
      << "everybody may come in: nobody was invited";
  EXPECT_EQ(ask("POST", "/v1/rooms/" + newest + "/make_room_admin", {{"user_id", "@anna:example.org"}}).status, 200)
      << "a creator needs none";
}

TEST_F(RoomChangesTest, WithoutAMightyMemberThereIsNoPowerToGive) {
  const auto room = make_room(anna, {{"preset", "public_chat"}});
  join(bert, room);
  ASSERT_EQ(server.call(anna, "POST", "/rooms/" + room + "/leave", matrix::JsonObject()).status, 200);
  const auto refused = ask("POST", "/v1/rooms/" + room + "/make_room_admin");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(errcode(refused), "M_UNKNOWN");
  EXPECT_EQ(errcode(ask("POST", "/v1/rooms/!nowhere:example.org/make_room_admin")), "M_NOT_FOUND");
  EXPECT_EQ(errcode(ask("POST", "/v1/rooms/" + room + "/make_room_admin", {{"user_id", 5}})), "M_BAD_JSON");
}

}  // namespace
}  // namespace troupe::homeserver::admin
