// What programs do to their driver, and what is done to the driver: real programs, real processes, looked at in /proc.
#include "runtime/process_driver.h"

#include <sys/stat.h>

#include <fstream>

#include "runtime/leftovers.h"
#include "runtime/process_driver_fixture.h"
#include "runtime/shim/cgroup.h"

namespace troupe::runtime {
namespace {

using namespace testing_process_driver;

bool can_limit_memory_by_group() {
  const auto group = shim::Cgroup::make("troupe-probe-" + base::random_alphanumeric(8));
  const bool can = group && group.limit_memory(64 << 20);
  group.remove();
  return can;
}

TEST_F(ProcessDriverTest, ForkedAndDetachedChildrenEndWithTheStop) {
  start(shell("trap '' TERM; " + sleeper() + " & (setsid " + sleeper() + " &) ; (setsid sh -c 'trap \"\" TERM; (" +
              sleeper() + " &); " + sleeper() + "' &); echo ready; while :; do sleep 1; done"));
  ASSERT_TRUE(said("ready"));
  ASSERT_TRUE(eventually([&] { return processes_with(token_).size() >= 5; }));
  const auto exit = run(driver_->stop("t", 200ms));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->signal, SIGKILL);
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessDriverTest, WhatATaskLeavesRunningEndsWithIt) {
  const auto exit = run_to_end(shell("(setsid " + sleeper() + " &); " + sleeper() + " & exit 4"));
  EXPECT_EQ(exit.code, 4);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessDriverTest, WhatOutlivesAPoliteEndGetsNoLongGrace) {
  start(shell("trap 'exit 0' TERM; (trap '' TERM; " + sleeper() + ") & echo ready; while :; do sleep 0.05; done"));
  ASSERT_TRUE(said("ready"));
  const auto began = std::chrono::steady_clock::now();
  const auto exit = run(driver_->stop("t", 600s));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 300s);
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessDriverTest, AChainThatForksForEverIsBroken) {
  const auto script = (folder_ / ("chain" + token_)).string();
  std::ofstream(script) << "trap '' TERM\nsleep 0.01\nsetsid sh " << script << " &\nsetsid sh " << script
                        << ".leaf &\nexit 0\n";
  std::ofstream(script + ".leaf") << "sleep 0.05\n";
  auto spec = shell("");
  spec.argv = {"sh", script};
  start(spec);
  ASSERT_TRUE(eventually([&] { return !processes_with(token_).empty(); }));
  const auto exit = run(driver_->stop("t", 0ms));
  ASSERT_TRUE(exit) << exit.error().message();
  EXPECT_TRUE(processes_with(token_).empty());
}

TEST_F(ProcessDriverTest, AStoppedProcessIsStoppedAllTheSame) {
  start(shell("trap 'exit 6' TERM; echo ready; kill -STOP $$; exit 1"));
  ASSERT_TRUE(said("ready"));
  const auto exit = run(driver_->stop("t", 10s));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 6);
}

TEST_F(ProcessDriverTest, ALaterStopShortensTheGrace) {
  start(shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
  ASSERT_TRUE(said("ready"));
  asio::io_context elsewhere;
  auto patient = asio::co_spawn(elsewhere, driver_->stop("t", 600s), asio::use_future);
  std::thread waiting([&] { elsewhere.run(); });
  const auto exit = run(driver_->stop("t", 50ms));
  waiting.join();
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->signal, SIGKILL);
  EXPECT_EQ(patient.get()->signal, SIGKILL);
}

