// Aliases and the room directory.
#include <gmock/gmock.h>

#include "homeserver/common/settings.h"
#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class DirectoryTest : public RoomTest {
 protected:
  Result<Unit> put(std::string_view who, std::string alias, const std::string& id) {
    return server->run(server->service->put_alias(actor(who), std::move(alias), id));
  }
  Result<Unit> remove(std::string_view who, std::string alias) {
    return server->run(server->service->delete_alias(actor(who), std::move(alias)));
  }
  std::string listed(std::string name, std::string topic = {}) {
    CreateRoom request;
    request.is_public = true;
    request.name = std::move(name);
    request.topic = std::move(topic);
    return must_create("alice", std::move(request));
  }
  DirectoryPage page(DirectoryQuery query) { return server->run(server->service->directory(std::move(query))).value(); }
};

TEST_F(DirectoryTest, AnAccountMakesSoManyAliasesAndNoMore) {
  server->settings.edit<HomeserverSettings>().aliases_per_user = 2;
  const auto id = public_room("alice");
  ASSERT_TRUE(put("alice", "#one:example.org", id));
  CreateRoom request;
  request.alias_localpart = "two";
  must_create("alice", request);
  const auto third = put("alice", "#three:example.org", id);
  EXPECT_EQ(third.error().code(), Errc::limit_exceeded);
  EXPECT_EQ(third.error().http_status(), 400);
  request.alias_localpart = "four";
  EXPECT_EQ(server->run(server->service->create(actor("alice"), request)).error().code(), Errc::limit_exceeded);
  ASSERT_TRUE(remove("alice", "#one:example.org"));
  EXPECT_TRUE(put("alice", "#three:example.org", id));
  ASSERT_TRUE(join("bob", id));
  EXPECT_TRUE(put("bob", "#five:example.org", id));
}

TEST_F(DirectoryTest, AliasesComeAndGo) {
  auto id = public_room("alice");
  ASSERT_TRUE(put("alice", "#tea:example.org", id));
  EXPECT_EQ(server->run(server->service->resolve("#tea:example.org")).value_or(""), id);
  EXPECT_EQ(put("alice", "#tea:example.org", id).error().http_status(), 409);
  EXPECT_EQ(put("bob", "#other:example.org", id).error().code(), Errc::forbidden);
  EXPECT_EQ(put("alice", "#tea:elsewhere.org", id).error().http_status(), 400);
  EXPECT_EQ(put("alice", "tea", id).error().http_status(), 400);
  EXPECT_EQ(put("alice", "#x:example.org", "!" + std::string(43, 'u')).error().code(), Errc::not_found);
  EXPECT_THAT(server->run(server->service->aliases(actor("alice"), id)).value(),
              testing::ElementsAre("#tea:example.org"));
  EXPECT_EQ(server->run(server->service->aliases(actor("bob"), id)).error().code(), Errc::forbidden);
  EXPECT_EQ(remove("bob", "#tea:example.org").error().code(), Errc::forbidden);
  ASSERT_TRUE(remove("alice", "#tea:example.org"));
  EXPECT_EQ(remove("alice", "#tea:example.org").error().code(), Errc::not_found);
  EXPECT_EQ(server->run(server->service->resolve("#tea:example.org")).error().code(), Errc::not_found);
  EXPECT_EQ(server->run(server->service->resolve("tea")).error().http_status(), 400);
}

TEST_F(DirectoryTest, CanonicalAliasesMustPointHere) {
  auto id = public_room("alice");
  auto other = public_room("alice");
  ASSERT_TRUE(put("alice", "#tea:example.org", id));
  ASSERT_TRUE(put("alice", "#coffee:example.org", other));
  auto set = [&](JsonObject content) {
    return set_state("alice", id, "m.room.canonical_alias", "", std::move(content));
  };
  EXPECT_EQ(set({{"alias", "#coffee:example.org"}}).error().wire_code(), "M_BAD_ALIAS");
  EXPECT_EQ(set({{"alias", "#none:example.org"}}).error().wire_code(), "M_BAD_ALIAS");
  EXPECT_EQ(set({{"alias", "tea"}}).error().http_status(), 400);
  EXPECT_EQ(set({{"alias", 5}}).error().http_status(), 400);
  EXPECT_EQ(set({{"alt_aliases", "x"}}).error().http_status(), 400);
  EXPECT_EQ(set({{"alt_aliases", {"#coffee:example.org"}}}).error().wire_code(), "M_BAD_ALIAS");
  ASSERT_TRUE(set({{"alias", "#tea:example.org"}, {"alt_aliases", {"#tea:example.org"}}}));
  ASSERT_TRUE(remove("alice", "#tea:example.org"));
  EXPECT_FALSE(state(id, "m.room.canonical_alias")->event->content.contains("alias"));
  EXPECT_TRUE(set({}));
}

TEST_F(DirectoryTest, ListsPublicRooms) {
  auto tea = listed("Tea House", "hot leaves");
  auto coffee = listed("Coffee", "beans");
  must_create("alice");
  ASSERT_TRUE(join("bob", coffee));
  auto all = page({});
  ASSERT_EQ(all.chunk.size(), 2U);
  EXPECT_EQ(all.chunk[0].at("room_id").as_string(), coffee) << "most members first";
  EXPECT_EQ(all.chunk[0].at("num_joined_members"), 2);
  EXPECT_EQ(all.chunk[0].at("join_rule"), "public");
  EXPECT_FALSE(all.next);
  auto first = page({.search = {}, .room_types = {}, .offset = 0, .limit = 1});
  ASSERT_EQ(first.chunk.size(), 1U);
  ASSERT_TRUE(first.next);
  auto second = page({.search = {}, .room_types = {}, .offset = *first.next, .limit = 1});
  EXPECT_EQ(second.chunk[0].at("room_id").as_string(), tea);
  EXPECT_EQ(page({.search = "LEAVES", .room_types = {}, .offset = 0, .limit = 10}).chunk.size(), 1U);
  EXPECT_EQ(page({.search = "nothing", .room_types = {}, .offset = 0, .limit = 10}).chunk.size(), 0U);
  EXPECT_EQ(page({.search = {}, .room_types = {"m.space"}, .offset = 0, .limit = 10}).chunk.size(), 0U);
  EXPECT_EQ(page({.search = {}, .room_types = {std::nullopt}, .offset = 0, .limit = 10}).chunk.size(), 2U);
  EXPECT_TRUE(page({.search = {}, .room_types = {}, .offset = 1'000'000, .limit = 10}).chunk.empty());
  restart();
  EXPECT_EQ(page({.search = "tea", .room_types = {}, .offset = 0, .limit = 10}).chunk.size(), 1U)
      << "without rooms in memory";
}

TEST_F(DirectoryTest, OnlyModeratorsList) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  EXPECT_EQ(server->run(server->service->set_listed(actor("bob"), id, true)).error().code(), Errc::forbidden);
  ASSERT_TRUE(server->run(server->service->set_listed(actor("alice"), id, true)));
  EXPECT_TRUE(server->run(server->service->is_listed(id)).value());
  EXPECT_TRUE(room(id)->is_public());
  EXPECT_EQ(server->run(server->service->is_listed("!" + std::string(43, 'u'))).error().code(), Errc::not_found);
}

}  // namespace
}  // namespace troupe::homeserver::rooms
