// The program ends between any two lines while a message is answered: the room sees exactly one answer all the same.
#include "kit/crash.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::turns {
namespace {

class CrashTest : public FleetTest {
 protected:
  /// What a kill leaves: nothing of the old program but the database and the homeserver.
  void kill() {
    end();
    crash.disarm();
  }
  std::vector<FakeHomeserver::Sent> answers(const std::string& bot, const std::string& question) {
    auto all = homeserver->messages(bot);
    std::erase_if(all, [&](const auto& sent) { return sent.answers != question; });
    return all;
  }
  /// A first question, of which the program dies at this step; then it runs again.
  bool is_answered_over_a_death_at(term::Step step, const std::string& room) {
    end();
    begin(crash.at(step));
    crash.arm();
    homeserver->say(room, anna, "hello");
    if (!eventually([&] { return crash.died(); })) return false;
    kill();
    begin();
    return settled("helper", 1);
  }

  kit::Crash<term::Step> crash;
};

TEST_F(CrashTest, OneAnswerWhereverItIsKilledOnce) {
  auto [bot, room] = begin_with_helper();
  std::set<std::string> keys;
  for (int step = 0; step < term::kSteps; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    end();
    begin(crash.at(step));
    crash.arm();
    auto question = homeserver->say(room, anna, "question " + std::to_string(step));
    ASSERT_TRUE(eventually([&] { return crash.died(); }));
    kill();
    begin();
    ASSERT_TRUE(settled("helper", step + 1));
    auto found = answers(bot, question);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().body, "answer to question " + std::to_string(step));
  }
  EXPECT_EQ(homeserver->messages(bot).size(), static_cast<std::size_t>(term::kSteps));
  EXPECT_EQ(view("helper").bot.answered, term::kSteps);
}

TEST_F(CrashTest, OneAnswerWhereverItIsKilledTwice) {
  auto [bot, room] = begin_with_helper();
  int rounds = 0;
  for (int first = 0; first < term::kSteps; ++first) {
    for (int second = 0; second < term::kSteps; ++second) {
      SCOPED_TRACE("killed at steps " + std::to_string(first) + " and " + std::to_string(second));
      end();
      begin(crash.at(first));
      crash.arm();
      auto question = homeserver->say(room, anna, "again");
      ASSERT_TRUE(eventually([&] { return crash.died(); }));
      kill();
      begin(crash.at(second));
      crash.arm();
      // The second life may be over before it comes to its step: then it has answered.
      ASSERT_TRUE(eventually([&] { return crash.died() || answers(bot, question).size() == 1; }));
      kill();
      begin();
      ASSERT_TRUE(settled("helper", ++rounds));
      ASSERT_EQ(answers(bot, question).size(), 1U);
    }
  }
  EXPECT_EQ(homeserver->messages(bot).size(), static_cast<std::size_t>(rounds));
}

TEST_F(CrashTest, AQuestionAskedTwiceCarriesTheSameKey) {
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(is_answered_over_a_death_at(term::Step::after_brain, room));
  ASSERT_EQ(brain.questions.size(), 2U);
  EXPECT_EQ(brain.questions[0].idempotency_key, brain.questions[1].idempotency_key);
  EXPECT_EQ(brain.questions[0].event_id, brain.questions[1].event_id);
}

TEST_F(CrashTest, AStoredReplyIsSentWithoutAskingAgain) {
  auto [bot, room] = begin_with_helper();
  ASSERT_TRUE(is_answered_over_a_death_at(term::Step::before_send, room));
  EXPECT_EQ(brain.asked, 1);
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);
}

TEST_F(CrashTest, MessagesWrittenWhileItWasDownAreAnswered) {
  auto [bot, room] = begin_with_helper();
  end();
  for (int i = 0; i < 20; ++i) homeserver->say(room, anna, std::to_string(i));
  begin();
  ASSERT_TRUE(settled("helper", 20));
  auto said = homeserver->messages(bot);
  ASSERT_EQ(said.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(said[static_cast<std::size_t>(i)].body, "answer to " + std::to_string(i));
}

TEST_F(CrashTest, AQuestionRemovedWhileItWasDownIsNotAnswered) {
  auto [bot, room] = begin_with_helper();
  end();
  begin(crash.at(term::Step::before_brain));
  crash.arm();
  auto question = homeserver->say(room, anna, "hello");
  ASSERT_TRUE(eventually([&] { return crash.died(); }));
  kill();
  homeserver->prune(question);
  begin();
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_TRUE(homeserver->messages(bot).empty());
  EXPECT_TRUE(turns_open().empty());
}

TEST_F(CrashTest, AnInviteThatCameWhileItWasDownIsAccepted) {
  begin();
  auto bot = add_running_bot("helper");
  end();
  auto room = must(homeserver->make_room(anna, {bot}));
  begin();
  EXPECT_TRUE(eventually([&] { return homeserver->is_joined(room, bot); }));
}

TEST_F(CrashTest, ManyBotsRunAgain) {
  begin();
  constexpr int kBots = 200;
  for (int i = 0; i < kBots; ++i) add_running_bot("bot-" + std::to_string(i), "echo");
  end();
  begin();
  EXPECT_TRUE(eventually([&] { return must(bots->counts(1)).running == kBots; }));
}

}  // namespace
}  // namespace troupe::fleet::turns
