// What a client may try with rooms that are not its own: other people's names on events, power, aliases, ids, state.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

constexpr auto kAnna = "@anna:example.org";
constexpr auto kBerta = "@berta:example.org";
constexpr auto kCarl = "@carl:example.org";

/// Anna made the room, Berta has the power of 50, Carl is a member; all by the version of the test.
class RoomAttackTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    room_ = make_room(anna_, {{"power_level_content_override", {{"users", levels(50)}}}});
    for (const auto& token : {berta_, carl_}) ASSERT_EQ(call(token, "POST", "/join/" + room_).status, 200);
  }
  bool has_infinite_creators() const { return GetParam() == "12"; }
  JsonObject levels(int of_berta, int of_carl = 0) const {
    JsonObject users{{kBerta, of_berta}};
    if (of_carl != 0) users[kCarl] = of_carl;
    if (!has_infinite_creators()) users[kAnna] = 100;
    return users;
  }
  std::string make_room(const std::string& token, JsonObject more = {}) {
    more["preset"] = "public_chat";
    more["room_version"] = GetParam();
    const auto made = call(token, "POST", "/createRoom", more);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.string_at("/room_id");
  }
  WholeAnswer call(const std::string& token, const std::string& method, const std::string& path,
                   const JsonObject& body = {}) {
    return server_.call(token, method, path, method == "GET" ? Json() : Json(body));
  }
  WholeAnswer set(const std::string& token, const std::string& type, const std::string& key,
                  const JsonObject& content) {
    return call(token, "PUT", "/rooms/" + room_ + "/state/" + type + "/" + base::percent_encode(key), content);
  }
  WholeAnswer set_levels(const std::string& token, const JsonObject& change) {
    auto content = call(anna_, "GET", "/rooms/" + room_ + "/state/m.room.power_levels").json.as_object();
    for (const auto& [name, value] : change) content[name] = value;
    return set(token, "m.room.power_levels", "", content);
  }

  WholeServer server_;
  std::string anna_ = server_.person("anna");
  std::string berta_ = server_.person("berta");
  std::string carl_ = server_.person("carl");
  std::string mallory_ = server_.person("mallory");
  std::string room_;
};

TEST_P(RoomAttackTest, WhatAnEventSaysOfItselfIsItsContentAndNothingElse) {
  const JsonObject forged{{"msgtype", "m.text"},
                          {"body", "hi"},
                          {"sender", kAnna},
                          {"room_id", "!other:example.org"},
                          {"event_id", "$forged"},
                          {"type", "m.room.power_levels"},
                          {"state_key", ""},
                          {"origin_server_ts", 1},
                          {"auth_events", JsonArray{"$forged"}},
                          {"prev_events", JsonArray{"$forged"}},
                          {"hashes", {{"sha256", "forged"}}},
                          {"unsigned", {{"transaction_id", "x"}}}};
  const auto sent = call(
      carl_, "PUT", "/rooms/" + room_ + "/send/m.room.message/t?user_id=" + kAnna + "&ts=1&device_id=PHONE", forged);
  ASSERT_EQ(sent.status, 200) << sent.text;
  const auto event = call(carl_, "GET", "/rooms/" + room_ + "/event/" + sent.string_at("/event_id"));
  EXPECT_EQ(event.string_at("/sender"), kCarl);
  EXPECT_EQ(event.string_at("/room_id"), room_);
  EXPECT_EQ(event.string_at("/type"), "m.room.message");
  EXPECT_EQ(event.string_at("/event_id"), sent.string_at("/event_id"));
  EXPECT_TRUE(event.at("/state_key").is_null());
  EXPECT_TRUE(event.at("/auth_events").is_null() && event.at("/prev_events").is_null()) << event.text;
  EXPECT_GT(event.at("/origin_server_ts").as_int64(), 1'000'000);
  EXPECT_EQ(event.string_at("/content/sender"), kAnna) << "of what it says, all is content";
}

TEST_P(RoomAttackTest, NobodyIsMadeToComeOrGoInTheirOwnName) {
  for (const auto* membership : {"join", "leave", "knock"}) {
    EXPECT_EQ(set(carl_, "m.room.member", kAnna, {{"membership", membership}}).status, 403) << membership;
    EXPECT_EQ(set(mallory_, "m.room.member", kCarl, {{"membership", membership}}).status, 403) << membership;
  }
  EXPECT_EQ(set(carl_, "m.room.member", kBerta, {{"membership", "ban"}}).status, 403);
  EXPECT_EQ(set(carl_, "m.room.member", "@mallory:example.org", {{"membership", "join"}}).status, 403);
  EXPECT_EQ(set(carl_, "m.room.member", "", {{"membership", "join"}}).status, 403);
  EXPECT_EQ(set(carl_, "m.room.member", kAnna, {{"membership", "join"}, {"displayname", "Carl was here"}}).status, 403);
  const auto own = set(carl_, "m.room.member", kCarl,
                       {{"membership", "join"}, {"join_authorised_via_users_server", kAnna}, {"displayname", "C"}});
  EXPECT_TRUE(own.status == 200 || own.status == 403) << own.text;
  EXPECT_EQ(call(anna_, "GET", "/rooms/" + room_ + "/state/m.room.member/" + kAnna).string_at("/membership"), "join");
}

