// Tasks as containers: the drivers' common suite on the stand-in engine and on real ones, and engines that misbehave.
// modules: runtime
#include "contract/container_harness.h"
#include "contract/task_driver_suite.h"

namespace troupe::contract {
namespace {

std::unique_ptr<DriverHarness> on_real(RealEngine& engine, const char* name) {
  if (!engine.why_not().empty()) throw Skipped(engine.why_not());
  return std::make_unique<RealHarness>(engine, name);
}

INSTANTIATE_TEST_SUITE_P(
    Containers, TaskDriverSuite,
    testing::Values(
        NamedHarness{"stand_in", [] { return std::make_unique<StandInHarness>(std::make_unique<StandInEngine>()); }},
        NamedHarness{"stand_in_podman",
                     [] { return std::make_unique<StandInHarness>(std::make_unique<StandInEngine>(true)); }},
        NamedHarness{"podman", [] { return on_real(RealEngine::podman(), "podman"); }},
        NamedHarness{"docker", [] { return on_real(RealEngine::docker(), "docker"); }}),
    [](const auto& info) { return info.param.name; });

/// What only a real engine can show.
class RealEngineTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto& engine = std::string_view(GetParam()) == "podman" ? RealEngine::podman() : RealEngine::docker();
    if (!engine.why_not().empty()) GTEST_SKIP() << engine.why_not();
    harness_ = std::make_unique<RealHarness>(engine, GetParam());
  }
  runtime::TaskSpec script(std::string text) {
    auto spec = harness_->spec("t", Does::runs);
    spec.argv = {"sh", "-c", std::move(text)};
    return spec;
  }
  std::unique_ptr<RealHarness> harness_;
};

TEST_P(RealEngineTest, SecretsReachTheProgramAsFilesOfItsUser) {
  auto spec = script("ls -ln $WORDS_FILE; cat $WORDS_FILE; touch mine && pwd; exec sleep 1000");
  spec.secrets.push_back({.name = "words", .variable = "WORDS_FILE", .bytes = "three plain words\n"});
  spec.driver_config = {{"user", "1000:1000"}, {"read_only", true}, {"cap_drop", {"ALL"}}};
  ASSERT_TRUE(harness_->run(harness_->driver().start(spec)));
  ASSERT_TRUE(harness_->run(harness_->driver().follow("t", 2, 10, 30s)));
  const auto page = harness_->run(harness_->driver().logs("t", 0, 10));
  ASSERT_TRUE(page && page->lines.size() == 3);
  EXPECT_TRUE(page->lines[0].text.starts_with("-rw-------")) << page->lines[0].text;
  EXPECT_NE(page->lines[0].text.find("1000"), std::string::npos) << page->lines[0].text;
  EXPECT_EQ(page->lines[1].text, "three plain words");
  EXPECT_EQ(page->lines[2].text, "/troupe/work");
}

TEST_P(RealEngineTest, OutOfMemoryIsSaid) {
  auto spec = script("x=x; while :; do x=$x$x; done");
  spec.limits.memory_bytes = 16 * 1024 * 1024;
  ASSERT_TRUE(harness_->run(harness_->driver().start(spec)));
  const auto exit = harness_->run(harness_->driver().wait("t", 30s));
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->oom_killed) << exit->text();
}

INSTANTIATE_TEST_SUITE_P(Engines, RealEngineTest, testing::Values("podman", "docker"),
                         [](const auto& info) { return std::string(info.param); });

using Fault = StandInEngine::Fault;

