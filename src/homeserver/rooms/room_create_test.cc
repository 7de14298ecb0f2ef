// createRoom and upgrade.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;
using testing::ElementsAre;

class RoomCreateTest : public RoomTest {
 protected:
  Error refusal(CreateRoom request) {
    auto made = server->run(server->service->create(actor("alice"), std::move(request)));
    if (made) return Error(Errc::internal, "was made");
    return made.error();
  }
  const JsonObject& content(const std::string& id, std::string_view type, std::string_view key = "") {
    return kept_.emplace_back(state(id, type, key))->event->content;
  }
  std::deque<memory::StoredEventPtr> kept_;
};

TEST_F(RoomCreateTest, WritesTheEventsInTheSpecifiedOrder) {
  CreateRoom request;
  request.name = "Tea";
  request.topic = "Hot drinks";
  request.alias_localpart = "tea";
  request.invite = {user("bob"), user("bob"), user("alice")};
  request.is_direct = true;
  request.initial_state = {
      JsonObject{{"type", "m.room.encryption"}, {"content", {{"algorithm", "m.megolm.v1.aes-sha2"}}}}};
  auto id = must_create("alice", request);
  EXPECT_THAT(story(id),
              ElementsAre("m.room.create", "m.room.member:join", "m.room.power_levels", "m.room.canonical_alias",
                          "m.room.join_rules", "m.room.history_visibility", "m.room.guest_access", "m.room.encryption",
                          "m.room.name", "m.room.topic", "m.room.member:invite"));
  EXPECT_EQ(id.size(), 44U);
  EXPECT_EQ(id.substr(1), state(id, "m.room.create")->event->event_id.substr(1));
  EXPECT_EQ(content(id, "m.room.member", user("bob")).at("is_direct"), true);
  EXPECT_EQ(content(id, "m.room.join_rules").at("join_rule"), "invite");
  EXPECT_EQ(room(id)->joined_count(), 1U);
  EXPECT_EQ(room(id)->invited_count(), 1U);
  auto resolved = server->run(server->service->resolve("#tea:example.org"));
  EXPECT_EQ(resolved.value_or(""), id);
}

TEST_F(RoomCreateTest, EachVersionHasItsShape) {
  auto v10 = public_room("alice", "10");
  EXPECT_EQ(content(v10, "m.room.create").at("creator").as_string(), user("alice"));
  EXPECT_TRUE(v10.ends_with(":example.org"));
  auto v11 = public_room("alice", "11");
  EXPECT_FALSE(content(v11, "m.room.create").contains("creator"));
  EXPECT_EQ(content(v11, "m.room.power_levels").at("users").at(user("alice")), 100);
  EXPECT_EQ(content(v11, "m.room.power_levels").at("events").at("m.room.tombstone"), 100);
  auto v12 = public_room("alice");
  EXPECT_EQ(content(v12, "m.room.create").at("room_version"), "12");
  EXPECT_TRUE(content(v12, "m.room.power_levels").at("users").as_object().empty());
  EXPECT_EQ(content(v12, "m.room.power_levels").at("events").at("m.room.tombstone"), 150);
  for (const auto* version : {"0", "13", "x"}) {
    CreateRoom request;
    request.version = version;
    EXPECT_EQ(refusal(request).wire_code(), "M_UNSUPPORTED_ROOM_VERSION");
  }
}

TEST_F(RoomCreateTest, TrustedInviteesAreEqual) {
  CreateRoom request;
  request.preset = "trusted_private_chat";
  request.invite = {user("bob")};
  auto v12 = must_create("alice", request);
  EXPECT_EQ(content(v12, "m.room.create").at("additional_creators"), JsonArray{user("bob")});
  request.version = "11";
  auto v11 = must_create("alice", request);
  EXPECT_EQ(content(v11, "m.room.power_levels").at("users").at(user("bob")), 100);
}