TEST_P(RoomAttackTest, NobodyRisesAboveWhatTheyWereGiven) {
  const JsonObject users_default{{"users_default", 100}}, state_default{{"state_default", 0}};
  for (const auto& token : {carl_, mallory_}) {
    EXPECT_EQ(set_levels(token, {{"users", levels(50, 50)}}).status, 403);
    EXPECT_EQ(set_levels(token, users_default).status, 403);
    EXPECT_EQ(set_levels(token, state_default).status, 403);
  }
  // Levels are set with 100 here; now Berta may set them, and nobody above her.
  ASSERT_EQ(set_levels(anna_, {{"events", {{"m.room.power_levels", 50}, {"m.room.name", 80}}}}).status, 200);
  for (const auto& more : {levels(51), levels(100), levels(50, 51)})
    EXPECT_EQ(set_levels(berta_, {{"users", more}}).status, 403) << boost::json::serialize(more);
  for (const auto& change :
       {JsonObject{{"users_default", 51}}, JsonObject{{"ban", 51}}, JsonObject{{"events", {{"m.room.name", 50}}}},
        JsonObject{{"events", {{"m.room.power_levels", 50}, {"m.room.name", 80}, {"m.room.topic", 60}}}}})
    EXPECT_EQ(set_levels(berta_, change).status, 403) << boost::json::serialize(change);
  EXPECT_EQ(set(berta_, "m.room.name", "", {{"name", "mine"}}).status, 403);
  EXPECT_EQ(set_levels(berta_, {{"users", levels(50, 50)}}).status, 200) << "up to her own";
  EXPECT_EQ(set_levels(berta_, {{"users", levels(50)}}).status, 403) << "but not down again: an equal";
  EXPECT_EQ(set_levels(carl_, {{"users", levels(0, 50)}}).status, 403) << "nor the other way round";
  EXPECT_EQ(set_levels(berta_, {{"users", levels(0, 50)}}).status, 200) << "except herself";
  EXPECT_EQ(set_levels(berta_, {{"users", levels(50, 50)}}).status, 403) << "for good";
}

TEST_P(RoomAttackTest, WhoMadeTheRoomIsNotOverthrown) {
  ASSERT_EQ(set_levels(anna_, {{"users", levels(100)}}).status, 200);
  for (const auto* how : {"kick", "ban"})
    EXPECT_EQ(call(berta_, "POST", "/rooms/" + room_ + "/" + how, {{"user_id", kAnna}}).status, 403) << how;
  EXPECT_EQ(call(berta_, "PUT", "/rooms/" + room_ + "/state/m.room.create/", {{"creator", kBerta}}).status, 400);
  EXPECT_EQ(call(berta_, "PUT", "/rooms/" + room_ + "/send/m.room.create/x", {{"creator", kBerta}}).status, 400);
  auto without = levels(100);
  if (!has_infinite_creators()) {
    without.erase(kAnna);
    EXPECT_EQ(set_levels(berta_, {{"users", without}}).status, 403) << "an equal's level";
    return;
  }
  // Creators stand above all levels: nobody lists them, and nobody becomes one.
  for (const int level : {0, 100, 1'000'000}) {
    auto listing = levels(100);
    listing[kAnna] = level;
    EXPECT_EQ(set_levels(berta_, {{"users", listing}}).status, 400);
    EXPECT_EQ(set_levels(anna_, {{"users", listing}}).status, 400) << "not even the creator";
  }
  EXPECT_EQ(set_levels(berta_, {{"users", levels(101)}}).status, 403);
  EXPECT_EQ(call(berta_, "POST", "/rooms/" + room_ + "/upgrade",
                 {{"new_version", "12"}, {"additional_creators", JsonArray{kBerta}}})
                .status,
            403)
      << "a tombstone takes 150, which nobody but a creator has";
  EXPECT_EQ(set_levels(anna_, {{"users", levels(150)}}).status, 200) << "or whom a creator lets";
}

TEST_P(RoomAttackTest, CreatorsDoNotOverthrowEachOther) {
  if (!has_infinite_creators()) return;
  const auto shared = make_room(anna_, {{"creation_content", {{"additional_creators", JsonArray{kBerta}}}}});
  ASSERT_EQ(call(berta_, "POST", "/join/" + shared).status, 200);
  for (const auto* how : {"kick", "ban"}) {
    EXPECT_EQ(call(berta_, "POST", "/rooms/" + shared + "/" + how, {{"user_id", kAnna}}).status, 403) << how;
    EXPECT_EQ(call(anna_, "POST", "/rooms/" + shared + "/" + how, {{"user_id", kBerta}}).status, 403) << how;
  }
}

