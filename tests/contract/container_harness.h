// What the drivers' suite runs containers on: the stand-in, and real engines where they are installed.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "contract/stand_in_engine.h"
#include "contract/task_driver_suite.h"
#include "net/client/client.h"
#include "runtime/docker/driver.h"

namespace troupe::contract {

/// A driver with an instance of its own on some engine.
class ContainerHarness : public DriverHarness {
 public:
  explicit ContainerHarness(std::string host, std::string name = "docker") {
    options_ = {.name = std::move(name),
                .host = std::move(host),
                .instance = "t" + base::hex(base::as_bytes(base::random_bytes(6))),
                .folder = folder_.file("tasks"),
                .look_every = std::chrono::seconds(1)};
  }
  ~ContainerHarness() override { clear(); }
  runtime::TaskDriver& driver() override { return *driver_; }
  /// Of the next restart.
  runtime::docker::DockerDriver::Options& options() { return options_; }
  void restart() override {
    driver_.reset();
    begin();
    EXPECT_TRUE(eventually([this] { return driver_->fingerprint().text.empty(); })) << driver_->fingerprint().text;
  }
  /// The same without waiting for the engine.
  void begin() { driver_ = std::make_unique<runtime::docker::DockerDriver>(options_, metrics_); }
  void end() { driver_.reset(); }
  /// Removes what the tests have left.
  void clear() {
    if (!driver_) return;
    if (auto tasks = run(driver_->list())) {
      for (const auto& handle : *tasks) EXPECT_TRUE(run(driver_->destroy(handle.task_id)));
    }
    driver_.reset();
  }

 protected:
  runtime::docker::DockerDriver::Options options_;

 private:
  engine_testing::TempDir folder_;
  base::MetricRegistry metrics_;
  std::unique_ptr<runtime::docker::DockerDriver> driver_;
};

class StandInHarness final : public ContainerHarness {
 public:
  explicit StandInHarness(std::unique_ptr<StandInEngine> engine)
      : ContainerHarness(engine->host()), engine_(std::move(engine)) {
    options_.defaults.image = "localhost/stand-in:1";
    restart();
  }
  ~StandInHarness() override {
    clear();
    for (const auto& violation : engine_->violations()) ADD_FAILURE() << "no engine knows: " << violation;
  }
  StandInEngine& engine() { return *engine_; }
  runtime::TaskSpec spec(std::string id, Does what) override {
    static constexpr const char* kPrograms[] = {"exits_3",    "runs",          "ignores_stop",  "says_three",
                                                "breaks_off", "/nowhere/no-p", "is_slow_to_end"};
    return program(std::move(id), kPrograms[static_cast<int>(what)]);
  }
  static runtime::TaskSpec program(std::string id, std::string name) {
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.argv = {std::move(name)};
    return spec;
  }

 private:
  std::unique_ptr<StandInEngine> engine_;
};

/// An engine's service, started for these tests with files of its own, and an image that holds busybox.
class RealEngine {
 public:
  static constexpr const char* kImage = "localhost/troupe-busybox:latest";

  /// Why it cannot run here; empty: it runs.
  const std::string& why_not() const { return why_not_; }
  std::string host() const { return "unix://" + socket(); }

  static RealEngine& podman() {
    static RealEngine engine("podman");
    return engine;
  }
  static RealEngine& docker() {
    static RealEngine engine("dockerd");
    return engine;
  }