TEST_F(RoomCreateTest, TheOverrideAndInitialStateWin) {
  CreateRoom request;
  request.preset = "public_chat";
  request.power_level_override = JsonObject{{"events_default", 10}, {"users", {{user("bob"), 60}}}};
  request.initial_state = {
      JsonObject{{"type", "m.room.join_rules"}, {"state_key", ""}, {"content", {{"join_rule", "knock"}}}}};
  request.creation_content = {{"type", "m.space"}, {"room_version", "3"}, {"creator", "@eve:example.org"}};
  auto id = must_create("alice", request);
  EXPECT_EQ(content(id, "m.room.power_levels").at("events_default"), 10);
  EXPECT_EQ(content(id, "m.room.power_levels").at("users").at(user("bob")), 60);
  EXPECT_EQ(content(id, "m.room.join_rules").at("join_rule"), "knock");
  EXPECT_EQ(content(id, "m.room.create").at("type"), "m.space");
  EXPECT_EQ(content(id, "m.room.create").at("room_version"), "12");
  EXPECT_FALSE(content(id, "m.room.create").contains("creator"));
}

TEST_F(RoomCreateTest, AnOverrideMayListCreatorsWhichVersion12LeavesOut) {
  const JsonObject listed{{"users", {{user("alice"), 100}, {user("bob"), 100}, {user("carol"), 60}}}};
  CreateRoom request;
  request.preset = "trusted_private_chat";
  request.invite = {user("bob")};
  request.power_level_override = listed;
  EXPECT_EQ(content(must_create("alice", request), "m.room.power_levels").at("users"),
            (JsonObject{{user("carol"), 60}}));
  request.preset = "private_chat";
  EXPECT_EQ(content(must_create("alice", request), "m.room.power_levels").at("users"),
            (JsonObject{{user("bob"), 100}, {user("carol"), 60}}));
  request.version = "11";
  EXPECT_EQ(content(must_create("alice", request), "m.room.power_levels").at("users"), listed.at("users"));
  CreateRoom own_event;
  own_event.initial_state = {JsonObject{{"type", "m.room.power_levels"}, {"content", listed}}};
  EXPECT_EQ(refusal(own_event).wire_code(), "M_INVALID_ROOM_STATE");
}

