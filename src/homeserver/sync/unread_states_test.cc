#include "homeserver/sync/unread_states.h"

#include <gtest/gtest.h>

namespace troupe::homeserver::sync {
namespace {

account_data::UserSettingsPtr some_settings() { return std::make_shared<const account_data::UserSettings>(); }

UnreadState state_at(StreamPos upto) {
  return {.floors = {.everything = 3, .main = 4, .threads = {}},
          .member_pos = 1,
          .joined_at = 2,
          .upto = upto,
          .counts = {.main = {.notifications = 5, .highlights = 6}, .threads = {}}};
}

TEST(UnreadStates, AStateComesBackAsItWas) {
  UnreadStates states;
  const auto settings = some_settings();
  EXPECT_FALSE(states.find("@a:x", 7, settings));
  states.put("@a:x", 7, settings, state_at(10));
  auto threaded = state_at(11);
  threaded.floors.threads["$root"] = 8;
  threaded.counts.threads["$other"] = {.notifications = 1, .highlights = 0};
  states.put("@a:x", 8, settings, threaded);

  const auto plain = states.find("@a:x", 7, settings);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->floors, state_at(10).floors);
  EXPECT_EQ(plain->member_pos, 1);
  EXPECT_EQ(plain->joined_at, 2);
  EXPECT_EQ(plain->upto, 10);
  EXPECT_EQ(plain->counts.main.notifications, 5);
  EXPECT_EQ(plain->counts.main.highlights, 6);
  EXPECT_TRUE(plain->counts.threads.empty());

  const auto other = states.find("@a:x", 8, settings);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->floors, threaded.floors);
  ASSERT_EQ(other->counts.threads.size(), 1U);
  EXPECT_EQ(other->counts.total().notifications, 6);
  EXPECT_FALSE(states.find("@b:x", 7, settings)) << "nobody else's";

  states.put("@a:x", 8, settings, state_at(12));
  const auto newer = states.find("@a:x", 8, settings);
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->upto, 12);
  EXPECT_TRUE(newer->floors.threads.empty()) << "the last one stands";
}

TEST(UnreadStates, OtherSettingsEndAllOfTheUsers) {
  UnreadStates states;
  const auto before = some_settings();
  const auto after = some_settings();
  states.put("@a:x", 1, before, state_at(10));
  states.put("@a:x", 2, before, state_at(10));
  states.put("@b:x", 1, before, state_at(10));
  EXPECT_FALSE(states.find("@a:x", 1, after));
  states.put("@a:x", 1, after, state_at(11));
  EXPECT_TRUE(states.find("@a:x", 1, after));
  EXPECT_FALSE(states.find("@a:x", 2, after));
  EXPECT_FALSE(states.find("@a:x", 2, before));
  EXPECT_TRUE(states.find("@b:x", 1, before));
}

TEST(UnreadStates, TooManyAreForgotten) {
  UnreadStates states(4);
  const auto settings = some_settings();
  for (memory::RoomNum room = 1; room <= 4; ++room) states.put("@a:x", room, settings, state_at(10));
  states.put("@a:x", 4, settings, state_at(11));
  for (memory::RoomNum room = 2; room <= 3; ++room) EXPECT_FALSE(states.find("@a:x", room, settings)) << room;
  EXPECT_TRUE(states.find("@a:x", 4, settings));
  // What other settings ended counts no more.
  const auto others = some_settings();
  states.put("@a:x", 1, others, state_at(10));
  for (memory::RoomNum room = 2; room <= 4; ++room) states.put("@a:x", room, others, state_at(10));
  for (memory::RoomNum room = 1; room <= 4; ++room) EXPECT_TRUE(states.find("@a:x", room, others)) << room;
}

}  // namespace
}  // namespace troupe::homeserver::sync
