// When a bot that ended or could not be started is tried again.
#include "fleet/life/life_fixture.h"

namespace troupe::fleet::life {
namespace {

/// A database that tells when a write has let a bot wait for another try: on the writer's thread, after the commit and
/// before whoever wrote it hears of it.
class WatchedDatabase final : public store::Database {
 public:
  WatchedDatabase(std::unique_ptr<store::Database> beneath, std::function<void()> on_wait)
      : beneath_(std::move(beneath)), on_wait_(std::move(on_wait)) {}
  Result<Unit> write_now(std::function<Result<Unit>(store::Tx&)> operation, store::WriteOptions options) override {
    return beneath_->write_now(std::move(operation), options);
  }
  Result<Unit> read_now(std::function<Result<Unit>(store::Connection&)> query) override {
    return beneath_->read_now(std::move(query));
  }
  StreamPos head() const override { return beneath_->head(); }
  void add_participant(store::Participant& participant) override { beneath_->add_participant(participant); }
  void on_head(std::function<void(StreamPos)> ring) override { beneath_->on_head(std::move(ring)); }
  void stop() override { beneath_->stop(); }

 protected:
  Task<Unit> submit_write(std::function<Result<Unit>(store::Tx&)> operation, store::WriteOptions options) override {
    auto watched = [&](store::Tx& tx) -> Result<Unit> {
      const bool waited = waits(tx);
      TRY(operation(tx));
      if (!waited && waits(tx)) tx.after_commit(on_wait_);
      return Unit{};
    };
    co_return co_await beneath_->write(watched, options);
  }
  Task<Unit> submit_read(std::function<Result<Unit>(store::Connection&)> query) override {
    co_return co_await beneath_->read(query);
  }

