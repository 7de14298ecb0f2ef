// Every way a bot's program can go, on the mock driver and under a clock that only the test moves.
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/use_future.hpp>

#include "fleet/brains/program_brain.h"
#include "fleet/fleet_fixture.h"
#include "fleet/life/program_launcher.h"
#include "fleet/life/task_store.h"
#include "runtime/mock_driver.h"

namespace troupe::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifeTest : public FleetTest {
 protected:
  LifeTest() {
    brains.add(program_kind());
    auto errand = program_kind();
    errand.name = "errand";
    errand.needs = Needs::writer;
    errand.ends_by_itself = true;
    brains.add(std::move(errand));
    without_programs.add(program_kind(std::string(kProgramsOff)));
    limits.look_every = milliseconds(2);
    limits.start_retry = seconds(2);
    fleet_clock = &wall;
    driver = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "process");
    brain_driver = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "in_process", false);
  }
  ~LifeTest() override { finish(); }

  void adjust(Deps& deps) override {
    drivers = std::make_unique<runtime::Drivers>();
    drivers->add(*driver);
    drivers->add(mock_brains ? static_cast<runtime::TaskDriver&>(*brain_driver) : in_process());
    deps.drivers = drivers.get();
    deps.state_dir = dir.path() / "bots";
    deps.matrix_address = "http://127.0.0.1:1";
    deps.life_probe = probe;
  }
  /// Runs on the thread that the driver and the fleet belong to.
  template <class F>
  auto home(F action) {
    return asio::post(io.at(0), std::packaged_task<decltype(action())()>(std::move(action))).get();
  }
  void pass(milliseconds by) {
    home([&] {
      time.advance(by);
      driver->tick();
      brain_driver->tick();
      return 0;
    });
  }
  /// Ends the fleet; the driver's waits last one second of its clock.
  void finish() {
    if (!bots) return;
    auto ended = asio::co_spawn(io.at(1), bots->stop_fleet(), asio::use_future);
    while (ended.wait_for(milliseconds(1)) != std::future_status::ready) pass(milliseconds(100));
    bots.reset();
  }
  /// What a kill of Troupe leaves: its database, and the programs.
  void kill() {
    finish();
    died = false;
    probe = {};
    home([&] {
      driver->restart();
      brain_driver->restart();
      return 0;
    });
  }
  boost::json::object program() { return {{"command", {"/bin/bot", "--fast"}}, {"environment", {{"COLOUR", "blue"}}}}; }
  void add_program(const std::string& bot_id, RestartPolicy restart = {}) {
    NewBot wanted;
    wanted.bot_id = bot_id;
    wanted.brain_kind = std::string(kProgramKind);
    wanted.brain_config = program();
    wanted.restart = restart;
    must(bots->create(1, std::move(wanted), {.label = "admin", .server_admin = true}));
  }
  bool becomes(const std::string& bot_id, BotState state) {
    return eventually([&] { return view(bot_id).bot.observed == state; });
  }
  static LogQuery containing(std::string text) {
    LogQuery query;
    query.search = std::move(text);
    return query;
  }
  std::string task() { return "bot-" + std::to_string(view("prog").bot.id); }
  std::size_t running() {
    return home([&] { return driver->running(); });
  }
  int calls(const std::string& verb) {
    return home([&] {
      return static_cast<int>(
          std::ranges::count_if(driver->calls(), [&](const auto& c) { return c.starts_with(verb); }));
    });
  }
  void exits(runtime::ExitResult result) {
    auto id = task();
    home([&] {
      driver->exit_now(id, std::move(result));
      return 0;
    });
  }
  std::vector<std::string> events() {
    std::vector<std::string> found;
    for (const auto& row : must(bots->history(1, "prog", "", 0, 100)).items) found.insert(found.begin(), row.event);
    return found;
  }
  /// Dies at this step of a program's life.
  void die_at(LifeStep step) {
    died = false;
    probe = [this, step](LifeStep here) {
      if (here == step) died = true;
      return !died;
    };
  }

  base::ManualClock time{base::system_clock().unix_ms()};
  /// The same, with a wall clock that somebody may set.
  struct Wall : base::Clock {
    explicit Wall(const base::Clock& time) : time(time) {}
    base::UnixMs unix_ms() const override { return time.unix_ms() + shift_ms; }
    std::chrono::steady_clock::time_point steady() const override { return time.steady(); }
    const base::Clock& time;
    std::atomic<std::int64_t> shift_ms{0};
  };
  Wall wall{time};
  BotKinds without_programs;
  std::function<bool(LifeStep)> probe;
  std::atomic<bool> died{false};
  bool mock_brains = false;  ///< bots with brains run on a mock, too
  std::unique_ptr<runtime::MockDriver> driver;
  std::unique_ptr<runtime::MockDriver> brain_driver;
  std::unique_ptr<runtime::Drivers> drivers;
};

