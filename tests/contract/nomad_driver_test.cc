// Nomad's driver under the suite of all drivers, and what only Nomad does, against a peer written here.
// modules: runtime
#include "contract/cluster_harness.h"

namespace troupe::contract {
namespace {

using runtime::Fingerprint;

INSTANTIATE_TEST_SUITE_P(Nomad, TaskDriverSuite,
                         testing::Values(NamedHarness{"nomad", [] { return std::make_unique<NomadHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

class NomadDriver : public EngineTest<NomadHarness> {};

TEST_F(NomadDriver, ItSaysItsVersion) {
  EXPECT_EQ(driver().name(), "nomad");
  EXPECT_EQ(driver().fingerprint().version, "1.8.4");
  EXPECT_TRUE(driver().capabilities().adopts);
  EXPECT_FALSE(driver().capabilities().exec);
}

TEST_F(NomadDriver, ASecretIsThePayloadAndNothingElse) {
  auto spec = NomadHarness::of_image("t", "test/runs");
  spec.secrets = {{.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "s3cret-s3cret"}};
  ASSERT_TRUE(run(driver().start(spec)));
  there([](NomadStandIn& nomad) {
    const auto& child = nomad.jobs.at(nomad.find_task("t")->job);
    EXPECT_EQ(child.payload, "s3cret-s3cret");
    const auto& task = child.body.at("TaskGroups").at(0).at("Tasks").at(0);
    EXPECT_EQ(task.at("DispatchPayload").at("File"), "token");
    EXPECT_EQ(task.at("Env").at("TROUPE_TOKEN_FILE"), "${NOMAD_TASK_DIR}/token");
    EXPECT_EQ(boost::json::serialize(child.body).find("s3cret"), std::string::npos);
    for (const auto& [key, value] : child.meta) EXPECT_EQ(value.find("s3cret"), std::string::npos) << key;
    EXPECT_EQ(child.meta.at("troupe_arg_1"), "--mode");
    EXPECT_EQ(task.at("Config").at("args").at(0), "${NOMAD_META_troupe_arg_1}");
    EXPECT_EQ(child.meta.at("troupe_env_GREETING"), "hello");
    EXPECT_EQ(task.at("Env").at("GREETING"), "${NOMAD_META_troupe_env_GREETING}");
    EXPECT_EQ(nomad.seen_by(*nomad.find_task("t")).environment.at("TROUPE_TOKEN_FILE"), "/local/token");
  });
  spec.id = "u";
  spec.secrets.push_back({.name = "more", .variable = "", .bytes = "x"});
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::invalid_param);
  spec.secrets = {{.name = "big", .variable = "", .bytes = std::string(16'385, 'x')}};
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::invalid_param);
}

TEST_F(NomadDriver, NothingInArgumentsAndValuesIsReplaced) {
  auto spec = NomadHarness::of_image("t", "test/runs");
  spec.argv = {"sh", "-c", "echo ${NOMAD_TASK_DIR} ${attr.kernel.name}${HOME} $${NOMAD_TASK_DIR} ${ $"};
  spec.environment = {{"GREETING", "${NOMAD_TASK_DIR}"},
                      {"Other", "a ${NOMAD_META_troupe_task} b"},
                      {"OTHER", "another"},
                      {"EMPTY", ""},
                      {"A", "x${y}"},
                      {"A_p1", "z"}};
  ASSERT_TRUE(run(driver().start(spec)));
  there([&](NomadStandIn& nomad) {
    const auto seen = nomad.seen_by(*nomad.find_task("t"));
    EXPECT_EQ(seen.words, spec.argv);
    for (const auto& [name, value] : spec.environment) EXPECT_EQ(seen.environment.at(name), value);
  });
}

TEST_F(NomadDriver, TasksOfASortShareAJob) {
  start("a", "runs");
  auto spec = NomadHarness::of_image("b", "test/runs");
  spec.environment["GREETING"] = "another";
  ASSERT_TRUE(run(driver().start(spec)));
  there([](NomadStandIn& nomad) {
    EXPECT_EQ(nomad.jobs.at(nomad.find_task("a")->job).parent, nomad.jobs.at(nomad.find_task("b")->job).parent);
  });
  EXPECT_EQ(asked("PUT /v1/jobs"), 1);
}

TEST_F(NomadDriver, ALostAnswerStartsNoSecondRun) {
  plan("/dispatch", Mischief::cut_after, 1);
  start("t", "runs");
  there([](NomadStandIn& nomad) { EXPECT_EQ(nomad.allocations.size(), 1U); });
  EXPECT_EQ(planned(), 0);
}

TEST_F(NomadDriver, ALostAnswerAndAChangedConfigAreOneRun) {
  plan("/dispatch", Mischief::cut_after, 3);
  EXPECT_EQ(run(driver().start(NomadHarness::of_image("t", "test/runs"))).error().code(), Errc::unavailable);
  start("t", "says_three");  // of another parent, so that Nomad knows no token of it
  there([](NomadStandIn& nomad) {
    const auto run = std::ranges::count(nomad.allocations, "running", &NomadStandIn::Allocation::status);
    EXPECT_EQ(run, 1);
    EXPECT_EQ(nomad.find_task("t")->image, "test/says_three");
  });
}

TEST_F(NomadDriver, AParentThatSomebodyRemovedIsRegisteredAgain) {
  start("a", "runs");
  there([](NomadStandIn& nomad) { nomad.jobs.erase(nomad.jobs.at(nomad.find_task("a")->job).parent); });
  start("b", "runs");
  EXPECT_EQ(state_of("b"), TaskState::running);
}

TEST_F(NomadDriver, WhatHappensWhileNomadIsAwayIsSeenLater) {
  start("t", "runs");
  plan("/v1/allocations", Mischief::error_500, 3);
  plan("/v1/allocations", Mischief::cut_before, 2);
  plan("/v1/jobs", Mischief::slow, 1);
  EXPECT_TRUE(harness_.eventually([&] { return driver().fingerprint().health == Fingerprint::Health::unhealthy; }));
  EXPECT_EQ(state_of("t"), TaskState::running) << "silence is no proof of death";
  there([](NomadStandIn& nomad) { nomad.end(*nomad.find_task("t"), 7, 0); });
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 7);
  EXPECT_EQ(planned(), 0);
  EXPECT_TRUE(harness_.eventually([&] { return driver().fingerprint().health == Fingerprint::Health::healthy; }));
}

TEST_F(NomadDriver, AListWithoutItIsNoProofOfDeath) {
  start("t", "runs");
  there([](NomadStandIn& nomad) { nomad.forgets_lists = true, ++nomad.index; });
  EXPECT_TRUE(harness_.eventually([&] { return asked("GET /v1/job/troupe-abc-", "%2Fdispatch-") >= 3; }))
      << "it is asked for by its name";
  EXPECT_EQ(state_of("t"), TaskState::running);
  there([](NomadStandIn& nomad) { nomad.jobs.erase(nomad.find_task("t")->job); });  // by somebody else, purged
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_EQ(state_of("t"), TaskState::lost);
  EXPECT_FALSE(exit.success());
  EXPECT_NE(exit.error, "");
}

TEST_F(NomadDriver, AnEndBetweenTwoListsIsRead) {
  start("t", "runs");
  there([](NomadStandIn& nomad) {
    nomad.lists_late = true;
    nomad.end(*nomad.find_task("t"), 7, 0);
  });
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 7);
}

TEST_F(NomadDriver, LastWordsWithoutALineEndAreALine) {
  start("t", "says_half");
  EXPECT_TRUE(run(driver().wait("t", 20s)));
  std::string all;
  EXPECT_TRUE(harness_.eventually([&] {
    all.clear();
    for (const auto& line : must(driver().logs("t", 0, 10)).lines) all += line.text + "|";
    return all == "one|half a l|ine|";  // in pieces of eight bytes
  })) << all;
}

TEST_F(NomadDriver, OverItsMemoryLimit) {
  start("t", "too_big");
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_EQ(exit.signal, 9);
}

TEST_F(NomadDriver, AnImageThatIsNotThereIsAnExitInWords) {
  start("t", "not_there");
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_EQ(exit.code, -1);
  EXPECT_NE(exit.error.find("Failed to pull"), std::string::npos) << exit.error;
}

TEST_F(NomadDriver, WhatIsNotPlacedEndsWithTheReason) {
  auto options = harness_.options();
  options.start_patience = 50ms;
  harness_.set_options(options);
  there([](NomadStandIn& nomad) { nomad.places = false; });
  start("t", "runs");
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_NE(exit.error.find("memory"), std::string::npos) << exit.error;
  there([](NomadStandIn& nomad) { EXPECT_EQ(nomad.jobs.size(), 1U) << "only the parameterised job is left"; });
}

TEST_F(NomadDriver, ALostMachineIsNoProofOfDeathUntilNomadGivesUp) {
  start("t", "runs");
  there([](NomadStandIn& nomad) { nomad.leave(*nomad.find_task("t"), "unknown"); });
  EXPECT_EQ(run(driver().wait("t", 50ms)).error().code(), Errc::timed_out);
  there([](NomadStandIn& nomad) { nomad.leave(*nomad.find_task("t"), "lost"); });
  EXPECT_EQ(run(driver().wait("t", 50ms)).error().code(), Errc::timed_out);
  there([](NomadStandIn& nomad) { nomad.jobs.at(nomad.find_task("t")->job).status = "dead", ++nomad.index; });
  EXPECT_FALSE(must(driver().wait("t", 20s)).success());
  EXPECT_EQ(state_of("t"), TaskState::lost);
}

TEST_F(NomadDriver, WhereSignalsFailTheJobIsStopped) {
  start("t", "runs");
  plan("/signal", Mischief::error_500, 100);
  EXPECT_FALSE(must(driver().stop("t", 5s)).success());
  EXPECT_GE(asked("DELETE /v1/job/"), 1);
}

TEST_F(NomadDriver, OthersAreLeftAlone) {
  start("t", "runs");
  there([](NomadStandIn& nomad) {
    const auto& mine = *nomad.find_task("t");
    auto foreign = nomad.jobs.at(mine.job);
    foreign.meta["troupe_instance"] = "abc-2";
    auto allocation = mine;
    allocation.id = "foreign";
    allocation.job = "troupe-abc-2-0123456789ab/dispatch-1-2";
    nomad.jobs[allocation.job] = foreign;
    nomad.allocations.push_back(allocation);
    ++nomad.index;
  });
  EXPECT_EQ(must(driver().list()).size(), 1U);
  EXPECT_TRUE(run(driver().destroy("t")));
  there([](NomadStandIn& nomad) {
    EXPECT_TRUE(nomad.jobs.contains("troupe-abc-2-0123456789ab/dispatch-1-2"));
    EXPECT_EQ(nomad.allocations.back().status, "running");
  });
}

TEST_F(NomadDriver, AfterARestartLinesKeepTheirNumbersAndLeftoversGo) {
  start("t", "says_three");
  ASSERT_TRUE(run(driver().follow("t", 2, 10, 10s)));
  ASSERT_TRUE(run(driver().stop("t", 1s)));
  const auto handle = start("t", "says_three");
  const auto before = must(driver().follow("t", 3, 10, 10s));
  start("forgotten", "runs");
  harness_.restart();
  ASSERT_TRUE(run(driver().recover(handle)));
  const auto after = must(driver().follow("t", 3, 10, 10s));
  ASSERT_FALSE(after.lines.empty());
  EXPECT_EQ(after.lines.front().seq, before.lines.front().seq);
  EXPECT_EQ(after.lines.front().text, "one");
  ASSERT_EQ(must(driver().list()).size(), 2U);
  EXPECT_TRUE(run(driver().destroy("forgotten"))) << "although nobody has recovered it";
  EXPECT_EQ(must(driver().list()).size(), 1U);
  // Another life of this program runs it.
  harness_.restart();
  EXPECT_EQ(run(driver().start(NomadHarness::of_image("t", "test/runs"))).error().code(), Errc::conflict);
}

}  // namespace
}  // namespace troupe::contract
