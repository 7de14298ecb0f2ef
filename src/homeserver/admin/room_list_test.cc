#include "homeserver/admin/room_list.h"

#include "homeserver/admin/room_admin_fixture.h"
#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using Ids = std::vector<std::string>;

class RoomListTest : public RoomAdminTest {
 protected:
  RoomListTest() {
    alpha = make_room(anna, {{"name", "Alpha"},
                             {"preset", "public_chat"},
                             {"visibility", "public"},
                             {"room_alias_name", "harbour"},
                             {"topic", "ships"}});
    beta = make_room(bert, {{"name", "Beta"}, {"preset", "private_chat"}});
    nameless = make_room(
        bert, {{"preset", "private_chat"}, {"creation_content", {{"type", "m.space"}, {"m.federate", false}}}});
    join(bert, alpha);
  }
  std::string alpha;
  std::string beta;
  std::string nameless;
};

TEST_F(RoomListTest, ARoomIsShownAsSynapseShowsIt) {
  const auto page = get("/v1/rooms");
  ASSERT_EQ(page.status, 200) << page.text;
  EXPECT_EQ(rooms_in(page), (Ids{alpha, beta, nameless}));
  EXPECT_EQ(page.at("/total_rooms"), 3);
  EXPECT_EQ(page.at("/offset"), 0);
  EXPECT_FALSE(page.json.as_object().contains("next_batch"));
  EXPECT_FALSE(page.json.as_object().contains("prev_batch"));
  auto row = page.at("/rooms/0").as_object();
  EXPECT_GT(row["state_events"].as_int64(), 5);
  row.erase("state_events");
  const auto version = page.string_at("/rooms/0/version");
  EXPECT_EQ(row, (boost::json::object{{"room_id", alpha},
                                      {"name", "Alpha"},
                                      {"canonical_alias", "#harbour:example.org"},
                                      {"joined_members", 2},
                                      {"joined_local_members", 2},
                                      {"version", version},
                                      {"creator", "@anna:example.org"},
                                      {"encryption", nullptr},
                                      {"federatable", true},
                                      {"public", true},
                                      {"join_rules", "public"},
                                      {"guest_access", page.at("/rooms/0/guest_access")},
                                      {"history_visibility", "shared"},
                                      {"room_type", nullptr}}));
  EXPECT_EQ(page.at("/rooms/2/name"), nullptr);
  EXPECT_TRUE(page.at("/rooms/2").as_object().contains("name"));
  EXPECT_EQ(page.at("/rooms/2/federatable"), false);
  EXPECT_EQ(page.string_at("/rooms/2/room_type"), "m.space");
}

TEST_F(RoomListTest, EveryOrderIsKnownInBothDirections) {
  for (const auto* order : {"name", "alphabetical", "canonical_alias", "joined_members", "size", "joined_local_members",
                            "version", "creator", "encryption", "federatable", "public", "join_rules", "guest_access",
                            "history_visibility", "state_events"}) {
    const auto path = std::string("/v1/rooms?order_by=") + order;
    auto forwards = rooms_in(get(path));
    const auto backwards = rooms_in(get(path + "&dir=b"));
    EXPECT_EQ(forwards.size(), 3U) << order;
    std::ranges::reverse(forwards);
    EXPECT_EQ(forwards, backwards) << order;
  }
  EXPECT_EQ(rooms_in(get("/v1/rooms?order_by=joined_members")).front(), alpha) << "the largest first";
  EXPECT_EQ(rooms_in(get("/v1/rooms?order_by=public")).back(), alpha);
  EXPECT_EQ(rooms_in(get("/v1/rooms?order_by=creator")).front(), alpha);
  EXPECT_EQ(errcode(get("/v1/rooms?order_by=colour")), "M_INVALID_PARAM");
}

