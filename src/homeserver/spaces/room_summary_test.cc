// Room summaries (Client-Server API #get_matrixclientv1room_summaryroomidoralias) and rooms in common (MSC2666).
#include "homeserver/spaces/space_fixture.h"

namespace troupe::homeserver::spaces {
namespace {

using testing::UnorderedElementsAre;

class RoomSummaryTest : public SpaceTest {
 protected:
  void expect_unknown(const WholeAnswer& answer) {
    EXPECT_EQ(answer.status, 404) << answer.text;
    EXPECT_EQ(answer.string_at("/errcode"), "M_NOT_FOUND");
  }
};

TEST_F(RoomSummaryTest, ShowsARoomWithTheCallersMembership) {
  const auto room = create("alice", "tea", "public_chat");
  set("alice", room, "m.room.topic", "", R"({"topic":"leaves"})");
  set("alice", room, "m.room.encryption", "", R"({"algorithm":"m.megolm.v1.aes-sha2"})");
  ok("alice", "PUT", "/directory/room/%23tea%3Aexample.org", R"({"room_id":")" + room + "\"}");
  for (const auto& name : {room, std::string("#tea:example.org")}) {
    const auto answer = summary("alice", name);
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.string_at("/room_id"), room);
    EXPECT_EQ(answer.string_at("/name"), "tea");
    EXPECT_EQ(answer.string_at("/topic"), "leaves");
    EXPECT_EQ(answer.string_at("/encryption"), "m.megolm.v1.aes-sha2");
    EXPECT_EQ(answer.string_at("/room_version"), "12");
    EXPECT_EQ(answer.string_at("/membership"), "join");
    EXPECT_EQ(answer.at("/num_joined_members"), 1);
    EXPECT_EQ(answer.at("/world_readable"), false);
    EXPECT_EQ(answer.at("/guest_can_join"), false);
  }
  EXPECT_EQ(summary("bob", room).string_at("/membership"), "leave");
  EXPECT_TRUE(summary("", room).at("/membership").is_null());
  EXPECT_EQ(summary("", room).string_at("/name"), "tea");
}

TEST_F(RoomSummaryTest, ATokenThatIsNoLongerGoodIsToldSo) {
  const auto path = "/_matrix/client/v1/room_summary/" + base::percent_encode(create("alice", "tea", "public_chat"));
  const auto answer = server.call("gone", "GET", path);
  EXPECT_EQ(answer.status, 401) << answer.text;
  EXPECT_EQ(answer.string_at("/errcode"), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(server.call("", "GET", path + "?access_token=gone").status, 401);
}

TEST_F(RoomSummaryTest, TheProposalsPathsSpeakItsNames) {
  const auto room = create("alice", "tea");
  const std::string unstable = "/_matrix/client/unstable/im.nheko.summary/";
  for (const auto& path : {unstable + "summary/" + room, unstable + "rooms/" + room + "/summary"}) {
    const auto answer = ok("bob", "GET", path);
    EXPECT_TRUE(answer.json.as_object().contains("im.nheko.summary.room_version")) << answer.text;
    EXPECT_FALSE(answer.json.as_object().contains("room_version"));
  }
}

TEST_F(RoomSummaryTest, WhoMayNotSeeItIsNotToldThatItIsThere) {
  const auto room = create("alice", "hidden", "private_chat");
  expect_unknown(summary("bob", room));
  expect_unknown(summary("", room));
  expect_unknown(summary("bob", "!unknown:example.org"));
  expect_unknown(summary("bob", "#unknown:example.org"));
  EXPECT_EQ(summary("bob", "nonsense").status, 400);
  act_on(room, "invite", "bob");
  EXPECT_EQ(summary("bob", room).string_at("/membership"), "invite");
  expect_unknown(summary("", room));
}

TEST_F(RoomSummaryTest, ARestrictedRoomIsForMembersOfWhatItNames) {
  const auto club = create("alice", "club");
  const auto room = create("alice", "restricted", "private_chat");
  restrict_to(room, club);
  expect_unknown(summary("bob", room));
  join("bob", club);
  EXPECT_EQ(summary("bob", room).string_at("/allowed_room_ids/0"), club);
  expect_unknown(summary("", room));
  restrict_to(room, club, "knock_restricted");
  EXPECT_EQ(summary("", room).status, 200);
}

TEST_F(RoomSummaryTest, TheBannedSeeOnlyWhatTheWorldReads) {
  const auto room = create("alice", "room");
  act_on(room, "ban", "bob");
  expect_unknown(summary("bob", room));
  set("alice", room, "m.room.history_visibility", "", R"({"history_visibility":"world_readable"})");
  EXPECT_EQ(summary("bob", room).string_at("/membership"), "ban");
}

class MutualRoomsTest : public SpaceTest {
 protected:
  static constexpr auto kPath = "/_matrix/client/v1/mutual_rooms";
  static constexpr auto kUnstable = "/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms";
  WholeAnswer with(const std::string& who, const std::string& query, const std::string& path = kPath) {
    return call(who, "GET", path + query);
  }
};

TEST_F(MutualRoomsTest, AreTheRoomsThatBothAreIn) {
  const auto both = create("alice", "both");
  const auto left = create("alice", "left");
  const auto hers = create("alice", "hers");
  const auto secret = create("alice", "secret", "private_chat");
  for (const auto& room : {both, left}) join("bob", room);
  ok("bob", "POST", "/rooms/" + left + "/leave");
  act_on(hers, "invite", "bob");
  act_on(secret, "invite", "bob");
  join("bob", secret);
  for (const auto* path : {kPath, kUnstable}) {
    const auto answer = with("bob", "?user_id=" + id("alice"), path);
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::vector<std::string> rooms;
    for (const auto& room : answer.at("/joined").as_array()) rooms.emplace_back(matrix::view(room.as_string()));
    EXPECT_THAT(rooms, UnorderedElementsAre(both, secret));
    EXPECT_EQ(answer.at("/count"), 2);
    EXPECT_TRUE(answer.at("/next_batch").is_null());
  }
  EXPECT_EQ(with("bob", "?user_id=" + id("nobody")).at("/count"), 0);
}

TEST_F(MutualRoomsTest, ComeInPages) {
  for (int i = 0; i < 101; ++i) join("bob", create("alice", "room"));
  const auto first = with("bob", "?user_id=" + id("alice"));
  EXPECT_EQ(first.at("/joined").as_array().size(), 100u);
  EXPECT_EQ(first.at("/count"), 101);
  const auto second = with("bob", "?user_id=" + id("alice") + "&from=" + first.string_at("/next_batch"));
  EXPECT_EQ(second.at("/joined").as_array().size(), 1u);
  EXPECT_TRUE(second.at("/next_batch").is_null());
}

TEST_F(MutualRoomsTest, RefusesWhatMakesNoSense) {
  token("alice");
  EXPECT_EQ(with("bob", "?user_id=" + id("bob")).status, 400);
  EXPECT_EQ(with("bob", "?user_id=" + id("bob")).string_at("/errcode"), "M_UNKNOWN");
  EXPECT_EQ(with("bob", "").string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(with("bob", "?user_id=@a:x&user_id=@b:x").string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(with("bob", "?user_id=@a:x&from=x").string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(with("", "?user_id=@a:x").status, 401);
  const auto versions = ok("", "GET", "/_matrix/client/versions");
  EXPECT_EQ(versions.json.as_object()
                .at("unstable_features")
                .as_object()
                .at("uk.half-shot.msc2666.query_mutual_rooms.stable"),
            true);
}

}  // namespace
}  // namespace troupe::homeserver::spaces
