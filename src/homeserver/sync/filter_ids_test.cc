// Filters name rooms by room ids and senders by user ids; those stored before that was asked go on.
#include <gtest/gtest.h>

#include "homeserver/sync/filter_store.h"
#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

class FilterIdsTest : public SyncTest {
 protected:
  static std::string filters(std::string_view who) { return "/user/" + user(who) + "/filter"; }
};

TEST_F(FilterIdsTest, WhatIsNoIdIsRefusedByItsName) {
  const auto room = public_room("alice");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"room":{"rooms":["not-a-room"]}})", "room.rooms"},
      {R"({"room":{"not_rooms":["#alias:example.org"]}})", "room.not_rooms"},
      {R"({"room":{"timeline":{"rooms":["@alice:example.org"]}}})", "room.timeline.rooms"},
      {R"({"room":{"timeline":{"senders":["alice"]}}})", "room.timeline.senders"},
      {R"({"room":{"state":{"not_senders":["!r:example.org"]}}})", "room.state.not_senders"},
      {R"({"room":{"ephemeral":{"not_rooms":[""]}}})", "room.ephemeral.not_rooms"},
      {R"({"room":{"account_data":{"rooms":["!r:example.org","r"]}}})", "room.account_data.rooms"},
      {R"({"presence":{"senders":["@alice"]}})", "presence.senders"},
      {R"({"account_data":{"not_senders":["*"]}})", "account_data.not_senders"}};
  for (const auto& [filter, named] : cases) {
    for (const auto& answer : {call("alice", "POST", filters("alice"), filter), sync_filtered("alice", {}, filter)}) {
      EXPECT_EQ(answer.status, 400) << filter;
      EXPECT_EQ(answer.text_at("errcode"), "M_BAD_JSON") << filter;
      EXPECT_NE(answer.text_at("error").find(named), std::string::npos) << answer.text;
    }
  }
  for (const std::string path : {"/messages?dir=b&", "/context/$event?"}) {
    const auto answer =
        get("alice", "/rooms/" + room + path + "filter=" + base::percent_encode(R"({"senders":["a"]})"));
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.text_at("errcode"), "M_BAD_JSON") << path;
  }
}

TEST_F(FilterIdsTest, IdsOfEveryVersionAreTaken) {
  for (const char* filter :
       {R"({"room":{"rooms":[],"not_rooms":["!old:example.org:8448"],"timeline":{"senders":null}}})",
        R"({"room":{"rooms":["!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}})",
        R"({"room":{"timeline":{"senders":["@Historical User:example.org"],"types":["x"]}}})"}) {
    EXPECT_EQ(call("alice", "POST", filters("alice"), filter).status, 200) << filter;
    EXPECT_EQ(sync_filtered("alice", {}, filter).status, 200) << filter;
  }
}

TEST_F(FilterIdsTest, AStoredOneFromBeforeGoesOn) {
  const auto store = [](store::Tx& tx) -> Result<Unit> {
    filter_store::insert_filter(tx, user("alice"), 7, R"({"room":{"timeline":{"not_senders":["nobody"]}}})");
    return Unit{};
  };
  ASSERT_TRUE(server->run(server->db->write(store)));
  const auto room = public_room("alice");
  const auto answer = sync("alice", {}, "&filter=7");
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_TRUE(answer.at("rooms", "join", room).is_object());
}

}  // namespace
}  // namespace troupe::homeserver::sync
