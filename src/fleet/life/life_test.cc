// Every way a bot's program can go while Troupe runs.
#include "fleet/life/life_fixture.h"

namespace troupe::fleet::life {
namespace {

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

TEST_F(LifeTest, AProgramRunsOnTheDriverThatItNames) {
  begin();
  const Actor admin{.label = "admin", .server_admin = true};
  const auto in_containers = [&] { return home([&] { return container_driver->running(); }); };
  service::NewBot wanted;
  wanted.bot_id = "prog";
  wanted.brain_kind = std::string(brains::kProgramKind);
  wanted.brain_config = program();
  wanted.brain_config["driver"] = "docker";
  must(bots->create(1, wanted, admin));
  EXPECT_EQ(must(bots->start(1, "prog", {"anna"})).bot.driver, "docker");
  EXPECT_EQ(in_containers(), 1U);
  EXPECT_EQ(running(), 0U);
  service::BotPatch patch;
  patch.brain_config = program();
  must(bots->change(1, "prog", patch, admin));
  EXPECT_EQ(view("prog").bot.driver, runtime::kProcessDriver);
  EXPECT_EQ(in_containers(), 0U) << "it moved";
  EXPECT_EQ(running(), 1U);
  patch.brain_config->insert_or_assign("driver", "nobody");
  const auto nobody = run(bots->change(1, "prog", patch, admin));
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().message().find("no task driver 'nobody'"), std::string::npos) << nobody.error().message();
  for (const char* wrong : {"in_process", "../docker", ""}) {
    patch.brain_config->insert_or_assign("driver", wrong);
    EXPECT_EQ(run(bots->change(1, "prog", patch, admin)).error().code(), Errc::invalid_param) << wrong;
  }
}

TEST_F(LifeTest, OnlyAdministratorsMakeProgramsAndOnlyWhereTheyAreAllowed) {
  begin();
  service::NewBot wanted;
  wanted.bot_id = "prog";
  wanted.brain_kind = std::string(brains::kProgramKind);
  wanted.brain_config = program();
  auto refused = run(bots->create(1, wanted, {"operator"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  must(bots->create(1, wanted, {.label = "admin", .server_admin = true}));
  service::BotPatch patch;
  patch.brain_config = program();
  EXPECT_EQ(run(bots->change(1, "prog", patch, {"operator"})).error().code(), Errc::forbidden);
  add_bot("helper");
  patch.brain_kind = std::string(brains::kProgramKind);
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

TEST_F(LifeTest, AKindThatEndsByItselfCompletes) {
  begin();
  service::NewBot wanted;
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
  service::BotPatch patch;
  patch.brain_kind = "echo";
  must(bots->change(1, "prog", patch, {.label = "admin", .server_admin = true}));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(calls("destroy"), 1) << "nothing of it is left there";
  const auto now = view("prog").bot;
  EXPECT_EQ(now.driver, runtime::kInProcessDriver);
  EXPECT_EQ(now.observed, BotState::running);
}

TEST_F(LifeTest, NobodyElseStartsABotWhoseSettingsAreBeingChanged) {
  begin();
  driver->behave("", {.destroy_takes = seconds(1)});
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  service::BotPatch patch;
  patch.brain_kind = "echo";
  auto changed = asio::co_spawn(io.at(1), bots->change(1, "prog", patch, {.label = "admin", .server_admin = true}),
                                asio::use_future);
  ASSERT_TRUE(eventually([&] { return calls("destroy") == 1; }));
  auto& rounds = metrics.histogram("troupe_fleet_reconcile_seconds", "One round of the reconciler.", {}).with({});
  for (int round = 0; round < 3; ++round) {
    const auto before = rounds.sum_seconds();
    ASSERT_TRUE(eventually([&] { return rounds.sum_seconds() > before; }));
  }
  EXPECT_EQ(calls("start"), 1) << "as it was";
  EXPECT_EQ(view("prog").bot.observed, BotState::stopped);
  pass(seconds(1));
  ASSERT_TRUE(changed.get());
  EXPECT_EQ(view("prog").bot.observed, BotState::running);
  EXPECT_EQ(calls("start"), 1);
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

TEST_F(LifeTest, ADeletedBotLeavesNoProgramBehind) {
  begin();
  add_program("prog");
  must(bots->start(1, "prog", {"anna"}));
  must(bots->remove(1, "prog", {"anna"}));
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(calls("destroy"), 1);
  EXPECT_EQ(run(bots->get(1, "prog")).error().code(), Errc::not_found);
}

TEST_F(LifeTest, ThreeBadAnswersDegradeAndAGoodOneMends) {
  auto [bot, room] = begin_with_helper();
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
}  // namespace troupe::fleet::life
