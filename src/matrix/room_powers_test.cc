#include "matrix/room_powers.h"

#include <gtest/gtest.h>

namespace troupe::matrix {
namespace {

const std::string kRoom = "!r:example.org";
const std::string kMaker = "@maker:example.org", kMember = "@member:example.org";
constexpr auto kMessage = "m.room.message";

class RoomPowersTest : public ::testing::Test {
 protected:
  explicit RoomPowersTest(std::string version = "11") {
    state.put("m.room.create", "", kMaker, {{"room_version", std::move(version)}});
    for (const auto& user : {kMaker, kMember}) state.put("m.room.member", user, user, {{"membership", "join"}});
  }
  bool may(const std::string& user, std::string type = kMessage) const {
    return check_may_send(state, user, kRoom, std::move(type)).has_value();
  }
  GivenState state;
};

TEST_F(RoomPowersTest, WhoeverIsInARoomWithoutLevelsMayWrite) {
  EXPECT_TRUE(may(kMember));
  const auto refused = check_may_send(state, "@other:example.org", kRoom, kMessage);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_EQ(refused.error().message(), "You are not in this room.");
  EXPECT_EQ(check_may_send(GivenState(), kMember, kRoom, kMessage).error().code(), Errc::not_found);
}

TEST_F(RoomPowersTest, LevelsSayWhoMayWriteWhat) {
  state.put("m.room.power_levels", "", kMaker,
            {{"users", {{kMaker, 100}}}, {"events_default", 50}, {"events", {{"org.example.note", 0}}}});
  EXPECT_TRUE(may(kMaker));
  EXPECT_FALSE(may(kMember));
  EXPECT_TRUE(may(kMember, "org.example.note"));
}

class NewestRoomPowersTest : public RoomPowersTest {
 protected:
  NewestRoomPowersTest() : RoomPowersTest("12") {}
};

TEST_F(NewestRoomPowersTest, WhoMadeTheRoomMayEverything) {
  state.put("m.room.power_levels", "", kMaker, {{"events_default", 1'000}});
  EXPECT_TRUE(may(kMaker));
  EXPECT_FALSE(may(kMember));
}

TEST_F(RoomPowersTest, AVersionThatIsNotKnownIsRefused) {
  state.put("m.room.create", "", kMaker, {{"room_version", "org.example.odd"}});
  EXPECT_EQ(check_may_send(state, kMaker, kRoom, kMessage).error().code(), Errc::forbidden);
}

}  // namespace
}  // namespace troupe::matrix
