// Escapes from the sandbox, tried for real.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/sandbox/commands_fixture.h"

namespace troupe::runtime::sandbox {
namespace {

using namespace testing_commands;

/// Whether the script said "out": each of the scripts below says so when it got out.
constexpr const char* kGotOut = "got-out";

std::string python(const std::string& lines) { return "/usr/bin/python3 - <<'END'\n" + lines + "\nEND\n"; }

TEST_F(SandboxTest, ACommandYieldsItsStreamsAndItsExitCode) {
  const auto run = done(shell("cat; echo oops >&2; exit 3"));
  EXPECT_EQ(run.how, How::exited) << run.error << run.err;
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.err, "oops\n");
  EXPECT_EQ(records_, 1);
  EXPECT_EQ(runner().standing().backend, run.backend);
  auto order = shell("cat");
  order.input = std::string("bytes\0and more", 14);
  EXPECT_EQ(done(order).out, order.input);
  const auto killed = done(shell("kill -TERM $$"));
  EXPECT_EQ(killed.how, How::signalled) << killed.error;
  EXPECT_EQ(killed.signal, SIGTERM);
}

TEST_F(SandboxTest, AMissingProgramAndAMissingFolderAreSaid) {
  const auto run = done({.argv = {"no-such-program-here"}});
  EXPECT_EQ(run.how, How::not_started);
  EXPECT_THAT(run.error, HasSubstr("There is no program no-such-program-here"));
  CommandOrder order{.argv = {"true"}, .folder = work(), .cwd = "nowhere"};
  EXPECT_EQ(done(order).how, How::not_started);
}

TEST_F(SandboxTest, TheWorkingFolderIsSeenAndOnlyWrittenWhenThatIsAsked) {
  write("work/inner/file", "hello");
  CommandOrder order{.text = "pwd; cat file; echo new > made", .folder = work(), .cwd = "inner"};
  auto run = done(order);
  EXPECT_THAT(run.out, HasSubstr("/work/inner\nhello"));
  EXPECT_FALSE(fs::exists(root_ / "work/inner/made"));
  order.writable = true;
  run = done(order);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(fs::exists(root_ / "work/inner/made"));
}

TEST_F(SandboxTest, LinksOutOfTheWorkingFolderLeadNowhere) {
  fs::create_symlink(root_ / "data", root_ / "work/way-out");
  fs::create_symlink("/usr", root_ / "work/usr");
  CommandOrder order{.text = "cat way-out/secret.key; cat ../data/secret.key; ls -R /tmp /home /root /var /etc",
                     .folder = work(),
                     .writable = true};
  const auto run = done(order);
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("canary")));
  EXPECT_EQ(done({.argv = {"pwd"}, .folder = work(), .cwd = "way-out"}).how, How::not_started);
  const auto inside = done({.argv = {"pwd"}, .folder = work(), .cwd = "usr"});
  EXPECT_EQ(inside.how, How::not_started) << inside.out;
}

TEST_F(SandboxTest, NothingOfThisMachinesFilesProcessesAndEnvironmentIsSeen) {
  ::setenv("TROUPE_TEST_CANARY", "canary-of-the-environment", 1);
  const auto run =
      done(shell("env; cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'; id; ls / /etc /proc/1/fd;"
                 "cat /etc/shadow; cat " +
                 (root_ / "data/secret.key").string()));
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("canary-of")));
  EXPECT_THAT(run.out, Not(HasSubstr("root:")));
  EXPECT_THAT(run.out, HasSubstr("uid=65534"));
  EXPECT_LE(std::atoi(output_of("ls -d /proc/[0-9]* | wc -l").c_str()), 6);
  ::unsetenv("TROUPE_TEST_CANARY");
}

TEST_F(SandboxTest, NothingOutsideTheWorkingFolderCanBeWritten) {
  const auto run = done(
      shell("for f in /x /usr/x /usr/bin/sh /etc/passwd /etc/x /dev/x /.troupe/command /proc/sys/kernel/core_uses_pid "
            "/proc/sys/kernel/hostname /proc/sysrq-trigger /proc/self/oom_score_adj /sys/x /work/../x; do"
            " (: >> $f) 2> /dev/null && echo got-out $f; done; mount -o remount,rw / && echo got-out;"
            " chmod u+w / && : > /x && echo got-out;"
            " for d in null zero full random urandom tty; do chmod a+rw /dev/$d && echo got-out mode of $d; done"));
  EXPECT_THAT(run.out, Not(HasSubstr(kGotOut)));
}

