// Which bots somebody should look at: a failed answer, a failing look at the start, a state that is no good.
#include "fleet/fleet_fixture.h"
#include "kit/crash.h"

namespace troupe::fleet::life {
namespace {

class TroubleTest : public FleetTest {
 protected:
  std::optional<Trouble> trouble(const std::string& bot_id) { return trouble_of(view(bot_id).bot); }
  std::vector<std::string> troubled() {
    std::vector<std::string> ids;
    for (const auto& found : must(bots->list(1, "", 0, 10, std::string(kTroubled))).items) {
      ids.push_back(found.bot.bot_id);
    }
    return ids;
  }
};

TEST_F(TroubleTest, OneFailedAnswerIsTroubleAndOneGoodOneEndsIt) {
  std::atomic<int> told{0};
  auto heard = bus->subscribe(std::string(kTroubleChannel), [&](std::string_view) { ++told; });
  begin();
  auto bot = add_running_bot("zelda");
  add_running_bot("abe");
  auto room_id = room_of({anna}, {bot});
  EXPECT_TRUE(troubled().empty());
  brain.fail = true;
  homeserver->say(room_id, anna, "hello");
  ASSERT_TRUE(eventually([&] { return trouble("zelda").has_value(); }));
  EXPECT_EQ(trouble("zelda")->code, "answer_failed");
  EXPECT_EQ(trouble("zelda")->text, "the test says no");
  EXPECT_FALSE(trouble("zelda")->serious);
  EXPECT_EQ(view("zelda").bot.observed, BotState::running);
  EXPECT_EQ(troubled(), std::vector<std::string>{"zelda"});
  EXPECT_EQ(must(bots->counts(1)).troubled, 1);
  EXPECT_EQ(must(bots->counts(1)).failed, 0);
  EXPECT_TRUE(eventually([&] { return told == 1; }));
  // It is no thing of memory: a start of the program does not make it good.
  end();
  begin();
  ASSERT_TRUE(eventually([&] { return view("zelda").bot.observed == BotState::running; }));
  EXPECT_EQ(troubled(), std::vector<std::string>{"zelda"});
  brain.fail = false;
  homeserver->say(room_id, anna, "hello again");
  ASSERT_TRUE(eventually([&] { return !trouble("zelda"); }));
  EXPECT_TRUE(troubled().empty());
  EXPECT_TRUE(eventually([&] { return told == 2; }));
}

TEST_F(TroubleTest, TheBotsOwnWordsEndNoTroubleAndAreNoAnswers) {
  brain.sessions = true;
  begin();
  auto bot = add_running_bot("zelda");
  auto room_id = room_of({anna}, {bot});
  brain.fail = true;
  homeserver->say(room_id, anna, "hello");
  ASSERT_TRUE(eventually([&] { return trouble("zelda").has_value(); }));
  homeserver->say(room_id, anna, "!reset");
  ASSERT_TRUE(settled("zelda", 2));
  EXPECT_EQ(homeserver->messages(bot).back().body, "Done. I have forgotten our conversation.");
  EXPECT_TRUE(trouble("zelda"));
  // A brain says itself which of its answers are none.
  brain.fail = false;
  brain.own_words = true;
  homeserver->say(room_id, anna, "!help");
  ASSERT_TRUE(settled("zelda", 3));
  EXPECT_TRUE(trouble("zelda"));
  homeserver->put(room_id, anna, "m.room.encrypted", {{"ciphertext", "x"}});
  ASSERT_TRUE(settled("zelda", 4));
  EXPECT_TRUE(trouble("zelda"));
  EXPECT_EQ(view("zelda").bot.answered, 0);
  EXPECT_EQ(view("zelda").bot.failed, 1);
  EXPECT_EQ(view("zelda").bot.skipped, 0);
  brain.own_words = false;
  homeserver->say(room_of({anna}, {bot}), anna, "hello again");
  ASSERT_TRUE(eventually([&] { return !trouble("zelda"); }));
  EXPECT_EQ(view("zelda").bot.answered, 1);
}

TEST_F(TroubleTest, OwnWordsStayOwnWordsOverACrash) {
  brain.sessions = true;
  kit::Crash<term::Step> crash;
  begin(crash.at(term::Step::before_send));
  auto bot = add_running_bot("zelda");
  auto room_id = room_of({anna}, {bot});
  brain.fail = true;
  homeserver->say(room_id, anna, "hello");
  ASSERT_TRUE(eventually([&] { return trouble("zelda").has_value(); }));
  brain.fail = false;
  crash.arm();
  homeserver->say(room_id, anna, "!reset");
  ASSERT_TRUE(eventually([&] { return crash.died(); }));
  end();
  begin();
  ASSERT_TRUE(settled("zelda", 2));
  EXPECT_EQ(homeserver->messages(bot).back().body, "Done. I have forgotten our conversation.");
  EXPECT_TRUE(trouble("zelda"));
  EXPECT_EQ(view("zelda").bot.answered, 0);
}

TEST_F(TroubleTest, DegradedBotsCountAsFailedAndComeFirst) {
  begin();
  auto first = add_running_bot("abe");
  auto second = add_running_bot("zelda");
  brain.fail = true;
  homeserver->say(room_of({anna}, {first}), anna, "hello");
  auto room_id = room_of({anna}, {second});
  for (int i = 1; i <= 3; ++i) {
    homeserver->say(room_id, anna, "hello");
    ASSERT_TRUE(settled("zelda", i));
  }
  ASSERT_TRUE(eventually([&] { return view("zelda").bot.observed == BotState::degraded; }));
  ASSERT_TRUE(eventually([&] { return must(bots->counts(1)).troubled == 2; }));
  EXPECT_EQ(troubled(), (std::vector<std::string>{"zelda", "abe"}));
  EXPECT_TRUE(trouble("zelda")->serious);
  EXPECT_EQ(must(bots->counts(1)).failed, 1);
  EXPECT_EQ(must(bots->counts(1)).running, 2);
  auto degraded = must(bots->list(1, "", 0, 10, "degraded"));
  EXPECT_EQ(degraded.total, 1);
  EXPECT_EQ(degraded.items.at(0).bot.bot_id, "zelda");
  // Whoever stops a bot knows.
  must(bots->stop(1, "zelda", {"tester"}));
  EXPECT_EQ(troubled(), std::vector<std::string>{"abe"});
}

TEST_F(TroubleTest, AFailingLookAtTheStartIsTroubleUntilAnAnswerSucceeds) {
  brain.findings = {{.text = "The server refuses the key."}, {.text = "Good to know.", .hinders = false}};
  begin();
  auto bot = add_running_bot("helper");
  ASSERT_TRUE(eventually([&] { return trouble("helper").has_value(); }));
  EXPECT_EQ(trouble("helper")->code, "check_failed");
  EXPECT_EQ(trouble("helper")->text, "The server refuses the key.");
  homeserver->say(room_of({anna}, {bot}), anna, "hello");
  EXPECT_TRUE(eventually([&] { return !trouble("helper"); }));
  // Another brain has not failed yet.
  must(bots->restart(1, "helper", {"tester"}));
  ASSERT_TRUE(eventually([&] { return trouble("helper").has_value(); }));
  brain.findings.clear();
  service::BotPatch patch;
  patch.brain_kind = "echo";
  must(bots->change(1, "helper", std::move(patch), {"tester"}));
  EXPECT_FALSE(trouble("helper"));
}

}  // namespace
}  // namespace troupe::fleet::life