 private:
  static bool waits(store::Connection& c) {
    return store::number(c.query("SELECT COUNT(*) FROM fleet_bot WHERE observed_state = 'backing_off'")) > 0;
  }
  std::unique_ptr<store::Database> beneath_;
  std::function<void()> on_wait_;
};

class RetryTest : public LifeTest {};

TEST_F(RetryTest, ACrashIsTriedAgainAfterAGrowingWait) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 3, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  auto waiting = view("prog");
  EXPECT_NE(waiting.bot.status_detail.find("3"), std::string::npos) << waiting.bot.status_detail;
  ASSERT_TRUE(waiting.bot.back_off.next_try_ms);
  auto wait = *waiting.bot.back_off.next_try_ms - time.unix_ms();
  EXPECT_GE(wait, 1'600);
  EXPECT_LE(wait, 2'400);
  ASSERT_TRUE(waiting.bot.last_error);
  EXPECT_EQ(running(), 0U);
  pass(milliseconds(wait + 1));
  ASSERT_TRUE(becomes("prog", BotState::running));
  EXPECT_EQ(running(), 1U);
  EXPECT_EQ(view("prog").bot.restarts, 1);
  EXPECT_EQ(events(), (std::vector<std::string>{"created", "start", "ready", "exit", "back_off", "retry", "ready"}));
  exits({.code = -1, .signal = 9, .oom_killed = true, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  EXPECT_NE(view("prog").bot.status_detail.find("memory"), std::string::npos) << view("prog").bot.status_detail;
  EXPECT_GE(*view("prog").bot.back_off.next_try_ms - time.unix_ms(), 3'200);
}

TEST_F(RetryTest, WhyItEndedIsOneSentenceWithWhenItIsTriedAgain) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = -1, .error = "There is no program /x."});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  const auto detail = view("prog").bot.status_detail;
  EXPECT_NE(detail.find("There is no program /x; next try in "), std::string::npos) << detail;
}

TEST_F(RetryTest, AStepOfTheWallClockNeitherHurriesNorDelaysATry) {
  constexpr std::int64_t kHours = 6 * 3'600'000;
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 3, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  auto wait = *view("prog").bot.back_off.next_try_ms - wall.unix_ms();
  wall.shift_ms = kHours;
  for (int i = 0; i < 100; ++i) {
    pass(milliseconds(1));
    ASSERT_EQ(view("prog").bot.observed, BotState::backing_off) << "tried again at once";
  }
  wall.shift_ms = -kHours;
  pass(milliseconds(wait + 1));
  ASSERT_TRUE(becomes("prog", BotState::running)) << "hours late";
  // What was shown before a start may be far ahead of a clock that was set back: no wait is longer than the longest.
  exits({.code = 3, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  kill();
  wall.shift_ms = -3 * kHours;
  begin();
  // The wait begins when the new process first looks at the bot, whenever that is.
  EXPECT_TRUE(eventually([&] {
    pass(seconds(1));
    return view("prog").bot.observed == BotState::running;
  }));
}

TEST_F(RetryTest, AStepOfTheWallClockWhileABackOffIsWrittenNeitherHurriesNorDelaysATry) {
  constexpr std::int64_t kHours = 6 * 3'600'000;
  std::atomic<std::int64_t> step{0};
  db = std::make_unique<WatchedDatabase>(std::move(db), [&] { wall.shift_ms = step.load(); });
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  for (auto to : {-kHours, kHours}) {
    wall.shift_ms = 0;
    step = to;
    exits({.code = 3, .error = {}});
    ASSERT_TRUE(becomes("prog", BotState::backing_off));
    ASSERT_TRUE(eventually([&] { return wall.shift_ms == to; })) << "between the commit and what follows from it";
    const auto wait = *view("prog").bot.back_off.next_try_ms - time.unix_ms();
    for (int i = 0; i < 100; ++i) {
      pass(milliseconds(1));
      ASSERT_EQ(view("prog").bot.observed, BotState::backing_off) << "tried again at once";
    }
    pass(milliseconds(wait));
    ASSERT_TRUE(becomes("prog", BotState::running)) << "hours late";
  }
}

TEST_F(RetryTest, TooManyCrashesAreALoopUntilAPersonStartsIt) {
  begin();
  add_program("prog", {.mode = RestartPolicy::Mode::always, .max_restarts = 2, .window_s = 600});
  must(bots->start(1, "prog", {"anna"}));
  for (int i = 0; i < 2; ++i) {
    exits({.code = 1, .error = {}});
    ASSERT_TRUE(becomes("prog", BotState::backing_off));
    pass(seconds(10));
    ASSERT_TRUE(becomes("prog", BotState::running));
  }
  exits({.code = 1, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::crash_loop));
  auto looped = view("prog").bot;
  ASSERT_TRUE(looped.back_off.next_try_ms);
  EXPECT_GE(*looped.back_off.next_try_ms - time.unix_ms(), 240'000);
  EXPECT_EQ(must(bots->counts(1)).failed, 1);
  must(bots->start(1, "prog", {"anna"}));
  auto again = view("prog").bot;
  EXPECT_EQ(again.observed, BotState::running);
  EXPECT_EQ(again.back_off.failures, 0);
  EXPECT_FALSE(again.back_off.next_try_ms);
}

TEST_F(RetryTest, PoliciesDecideWhatFollowsAnExit) {
  begin();
  add_program("prog", {.mode = RestartPolicy::Mode::on_failure});
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 0, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::exited));
  EXPECT_EQ(view("prog").bot.desired, DesiredState::stopped);
  service::BotPatch never;
  never.restart = RestartPolicy{.mode = RestartPolicy::Mode::never};
  must(bots->change(1, "prog", never, {"anna"}));
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 7, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::failed));
  EXPECT_NE(view("prog").bot.status_detail.find("7"), std::string::npos);
  pass(seconds(1'000));
  EXPECT_EQ(running(), 0U);
  must(bots->start(1, "prog", {"anna"}));
  EXPECT_EQ(view("prog").bot.observed, BotState::running);
}

TEST_F(RetryTest, AStartThatFailsIsTriedAgain) {
  begin();
  add_program("prog");
  home([&] {
    driver->behave("", {.start_error = "no more processes"});
    return 0;
  });
  EXPECT_FALSE(run(bots->start(1, "prog", {"anna"})));
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  EXPECT_NE(view("prog").bot.status_detail.find("no more processes"), std::string::npos);
  home([&] {
    driver->behave("", {});
    return 0;
  });
  pass(seconds(3));
  EXPECT_TRUE(becomes("prog", BotState::running));
}

TEST_F(RetryTest, AStopWhileItWaitsEndsTheTries) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 1, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off));
  EXPECT_EQ(must(bots->stop(1, "prog", {"anna"})).bot.observed, BotState::stopped);
  pass(seconds(1'000));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(view("prog").bot.observed, BotState::stopped);
}

TEST_F(RetryTest, ABotWithABrainIsATaskLikeAnyOther) {
  mock_brains = true;
  begin();
  service::NewBot wanted;
  wanted.bot_id = "helper";
  wanted.brain_kind = "test";
  wanted.restart = {.mode = RestartPolicy::Mode::always, .max_restarts = 2, .window_s = 600};
  must(bots->create(1, wanted, {"anna"}));
  auto id = "bot-" + std::to_string(view("helper").bot.id);
  auto running = [&] { return home([&] { return brain_driver->running(); }); };
  auto crash = [&] {
    home([&] {
      brain_driver->exit_now(id, {.code = -1, .error = "out of luck"});
      return 0;
    });
  };
  EXPECT_EQ(must(bots->start(1, "helper", {"anna"})).bot.observed, BotState::running);
  EXPECT_EQ(running(), 1U);
  for (int i = 0; i < 2; ++i) {
    crash();
    ASSERT_TRUE(becomes("helper", BotState::backing_off));
    EXPECT_NE(view("helper").bot.status_detail.find("out of luck"), std::string::npos);
    pass(seconds(10));
    ASSERT_TRUE(becomes("helper", BotState::running));
    EXPECT_EQ(running(), 1U);
  }
  crash();
  ASSERT_TRUE(becomes("helper", BotState::crash_loop));
  must(bots->start(1, "helper", {"anna"}));
  // It ends with Troupe, which is no crash, and is started again.
  kill();
  begin();
  ASSERT_TRUE(becomes("helper", BotState::running));
  EXPECT_EQ(view("helper").bot.back_off.failures, 0);
  EXPECT_TRUE(eventually([&] { return running() == 1; }));
  EXPECT_EQ(must(bots->stop(1, "helper", {"anna"})).bot.observed, BotState::stopped);
  EXPECT_EQ(running(), 0U);
  must(bots->remove(1, "helper", {"anna"}));
  EXPECT_TRUE(home([&] {
    const auto& calls = brain_driver->calls();
    return std::ranges::find(calls, "destroy " + id) != calls.end();
  }));
}

TEST_F(RetryTest, ATransientFailureOfABrainBotIsTriedAgain) {
  begin();
  add_bot("helper");
  homeserver->fail_accounts(1);
  EXPECT_FALSE(run(bots->start(1, "helper", {"anna"})));
  ASSERT_TRUE(becomes("helper", BotState::backing_off));
  pass(seconds(3));
  EXPECT_TRUE(becomes("helper", BotState::running));
}

}  // namespace
}  // namespace troupe::fleet::life