TEST_F(SandboxTest, ThereIsNoNetworkAndNoSocketOfThisMachine) {
  const int port = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(port, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(port, 4), 0);
  ASSERT_EQ(::getsockname(port, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const int abstract = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  token_.copy(name.sun_path + 1, token_.size());
  ASSERT_EQ(::bind(abstract, reinterpret_cast<sockaddr*>(&name),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + token_.size())),
            0);
  ASSERT_EQ(::listen(abstract, 4), 0);
  const auto run =
      done(shell(python("import socket\n"
                        "def attempt(what, action):\n"
                        "  try:\n    action(); print('got-out', what)\n"
                        "  except OSError as e: print('no', what, e)\n"
                        "def tcp(): socket.create_connection(('127.0.0.1', " +
                        std::to_string(ntohs(address.sin_port)) +
                        "), 2)\n"
                        "def far(): socket.create_connection(('1.1.1.1', 53), 2)\n"
                        "def udp(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', "
                        "('8.8.8.8', 53))\n"
                        "def dns(): socket.getaddrinfo('example.com', 80)\n"
                        "def abstract(): socket.socket(socket.AF_UNIX).connect('\\0" +
                        token_ +
                        "')\n"
                        "def vsock(): socket.socket(40, socket.SOCK_STREAM)\n"
                        "def packet(): socket.socket(17, socket.SOCK_RAW)\n"
                        "def netlink(): socket.socket(16, socket.SOCK_RAW)\n"
                        "for f in (tcp, far, udp, dns, abstract, vsock, packet, netlink): "
                        "attempt(f.__name__, f)\n"
                        "print('done')")));
  EXPECT_THAT(run.out, HasSubstr("done")) << run.err;
  EXPECT_THAT(run.out, Not(HasSubstr(kGotOut)));
  ::close(port);
  ::close(abstract);
}

TEST_F(SandboxTest, SystemCallsThatNamespacesDoNotHoldAreRefused) {
  // unshare, setns, mount, ptrace, keyctl, bpf, memfd_create, shmget, and signals to those outside.
  const auto run = done(shell(python(
      "import ctypes, os\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(what, *args):\n"
      "  if libc.syscall(*args) != -1: print('got-out', what)\n"
      "if os.uname().machine == 'x86_64':\n"
      "  call('unshare', 272, 0x10000000); call('setns', 308, 0, 0); call('mount', 165, b'a', b'/tmp', b'tmpfs', 0, "
      "0)\n"
      "  call('ptrace', 101, 16, 1, 0, 0); call('keyctl', 250, 0, -3, 0); call('bpf', 321, 0, 0, 0)\n"
      "  call('memfd', 319, b'x', 0); call('shmget', 29, 0, 4096, 0o1600); call('userns', 56, 0x10000011, 0, 0, 0, 0)\n"
      "  call('clone3', 435, 0, 0)\n"
      "for pid in (" +
      std::to_string(::getpid()) + ", " + std::to_string(::getppid()) +
      "):\n"
      "  try: os.kill(pid, 0); print('got-out', 'kill')\n"
      "  except OSError: pass\n"
      "try: os.kill(1, 9)\nexcept OSError: pass\n"
      "try: open('/proc/1/mem', 'rb+'); print('got-out', 'mem')\nexcept OSError: pass\n"
      "try: os.setuid(0); print('got-out', 'setuid')\nexcept OSError: pass\n"
      "print('done')")));
  EXPECT_THAT(run.out, HasSubstr("done")) << run.err << run.error;
  EXPECT_THAT(run.out, Not(HasSubstr(kGotOut)));
  EXPECT_EQ(run.how, How::exited);
}

TEST_F(SandboxTest, ProgramsWithTheSetuidBitGainNothing) {
  const auto run =
      done(shell("find /usr/bin -perm -4000 | head -n 3; /usr/bin/su -c id </dev/null;"
                 "grep -E 'NoNewPrivs|CapEff' /proc/self/status"));
  EXPECT_THAT(run.out, Not(HasSubstr("uid=0")));
  EXPECT_THAT(run.out, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(run.out, HasSubstr("CapEff:\t0000000000000000"));
}

TEST_F(SandboxTest, NoFileIsLeftThatLendsItsOwnersRights) {
  CommandOrder order{.text = "cp /usr/bin/id a; chmod 755 a; chmod u+s a; chmod g+s a; " +
                             python("import os\n"
                                    "for flags in (os.O_CREAT, os.O_CREAT | os.O_EXCL):\n"
                                    "  try: os.open('b%d' % flags, os.O_WRONLY | flags, 0o6755)\n"
                                    "  except OSError: pass\n"
                                    "try:\n"
                                    "  fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o6755)\n"
                                    "  os.link('/proc/self/fd/%d' % fd, 'c', follow_symlinks=True)\n"
                                    "except OSError: pass\n"
                                    "open('plain', 'w').write('x')"),
                     .folder = work(),
                     .writable = true};
  const auto run = done(order);
  EXPECT_TRUE(fs::exists(root_ / "work/a") && fs::exists(root_ / "work/plain")) << run.err;
  for (const auto& file : fs::directory_iterator(work())) {
    const auto mode = file.status().permissions();
    EXPECT_EQ(mode & (fs::perms::set_uid | fs::perms::set_gid), fs::perms::none) << file.path();
  }
}

TEST_F(SandboxTest, AForkBombIsBounded) {
  auto order =
      shell(python("import os, time\n"
                   "made = 0\n"
                   "try:\n"
                   "  while made < 3000:\n"
                   "    if os.fork() == 0:\n      time.sleep(60); os._exit(0)\n"
                   "    made += 1\n"
                   "except OSError: pass\n"
                   "print('made', made, flush=True)\n"));
  order.limits.processes = 20;
  order.limits.time = 50s;
  const auto run = done(order);
  if (run.how == How::exited) {
    const auto made = std::atoi(run.out.substr(run.out.find(' ') + 1).c_str());
    EXPECT_LE(made, 22) << run.out << run.err;
  } else {
    EXPECT_TRUE(run.how == How::too_many_processes || run.how == How::out_of_memory) << name_of(run.how) << run.error;
  }
}

TEST_F(SandboxTest, AMemoryBombIsBounded) {
  auto order = shell(python("kept = []\nwhile True: kept.append(bytearray(b'x' * (1 << 20)))"));
  order.limits.memory_bytes = 64LL << 20;
  order.limits.time = 50s;
  const auto run = done(order);
  EXPECT_TRUE(run.how == How::out_of_memory || (run.how == How::exited && run.exit_code != 0)) << name_of(run.how);
  EXPECT_EQ(done(shell("echo alive")).out, "alive\n");
}

TEST_F(SandboxTest, FoldersInMemoryAreSmall) {
  const auto run =
      done(shell("for d in /tmp /dev/shm /work; do head -c 200000000 /dev/zero > $d/x; "
                 "stat -c %s $d/x; rm $d/x; done"));
  EXPECT_THAT(run.out, Not(HasSubstr("200000000")));
}

TEST_F(SandboxTest, OutputWithoutEndIsCutAndEndsInTime) {
  auto order = shell("yes canary");
  order.limits.output_bytes = 1000;
  CommandRun run;
  // How long it takes until something is printed is the machine's to say.
  for (const auto time : {400ms, 4'000ms, 40'000ms}) {
    order.limits.time = time;
    run = done(order);
    EXPECT_EQ(run.how, How::timed_out);
    if (run.out_truncated) break;
  }
  EXPECT_TRUE(run.out_truncated);
  EXPECT_FALSE(run.err_truncated);
  EXPECT_EQ(run.out.size(), 1000U);
}

TEST_F(SandboxTest, ATimeOutKillsTheWholeTree) {
  auto order = shell("setsid " + sleeper() + " & (trap '' TERM HUP; " + sleeper() + ") & exec " + sleeper());
  order.limits.time = 300ms;
  const auto run = done(order);
  EXPECT_EQ(run.how, How::timed_out);
  EXPECT_TRUE(processes_of_mine().empty());
}

TEST_F(SandboxTest, WhatACommandLeavesRunningEndsWithIt) {
  const auto run = done(shell("setsid " + sleeper() + " < /dev/null > /dev/null 2>&1 & exit 4"));
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_TRUE(processes_of_mine().empty());
}

TEST_F(SandboxTest, CpuAndFileSizesAreLimited) {
  auto order = shell("while :; do :; done");
  order.limits.cpu_seconds = 1;
  order.limits.time = 50s;
  const auto run = done(order);
  EXPECT_NE(run.how, How::timed_out);
  EXPECT_FALSE(run.success());
  auto big = shell("head -c 5000000 /dev/zero > /tmp/x; stat -c %s /tmp/x");
  big.limits.file_bytes = 1'000'000;
  EXPECT_THAT(done(big).out, Not(HasSubstr("5000000")));
}

TEST_F(SandboxTest, WhoGivesUpWaitingHasTheCommandKilledAndItsRecordTold) {
  std::promise<CommandRun> told;
  asio::cancellation_signal signal;
  auto over = asio::co_spawn(
      tasks_run_on(), runner().run(shell("exec " + sleeper()), [&](const CommandRun& run) { told.set_value(run); }),
      asio::bind_cancellation_slot(signal.slot(), asio::use_future));
  ASSERT_TRUE(eventually([&] { return !processes_of_mine().empty(); }));
  asio::post(tasks_run_on(), [&] { signal.emit(asio::cancellation_type::terminal); });
  auto record = told.get_future();
  ASSERT_EQ(record.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(record.get().how, How::cancelled);
  over.wait();
  EXPECT_TRUE(processes_of_mine().empty());
}

TEST_F(SandboxTest, AStopKillsCommandsAndRefusesNewOnes) {
  auto over = asio::co_spawn(tasks_run_on(), runner().run(shell("exec " + sleeper()), [](const CommandRun&) {}),
                             asio::use_future);
  ASSERT_TRUE(eventually([&] { return !processes_of_mine().empty(); }));
  ASSERT_TRUE(run(runner().stop()));
  EXPECT_EQ(over.get().how, How::cancelled);
  EXPECT_EQ(done(shell("true")).how, How::refused);
}

TEST_F(SandboxTest, NothingOutlivesARunnerThatIsGone) {
  asio::co_spawn(tasks_run_on(), runner().run(shell("exec " + sleeper()), [](const CommandRun&) {}), asio::use_future);
  ASSERT_TRUE(eventually([&] { return !processes_of_mine().empty(); }));
  runner_.reset();  // its thread, the supervisors' parent, ends: to them that is Troupe's death
  EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); }));
}