/// The driver on a stand-in that misbehaves.
class UnwellEngineTest : public testing::Test {
 protected:
  runtime::TaskDriver& driver() { return harness_->driver(); }
  StandInEngine& engine() { return harness_->engine(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return harness_->run(std::move(task));
  }
  Result<runtime::TaskHandle> start(const std::string& program) {
    return run(driver().start(StandInHarness::program("t", program)));
  }
  ExitResult ended() {
    auto exit = run(driver().wait("t", 20s));
    EXPECT_TRUE(exit);
    return exit.value_or(ExitResult{});
  }
  TaskState state() {
    auto status = run(driver().inspect("t"));
    EXPECT_TRUE(status);
    return status ? status->state : TaskState::lost;
  }
  /// The first request that begins so ("POST /containers/create") meets this.
  void once(std::string start, Fault fault) {
    engine().judge([start = std::move(start), fault, met = std::make_shared<bool>(false)](
                       const std::string& method, const std::string& target) -> std::optional<Fault> {
      if (*met || !(method + " " + target).starts_with(start)) return std::nullopt;
      *met = true;
      return fault;
    });
  }
  void always(Fault fault) {
    engine().judge([fault](const std::string&, const std::string&) { return std::optional(fault); });
  }
  void never() { engine().judge(nullptr); }

  std::unique_ptr<StandInHarness> harness_ = std::make_unique<StandInHarness>(std::make_unique<StandInEngine>());
};

class UnwellPodmanTest : public UnwellEngineTest {
 protected:
  UnwellPodmanTest() { harness_ = std::make_unique<StandInHarness>(std::make_unique<StandInEngine>(true)); }
};

TEST_F(UnwellEngineTest, AnAnswerThatIsLostMakesNoSecondContainer) {
  once("POST /containers/create", {.cut = true});
  ASSERT_TRUE(start("runs"));
  EXPECT_EQ(engine().containers(), 1U);
  EXPECT_EQ(state(), TaskState::running);
}

TEST_F(UnwellEngineTest, AStartWhoseAnswerIsLostIsAStart) {
  engine().judge([](const std::string&, const std::string& target) -> std::optional<Fault> {
    if (target.ends_with("/start")) return Fault{.cut = true};
    return std::nullopt;
  });
  ASSERT_TRUE(start("runs"));
  EXPECT_EQ(state(), TaskState::running);
}

TEST_F(UnwellEngineTest, AStartThatFailsLeavesNoContainer) {
  engine().judge([](const std::string& method, const std::string& target) -> std::optional<Fault> {
    if (method == "PUT" && target.ends_with("/archive")) return Fault{.status = 500};
    return std::nullopt;
  });
  const auto refused = start("runs");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_NE(refused.error().message().find("unwell"), std::string::npos) << refused.error().message();
  EXPECT_EQ(engine().containers(), 0U);
  EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
}

TEST_F(UnwellEngineTest, AnEngineThatIsAwaySaysNothingAboutATask) {
  ASSERT_TRUE(start("runs"));
  always({.status = 500});
  engine().cut_streams();
  EXPECT_TRUE(
      harness_->eventually([&] { return driver().fingerprint().health == runtime::Fingerprint::Health::unhealthy; }));
  EXPECT_NE(driver().fingerprint().text.find("unwell"), std::string::npos) << driver().fingerprint().text;
  EXPECT_EQ(state(), TaskState::running);
  EXPECT_EQ(run(driver().list()).error().code(), Errc::unavailable) << "not an empty list";
  EXPECT_EQ(run(driver().stop("t", 60s)).error().code(), Errc::unavailable);
  never();
  EXPECT_TRUE(harness_->eventually([&] { return driver().fingerprint().text.empty(); }));
  const auto stopped = run(driver().stop("t", 60s));
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->signal, 15) << "it was never asked before";
}

TEST_F(UnwellEngineTest, AStopThatFailedIsInNoLaterStopsWay) {
  harness_->options().kill_patience = 50ms;
  harness_->restart();
  ASSERT_TRUE(start("ignores_stop"));
  always({.status = 500});
  const auto kill_patience_is_over = std::chrono::steady_clock::now() + 200ms;
  EXPECT_FALSE(run(driver().stop("t", 0ms)));
  EXPECT_TRUE(harness_->eventually([&] { return std::chrono::steady_clock::now() > kill_patience_is_over; }));
  never();
  EXPECT_TRUE(run(driver().stop("t", 0ms)));
  EXPECT_TRUE(run(driver().destroy("t")));
}

