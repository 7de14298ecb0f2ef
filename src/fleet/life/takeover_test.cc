// What becomes of the tasks of bots when Troupe is killed and started again.
#include "fleet/life/life_fixture.h"

namespace troupe::fleet::life {
namespace {

class TakeoverTest : public LifeTest {
 protected:
  /// A task of the bot that runs although neither its driver nor its row knows of it.
  void start_unwatched() {
    runtime::TaskSpec spec;
    spec.id = task();
    spec.argv = {"/bin/bot"};
    kit::must(asio::co_spawn(io.at(0), driver->start(std::move(spec)), asio::use_future).get());
    home([&] {
      driver->restart();
      return 0;
    });
  }
};

TEST_F(TakeoverTest, AnEndOfAnErrandWhileNobodyWasThereCompletesIt) {
  begin();
  service::NewBot wanted;
  wanted.bot_id = "prog";
  wanted.brain_kind = "errand";
  wanted.brain_config = program();
  must(bots->create(1, std::move(wanted), {"operator"}));
  home([&] {
    driver->behave("", {.exits_meanwhile = runtime::ExitResult{.code = 0}});
    return 0;
  });
  must(bots->start(1, "prog", {"anna"}));
  kill();
  begin();
  EXPECT_TRUE(becomes("prog", BotState::completed));
}

TEST_F(TakeoverTest, ItIsAdoptedAfterARestartAndNotDoubled) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  kill();
  begin();
  ASSERT_TRUE(eventually([&] { return events().back() == "adopt"; }));
  EXPECT_EQ(view("prog").bot.observed, BotState::running);
  EXPECT_EQ(calls("start"), 1);
  EXPECT_EQ(running(), 1U);
  // And it is still watched.
  exits({.code = 4, .error = {}});
  EXPECT_TRUE(becomes("prog", BotState::backing_off));
}

TEST_F(TakeoverTest, AStartOfTroupeIsNoRestartOfItsBots) {
  begin();
  add_running_bot("helper");
  kill();
  begin();
  ASSERT_TRUE(eventually([&] {
    const auto newest = must(bots->history(1, "helper", "", 0, 2)).items;
    return newest.size() == 2 && newest[0].event == "ready" && newest[1].event == "recover";
  }));
  EXPECT_EQ(view("helper").bot.restarts, 0);
  const auto stored = [](store::Connection& c) -> Result<std::int64_t> {
    return store::number(c.query("SELECT restarts FROM fleet_bot WHERE bot_id = 'helper'"));
  };
  EXPECT_EQ(must(db->read(stored)), 0);
}

TEST_F(TakeoverTest, AnEndWhileNobodyWasThereIsRecordedWithItsReason) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  auto id = task();
  finish();
  home([&] {
    driver->exit_now(id, {.code = 9, .error = {}});
    return 0;
  });
  kill();
  begin();
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  EXPECT_NE(view("prog").bot.status_detail.find("9"), std::string::npos) << view("prog").bot.status_detail;
}

TEST_F(TakeoverTest, AStopThatWasCutShortIsFinished) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  finish();
  die_at(term::LifeStep::before_stop);
  begin();
  ASSERT_TRUE(eventually([&] { return events().back() == "adopt"; }));
  EXPECT_FALSE(run(bots->stop(1, "prog", {"anna"})));
  EXPECT_TRUE(crash.died());
  kill();
  EXPECT_EQ(running(), 1U);
  begin();
  ASSERT_TRUE(becomes("prog", BotState::stopped));
  EXPECT_TRUE(eventually([&] { return running() == 0; }));
}

TEST_F(TakeoverTest, ARunThatItsDriverDoesNotKnowStandsInNoStartsWay) {
  begin();
  add_program("prog");
  start_unwatched();
  must(bots->start(1, "prog", {"anna"}));
  EXPECT_EQ(running(), 1U);
  EXPECT_EQ(calls("destroy"), 0) << "with all that it has written";
}

TEST_F(TakeoverTest, ADriverThatWasSilentIsAskedForStraysAgain) {
  begin();
  add_program("prog");
  start_unwatched();
  kill();
  home([&] {
    driver->cannot_list(1);
    return 0;
  });
  begin();
  EXPECT_TRUE(eventually([&] { return running() == 0; }));
  EXPECT_EQ(calls("destroy"), 0) << "with all that the bot at rest has written";
}

TEST_F(TakeoverTest, OneProgramWhereverTroupeIsKilled) {
  for (int step = 0; step < term::kLifeSteps; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    auto at = static_cast<term::LifeStep>(step);
    begin();
    if (step == 0) add_program("prog");
    finish();
    bool while_stopping = at == term::LifeStep::before_stop || at == term::LifeStep::after_stop;
    bool while_running = while_stopping || at == term::LifeStep::exited;
    if (while_running) {
      begin();
      must(bots->start(1, "prog", {"anna"}));
      finish();
    }
    die_at(at);
    begin();
    if (while_running) {
      ASSERT_TRUE(eventually([&] { return events().back() == "adopt" || crash.died(); }));
    }
    if (while_stopping) {
      (void)run(bots->stop(1, "prog", {"anna"}));
    } else if (at == term::LifeStep::exited) {
      exits({.code = 1, .error = {}});
    } else {
      (void)run(bots->start(1, "prog", {"anna"}));
    }
    ASSERT_TRUE(eventually([&] { return crash.died(); }));
    kill();
    begin();
    if (while_stopping) {
      ASSERT_TRUE(becomes("prog", BotState::stopped));
      ASSERT_TRUE(eventually([&] { return running() == 0; }));
    } else {
      if (at == term::LifeStep::exited) {
        ASSERT_TRUE(becomes("prog", BotState::backing_off));
        pass(seconds(30));
      }
      ASSERT_TRUE(becomes("prog", BotState::running));
      EXPECT_EQ(running(), 1U);
    }
    must(bots->stop(1, "prog", {"anna"}));
    EXPECT_EQ(running(), 0U);
    finish();
    kill();
  }
}

}  // namespace
}  // namespace troupe::fleet::life