TEST_F(RoomListTest, PagesSayWhereTheNeighboursBegin) {
  const auto first = get("/v1/rooms?limit=2");
  EXPECT_EQ(rooms_in(first), (Ids{alpha, beta}));
  EXPECT_EQ(first.at("/next_batch"), 2);
  const auto second = get("/v1/rooms?limit=2&from=2");
  EXPECT_EQ(rooms_in(second), Ids{nameless});
  EXPECT_EQ(second.at("/offset"), 2);
  EXPECT_EQ(second.at("/prev_batch"), 0);
  EXPECT_FALSE(second.json.as_object().contains("next_batch"));
  EXPECT_EQ(get("/v1/rooms?limit=1&from=2").at("/prev_batch"), 1);
  EXPECT_EQ(rooms_in(get("/v1/rooms?from=50")), Ids{});
  EXPECT_EQ(errcode(get("/v1/rooms?from=-1")), "M_INVALID_PARAM");
  EXPECT_EQ(errcode(get("/v1/rooms?dir=up")), "M_INVALID_PARAM");
}

TEST_F(RoomListTest, IsFilteredByWordsDirectoryAndEmptiness) {
  EXPECT_EQ(rooms_in(get("/v1/rooms?search_term=ALPH")), Ids{alpha});
  EXPECT_EQ(rooms_in(get("/v1/rooms?search_term=arbou")), Ids{alpha}) << "the alias' own part";
  EXPECT_EQ(rooms_in(get("/v1/rooms?search_term=example.org")), Ids{});
  EXPECT_EQ(rooms_in(get("/v1/rooms?search_term=" + nameless)), Ids{nameless});
  EXPECT_EQ(get("/v1/rooms?search_term=ALPH").at("/total_rooms"), 1);
  EXPECT_EQ(errcode(get("/v1/rooms?search_term=")), "M_INVALID_PARAM");
  EXPECT_EQ(rooms_in(get("/v1/rooms?public_rooms=true")), Ids{alpha});
  EXPECT_EQ(rooms_in(get("/v1/rooms?public_rooms=false")), (Ids{beta, nameless}));
  EXPECT_EQ(errcode(get("/v1/rooms?public_rooms=perhaps")), "M_INVALID_PARAM");
  EXPECT_EQ(rooms_in(get("/v1/rooms?empty_rooms=true")), Ids{});
  ASSERT_EQ(server.call(bert, "POST", "/rooms/" + beta + "/leave", matrix::JsonObject()).status, 200);
  EXPECT_EQ(rooms_in(get("/v1/rooms?empty_rooms=true")), Ids{beta});
  EXPECT_EQ(rooms_in(get("/v1/rooms?empty_rooms=false")), (Ids{alpha, nameless}));
}

TEST_F(RoomListTest, OneRoomInDetail) {
  const auto shown = get("/v1/rooms/" + alpha);
  ASSERT_EQ(shown.status, 200) << shown.text;
  EXPECT_EQ(shown.string_at("/topic"), "ships");
  EXPECT_EQ(shown.at("/avatar"), nullptr);
  EXPECT_EQ(shown.at("/joined_local_devices"), 2);
  EXPECT_EQ(shown.at("/forgotten"), false);
  EXPECT_EQ(shown.at("/tombstoned"), false);
  EXPECT_EQ(shown.at("/replacement_room"), nullptr);
  EXPECT_EQ(errcode(get("/v1/rooms/!nowhere:example.org")), "M_NOT_FOUND");

  const auto upgraded = server.call(bert, "POST", "/rooms/" + beta + "/upgrade", {{"new_version", "11"}});
  ASSERT_EQ(upgraded.status, 200) << upgraded.text;
  EXPECT_EQ(get("/v1/rooms/" + beta).at("/tombstoned"), true);
  EXPECT_EQ(get("/v1/rooms/" + beta).string_at("/replacement_room"), upgraded.string_at("/replacement_room"));
  server.call(bert, "POST", "/rooms/" + nameless + "/leave", matrix::JsonObject());
  server.call(bert, "POST", "/rooms/" + nameless + "/forget", matrix::JsonObject());
  EXPECT_EQ(get("/v1/rooms/" + nameless).at("/forgotten"), true);
}