TEST_P(RoomAttackTest, AnAliasStaysWhereItsMakerPutIt) {
  ASSERT_EQ(call(anna_, "PUT", "/directory/room/%23hall:example.org", {{"room_id", room_}}).status, 200);
  ASSERT_EQ(set(anna_, "m.room.canonical_alias", "", {{"alias", "#hall:example.org"}}).status, 200);
  const auto own = make_room(mallory_);
  EXPECT_EQ(call(mallory_, "PUT", "/directory/room/%23hall:example.org", {{"room_id", own}}).status, 409);
  EXPECT_EQ(call(mallory_, "DELETE", "/directory/room/%23hall:example.org").status, 403);
  EXPECT_EQ(call(mallory_, "PUT", "/directory/room/%23side:example.org", {{"room_id", room_}}).status, 403);
  EXPECT_EQ(call(mallory_, "POST", "/createRoom", {{"room_alias_name", "hall"}}).string_at("/errcode"),
            "M_ROOM_IN_USE");
  EXPECT_EQ(call(mallory_, "PUT", "/directory/list/room/" + room_, {{"visibility", "public"}}).status, 403);
  const auto claim = [&](const JsonObject& content) {
    return call(mallory_, "PUT", "/rooms/" + own + "/state/m.room.canonical_alias/", content);
  };
  EXPECT_EQ(claim({{"alias", "#hall:example.org"}}).status, 400) << "it leads elsewhere";
  EXPECT_EQ(claim({{"alt_aliases", JsonArray{"#hall:example.org"}}}).status, 400);
  EXPECT_EQ(claim({{"alias", "#nowhere:example.org"}}).status, 400);
  EXPECT_EQ(call(mallory_, "GET", "/directory/room/%23hall:example.org").string_at("/room_id"), room_);
}

TEST_P(RoomAttackTest, ARoomsIdIsItsOwn) {
  const auto own =
      make_room(mallory_, {{"room_id", room_}, {"creation_content", {{"room_id", room_}, {"sender", kAnna}}}});
  EXPECT_NE(own, room_);
  EXPECT_EQ(call(mallory_, "GET", "/rooms/" + room_ + "/state").status, 403);
  // Who says that a room follows another one changes nothing there.
  const auto heir = make_room(mallory_, {{"creation_content", {{"predecessor", {{"room_id", room_}}}}}});
  EXPECT_NE(heir, room_);
  EXPECT_EQ(call(anna_, "GET", "/rooms/" + room_ + "/state/m.room.tombstone").status, 404);
  for (const auto& token : {mallory_, carl_, berta_}) {
    EXPECT_EQ(set(token, "m.room.tombstone", "", {{"replacement_room", own}, {"body", "moved"}}).status, 403);
    EXPECT_EQ(call(token, "POST", "/rooms/" + room_ + "/upgrade", {{"new_version", "11"}}).status, 403);
  }
}

TEST_P(RoomAttackTest, StateKeysAreNoTricks) {
  // A key that is somebody's id is theirs.
  for (const auto* key : {kAnna, "@anna", "@nobody:example.org", "@carl:example.org ", "@carl:elsewhere.org"})
    EXPECT_EQ(set(berta_, "org.example.own", key, {{"a", 1}}).status, 403) << key;
  EXPECT_EQ(set(berta_, "org.example.own", kBerta, {{"a", 1}}).status, 200);
  // Beside the key that the rules look at, an event is a word and nothing else.
  for (const auto* key : {"x", "/", "..", " ", "m.room.power_levels"}) {
    set(berta_, "m.room.join_rules", key, {{"join_rule", "invite"}});
    set(berta_, "m.room.history_visibility", key, {{"history_visibility", "world_readable"}});
    EXPECT_EQ(set(berta_, "m.room.power_levels", key, {{"users", levels(100)}}).status, 403)
        << "levels of another key need the level of all levels";
  }
  EXPECT_EQ(call(server_.person("dora"), "POST", "/join/" + room_).status, 200) << "the join rule is what it was";
  EXPECT_EQ(call(mallory_, "GET", "/rooms/" + room_ + "/state").status, 403) << "and so is who may look";
  EXPECT_GE(set(berta_, "m.room.name", std::string(256, 'k'), {{"name", "x"}}).status, 400);
  EXPECT_EQ(call(berta_, "PUT", "/rooms/" + room_ + "/state/m.room.name/a%00b", {{"name", "x"}}).status, 400);
  EXPECT_EQ(call(berta_, "PUT", "/rooms/" + room_ + "/state/m.room%2Ename/a%2Fb", {{"name", "x"}}).status, 200);
  EXPECT_EQ(call(berta_, "GET", "/rooms/" + room_ + "/state/m.room.name/a%2Fb").string_at("/name"), "x");
}

INSTANTIATE_TEST_SUITE_P(Versions, RoomAttackTest, testing::Values("10", "11", "12"),
                         [](const auto& version) { return "V" + version.param; });

}  // namespace
}  // namespace troupe::homeserver::rooms