TEST_F(LifeTest, AProgramIsStartedWatchedAndStopped) {
  begin();
  add_program("prog");
  auto started = must(bots->start(1, "prog", {"anna"}));
  EXPECT_EQ(started.bot.observed, BotState::running);
  EXPECT_EQ(started.bot.driver, runtime::kProcessDriver);
  ASSERT_TRUE(started.task);
  EXPECT_FALSE(started.task->ended_ms);
  EXPECT_EQ(running(), 1U);
  auto stopped = must(bots->stop(1, "prog", {"anna"}));
  EXPECT_EQ(stopped.bot.observed, BotState::stopped);
  EXPECT_EQ(running(), 0U);
  ASSERT_TRUE(stopped.task);
  EXPECT_NE(stopped.task->exit.find("15"), std::string::npos) << stopped.task->exit;
  EXPECT_EQ(events(), (std::vector<std::string>{"created", "start", "ready", "stop", "ended"}));
}

TEST_F(LifeTest, OnlyAdministratorsMakeProgramsAndOnlyWhereTheyAreAllowed) {
  begin();
  NewBot wanted;
  wanted.bot_id = "prog";
  wanted.brain_kind = std::string(kProgramKind);
  wanted.brain_config = program();
  auto refused = run(bots->create(1, wanted, {"operator"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  must(bots->create(1, wanted, {.label = "admin", .server_admin = true}));
  BotPatch patch;
  patch.brain_config = program();
  EXPECT_EQ(run(bots->change(1, "prog", patch, {"operator"})).error().code(), Errc::forbidden);
  add_bot("helper");
  patch.brain_kind = std::string(kProgramKind);
  EXPECT_EQ(run(bots->change(1, "helper", patch, {"operator"})).error().code(), Errc::forbidden);
  finish();
  kinds_in_use = &without_programs;
  begin();
  wanted.bot_id = "second";
  auto closed = run(bots->create(1, wanted, {.label = "admin", .server_admin = true}));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), Errc::forbidden);
  EXPECT_NE(closed.error().message().find("programs.allow"), std::string::npos);
  EXPECT_FALSE(run(bots->start(1, "prog", {"admin"})));
  EXPECT_EQ(view("prog").bot.observed, BotState::failed);
  EXPECT_EQ(calls("start"), 0);
}

TEST_F(LifeTest, ACrashIsTriedAgainAfterAGrowingWait) {
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

TEST_F(LifeTest, AStepOfTheWallClockNeitherHurriesNorDelaysATry) {
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

TEST_F(LifeTest, TooManyCrashesAreALoopUntilAPersonStartsIt) {
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

TEST_F(LifeTest, PoliciesDecideWhatFollowsAnExit) {
  begin();
  add_program("prog", {.mode = RestartPolicy::Mode::on_failure});
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 0, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::exited));
  EXPECT_EQ(view("prog").bot.desired, DesiredState::stopped);
  BotPatch never;
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

TEST_F(LifeTest, AKindThatEndsByItselfCompletes) {
  begin();
  NewBot wanted;
  wanted.bot_id = "prog";
  wanted.brain_kind = "errand";
  wanted.brain_config = program();
  wanted.restart = {.mode = RestartPolicy::Mode::always};
  must(bots->create(1, std::move(wanted), {"operator"}));
  must(bots->start(1, "prog", {"anna"}));
  exits({.code = 0, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::completed));
  const auto done = view("prog");
  EXPECT_EQ(done.bot.desired, DesiredState::stopped);
  EXPECT_EQ(done.bot.status_detail, "") << "nothing to look at";
  EXPECT_FALSE(trouble_of(done.bot));
  EXPECT_EQ(done.task->exit, "exited with code 0");
  EXPECT_EQ(events(), (std::vector<std::string>{"created", "start", "ready", "exit", "complete"}));
  pass(seconds(1'000));
  EXPECT_EQ(running(), 0U) << "its policy would start it again";
  kill();
  begin();
  EXPECT_EQ(view("prog").bot.observed, BotState::completed) << "also after a restart";
  must(bots->stop(1, "prog", {"anna"}));
  EXPECT_EQ(view("prog").bot.observed, BotState::completed) << "there is nothing to stop";
  must(bots->start(1, "prog", {"anna"}));
  EXPECT_EQ(view("prog").bot.observed, BotState::running);
  exits({.code = 3, .error = {}});
  ASSERT_TRUE(becomes("prog", BotState::backing_off)) << "an end that is no good one is for the policy";
  must(bots->stop(1, "prog", {"anna"}));
  must(bots->remove(1, "prog", {"anna"}));
  EXPECT_TRUE(eventually([&] { return !run(bots->get(1, "prog")); }));
}

TEST_F(LifeTest, AnEndOfAnErrandWhileNobodyWasThereCompletesIt) {
  begin();
  NewBot wanted;
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

TEST_F(LifeTest, OnlyTheBotsOwnDriverIsAskedToForgetIt) {
  begin();
  add_program("prog");
  add_running_bot("helper");
  must(bots->remove(1, "helper", {"anna"}));
  ASSERT_TRUE(eventually([&] { return !run(bots->get(1, "helper")); }));
  EXPECT_EQ(calls("destroy"), 0);
  must(bots->remove(1, "prog", {"anna"}));
  ASSERT_TRUE(eventually([&] { return !run(bots->get(1, "prog")); }));
  EXPECT_EQ(calls("destroy"), 1);
}

TEST_F(LifeTest, ABotThatBecomesOfAnotherKindLeavesItsFormerDriver) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  ASSERT_EQ(running(), 1U);
  BotPatch patch;
  patch.brain_kind = "echo";
  must(bots->change(1, "prog", patch, {.label = "admin", .server_admin = true}));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(calls("destroy"), 1) << "nothing of it is left there";
  const auto now = view("prog").bot;
  EXPECT_EQ(now.driver, runtime::kInProcessDriver);
  EXPECT_EQ(now.observed, BotState::running);
}

TEST_F(LifeTest, AStartThatFailsIsTriedAgain) {
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

TEST_F(LifeTest, AStopWhileItWaitsEndsTheTries) {
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

TEST_F(LifeTest, WhatItPrintsIsInItsLogAndSurvivesARestart) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  auto id = task();
  auto say = [&](runtime::LogSource source, std::string_view text) {
    home([&] {
      driver->say(id, source, text);
      return 0;
    });
  };
  say(runtime::LogSource::out, "hello");
  say(runtime::LogSource::err, "careful");
  auto texts = [&] {
    std::vector<std::string> found;
    for (const auto& line : must(bots->logs(1, "prog", LogQuery{})).items) {
      if (line.source == "stdout" || line.source == "stderr") found.push_back(line.text);
    }
    return found;
  };
  ASSERT_TRUE(eventually([&] { return texts().size() == 2; }));
  auto newest = must(bots->logs(1, "prog", LogQuery{})).next_after;
  kill();
  begin();
  say(runtime::LogSource::out, "again");
  ASSERT_TRUE(eventually([&] { return texts().size() == 3; }));
  EXPECT_EQ(texts(), (std::vector<std::string>{"hello", "careful", "again"})) << "none lost, none twice";
  LogQuery newer;
  newer.after = newest;
  auto after = must(bots->logs(1, "prog", newer));
  EXPECT_TRUE(std::ranges::none_of(after.items, [](const auto& line) { return line.text == "hello"; }));
  EXPECT_TRUE(std::ranges::any_of(after.items, [](const auto& line) { return line.text == "again"; }));
  EXPECT_EQ(must(bots->logs(1, "prog", containing("CAREFUL"))).items.size(), 1U);
}

TEST_F(LifeTest, ItIsAdoptedAfterARestartAndNotDoubled) {
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

TEST_F(LifeTest, AnEndWhileNobodyWasThereIsRecordedWithItsReason) {
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

TEST_F(LifeTest, AStopThatWasCutShortIsFinished) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  finish();
  die_at(LifeStep::before_stop);
  begin();
  ASSERT_TRUE(eventually([&] { return events().back() == "adopt"; }));
  EXPECT_FALSE(run(bots->stop(1, "prog", {"anna"})));
  EXPECT_TRUE(died);
  kill();
  EXPECT_EQ(running(), 1U);
  begin();
  ASSERT_TRUE(becomes("prog", BotState::stopped));
  EXPECT_TRUE(eventually([&] { return running() == 0; }));
}

TEST_F(LifeTest, OneProgramWhereverTroupeIsKilled) {
  for (int step = 0; step < kLifeSteps; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    auto at = static_cast<LifeStep>(step);
    begin();
    if (step == 0) add_program("prog");
    finish();
    bool while_stopping = at == LifeStep::before_stop || at == LifeStep::after_stop;
    bool while_running = while_stopping || at == LifeStep::exited;
    if (while_running) {
      begin();
      must(bots->start(1, "prog", {"anna"}));
      finish();
    }
    die_at(at);
    begin();
    if (while_running) {
      ASSERT_TRUE(eventually([&] { return events().back() == "adopt" || died; }));
    }
    if (while_stopping) {
      (void)run(bots->stop(1, "prog", {"anna"}));
    } else if (at == LifeStep::exited) {
      exits({.code = 1, .error = {}});
    } else {
      (void)run(bots->start(1, "prog", {"anna"}));
    }
    ASSERT_TRUE(eventually([&] { return died.load(); }));
    kill();
    begin();
    if (while_stopping) {
      ASSERT_TRUE(becomes("prog", BotState::stopped));
      ASSERT_TRUE(eventually([&] { return running() == 0; }));
    } else {
      if (at == LifeStep::exited) {
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

TEST_F(LifeTest, ADeletedBotLeavesNoProgramBehind) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  must(bots->remove(1, "prog", {"anna"}));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(calls("destroy"), 1);
  EXPECT_EQ(run(bots->get(1, "prog")).error().code(), Errc::not_found);
}

TEST_F(LifeTest, ABotWithABrainIsATaskLikeAnyOther) {
  mock_brains = true;
  begin();
  NewBot wanted;
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

TEST_F(LifeTest, ATransientFailureOfABrainBotIsTriedAgain) {
  begin();
  add_bot("helper");
  homeserver->fail_accounts(1);
  EXPECT_FALSE(run(bots->start(1, "helper", {"anna"})));
  ASSERT_TRUE(becomes("helper", BotState::backing_off));
  pass(seconds(3));
  EXPECT_TRUE(becomes("helper", BotState::running));
}

TEST_F(LifeTest, ThreeBadAnswersDegradeAndAGoodOneMends) {
  begin();
  auto bot = add_running_bot("helper");
  auto room = room_of({anna}, {bot});
  brain.fail = true;
  for (int i = 0; i < 3; ++i) homeserver->say(room, anna, "hello");
  ASSERT_TRUE(becomes("helper", BotState::degraded));
  auto degraded = view("helper").bot;
  ASSERT_TRUE(degraded.last_error);
  EXPECT_EQ(degraded.last_error->reference.size(), 8U);
  EXPECT_EQ(must(bots->counts(1)).running, 1);
  brain.fail = false;
  homeserver->say(room, anna, "better?");
  ASSERT_TRUE(becomes("helper", BotState::running));
  auto usage = must(bots->usage(1, "helper", 24));
  ASSERT_EQ(usage.size(), 1U);
  EXPECT_EQ(usage[0].answered, 1);
  EXPECT_EQ(usage[0].failed, 3);
  auto log = must(bots->logs(1, "helper", containing("the test says no")));
  EXPECT_GE(log.items.size(), 3U);
}

}  // namespace
}  // namespace troupe::fleet