TEST_F(RoomListTest, MembersAndTheNewestEvent) {
  const auto members = get("/v1/rooms/" + alpha + "/members");
  EXPECT_EQ(members.text, R"({"members":["@anna:example.org","@bert:example.org"],"total":2})");
  const auto newest = say(anna, alpha, "hello");
  const auto found = get("/v1/rooms/" + alpha + "/forward_extremities");
  EXPECT_EQ(found.at("/count"), 1);
  EXPECT_EQ(found.string_at("/results/0/event_id"), newest);
  EXPECT_TRUE(found.at("/results/0/state_group").is_int64());
  EXPECT_EQ(get("/v1/rooms/%23harbour:example.org/forward_extremities").text, found.text);
  EXPECT_EQ(ask("DELETE", "/v1/rooms/" + alpha + "/forward_extremities").text, R"({"deleted":0})");
  for (const auto* path : {"/members", "/forward_extremities"})
    EXPECT_EQ(errcode(get(std::string("/v1/rooms/!nowhere:example.org") + path)), "M_NOT_FOUND") << path;
}

TEST_F(RoomListTest, WhatIsInARoomIsReadWithoutBeingInIt) {
  std::vector<std::string> said;
  for (int i = 0; i < 5; ++i) said.push_back(say(bert, beta, "word " + std::to_string(i)));
  EXPECT_EQ(server.call(root, "GET", "/rooms/" + beta + "/messages?dir=b").status, 403);
  const auto newest = get("/v1/rooms/" + beta + "/messages?dir=b&limit=2");
  EXPECT_EQ(newest.string_at("/chunk/0/event_id"), said[4]);
  EXPECT_EQ(newest.string_at("/chunk/0/room_id"), beta);
  const auto older = get("/v1/rooms/" + beta + "/messages?dir=b&limit=1&from=" + newest.string_at("/end"));
  EXPECT_EQ(older.string_at("/chunk/0/event_id"), said[2]);
  EXPECT_EQ(get("/v1/rooms/" + beta + "/messages").string_at("/chunk/0/type"), "m.room.create") << "forwards";

  const auto context = get("/v1/rooms/" + beta + "/context/" + said[2] + "?limit=2");
  EXPECT_EQ(context.string_at("/event/event_id"), said[2]);
  EXPECT_EQ(context.string_at("/events_before/0/event_id"), said[1]);
  EXPECT_EQ(context.string_at("/events_after/0/event_id"), said[3]);
  EXPECT_EQ(errcode(get("/v1/rooms/" + alpha + "/context/" + said[2])), "M_NOT_FOUND") << "of another room";

  EXPECT_EQ(get("/v1/rooms/" + beta + "/timestamp_to_event?ts=0").string_at("/event_id"),
            get("/v1/rooms/" + beta + "/messages?limit=1").string_at("/chunk/0/event_id"));
  EXPECT_EQ(errcode(get("/v1/rooms/" + beta + "/timestamp_to_event")), "M_MISSING_PARAM");

  const auto state = get("/v1/rooms/" + beta + "/state?type=m.room.name");
  EXPECT_EQ(state.at("/state").as_array().size(), 1U);
  EXPECT_EQ(state.string_at("/state/0/content/name"), "Beta");
  EXPECT_GT(get("/v1/rooms/" + beta + "/state").at("/state").as_array().size(), 4U);

  EXPECT_EQ(get("/v1/fetch_event/" + said[0]).string_at("/event/content/body"), "word 0");
  EXPECT_EQ(get("/v1/fetch_event/" + said[0]).string_at("/event/room_id"), beta);
  for (const auto* part : {"auth_events", "prev_events", "hashes", "depth", "event_id", "sender"})
    EXPECT_TRUE(get("/v1/fetch_event/" + said[0]).at("/event").as_object().contains(part)) << part;
  EXPECT_EQ(errcode(get("/v1/fetch_event/$nothing")), "M_NOT_FOUND");
  for (const auto* path : {"/messages", "/state", "/context/$x", "/timestamp_to_event?ts=1"})
    EXPECT_EQ(errcode(get(std::string("/v1/rooms/!nowhere:example.org") + path)), "M_NOT_FOUND") << path;
}

