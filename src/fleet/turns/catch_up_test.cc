// What a bot takes up when it is started again, and how old a question is when clocks are set.
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

class CatchUpTest : public FleetTest {
 protected:
  std::vector<std::string> said(const std::string& bot) {
    std::vector<std::string> bodies;
    for (const auto& message : homeserver->messages(bot)) bodies.push_back(message.body);
    return bodies;
  }
  void stop() { must(bots->stop(1, "helper", {"tester"})); }
  void start(bool fresh = false) { must(bots->start(1, "helper", {"tester"}, fresh)); }
  using Lines = std::vector<std::string>;
};

TEST_F(CatchUpTest, AStartTakesUpWhatWasSaidWhileItWasStopped) {
  auto [bot, room] = begin_with_helper();
  stop();
  homeserver->say(room, anna, "one");
  auto gone = homeserver->say(room, anna, "taken back");
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(settled("helper", 3));
  EXPECT_EQ(view("helper").bot.skipped, 3);
  homeserver->prune(gone);
  start();
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2 && settled_now("helper", 3); }));
  EXPECT_EQ(said(bot), (Lines{"answer to one", "answer to two"}));
  EXPECT_EQ(view("helper").bot.answered, 2);
  EXPECT_EQ(view("helper").bot.skipped, 1);
  // Once is enough.
  stop();
  start();
  homeserver->say(room, anna, "three");
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 3; }));
  EXPECT_EQ(said(bot).back(), "answer to three");
  EXPECT_EQ(brain.asked, 3);
}

TEST_F(CatchUpTest, AFreshStartLeavesItUnanswered) {
  auto [bot, room] = begin_with_helper();
  stop();
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  start(true);
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return !said(bot).empty(); }));
  EXPECT_EQ(said(bot), Lines{"answer to two"});
  // Nor does a later start find it.
  stop();
  start();
  homeserver->say(room, anna, "three");
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2; }));
  EXPECT_EQ(brain.asked, 2);
}

TEST_F(CatchUpTest, TheLimitsAreThoseOfACrash) {
  begin();
  auto bot = add_running_bot("helper", "test", {{"limits", {{"catch_up_minutes", 5}, {"catch_up_messages", 2}}}});
  auto room = room_of({anna}, {bot});
  auto other = room_of({ben}, {bot});
  stop();
  homeserver->say(room, anna, "three days ago");
  ASSERT_TRUE(settled("helper", 1));
  clock.passed_ms += 3LL * 24 * 3'600'000;
  for (const char* text : {"one", "two", "three"}) homeserver->say(room, anna, text);
  homeserver->say(other, ben, "and me");
  ASSERT_TRUE(settled("helper", 5));
  start();
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 3; }));
  auto all = said(bot);
  std::ranges::sort(all);
  EXPECT_EQ(all, (Lines{"answer to and me", "answer to three", "answer to two"}));
  EXPECT_EQ(view("helper").bot.skipped, 2);
}

TEST_F(CatchUpTest, WhatCameWhileNeitherBotNorServerRanIsAsOldAsItSays) {
  auto [bot, room] = begin_with_helper();
  stop();
  end();
  homeserver->say(room, anna, "old");
  clock.passed_ms += 2 * 3'600'000;
  homeserver->say(room, anna, "new");
  begin();
  ASSERT_TRUE(settled("helper", 2));
  start();
  ASSERT_TRUE(eventually([&] { return !said(bot).empty(); }));
  homeserver->say(room, anna, "now");
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 2; }));
  EXPECT_EQ(said(bot), (Lines{"answer to new", "answer to now"}));
}

TEST_F(CatchUpTest, WhatIsTakenUpSurvivesTheEndOfTheProgram) {
  auto [bot, room] = begin_with_helper();
  stop();
  homeserver->say(room, anna, "one");
  ASSERT_TRUE(settled("helper", 1));
  brain.hold = true;
  start();
  ASSERT_TRUE(eventually([&] { return brain.asked == 1; }));
  end();
  brain.hold = false;
  begin();
  ASSERT_TRUE(eventually([&] { return said(bot).size() == 1; }));
  EXPECT_EQ(said(bot), Lines{"answer to one"});
}

TEST_F(CatchUpTest, AClockThatIsSetForwardMakesNoLiveQuestionOld) {
  auto [bot, room] = begin_with_helper();
  brain.hold = true;
  homeserver->say(room, anna, "one");
  homeserver->say(room, anna, "two");
  ASSERT_TRUE(eventually([&] { return brain.asked == 1 && turns_open().size() == 2; }));
  clock.shift_ms += 40LL * 24 * 3'600'000;
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 2));
  EXPECT_EQ(said(bot), (Lines{"answer to one", "answer to two"}));
  EXPECT_EQ(view("helper").bot.skipped, 0);
  // Time that really goes by does.
  brain.hold = true;
  homeserver->say(room, anna, "three");
  homeserver->say(room, anna, "four");
  ASSERT_TRUE(eventually([&] { return brain.asked == 3 && turns_open().size() == 2; }));
  clock.passed_ms += 2 * 3'600'000;
  brain.hold = false;
  ASSERT_TRUE(settled("helper", 4));
  EXPECT_EQ(said(bot).back(), "answer to three");
  EXPECT_EQ(view("helper").bot.skipped, 1);
}

}  // namespace
}  // namespace troupe::fleet::turns