TEST_F(ProcessDriverTest, AFloodIsDroppedAndCountedNotKept) {
  auto spec = shell("yes " + token_ + token_ + token_);
  spec.output = {.file_bytes = 64 * 1024, .files = 3, .line_bytes = 1024, .bytes_per_s = 8 * 1024};
  start(spec);
  ASSERT_TRUE(eventually([&] { return run(driver_->logs("t", -1, 1))->dropped_lines > 10'000; }));
  std::int64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(folder_ / "t" / "log")) {
    bytes += static_cast<std::int64_t>(fs::file_size(file));
  }
  EXPECT_LE(bytes, 3 * 64 * 1024);
  const auto stat = shim::process_stat(shim_of());
  ASSERT_TRUE(stat);
  EXPECT_LT(stat->resident_bytes, 4 << 20);
  ASSERT_TRUE(run(driver_->stop("t", 5s)));
  const auto newest = run(driver_->logs("t", -1, 1));
  ASSERT_TRUE(newest);
  EXPECT_THAT(newest->lines.back().text, HasSubstr("were dropped"));
  EXPECT_EQ(newest->lines.back().source, LogSource::system);
}

TEST_F(ProcessDriverTest, OldFilesGoAndNumbersStay) {
  auto spec = shell("i=0; while [ $i -lt 600 ]; do echo line $i; i=$((i+1)); done; echo last");
  spec.output = {.file_bytes = 4096, .files = 2, .line_bytes = 1024, .bytes_per_s = 1 << 20};
  EXPECT_TRUE(run_to_end(spec).success());
  const auto all = run(driver_->logs("t", 0, 1000));
  ASSERT_TRUE(all);
  EXPECT_GT(all->oldest, 300);
  EXPECT_EQ(all->lines.front().seq, all->oldest);
  EXPECT_EQ(all->lines.back().seq, 601);
  EXPECT_EQ(all->lines[all->lines.size() - 2].text, "line 599");
  for (std::size_t i = 1; i < all->lines.size(); ++i) ASSERT_EQ(all->lines[i].seq, all->lines[i - 1].seq + 1);
  const auto some = run(driver_->logs("t", 590, 5));
  ASSERT_EQ(some->lines.size(), 5U);
  EXPECT_EQ(some->lines[0].seq, 591);
  EXPECT_EQ(some->next_after, 595);
}

TEST_F(ProcessDriverTest, OutputIsMadeSafeToShow) {
  auto spec = shell(R"(printf 'a\377b\n\033[31mred\n'; printf 'no line end'; printf 'Bearer abcdefgh12345678\n' >&2)");
  run_to_end(spec);
  const auto text = output();
  EXPECT_THAT(text, HasSubstr("a\xEF\xBF\xBD"
                              "b\n"));
  EXPECT_THAT(text, HasSubstr("[31mred\n"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, HasSubstr("no line end"));
  EXPECT_THAT(text, Not(HasSubstr("abcdefgh12345678")));
  const auto lines = run(driver_->logs("t", 0, 10))->lines;
  EXPECT_EQ(std::ranges::count(lines, LogSource::err, &LogLine::source), 1);
}

TEST_F(ProcessDriverTest, ProgramsThatCannotRunSayWhy) {
  const auto fails_with = [&](TaskSpec spec, const std::string& words) {
    const auto exit = run_to_end(std::move(spec));
    EXPECT_EQ(exit.code, -1);
    EXPECT_THAT(exit.error, HasSubstr(words));
    EXPECT_THAT(output(), HasSubstr(words)) << "the log says it too";
  };
  auto spec = shell("");
  spec.argv = {"no-such-program-here"};
  fails_with(spec, "There is no program no-such-program-here");
  const auto file = (folder_ / "plain").string();
  std::ofstream(file) << "echo hi\n";
  spec.argv = {file};
  fails_with(spec, "may not be executed");
  ::chmod(file.c_str(), 0755);
  fails_with(spec, "is not a program");
  spec.argv = {folder_.string()};
  fails_with(spec, "may not be executed");
  spec = shell("exit 0");
  spec.driver_config["working_dir"] = "/no/such/folder";
  fails_with(spec, "The working folder /no/such/folder cannot be used");
  spec.argv = {"./relative"};
  EXPECT_EQ(run(driver_->start(spec)).error().code(), Errc::invalid_param);
  spec.argv = {};
  EXPECT_EQ(run(driver_->start(spec)).error().code(), Errc::invalid_param);
}

TEST_F(ProcessDriverTest, AFolderThatCannotBeUsedIsSaid) {
  EXPECT_EQ(driver_->fingerprint().health, Fingerprint::Health::healthy);
  EXPECT_THAT(driver_->fingerprint().version, HasSubstr("Linux"));
  const auto elsewhere = folder_.string() + ".away";
  fs::rename(folder_, elsewhere);
  const auto found = driver_->fingerprint();
  fs::rename(elsewhere, folder_);
  EXPECT_EQ(found.health, Fingerprint::Health::unhealthy);
  EXPECT_THAT(found.text, HasSubstr("the tasks' folder cannot be used"));
}

TEST_F(ProcessDriverTest, ATaskOverItsMemoryIsKilled) {
  auto spec = shell("exec tail /dev/zero");
  spec.limits.memory_bytes = 48 << 20;
  const auto exit = run_to_end(spec);
  EXPECT_FALSE(exit.success());
  if (!can_limit_memory_by_group()) GTEST_SKIP() << "no control group may be made here: each process has the limit";
  EXPECT_TRUE(exit.oom_killed) << exit.text();
  EXPECT_EQ(exit.signal, SIGKILL);
}

TEST_F(ProcessDriverTest, LimitsHold) {
  auto spec = shell("ulimit -n; ulimit -c; ulimit -f; ulimit -t; nice; head -c 9000 /dev/zero > big; ls -l big");
  spec.limits.open_files = 77;
  spec.limits.file_bytes = 4096;
  spec.limits.cpu_seconds = 33;
  spec.limits.nice = 7;
  run_to_end(spec);
  EXPECT_THAT(output(), HasSubstr("77\n0\n8\n33\n"));
  EXPECT_THAT(output(), HasSubstr("4096"));
  spec = shell("while :; do :; done");
  spec.limits.cpu_seconds = 1;
  const auto exit = run_to_end(spec);
  EXPECT_TRUE(exit.signal == SIGXCPU || exit.signal == SIGKILL) << exit.text();
}

TEST_F(ProcessDriverTest, ClosedStreamsAndNoInput) {
  EXPECT_EQ(run_to_end(shell("exec >&- 2>&-; sleep 0.1; exit 5")).code, 5);
  EXPECT_EQ(run_to_end(shell("cat; exit 9")).code, 9);
}

TEST_F(ProcessDriverTest, ItInheritsNothing) {
  const int leak = ::open("/dev/null", O_RDONLY);  // without close-on-exec
  ASSERT_EQ(::setenv("TROUPE_ADMIN_PASSWORD", "hidden", 1), 0);
  auto spec = shell("pwd; env | sort");
  spec.environment = {{"COLOUR", "blue"}};
  run_to_end(spec);
  spec = shell("exec sleep 1000");
  spec.id = "u";
  start(spec);
  const auto folder = "/proc/" + std::to_string(*run(driver_->inspect("u"))->pid);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  // Until the program has taken the place of the shell and its loader has read the libraries: both have descriptors of
  // their own for a moment. What was inherited stays.
  const auto is_sleep = [&] {
    std::ifstream name(folder + "/comm");
    std::string word;
    return std::getline(name, word) && word == "sleep";
  };
  std::vector<std::string> open;
  while ((!is_sleep() || open.size() != 3) && std::chrono::steady_clock::now() < deadline) {
    open.clear();
    for (const auto& file : fs::directory_iterator(folder + "/fd")) open.push_back(file.path().filename());
  }
  EXPECT_THAT(open, testing::UnorderedElementsAre("0", "1", "2"));
  ::close(leak);
  ::unsetenv("TROUPE_ADMIN_PASSWORD");
  const auto home = (folder_ / "t" / "work").string();
  const auto text = output();
  EXPECT_THAT(text, testing::StartsWith(home + "\n"));
  const auto run_id = run(driver_->inspect("t"))->handle.run;
  EXPECT_THAT(text, HasSubstr("COLOUR=blue\nHOME=" + home + "\nLANG=C.UTF-8\n"));
  EXPECT_THAT(text, HasSubstr("PATH=/usr/local/bin:/usr/bin:/bin\n"));
  EXPECT_THAT(text, HasSubstr("TROUPE_TASK_ID=t\nTROUPE_TASK_RUN=" + run_id));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
}

TEST_F(ProcessDriverTest, SecretsAreFilesForTheTaskAlone) {
  const std::string secret = "hush" + token_ + "hush";
  auto spec = shell("stat -c '%a %n' $TROUPE_TOKEN_FILE; wc -c < $TROUPE_TOKEN_FILE; echo ready; exec sleep 1000");
  spec.secrets = {{.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = secret}};
  start(spec);
  ASSERT_TRUE(said("ready"));
  const auto file = folder_ / "t" / "secrets" / "token";
  EXPECT_THAT(output(), HasSubstr("600 " + file.string()));
  EXPECT_TRUE(processes_with(secret).empty());
  const auto status = run(driver_->inspect("t"));
  for (const auto pid : {*status->pid, shim_of()}) {
    for (const auto* what : {"cmdline", "environ"}) {
      const auto text = shim::read_file("/proc/" + std::to_string(pid) + "/" + what, 1 << 20).value_or("");
      EXPECT_THAT(text, Not(HasSubstr(secret)));
    }
  }
  for (const auto* name : {shim::kSpecFile, shim::kStateFile}) {
    EXPECT_THAT(*shim::read_file((folder_ / "t" / name).string(), 1 << 20), Not(HasSubstr(secret)));
  }
  ASSERT_TRUE(run(driver_->stop("t", 5s)));
  EXPECT_FALSE(fs::exists(file)) << "gone with the end";
  struct stat folder{};
  ASSERT_EQ(::stat((folder_ / "t").c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777, 0700U);
}

TEST_F(ProcessDriverTest, ATaskOutlivesTroupeAndIsFoundByItsPid) {
  const auto handle = start(shell("i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.02; done"));
  const auto pid = run(driver_->inspect("t"))->pid;
  close();
  open();
  const auto found = run(driver_->recover(handle));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::running);
  EXPECT_EQ(found->pid, pid);
  const auto newest = run(driver_->logs("t", -1, 1))->next_after;
  EXPECT_FALSE(run(driver_->follow("t", newest, 10, 10s))->lines.empty()) << "it goes on writing";
  const auto status = run(driver_->inspect("t"));
  EXPECT_GT(status->memory_bytes.value_or(0), 0);
}

TEST_F(ProcessDriverTest, AnEndWhileTroupeIsAwayIsKnownAfterwards) {
  ASSERT_EQ(::mkfifo((folder_ / "go").c_str(), 0600), 0);
  const auto handle = start(shell("echo ready; read x < " + (folder_ / "go").string() + "; exit 42"));
  ASSERT_TRUE(said("ready"));
  close();
  std::ofstream(folder_ / "go") << "go\n";
  ASSERT_TRUE(eventually([&] { return shim_of() == 0; }));
  open();
  const auto found = run(driver_->recover(handle));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::exited);
  EXPECT_EQ(found->exit->code, 42);
}

TEST_F(ProcessDriverTest, AKilledShimTakesEverythingAlong) {
  start(shell("(setsid " + sleeper() + " &); " + sleeper() + " & echo ready; " + sleeper()));
  ASSERT_TRUE(said("ready"));
  ASSERT_TRUE(eventually([&] { return processes_with(token_).size() >= 4; }));
  ASSERT_EQ(::kill(static_cast<pid_t>(shim_of()), SIGKILL), 0);
  const auto exit = ended();
  EXPECT_FALSE(exit.error.empty());
  EXPECT_EQ(run(driver_->inspect("t"))->state, TaskState::lost);
  EXPECT_TRUE(eventually([&] { return processes_with(token_).empty(); }));
  EXPECT_EQ(run_to_end(shell("exit 3")).code, 3) << "the id can be used again";
}

TEST_F(ProcessDriverTest, AShimKilledWhileTroupeIsAwayIsALostTask) {
  auto spec = shell("(setsid " + sleeper() + " &); echo ready; " + sleeper());
  spec.secrets = {{.name = "token", .variable = "T", .bytes = "x"}};
  const auto handle = start(spec);
  ASSERT_TRUE(said("ready"));
  const auto shim = shim_of();
  close();
  ASSERT_EQ(::kill(static_cast<pid_t>(shim), SIGKILL), 0);
  ASSERT_TRUE(eventually([&] { return shim_of() == 0; }));
  open();
  const auto found = run(driver_->recover(handle));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, TaskState::lost);
  EXPECT_TRUE(processes_with(token_).empty());
  EXPECT_FALSE(fs::exists(folder_ / "t" / "secrets"));
}

TEST_F(ProcessDriverTest, WithoutMarkerAndSessionTheGroupStillKnows) {
  if (!shim::Cgroup::make("troupe-probe-" + token_)) GTEST_SKIP() << "no control group may be made here";
  shim::Cgroup::make("troupe-probe-" + token_).remove();
  start(shell("(env -i setsid " + sleeper() + " &); echo ready; " + sleeper()));
  ASSERT_TRUE(said("ready"));
  ASSERT_TRUE(eventually([&] { return processes_with(token_).size() >= 3; }));
  ASSERT_EQ(::kill(static_cast<pid_t>(shim_of()), SIGKILL), 0);
  ended();
  EXPECT_TRUE(eventually([&] { return processes_with(token_).empty(); }));
}

TEST_F(ProcessDriverTest, AFolderThatNobodyRecoveredIsListedAndDestroyed) {
  start(shell("trap '' TERM; echo ready; " + sleeper()));
  ASSERT_TRUE(said("ready"));
  close();
  open();
  const auto listed = run(driver_->list());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(run(driver_->start(shell("exit 0"))).error().code(), Errc::conflict) << "it still runs";
  ASSERT_TRUE(run(driver_->destroy(listed->front().task_id)));
  EXPECT_TRUE(processes_with(token_).empty());
  EXPECT_FALSE(fs::exists(folder_ / "t"));
}

TEST_F(ProcessDriverTest, TheShimIsSmall) {
  start(shell("exec sleep 1000"));
  const auto rollup = shim::read_file("/proc/" + std::to_string(shim_of()) + "/smaps_rollup", 1 << 16);
  ASSERT_TRUE(rollup);
  const auto at = rollup->find("Pss:");
  ASSERT_NE(at, std::string::npos);
  const auto kib = std::strtoll(rollup->c_str() + at + 4, nullptr, 10);
  RecordProperty("shim_pss_kib", static_cast<int>(kib));
  EXPECT_LT(kib, 1500);
}

}  // namespace
}  // namespace troupe::runtime