using ColdRoomListTest = rooms::RoomTest;

TEST_F(ColdRoomListTest, RoomsThatAreNotInMemoryAreReadAndStayOutOfIt) {
  rooms::CreateRoom named;
  named.name = "Zulu";
  const auto zulu = must_create("anna", named);
  named.name = "Yankee";
  const auto yankee = must_create("anna", named);
  restart();
  RoomList list(*server->db, *server->rooms);
  const auto page =
      server->run(list.page({.page = {.from = 0, .limit = 100}, .search = {}, .only_public = {}, .only_empty = {}}));
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->rooms.size(), 2U);
  EXPECT_EQ(page->rooms[0].room_id, yankee);
  EXPECT_EQ(page->rooms[1].name, "Zulu");
  EXPECT_EQ(page->rooms[1].joined_members, 1);
  EXPECT_EQ(server->rooms->find(zulu), nullptr);
}

TEST_F(RoomListTest, ASpacesTreeIsShownToWhoeverLooksAfterTheServer) {
  const auto space = make_room(anna, {{"creation_content", {{"type", "m.space"}}}, {"name", "House"}});
  const auto secret = make_room(anna, {{"name", "Secret"}});
  const auto other = make_room(anna, {{"name", "Garden"}});
  for (const auto& child : {secret, other}) {
    const auto path = "/rooms/" + space + "/state/m.space.child/" + child;
    EXPECT_EQ(server.call(anna, "PUT", path, {{"via", matrix::JsonArray{"example.org"}}}).status, 200);
  }
  const auto all = get("/v1/rooms/" + space + "/hierarchy");
  EXPECT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(rooms_in(all).size(), 3U) << all.text;
  EXPECT_EQ(all.at("/rooms/0/children_state").as_array().size(), 2U);
  EXPECT_TRUE(all.at("/next_batch").is_null());
  const auto first = get("/v1/rooms/" + space + "/hierarchy?limit=2");
  EXPECT_EQ(rooms_in(first).size(), 2U);
  const auto rest = get("/v1/rooms/" + space + "/hierarchy?limit=2&from=" + first.string_at("/next_batch"));
  EXPECT_EQ(rooms_in(rest).size(), 1U) << rest.text;
  EXPECT_EQ(rooms_in(get("/v1/rooms/" + space + "/hierarchy?max_depth=0")).size(), 1U);
  EXPECT_EQ(get("/v1/rooms/!nowhere:example.org/hierarchy").status, 404);
  EXPECT_EQ(get("/v1/rooms/" + space + "/hierarchy?from=nonsense").status, 400);
  EXPECT_EQ(get("/v1/rooms/" + space + "/hierarchy?limit=0").status, 400);
  EXPECT_EQ(server.call(bert, "GET", "/_synapse/admin/v1/rooms/" + space + "/hierarchy").status, 403);
}

TEST_F(RoomListTest, NobodyElseMayAsk) {
  for (const auto* path : {"/v1/rooms", "/v1/rooms/!x:example.org", "/v1/rooms/!x:example.org/messages",
                           "/v1/rooms/!x:example.org/state", "/v1/fetch_event/$x"}) {
    EXPECT_EQ(errcode(server.call(anna, "GET", std::string("/_synapse/admin") + path)), "M_FORBIDDEN") << path;
    EXPECT_EQ(errcode(server.call({}, "GET", std::string("/_synapse/admin") + path)), "M_MISSING_TOKEN") << path;
  }
}

}  // namespace
}  // namespace troupe::homeserver::admin