TEST_F(RoomCreateTest, RefusesAndLeavesNothingBehind) {
  auto refused = [&](auto change) {
    CreateRoom request;
    change(request);
    return refusal(request);
  };
  EXPECT_EQ(refused([](auto& r) { r.name = std::string(256, 'n'); }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.topic = std::string(40'000, 't'); }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.name = "\xff"; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.preset = "odd"; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.invite = {"bob"}; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.invite.assign(101, "@a:example.org"); }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.alias_localpart = "a:b"; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.alias_localpart = std::string(300, 'a'); }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.initial_state = {5}; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.initial_state = {JsonObject{{"type", "t"}}}; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.initial_state.resize(101); }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.creation_content = {{"additional_creators", {"bob"}}}; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.creation_content = {{"x", 1.5}}; }).http_status(), 400);
  EXPECT_EQ(refused([](auto& r) { r.power_level_override = JsonObject{{"users", {{"odd", 5}}}}; }).http_status(), 400);
  auto bad_state = refused([](auto& r) {
    r.initial_state = {JsonObject{
        {"type", "m.room.member"}, {"state_key", "@eve:example.org"}, {"content", {{"membership", "join"}}}}};
  });
  EXPECT_EQ(bad_state.wire_code(), "M_INVALID_ROOM_STATE");

  CreateRoom named;
  named.alias_localpart = "tea";
  auto first = must_create("alice", named);
  auto taken = refusal(named);
  EXPECT_EQ(taken.wire_code(), "M_ROOM_IN_USE");
  EXPECT_EQ(taken.http_status(), 400);
  std::int64_t rooms = 0;
  ASSERT_TRUE(server->read([&](store::Connection& connection) -> Result<Unit> {
    rooms = store::number(connection.query("SELECT COUNT(*) FROM hs_room"));
    return Unit{};
  }));
  EXPECT_EQ(rooms, 1) << "refused rooms are rolled back";
}

TEST_F(RoomCreateTest, ManyAtOnceGetDifferentIds) {
  std::vector<std::future<Result<std::string>>> made;
  for (int i = 0; i < 40; ++i)
    made.push_back(
        boost::asio::co_spawn(server->io, server->service->create(actor("alice"), {}), boost::asio::use_future));
  std::set<std::string> ids;
  for (auto& one : made) ids.insert(one.get().value());
  EXPECT_EQ(ids.size(), 40U);
}

TEST_F(RoomCreateTest, UpgradesARoom) {
  for (auto [from, to] : {std::pair{"10", "12"}, std::pair{"11", "10"}, std::pair{"12", "11"}, std::pair{"12", "12"}}) {
    CreateRoom request;
    request.preset = "public_chat";
    request.is_public = true;
    request.version = from;
    request.name = "Tea";
    request.alias_localpart = "tea" + std::string(from) + to;
    auto old_id = must_create("alice", request);
    ASSERT_TRUE(join("bob", old_id));
    ASSERT_TRUE(change("alice", old_id, "eve", "ban"));
    UpgradeRoom upgrade{.room_id = old_id, .version = to, .additional_creators = {}};
    EXPECT_EQ(server->run(server->service->upgrade(actor("bob"), upgrade)).error().code(), Errc::forbidden);
    auto made = server->run(server->service->upgrade(actor("alice"), upgrade));
    ASSERT_TRUE(made) << from << " to " << to << ": " << made.error().message();
    EXPECT_EQ(content(old_id, "m.room.tombstone").at("replacement_room").as_string(), *made);
    EXPECT_EQ(content(*made, "m.room.create").at("predecessor").at("room_id").as_string(), old_id);
    EXPECT_EQ(content(*made, "m.room.create").at("room_version"), to);
    EXPECT_EQ(content(*made, "m.room.name").at("name"), "Tea");
    EXPECT_EQ(membership(*made, "eve"), "ban");
    EXPECT_EQ(server->run(server->service->resolve("#" + request.alias_localpart + ":example.org")).value_or(""),
              *made);
    EXPECT_EQ(send("bob", old_id, "still here?").error().code(), Errc::forbidden);
    EXPECT_TRUE(server->run(server->service->is_listed(*made)).value_or(false));
    EXPECT_FALSE(server->run(server->service->is_listed(old_id)).value_or(true));
    EXPECT_TRUE(join("bob", *made));
  }
}

TEST_F(RoomCreateTest, AnUpgradedSpaceKeepsItsRoomsAndARoomItsSpaces) {
  CreateRoom wanted;
  wanted.version = "11";
  wanted.creation_content = JsonObject{{"type", "m.space"}};
  const auto space = must_create("alice", wanted);
  const auto child = public_room("alice", "11");
  const JsonObject link{{"via", JsonArray{"example.org"}}, {"order", "a"}, {"suggested", true}};
  ASSERT_TRUE(set_state("alice", space, "m.space.child", child, link));
  ASSERT_TRUE(set_state("alice", space, "m.space.child", "!taken-out:example.org", {}));
  ASSERT_TRUE(set_state("alice", child, "m.space.parent", space, {{"via", JsonArray{"example.org"}}}));
  const auto upgrade = [&](const std::string& id) {
    return server
        ->run(server->service->upgrade(actor("alice"), {.room_id = id, .version = "12", .additional_creators = {}}))
        .value();
  };
  const auto new_space = upgrade(space);
  EXPECT_EQ(content(new_space, "m.space.child", child), link);
  EXPECT_FALSE(state(new_space, "m.space.child", "!taken-out:example.org"));
  EXPECT_EQ(content(upgrade(child), "m.space.parent", space).at("via"), JsonArray{"example.org"});
}

TEST_F(RoomCreateTest, AnUpgradeLeavesOutWhatCannotBeCopied) {
  const std::string long_name(200, 'a');  // what bob says just fits; under this name it does not
  CreateRoom wanted;
  wanted.preset = "public_chat";
  wanted.version = "11";
  wanted.creation_content = JsonObject{{"type", "m.space"}};
  wanted.power_level_override = JsonObject{{"users", {{user(long_name), 100}, {user("bob"), 100}}}};
  const auto space = must_create(long_name, wanted);
  ASSERT_TRUE(join("bob", space));
  JsonObject link{{"via", JsonArray{"example.org"}}};
  ASSERT_TRUE(set_state("bob", space, "m.space.child", "!small:example.org", link));
  const auto small = link;
  std::size_t fits = 0;
  for (std::size_t step = 65536; step > 0; step /= 2) {
    link["org.example.note"] = std::string(fits + step, 'x');
    if (set_state("bob", space, "m.space.child", "!large:example.org", link)) fits += step;
  }
  ASSERT_GT(fits, 60'000U);
  const auto made = server->run(
      server->service->upgrade(actor(long_name), {.room_id = space, .version = "11", .additional_creators = {}}));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(content(*made, "m.space.child", "!small:example.org"), small);
  EXPECT_FALSE(state(*made, "m.space.child", "!large:example.org"));
  EXPECT_EQ(matrix::view(content(space, "m.room.tombstone").at("replacement_room").as_string()), *made);
}

TEST_F(RoomCreateTest, AnUpgradeCopiesWhatOthersWithMorePowerHadSet) {
  CreateRoom wanted;
  wanted.preset = "public_chat";
  wanted.version = "11";
  wanted.power_level_override = JsonObject{
      {"users", {{user("alice"), 100}, {user("carol"), 150}}},
      {"events",
       {{"m.room.topic", 150}, {"m.space.child", 150}, {"m.room.tombstone", 100}, {"m.room.encryption", 150}}},
      {"ban", 120}};
  wanted.name = "Hall";
  const auto old_id = must_create("alice", wanted);
  ASSERT_TRUE(join("carol", old_id));
  ASSERT_TRUE(join("bob", old_id));
  ASSERT_TRUE(set_state("carol", old_id, "m.room.topic", "", {{"topic", "what carol says"}}));
  ASSERT_TRUE(set_state("carol", old_id, "m.space.child", "!r:example.org", {{"via", JsonArray{"example.org"}}}));
  ASSERT_TRUE(set_state("carol", old_id, "m.room.encryption", "", {{"algorithm", "m.megolm.v1.aes-sha2"}}));
  ASSERT_TRUE(change("carol", old_id, "bob", "ban"));
  const auto levels = content(old_id, "m.room.power_levels");
  const auto made = server->run(
      server->service->upgrade(actor("alice"), {.room_id = old_id, .version = "11", .additional_creators = {}}));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(content(*made, "m.room.topic", "").at("topic"), "what carol says");
  EXPECT_EQ(content(*made, "m.room.encryption", "").at("algorithm"), "m.megolm.v1.aes-sha2");
  EXPECT_TRUE(state(*made, "m.space.child", "!r:example.org"));
  EXPECT_FALSE(join("bob", *made));
  EXPECT_EQ(content(*made, "m.room.power_levels"), levels) << "whoever upgrades has no more power than before";
}

TEST_F(RoomCreateTest, UpgradesAtOnceMakeOneRoom) {
  for (const auto* version : {"11", "12"}) {
    const auto old_id = public_room("alice", "10");
    ASSERT_TRUE(join("bob", old_id));
    auto levels = content(old_id, "m.room.power_levels");
    levels["users"].get_object()[user("bob")] = 100;
    ASSERT_TRUE(set_state("alice", old_id, "m.room.power_levels", "", levels));
    // Nothing is written before all have come in.
    std::promise<void> all_here;
    std::thread busy([&, here = all_here.get_future()]() mutable {
      EXPECT_TRUE(server->db->write_now([&](store::Tx&) -> Result<Unit> {
        if (here.valid()) here.get();
        return Unit{};
      }));
    });
    std::vector<std::future<Result<std::string>>> asked;
    std::atomic<int> begun = 0;
    for (const auto* who : {"alice", "alice", "bob", "alice"}) {
      asked.push_back(boost::asio::co_spawn(
          server->io,
          [&, who]() -> Task<std::string> {
            ++begun;
            co_return co_await server->service->upgrade(
                actor(who), {.room_id = old_id, .version = version, .additional_creators = {}});
          },
          boost::asio::use_future));
    }
    while (begun < 4) std::this_thread::yield();
    boost::asio::post(server->io, [&] { all_here.set_value(); });
    const auto first = asked[0].get();
    EXPECT_EQ(asked[1].get().value(), first.value()) << "the same person asked twice";
    EXPECT_EQ(asked[2].get().error().http_status(), 400) << "somebody else did";
    EXPECT_EQ(asked[3].get().value(), first.value());
    EXPECT_EQ(content(old_id, "m.room.tombstone").at("replacement_room").as_string(), first.value());
    busy.join();
    const auto again = server->run(
        server->service->upgrade(actor("alice"), {.room_id = old_id, .version = version, .additional_creators = {}}));
    EXPECT_NE(again.value(), first.value()) << "asked for later it is a new one";
  }
}

}  // namespace
}  // namespace troupe::homeserver::rooms