TEST_F(UnwellEngineTest, AStartThatFailedHalfWayLeavesNothingThatRuns) {
  const auto fail_half_way = [&] {
    engine().judge([](const std::string& method, const std::string& target) -> std::optional<Fault> {
      if (target.ends_with("/start")) return Fault{.cut = true};
      if (method == "DELETE") return Fault{.status = 500};
      if (method == "GET" && target.ends_with("/json") && target != "/containers/json") return Fault{.status = 500};
      return std::nullopt;
    });
    EXPECT_EQ(start("runs").error().code(), Errc::unavailable);
    EXPECT_EQ(engine().containers(), 1U);
    never();
  };
  fail_half_way();
  EXPECT_TRUE(start("runs")) << "it is in nobody's way";
  EXPECT_EQ(engine().containers(), 1U);
  EXPECT_TRUE(run(driver().destroy("t")));
  fail_half_way();
  EXPECT_EQ(run(driver().stop("t", 5s)).error().code(), Errc::not_found);
  EXPECT_EQ(engine().containers(), 0U);
  fail_half_way();
  EXPECT_TRUE(harness_->eventually([&] { return engine().containers() == 0; })) << "although nobody asks for it";
}

TEST_F(UnwellEngineTest, AStartThatFetchesAnImageCanBeStopped) {
  engine().image_is_there = false;
  once("POST /images/create", {.slow = 500ms});
  auto starting = std::async(std::launch::async, [&] { return start("runs"); });
  EXPECT_TRUE(harness_->eventually([&] { return engine().requests("POST /images/create") > 0; }));
  const auto stopped = run(driver().stop("t", 1s));
  ASSERT_TRUE(stopped) << stopped.error().message();
  EXPECT_FALSE(stopped->success());
  EXPECT_NE(starting.get().error().message().find("stopped while it was being started"), std::string::npos);
  EXPECT_EQ(engine().containers(), 0U);
}

TEST_F(UnwellEngineTest, ANotFoundIsNoProofOfDeath) {
  ASSERT_TRUE(start("runs"));
  const auto before = engine().requests("GET /containers/json");
  engine().judge([](const std::string& method, const std::string& target) -> std::optional<Fault> {
    const bool of_one = target.starts_with("/containers/") && target != "/containers/json";
    if (!of_one || method == "DELETE") return std::nullopt;
    return Fault{.status = 404, .body = R"({"message":"No such container"})"};
  });
  EXPECT_EQ(run(driver().signal("t", 15)).error().code(), Errc::conflict);  // and it looks what has become of it
  EXPECT_TRUE(harness_->eventually([&] { return engine().requests("GET /containers/json") > before; }));
  EXPECT_EQ(state(), TaskState::running) << "the list has it";
  never();
}

TEST_F(UnwellEngineTest, AnAnswerThatIsNotUnderstoodIsNoEnd) {
  ASSERT_TRUE(start("runs"));
  for (const char* words :
       {"{}", R"({"Id":"x"})", R"({"Id":"x","State":{}})", R"({"Id":"x","State":{"Status":"migrating"}})"}) {
    auto looks = std::make_shared<std::atomic<int>>(0);
    engine().judge([=](const std::string& method, const std::string& target) -> std::optional<Fault> {
      if (target.ends_with("/kill")) return Fault{.status = 500};
      if (method != "GET" || target == "/containers/json" || !target.ends_with("/json")) return std::nullopt;
      ++*looks;
      return Fault{.status = 200, .body = words};
    });
    EXPECT_FALSE(run(driver().signal("t", 15)));  // and it looks what has become of it
    EXPECT_GE(*looks, 1);
    EXPECT_EQ(state(), TaskState::running) << words;
  }
  never();
  engine().end_container("t", 7);
  EXPECT_EQ(ended().code, 7);
}

TEST_F(UnwellEngineTest, ALogThatIsNotFoundWhileTheTaskRunsIsAskedForAgain) {
  engine().judge([](const std::string&, const std::string& target) -> std::optional<Fault> {
    if (target.ends_with("/logs")) return Fault{.status = 404, .body = R"({"message":"No such container"})"};
    return std::nullopt;
  });
  ASSERT_TRUE(start("says_three"));
  EXPECT_TRUE(run(driver().follow("t", 0, 10, 300ms))->lines.empty());
  never();
  EXPECT_TRUE(run(driver().follow("t", 2, 10, 10s)));
  EXPECT_EQ(run(driver().logs("t", 0, 10))->lines.size(), 3U);
}