 private:
  explicit RealEngine(const std::string& program) {
    const auto there = [](const std::string& name) {
      return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
    };
    if (::getuid() != 0) why_not_ = "containers are tested as root";
    if (!there(program)) why_not_ = program + " is not installed";
    if (program == "podman" && !there("runc")) why_not_ = "podman is tested with runc, which is not installed";
    if (!there("busybox") || std::system("busybox true >/dev/null 2>&1") != 0) why_not_ = "busybox is not installed";
    if (!why_not_.empty()) return;
    if (program == "podman") {
      std::ofstream(dir_.file("containers.conf"))
          << "[containers]\ndefault_ulimits = [\"nofile=1024:1024\",\"nproc=1024:1024\"]\n[engine]\n"
             "cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nruntime = \"runc\"\n"
          << (there("tini-static") ? "init_path = \"/usr/bin/tini-static\"\n" : "");
      ::setenv("CONTAINERS_CONF", dir_.file("containers.conf").c_str(), 1);
      run({"podman", "--root", dir_.file("data"), "--runroot", dir_.file("run"), "system", "service", "--time=0",
           host()});
    } else {
      run({"dockerd", "--data-root", dir_.file("data"), "--exec-root", dir_.file("run"), "-p", dir_.file("pid"), "-H",
           host(), "--iptables=false", "--ip6tables=false", "--bridge=none"});
    }
    if (!kit::eventually([this] { return asks("GET", "/_ping", "") == 200 || ended(); }) || ended()) {
      why_not_ = program + " does not start here: " + last_words();
      return;
    }
    const auto tar = dir_.file("image.tar");
    const auto root = dir_.file("root");
    const auto packed = std::system(("mkdir -p " + root + "/bin " + root + "/tmp && cp $(command -v busybox) " + root +
                                     "/bin/ && for a in sh sleep echo kill true id cat ls; do ln -s busybox " + root +
                                     "/bin/$a; done && tar -C " + root + " -cf " + tar + " .")
                                        .c_str());
    std::ifstream file(tar, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto imported = asks("POST", "/v1.41/images/create?fromSrc=-&repo=localhost/troupe-busybox", bytes);
    if (packed != 0 || imported != 200) why_not_ = program + " takes no image: " + last_words();
  }
  ~RealEngine() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    // What it has mounted is in the folder that goes with this.
    static_cast<void>(std::system(("findmnt -rno TARGET | grep '^" + dir_.file("") +
                                   "' | sort -r | xargs -r umount -l"
                                   " >/dev/null 2>&1")
                                      .c_str()));
  }

  std::string socket() const { return dir_.file("engine.sock"); }
  void run(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, dir_.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    // A container's monitor leaves files (`oom`) in the folder that the engine works in.
    posix_spawn_file_actions_addchdir_np(&files, dir_.file("").c_str());
    if (::posix_spawnp(&pid_, argv[0], &files, nullptr, argv.data(), environ) != 0) pid_ = 0;
    posix_spawn_file_actions_destroy(&files);
  }
  bool ended() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    return pid_ <= 0;
  }
  /// The answer's status; 0: there was none.
  int asks(const std::string& method, const std::string& target, const std::string& body) {
    const auto client = net::client::HttpClient::make({.unix_socket = socket()});
    net::client::ClientRequest request(net::client::Trust::configured);
    request.method = method;
    request.url = "http://engine" + target;
    request.body = body;
    if (!body.empty()) request.headers.add("Content-Type", "application/x-tar");
    asio::io_context io{1};
    auto answer = asio::co_spawn(io, client->send(std::move(request)), asio::use_future);
    // Not to the end: the client keeps its connection for a while.
    while (answer.wait_for(0s) != std::future_status::ready) io.run_one_for(100ms);
    const auto got = answer.get();
    return got ? got->status : 0;
  }
  std::string last_words() const {
    std::ifstream file(dir_.file("log"));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.substr(text.size() > 500 ? text.size() - 500 : 0);
  }

  engine_testing::TempDir dir_;
  pid_t pid_ = 0;
  std::string why_not_;
};

class RealHarness final : public ContainerHarness {
 public:
  RealHarness(RealEngine& engine, std::string name) : ContainerHarness(engine.host(), std::move(name)) {
    options_.defaults = {.image = RealEngine::kImage, .network = "none"};
    restart();
  }
  ~RealHarness() override { clear(); }
  runtime::TaskSpec spec(std::string id, Does what) override {
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.argv = {"sh", "-c", script(what)};
    if (what == Does::cannot_start) spec.argv = {"/nowhere/no-such-program"};
    return spec;
  }
  static std::string script(Does what) {
    switch (what) {
      case Does::exits_3:
        return "exit 3";
      case Does::runs:
        return "exec sleep 1000";
      case Does::ignores_stop:
        return "trap '' TERM; echo ready; while :; do sleep 1; done";
      case Does::says_three:
        return "echo one; echo two; echo three; exec sleep 1000";
      case Does::breaks_off:
        return "kill -SEGV $$";
      case Does::cannot_start:
        break;
      case Does::is_slow_to_end:
        return "trap 'sleep 0.2; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    }
    return "";
  }
};

}  // namespace troupe::contract
