// Which commands rooms are told of, when, and what a message that names one is to a bot.
#include "fleet/answers/command_content.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

class CommandBookTest : public FleetTest {
 protected:
  CommandBookTest() { brain.sessions = true; }
  /// The commands that a room knows; "-": one that was taken back.
  std::vector<std::string> known(const std::string& room) const {
    std::vector<std::string> names;
    for (const auto& [key, content] : homeserver->state(room, answers::kCommandType)) {
      names.emplace_back(matrix::find_string(content, "command").value_or("-"));
    }
    return names;
  }
  std::int64_t told(const std::string& bot) const { return homeserver->count(answers::kCommandType, bot); }
  using Names = std::vector<std::string>;
};

TEST_F(CommandBookTest, ARoomIsToldWhenABotComesIn) {
  homeserver->let_members_set_state(true);
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(eventually([&] { return known(room) == Names{"reset"}; }));
  const auto state = homeserver->state(room, answers::kCommandType);
  EXPECT_TRUE(state.contains(answers::command_state_key("reset", bot)));
  end();
  begin();
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(told(bot), 1) << "a start tells nothing twice";
}

TEST_F(CommandBookTest, WhereABotMayNotItTriesAgainWhenThePowersChange) {
  auto [bot, room] = begin_with_helper();
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(known(room), Names{});
  homeserver->let_members_set_state(true);
  homeserver->put(room, anna, "m.room.power_levels", {{"state_default", 0}}, "");
  EXPECT_TRUE(eventually([&] { return known(room) == Names{"reset"}; }));
}

TEST_F(CommandBookTest, WhatABotDoesNoMoreIsTakenBack) {
  homeserver->let_members_set_state(true);
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(eventually([&] { return known(room) == Names{"reset"}; }));
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  end();
  brain.sessions = false;
  begin();
  EXPECT_TRUE(eventually([&] { return known(room) == Names{"-"}; }));
}

TEST_F(CommandBookTest, ManyRoomsAreToldOneAfterTheOther) {
  homeserver->let_members_set_state(true);
  begin();
  auto bot = add_running_bot("helper");
  std::vector<std::string> rooms;
  for (int i = 0; i < 3; ++i) rooms.push_back(room_of({anna}, {bot}));
  for (const auto& room : rooms) ASSERT_TRUE(eventually([&] { return known(room) == Names{"reset"}; }));
  end();
  const auto before = told(bot);
  brain.sessions = false;
  limits.commands_pause = std::chrono::hours(1);
  begin();
  ASSERT_TRUE(eventually([&] { return told(bot) == before + 1; }));
  for (int i = 0; i < 3; ++i) homeserver->say(rooms[0], anna, "hello");
  ASSERT_TRUE(eventually([&] { return brain.asked >= 1; }));
  EXPECT_EQ(told(bot), before + 1) << "it pauses after each";
  end();
  limits.commands_pause = std::chrono::milliseconds(1);
  begin();
  for (const auto& room : rooms) EXPECT_TRUE(eventually([&] { return known(room) == Names{"-"}; }));
  EXPECT_EQ(told(bot), before + 3) << "and goes on where it was";
}

TEST_F(CommandBookTest, ARefusalForgetsNothing) {
  homeserver->let_members_set_state(true);
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(eventually([&] { return known(room) == Names{"reset"}; }));
  end();
  homeserver->let_members_set_state(false);
  brain.sessions = false;
  begin();
  ASSERT_TRUE(eventually([&] { return homeserver->refused_states() >= 1; }));
  end();
  begin();
  homeserver->let_members_set_state(true);
  homeserver->put(room, anna, "m.room.power_levels", {{"state_default", 0}}, "");
  EXPECT_TRUE(eventually([&] { return known(room) == Names{"-"}; })) << "what it told before is taken back";
}

TEST_F(CommandBookTest, ManyChangesOfPowersAreOneTry) {
  limits.commands_retry = std::chrono::hours(1);
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(eventually([&] { return homeserver->refused_states() >= 1; }));
  for (int i = 0; i < 10; ++i)
    homeserver->put(room, anna, "m.room.power_levels", {{"state_default", 50}, {"round", i}}, "");
  homeserver->say(room, anna, "hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_LE(homeserver->refused_states(), 2) << "the first, and one for all changes";
}

TEST_F(CommandBookTest, AMessageWithACommandIsReadAsOne) {
  auto [bot, room] = begin_with_helper();
  const auto say = [&](boost::json::object mentions) {
    homeserver->put(room, anna, "m.room.message",
                    {{"msgtype", "m.text"},
                     {"body", "/begin anew, please"},
                     {"m.mentions", std::move(mentions)},
                     {"org.matrix.msc4391.command", {{"command", "reset"}, {"arguments", boost::json::object()}}}});
  };
  say({{"user_ids", {bot}}});
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(brain.asked, 0) << "the session began anew, without the brain";
  say({});
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(brain.asked, 1) << "whose command it is was not said";
}

}  // namespace
}  // namespace troupe::fleet::turns
