// What is refused, what is split and allowed on the host, and which arguments sandboxes are given. No sandbox needed.
#include "runtime/sandbox/backend.h"
#include "runtime/sandbox/check_order.h"
#include "runtime/sandbox/commands_fixture.h"
#include "runtime/sandbox/confinement.h"
#include "runtime/sandbox/host_words.h"
#include "runtime/sandbox/module_parts.h"
#include "runtime/sandbox/seccomp_filter.h"

namespace troupe::runtime::sandbox {
namespace {

using namespace testing_commands;
using testing::Contains;
using testing::ElementsAre;

using CommandRulesTest = CommandsTest;

class HostCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    settings_.mode = Mode::host;
    settings_.host_allow = {"echo", "cat", "sleep", "/bin/pwd", "env"};
  }
  CommandOrder host(std::string text) const { return {.text = std::move(text), .folder = work()}; }
};

TEST_F(CommandRulesTest, OffSaysSoInTheseWords) {
  settings_.allow = false;
  const auto run = done(shell("true"));
  EXPECT_EQ(run.how, How::refused);
  EXPECT_EQ(run.error, "Shell command execution is disabled. Set ALLOW_SHELL=1 to enable.");
  EXPECT_EQ(records_, 1) << "what is refused has a record, too";
  EXPECT_FALSE(runner().standing().allowed);
}

TEST_F(CommandRulesTest, WithoutASandboxNothingRuns) {
  const std::string nowhere = (root_ / "empty").string();
  runner_ = std::make_unique<CommandRunner>(
      CommandRunner::Options{.data_dir = (root_ / "data").string(), .settings = settings_, .folders = {nowhere}},
      metrics_);
  const auto refused = done(shell("echo hello > " + work() + "/ran"));
  EXPECT_EQ(refused.how, How::refused);
  EXPECT_THAT(refused.error, HasSubstr("isolation cannot be had here"));
  EXPECT_FALSE(fs::exists(root_ / "work/ran"));
  const auto standing = runner().standing();
  EXPECT_TRUE(standing.allowed);
  EXPECT_FALSE(standing.ready);
  EXPECT_THAT(standing.text, HasSubstr("install bubblewrap"));
}

TEST_F(CommandRulesTest, AProgramThatMakesNoSandboxIsNotBelieved) {
  const auto folder = root_ / "programs";
  fs::create_directories(folder);
  write("programs/bwrap", "#!/bin/sh\necho user=65534\nexit 0\n");
  fs::permissions(folder / "bwrap", fs::perms::owner_all);
  runner_ = std::make_unique<CommandRunner>(
      CommandRunner::Options{
          .data_dir = (root_ / "data").string(), .settings = settings_, .folders = {folder.string()}},
      metrics_);
  const auto refused = done(shell("echo hello"));
  EXPECT_EQ(refused.how, How::refused) << refused.out;
  EXPECT_THAT(refused.error, HasSubstr("bubblewrap:"));
}