TEST_F(UnwellEngineTest, ANeighbourOnTheSameEngineIsLeftAlone) {
  ASSERT_TRUE(start("runs"));
  base::MetricRegistry metrics;
  auto options = harness_->options();
  options.name = "podman";
  options.folder = options.folder.string() + "-2";
  runtime::docker::DockerDriver neighbour(options, metrics);
  EXPECT_TRUE(run(neighbour.list())->empty());
  EXPECT_EQ(run(neighbour.start(StandInHarness::program("t", "runs"))).error().code(), Errc::conflict);
  ASSERT_TRUE(run(neighbour.start(StandInHarness::program("u", "runs"))));
  EXPECT_EQ(run(neighbour.list())->size(), 1U);
  EXPECT_EQ(run(driver().list())->size(), 1U);
  EXPECT_TRUE(run(neighbour.destroy("u")));
  EXPECT_EQ(state(), TaskState::running);
  EXPECT_EQ(engine().containers(), 1U);
}

TEST_F(UnwellEngineTest, AContainerThatSomebodyRemovedIsLost) {
  ASSERT_TRUE(start("runs"));
  engine().remove_container("t");
  EXPECT_FALSE(ended().error.empty());
  EXPECT_EQ(state(), TaskState::lost);
}

TEST_F(UnwellEngineTest, AnEndThatNoEventToldOfIsFound) {
  engine().lose_events = true;
  ASSERT_TRUE(start("runs"));
  engine().end_container("t", 7);
  EXPECT_EQ(ended().code, 7);
}

TEST_F(UnwellEngineTest, AnEndWhileTheStreamWasCutIsFound) {
  ASSERT_TRUE(start("runs"));
  engine().judge([](const std::string&, const std::string& target) -> std::optional<Fault> {
    if (target == "/events") return Fault{.status = 500};
    return std::nullopt;
  });
  engine().cut_streams();
  engine().end_container("t", 7);
  EXPECT_EQ(ended().code, 7);
}

TEST_F(UnwellEngineTest, EventsThatComeTwiceAreOneEnd) {
  engine().repeat_events = true;
  std::atomic<int> ends{0};
  auto listening = driver().on_event([&](const runtime::TaskEvent& event) {
    if (event.kind == runtime::TaskEventKind::exited) ++ends;
  });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(start("runs"));
    engine().end_container("t", 7);
    EXPECT_EQ(ended().code, 7);
  }
  EXPECT_TRUE(run(driver().destroy("t")));
  EXPECT_EQ(ends, 3);
}

TEST_F(UnwellEngineTest, OutOfMemoryIsSaid) {
  auto spec = StandInHarness::program("t", "runs");
  spec.limits.memory_bytes = 16 * 1024 * 1024;
  ASSERT_TRUE(run(driver().start(spec)));
  engine().end_container("t", 137, true);
  const auto exit = ended();
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_EQ(exit.signal, 9);
}

TEST_F(UnwellPodmanTest, OutOfMemoryIsAKillThatNobodySent) {
  auto spec = StandInHarness::program("t", "runs");
  spec.limits.memory_bytes = 16 * 1024 * 1024;
  ASSERT_TRUE(run(driver().start(spec)));
  engine().end_container("t", 137, true);
  EXPECT_TRUE(ended().oom_killed) << "its inspect says nothing of it";
  ASSERT_TRUE(run(driver().start(spec)));
  const auto stopped = run(driver().stop("t", 0ms));
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->signal, 9);
  EXPECT_FALSE(stopped->oom_killed) << "we killed it";
}

TEST_F(UnwellEngineTest, AMissingImageIsFetchedOrNamed) {
  engine().image_is_there = false;
  ASSERT_TRUE(start("runs")) << "fetched";
  ASSERT_TRUE(run(driver().destroy("t")));
  engine().image_is_there = false;
  engine().pull_works = false;
  auto refused = start("runs");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_NE(refused.error().message().find("no route to host"), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().message().find("localhost/stand-in:1"), std::string::npos);
  auto spec = StandInHarness::program("t", "runs");
  spec.driver_config["pull"] = "never";
  refused = run(driver().start(spec));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  EXPECT_TRUE(refused.error().message().starts_with("driver_config/image")) << refused.error().message();
  EXPECT_EQ(engine().containers(), 0U);
}

TEST_F(UnwellEngineTest, ANameThatSomebodyElseHasIsLeftAlone) {
  engine().occupy("troupe-" + harness_->options().instance + "-t");
  const auto refused = start("runs");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  EXPECT_NE(refused.error().message().find("not ours"), std::string::npos) << refused.error().message();
  EXPECT_TRUE(run(driver().list())->empty());
  EXPECT_TRUE(run(driver().destroy("t")));
  EXPECT_EQ(engine().containers(), 1U) << "it is still there";
}

