// What the devices of a user hear of a room that one of them left and forgot.
#include <gmock/gmock.h>

#include "homeserver/sync/sync_fixture.h"

namespace troupe::homeserver::sync {
namespace {

using testing::ElementsAre;

class SyncForgetTest : public SyncTest {
 protected:
  void leave_and_forget(std::string_view who, const std::string& room) {
    ASSERT_TRUE(change(who, room, who, "leave"));
    ASSERT_TRUE(server->run(server->service->forget(actor(who), room)));
  }
};

TEST_F(SyncForgetTest, OtherDevicesHearOfTheLeaveOnce) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto phone = sync("bob").next();
  const auto laptop = sync("bob/LAPTOP").next();
  ASSERT_TRUE(send("alice", room, "while he is here"));
  leave_and_forget("bob", room);
  ASSERT_TRUE(send("alice", room, "behind his back"));

  auto told = sync("bob/LAPTOP", laptop);
  EXPECT_THAT(digest(told.at("rooms", "leave", room, "timeline", "events")), ElementsAre("leave:bob")) << told.text;
  EXPECT_THAT(digest(told.at("rooms", "leave", room, "state", "events")), ElementsAre()) << told.text;
  EXPECT_TRUE(told.at("rooms", "join").is_null()) << told.text;
  EXPECT_TRUE(sync("bob/LAPTOP", told.next()).at("rooms").is_null());
  restart_all();
  told = sync("bob", phone);
  EXPECT_THAT(digest(told.at("rooms", "leave", room, "timeline", "events")), ElementsAre("leave:bob")) << told.text;
  EXPECT_TRUE(sync("bob", told.next()).at("rooms").is_null());
}

TEST_F(SyncForgetTest, AWaitingDeviceIsWokenByTheLeave) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto told = woken_by("bob/LAPTOP", sync("bob/LAPTOP").next(), [&] { leave_and_forget("bob", room); });
  EXPECT_THAT(digest(told.at("rooms", "leave", room, "timeline", "events")), ElementsAre("leave:bob")) << told.text;
}

TEST_F(SyncForgetTest, WhoBeginsHearsNothingOfIt) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  leave_and_forget("bob", room);
  constexpr auto kLeft = R"({"room":{"include_leave":true}})";
  EXPECT_TRUE(sync_filtered("bob", {}, kLeft).at("rooms").is_null());
  EXPECT_TRUE(sync("bob", {}, "&full_state=true").at("rooms").is_null());
}

TEST_F(SyncForgetTest, ANewInviteBringsItBack) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto token = sync("bob").next();
  leave_and_forget("bob", room);
  ASSERT_TRUE(change("alice", room, "bob", "invite"));
  const auto told = sync("bob", token);
  EXPECT_TRUE(told.at("rooms", "invite", room).is_object()) << told.text;
  EXPECT_TRUE(told.at("rooms", "leave").is_null()) << told.text;
}

TEST_F(SyncForgetTest, ItsHistoryIsShut) {
  const auto room = public_room("alice");
  ASSERT_TRUE(join("bob", room));
  const auto sent = send("alice", room, "hello");
  ASSERT_TRUE(sent);
  leave_and_forget("bob", room);
  for (const std::string path : {"/messages?dir=b", "/members", "/state"})
    EXPECT_EQ(get("bob", "/rooms/" + room + path).status, 403) << path;
  EXPECT_EQ(get("bob", "/rooms/" + room + "/context/" + sent->event_id).status, 403);
  EXPECT_EQ(get("bob", "/rooms/" + room + "/event/" + sent->event_id).status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::sync
