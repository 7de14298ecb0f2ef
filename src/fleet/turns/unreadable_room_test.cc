#include <set>
#include <string>

#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

/// Bots that take no part in encrypted rooms, in one.
class UnreadableRoomTest : public FleetTest {};

TEST_F(UnreadableRoomTest, AnEncryptedRoomIsToldOnce) {
  auto [bot, room] = begin_with_helper();
  homeserver->put(room, anna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
  for (int i = 0; i < 3; ++i) homeserver->put(room, anna, "m.room.encrypted", {{"ciphertext", "x"}});
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 1; }));
  homeserver->say(room, anna, "in the clear");
  end();
  begin();
  homeserver->put(room, anna, "m.room.encrypted", {{"ciphertext", "x"}});
  auto other = room_of({anna}, {bot});
  homeserver->say(other, anna, "still there?");
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() == 2; }));
  EXPECT_EQ(brain.asked, 1);
  EXPECT_EQ(homeserver->messages(bot)[0].msgtype, "m.notice");
  EXPECT_EQ(homeserver->messages(bot)[1].body, "answer to still there?");
}

TEST_F(UnreadableRoomTest, ARoomThatIsEncryptedAsTheBotComesInIsToldOnce) {
  begin();
  auto bot = add_running_bot("helper");
  constexpr std::size_t kRooms = 40;
  for (std::size_t i = 0; i < kRooms; ++i) {
    auto room = room_of({anna}, {bot});
    homeserver->put(room, anna, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}}, "");
    homeserver->put(room, anna, "m.room.encrypted", {{"ciphertext", "x"}});
  }
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).size() >= kRooms; }));
  homeserver->say(room_of({anna}, {bot}), anna, "in the clear");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  end();  // with all that is under way
  std::set<std::string> rooms;
  for (const auto& message : homeserver->messages(bot)) {
    EXPECT_TRUE(rooms.insert(message.room_id).second) << "told twice: " << message.body;
  }
  EXPECT_EQ(rooms.size(), kRooms + 1);
}

}  // namespace
}  // namespace troupe::fleet::turns