TEST_F(UnwellEngineTest, SecretsAreInFilesAndNowhereElse) {
  auto spec = StandInHarness::program("t", "runs");
  spec.secrets.push_back({.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "hunter2-hunter2"});
  spec.driver_config["user"] = "1000:1000";
  const auto handle = run(driver().start(spec));
  ASSERT_TRUE(handle);
  EXPECT_EQ(boost::json::serialize(handle->to_json()).find("hunter2"), std::string::npos);
  const auto files = engine().files_of("t");
  EXPECT_NE(files.find("hunter2-hunter2"), std::string::npos);
  const auto shown = engine().shown_of("t");
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("TROUPE_TOKEN_FILE=/troupe/secrets/token"), std::string::npos) << shown;
  ASSERT_TRUE(run(driver().stop("t", 5s)));
  EXPECT_TRUE(harness_->eventually([&] { return engine().files_of("t").size() > files.size(); })) << "emptied";
}

TEST_F(UnwellEngineTest, SecretsOfAProgramThatNeverRanAreEmptied) {
  auto spec = StandInHarness::program("t", "/nowhere/no-p");
  spec.secrets.push_back({.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "hunter2-hunter2"});
  ASSERT_TRUE(run(driver().start(spec)));
  EXPECT_EQ(ended().code, -1);
  EXPECT_TRUE(harness_->eventually([&] {
    const auto files = engine().files_of("t");
    return files.find("secrets/token") != files.rfind("secrets/token");
  })) << "written once, and emptied";
}

TEST_F(UnwellEngineTest, AMissingProgramUnderTheEnginesInitIsNamed) {
  ASSERT_TRUE(start("missing_under_init"));
  const auto exit = ended();
  EXPECT_EQ(exit.code, -1);
  EXPECT_NE(exit.error.find("missing_under_init"), std::string::npos) << exit.error;
}

TEST_F(UnwellEngineTest, LinesComeOnceHoweverOftenTheStreamIsCut) {
  ASSERT_TRUE(start("says_three"));
  for (int i = 0; i < 3; ++i) {
    const auto before = engine().requests("GET /containers/");
    engine().cut_streams();
    EXPECT_TRUE(harness_->eventually([&] { return engine().requests("GET /containers/") > before + 1; }));
  }
  harness_->restart();
  const auto handles = run(driver().list());
  ASSERT_TRUE(handles && handles->size() == 1);
  ASSERT_TRUE(run(driver().recover(handles->front())));
  ASSERT_TRUE(run(driver().stop("t", 5s)));
  const auto page = run(driver().logs("t", 0, 10));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->lines.size(), 3U);
}

TEST_F(UnwellPodmanTest, LinesOfOneSecondComeOnceToo) {
  ASSERT_TRUE(start("says_three"));
  ASSERT_TRUE(run(driver().follow("t", 2, 10, 10s)));
  harness_->restart();
  ASSERT_TRUE(run(driver().recover(run(driver().list())->front())));
  ASSERT_TRUE(run(driver().stop("t", 5s)));
  EXPECT_EQ(run(driver().logs("t", 0, 10))->lines.size(), 3U);
}

TEST_F(UnwellEngineTest, ItIsThereBeforeItsEngine) {
  always({.status = 500});
  harness_->end();
  harness_->begin();
  EXPECT_EQ(start("runs").error().code(), Errc::unavailable);
  EXPECT_NE(driver().fingerprint().health, runtime::Fingerprint::Health::healthy);
  never();
  EXPECT_TRUE(harness_->eventually([&] { return driver().fingerprint().text.empty(); }));
  EXPECT_TRUE(start("runs"));
}

TEST(DockerDriver, AWrongHostStopsTheStart) {
  base::MetricRegistry metrics;
  for (const char* host : {"", "unix://relative", "ftp://x", "tcp://", "http://host/path"}) {
    EXPECT_THROW(runtime::docker::DockerDriver({.host = host, .instance = "i", .folder = "/tmp"}, metrics),
                 std::invalid_argument)
        << host;
  }
}

}  // namespace
}  // namespace troupe::contract