TEST_F(SandboxTest, ASupervisorThatIsKilledLeavesNothing) {
  auto over = asio::co_spawn(tasks_run_on(), runner().run(shell("exec " + sleeper()), [](const CommandRun&) {}),
                             asio::use_future);
  ASSERT_TRUE(eventually([&] { return !processes_of_mine().empty(); }));
  const auto supervisors = shim::find_processes([](const shim::ProcessStat& process) {
    const auto name = shim::read_file("/proc/" + std::to_string(process.pid) + "/comm", 64);
    return process.parent == ::getpid() && name && *name == "troupe-command\n";
  });
  ASSERT_FALSE(supervisors.empty());
  for (const auto& supervisor : supervisors) shim::signal_process(supervisor, SIGKILL);
  EXPECT_EQ(over.get().how, How::cancelled) << "nobody knows how far it came";
  EXPECT_TRUE(eventually([&] { return processes_of_mine().empty(); }));
  for (const auto& supervisor : supervisors) {
    const auto name = "troupe-command-" + std::to_string(supervisor.pid);
    for (const auto* folder : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup"}) {
      EXPECT_FALSE(fs::exists(fs::path(folder) / name)) << folder;
    }
  }
}

/// Also where no control group refuses them.
TEST_F(SandboxTest, ThreadsCountAsProcesses) {
  auto order =
      shell(python("import threading, time\n"
                   "threading.stack_size(65536)\n"
                   "made = 0\n"
                   "try:\n"
                   "  while made < 500:\n"
                   "    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n"
                   "    made += 1\n"
                   "except RuntimeError: print('refused', flush=True)\n"
                   "else: time.sleep(100)\n"
                   "import os\nos._exit(0)"));
  order.limits.processes = 20;
  order.limits.time = 50s;
  const auto run = done(order);
  EXPECT_TRUE(run.how == How::too_many_processes || run.out == "refused\n") << name_of(run.how) << run.out << run.err;
}

TEST_F(SandboxTest, TheNameOfAMissingProgramMayBeLong) {
  const auto run = done({.argv = {std::string(60'000, 'x')}});
  EXPECT_EQ(run.how, How::not_started) << name_of(run.how);
  EXPECT_LT(run.error.size(), 1000U);
}

}  // namespace
}  // namespace troupe::runtime::sandbox