TEST_F(CommandRulesTest, ModeAndOrdersAreChecked) {
  const auto error = [&](CommandOrder order) { return done(std::move(order)).error; };
  EXPECT_THAT(error({.text = "true", .mode = "HOST"}), HasSubstr("COMMAND_MODE=HOST"));
  EXPECT_THAT(error({.text = "true", .mode = "host"}), HasSubstr("SANDBOX or HOST"));
  EXPECT_THAT(error({}), HasSubstr("argv or text"));
  EXPECT_THAT(error({.argv = {"a"}, .text = "a"}), HasSubstr("argv or text"));
  EXPECT_THAT(error({.text = std::string("a\0b", 3)}), HasSubstr("zero bytes"));
  EXPECT_THAT(error({.argv = {std::string("a\0b", 3)}}), HasSubstr("zero bytes"));
  EXPECT_THAT(error({.argv = std::vector<std::string>(129, "a")}), HasSubstr("128"));
  EXPECT_THAT(error({.argv = {"echo", std::string(70'000, 'x')}}), HasSubstr("64 KiB"));
  EXPECT_THAT(error({.text = "true", .input = std::string((1 << 20) + 1, 'x')}), HasSubstr("1 MiB"));
  for (const auto* outside : {"..", "inner/../..", "/etc", "../data"}) {
    EXPECT_THAT(error({.text = "true", .folder = work(), .cwd = outside}), HasSubstr("cwd must be")) << outside;
  }
  EXPECT_THAT(error({.text = "true", .environment = {{"A B", "x"}}}), HasSubstr("environment"));
  EXPECT_THAT(error({.text = "true", .environment = {{"A", std::string("\0", 1)}}}), HasSubstr("zero bytes"));
  EXPECT_THAT(error({.text = "true", .limits = {.time = 300'001ms}}), HasSubstr("limits/time"));
  EXPECT_THAT(error({.text = "true", .limits = {.memory_bytes = 1LL << 40}}), HasSubstr("limits/memory_bytes"));
  EXPECT_THAT(error({.text = "true", .limits = {.processes = -1}}), HasSubstr("limits/processes"));
  const auto unrecorded = wait(runner().run(shell("true"), Audit()));
  EXPECT_EQ(unrecorded.how, How::refused);
}

TEST_F(CommandRulesTest, NoWorkingFolderHoldsTheDataFolder) {
  const auto data = (root_ / "data").string();
  fs::create_directories(root_ / "data/inner");
  fs::create_symlink(root_, root_ / "work/up");
  EXPECT_TRUE(folder_of(data + "/inner", data));
  EXPECT_EQ(folder_of(work(), data).value(), fs::canonical(work()));
  for (const auto& wrong : {data, root_.string(), std::string("/"), work() + "/up", std::string("relative"),
                            root_.string() + "/nowhere", std::string("/proc/self"), std::string("/etc")}) {
    EXPECT_FALSE(folder_of(wrong, data)) << wrong;
  }
}

TEST(HostWordsTest, WordsAreSplitAndShellsWordsRefused) {
  EXPECT_THAT(split_words("git  log -n 1").value(), ElementsAre("git", "log", "-n", "1"));
  EXPECT_THAT(split_words("a 'b ; c' \"d e\" ''").value(), ElementsAre("a", "b ; c", "d e", ""));
  for (const auto* wrong : {"a; b",   "a && b", "a | b", "a > b",   "a < b",  "a $(b)",  "a `b`", "a $B",   "a *",
                            "a ?",    "a [b]",  "~",     "a \\; b", "\"$A\"", "\"`a`\"", "'open", "\"open", "a\nb",
                            "'a\nb'", "a #b",   "!a",    "{a,b}",   "",       "  ",      "a\rb",  "(a)",    "a\x7f"}) {
    EXPECT_FALSE(split_words(wrong)) << wrong;
  }
  EXPECT_FALSE(split_words(std::string_view("a\0b", 3)));
}

TEST(HostWordsTest, ProgramsAreExactlyTheListed) {
  const std::vector<std::string> allowed{"true", "/bin/echo", "../x", "no-such-program-here"};
  EXPECT_THAT(allowed_program("true", allowed).value(), testing::EndsWith("/true"));
  EXPECT_EQ(allowed_program("/bin/echo", allowed).value(), "/bin/echo");
  for (const auto* wrong :
       {"echo", "/bin/true", "TRUE", "tru", "../x", "no-such-program-here", "/bin/../bin/echo", ""}) {
    EXPECT_FALSE(allowed_program(wrong, allowed)) << wrong;
  }
}

TEST_F(HostCommandsTest, AllowedProgramsRunWithoutAShellAndWithoutOurEnvironment) {
  ::setenv("TROUPE_TEST_CANARY", "canary-of-the-environment", 1);
  const auto run = done(host("echo 'a; b' c"));
  EXPECT_EQ(run.how, How::exited) << run.error;
  EXPECT_EQ(run.out, "a; b c\n");
  EXPECT_EQ(run.backend, "host");
  EXPECT_EQ(run.mode, Mode::host);
  EXPECT_THAT(done(host("env")).out, Not(HasSubstr("canary-of")));
  EXPECT_EQ(done(host("rm x")).error, "The program rm is not in SHELL_ALLOW.");
  EXPECT_EQ(done(host("echo a; rm x")).how, How::refused);
  EXPECT_EQ(done({.argv = {"sh", "-c", "true"}, .folder = work()}).how, How::refused);
  EXPECT_EQ(done({.text = "echo a"}).how, How::refused) << "no folder";
  auto order = host("echo a");
  order.environment["LD_PRELOAD"] = "/tmp/x.so";
  EXPECT_EQ(done(order).how, How::refused);
  ::unsetenv("TROUPE_TEST_CANARY");
}

TEST_F(HostCommandsTest, CwdIsInsideTheFolderWhateverLinksThereAre) {
  fs::create_symlink(root_ / "data", root_ / "work/way-out");
  auto order = host("/bin/pwd");
  order.cwd = "inner";
  EXPECT_EQ(done(order).out, (fs::canonical(root_) / "work/inner").string() + "\n");
  order.cwd = "way-out";
  const auto run = done(order);
  EXPECT_EQ(run.how, How::not_started);
  EXPECT_THAT(run.error, HasSubstr("The working folder cannot be used"));
}

TEST_F(HostCommandsTest, TimeAndOutputAreLimitedAndInputEnds) {
  auto order = host(sleeper());
  order.limits.time = 300ms;
  EXPECT_EQ(done(order).how, How::timed_out);
  auto cat = host("cat");
  cat.input = std::string(300'000, 'x');
  cat.limits.output_bytes = 100;
  const auto run = done(cat);
  EXPECT_EQ(run.how, How::exited) << run.error;
  EXPECT_EQ(run.out.size(), 100U);
  EXPECT_TRUE(run.out_truncated);
}

TEST_F(HostCommandsTest, AMissingSandboxConcernsOnlyThoseWhoAskForIt) {
  runner_ = std::make_unique<CommandRunner>(
      CommandRunner::Options{
          .data_dir = (root_ / "data").string(), .settings = settings_, .folders = {(root_ / "empty").string()}},
      metrics_);
  EXPECT_THAT(done({.text = "true", .mode = "SANDBOX"}).error, HasSubstr("install bubblewrap"));
  EXPECT_TRUE(runner().standing().ready);
  EXPECT_EQ(done(host("echo a")).out, "a\n");
}

TEST_F(HostCommandsTest, TooManyAtOnceAreRefused) {
  settings_.at_once = 1;
  auto first =
      asio::co_spawn(tasks_run_on(), runner().run(host(sleeper()), [](const CommandRun&) {}), asio::use_future);
  ASSERT_TRUE(eventually([&] { return !processes_of_mine().empty(); }));
  EXPECT_THAT(done(host("echo a")).error, HasSubstr("Too many commands"));
  ASSERT_TRUE(run(runner().stop()));
  EXPECT_EQ(first.get().how, How::cancelled);
}

TEST(ConfinementTest, ContainersGetTheFlagsOfASandbox) {
  const Confinement confinement{
      .folder = "/srv/w",
      .limits = {.time = 1s, .cpu_seconds = 2, .memory_bytes = 1 << 28, .processes = 64, .file_bytes = 1000}};
  const auto line = container_arguments({.engine = "/usr/bin/podman", .image = "base:1", .name = "n"}, confinement,
                                        "in", {"A=b"}, {"sh", "-c", "echo $(id); \"'"});
  const std::string joined = [&] {
    std::string text;
    for (const auto& part : line) text += part + "\n";
    return text;
  }();
  for (const auto* flag :
       {"--network\nnone\n", "--read-only\n", "--cap-drop\nALL\n", "--security-opt\nno-new-privileges\n",
        "--pids-limit\n64\n", "--memory\n268435456b\n", "--cpus\n1\n", "--user\n65534:65534\n",
        "--tmpfs\n/tmp:rw,noexec,nosuid,nodev,size=64m\n", "--pull\nnever\n", "--name\nn\n",
        "--mount\ntype=bind,source=/srv/w,target=/work,readonly\n", "--workdir\n/work/in\n", "--env\nA=b\n",
        "--entrypoint\nsh\nbase:1\n-c\necho $(id); \"'\n"}) {
    EXPECT_THAT(joined, HasSubstr(flag));
  }
  EXPECT_THAT(container_end({.engine = "/usr/bin/docker", .image = "i", .name = "n"}),
              ElementsAre("/usr/bin/docker", "kill", "--signal", "KILL", "n"));
}

TEST(ConfinementTest, BubblewrapHidesFoldersUnderUsrAndOpensNothing) {
  const Confinement confinement{.hidden = {"/usr/share", "/srv"}, .limits = {.memory_bytes = 1 << 28}};
  const auto line = bubblewrap_arguments("/usr/bin/bwrap", confinement);
  for (const auto* flag : {"--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent",
                           "--new-session", "--seccomp", "/usr/share"}) {
    EXPECT_THAT(line, Contains(flag));
  }
  for (const auto* never : {"--share-net", "--dev-bind", "--bind", "/srv", "/home", "/run", "/var"}) {
    EXPECT_THAT(line, Not(Contains(never)));
  }
}

TEST(ConfinementTest, WhatAProbeSaysIsRead) {
  const std::string good =
      "user=65534\nCapEff:=0000000000000000\nNoNewPrivs:=1\nSeccomp:=2\nroutes=0\nprocesses=3\nroot=closed\n"
      "kernel=closed\ndevices=closed\nfiles=closed\n";
  EXPECT_EQ(find_hole(good), std::nullopt);
  EXPECT_NE(find_hole(""), std::nullopt);
  for (const auto* part :
       {"user=65534", "routes=0", "root=closed", "files=closed", "devices=closed", "Seccomp:=2", "processes=3"}) {
    auto bad = good;
    bad.replace(bad.find(part), std::string_view(part).size(), std::string(part).substr(0, 4) + "=9");
    EXPECT_NE(find_hole(bad), std::nullopt) << part;
  }
  EXPECT_TRUE(seccomp_filter());
}

TEST(CommandSettingsTest, DoctorAndReviewSayWhatIsDangerous) {
  host::Settings settings;
  const host::Examination examination{.settings = settings, .clock = base::system_clock()};
  EXPECT_EQ(examine_commands(examination).says, "commands are off");
  auto& commands = settings.edit<CommandSettings>();
  commands.allow = true;
  commands.mode = Mode::host;
  EXPECT_EQ(examine_commands(examination).level, host::Finding::Level::warning);
  host::Review review;
  review_commands(settings, review);
  ASSERT_EQ(review.problems.size(), 1U) << "no program is listed";
  commands.host_allow = {"git"};
  review_commands(settings, review);
  EXPECT_EQ(review.problems.size(), 1U);
  EXPECT_EQ(review.at_start.size(), 1U);
}

}  // namespace
}  // namespace troupe::runtime::sandbox
