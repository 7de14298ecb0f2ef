// The drivers of clusters under the suite of all drivers, on engines that somebody has started (docs/clusters.md).
// TROUPE_TEST_NOMAD and TROUPE_TEST_KUBECONFIG name them, TROUPE_TEST_CLUSTER_IMAGE an image with sh.
// modules: runtime
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/crypto.h"
#include "base/encoding.h"
#include "contract/task_driver_suite.h"
#include "runtime/cluster/cluster_driver.h"
#include "runtime/kubernetes/access.h"
#include "runtime/kubernetes/kube_cluster.h"
#include "runtime/nomad/nomad_cluster.h"

namespace troupe::contract {
namespace {

std::string variable(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

/// As shells, so that one image does for all.
std::string script_of(Does what) {
  switch (what) {
    case Does::exits_3:
      return "exit 3";
    case Does::runs:
      return "trap 'exit 143' TERM; while :; do sleep 0.1; done";
    case Does::ignores_stop:
      return "trap '' TERM; echo ready; while :; do sleep 1; done";
    case Does::says_three:
      return "trap 'exit 143' TERM; echo one; echo two; echo three; while :; do sleep 0.1; done";
    case Does::breaks_off:
      return "exit 139";
    case Does::cannot_start:
      break;
    case Does::is_slow_to_end:
      return "trap 'sleep 0.2; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
  }
  return "";
}

/// A driver with an instance of its own on a real engine.
class RealClusterHarness : public DriverHarness {
 public:
  ~RealClusterHarness() override {
    if (!driver_) return;
    if (auto tasks = run(driver_->list())) {
      for (const auto& handle : *tasks) EXPECT_TRUE(run(driver_->destroy(handle.task_id)));
    }
    on_its_thread([this] {
      driver_.reset();
      io().stop();
    });
  }
  runtime::TaskDriver& driver() override { return *driver_; }
  void restart() override {
    on_its_thread([this] {
      driver_.reset();
      driver_ = std::make_unique<runtime::cluster::ClusterDriver>(
          io().get_executor(), make_cluster(), metrics_,
          runtime::cluster::ClusterDriver::Options{.start_patience = 40s});
    });
    EXPECT_TRUE(eventually([this] { return driver_->fingerprint().health == runtime::Fingerprint::Health::healthy; }))
        << driver_->fingerprint().text;
  }
  runtime::TaskSpec spec(std::string id, Does what) override {
    auto spec = script(std::move(id), script_of(what));
    if (what == Does::cannot_start) spec.argv = {"/nowhere/no-such-program"};
    return spec;
  }
  runtime::TaskSpec script(std::string id, std::string text) {
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.argv = {"sh", "-c", std::move(text)};
    spec.driver_config = config();
    return spec;
  }

 protected:
  virtual std::shared_ptr<runtime::cluster::Cluster> make_cluster() = 0;
  virtual boost::json::object config() = 0;
  const std::string instance_ = "t" + base::hex(base::as_bytes(base::random_bytes(6)));
  const std::string image_ = variable("TROUPE_TEST_CLUSTER_IMAGE", "localhost/troupe-busybox:1");

 private:
  void on_its_thread(const std::function<void()>& action) {
    std::promise<void> done;
    asio::post(io(), [&] {
      action();
      done.set_value();
    });
    done.get_future().get();
  }
  base::MetricRegistry metrics_;
  std::unique_ptr<runtime::cluster::ClusterDriver> driver_;
};

class RealNomadHarness final : public RealClusterHarness {
 public:
  RealNomadHarness() {
    if (variable("TROUPE_TEST_NOMAD").empty()) throw Skipped("TROUPE_TEST_NOMAD names no Nomad");
    restart();
  }

 private:
  std::shared_ptr<runtime::cluster::Cluster> make_cluster() override {
    return std::make_shared<runtime::nomad::NomadCluster>(
        net::client::HttpClient::make({}),
        runtime::nomad::NomadCluster::Options{
            .address = variable("TROUPE_TEST_NOMAD"),
            .token = variable("TROUPE_TEST_NOMAD_TOKEN"),
            .place = {.job = "troupe", .instance = instance_, .name_space = "default"}});
  }
  boost::json::object config() override {
    return {{"image", image_}, {"network_mode", "none"}, {"cpu_mhz", 20}, {"memory_mib", 32}};
  }
};

class RealKubernetesHarness final : public RealClusterHarness {
 public:
  RealKubernetesHarness() {
    const auto file = variable("TROUPE_TEST_KUBECONFIG");
    if (file.empty()) throw Skipped("TROUPE_TEST_KUBECONFIG names no kubeconfig");
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    auto access = runtime::kubernetes::read_kubeconfig(text.str(), std::filesystem::path(file).parent_path());
    if (!access) throw std::runtime_error(file + ": " + access.error().message());
    access_ = *std::move(access);
    restart();
  }
  ~RealKubernetesHarness() override { std::filesystem::remove_all(folder_); }

 private:
  std::shared_ptr<runtime::cluster::Cluster> make_cluster() override {
    auto options = runtime::kubernetes::client_options(access_, folder_);
    if (!options) throw std::runtime_error(options.error().message());
    return std::make_shared<runtime::kubernetes::KubernetesCluster>(
        net::client::HttpClient::make(*std::move(options)),
        runtime::kubernetes::KubernetesCluster::Options{
            .server = access_.server,
            .token = runtime::kubernetes::token_source(access_),
            .name_space = access_.name_space.empty() ? "default" : access_.name_space,
            .instance = instance_});
  }
  boost::json::object config() override {
    return {{"image", image_}, {"image_pull_policy", "IfNotPresent"}, {"cpu", "10m"}, {"memory", "32Mi"}};
  }
  runtime::kubernetes::Access access_;
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("troupe-kube-" + instance_);
};

const NamedHarness kRealClusters[] = {{"nomad", [] { return std::make_unique<RealNomadHarness>(); }},
                                      {"kubernetes", [] { return std::make_unique<RealKubernetesHarness>(); }}};

INSTANTIATE_TEST_SUITE_P(RealClusters, TaskDriverSuite, testing::ValuesIn(kRealClusters),
                         [](const auto& info) { return info.param.name; });

/// What only a real engine can show.
class RealClusterTest : public testing::TestWithParam<NamedHarness> {
 protected:
  void SetUp() override {
    try {
      auto made = GetParam().make();
      harness_.reset(static_cast<RealClusterHarness*>(made.release()));
    } catch (const Skipped& why) {
      GTEST_SKIP() << why.what();
    }
  }
  std::vector<std::string> said_by(const runtime::TaskSpec& spec, std::size_t lines) {
    const auto started = harness_->run(harness_->driver().start(spec));
    EXPECT_TRUE(started) << started.error().message() << " " << started.error().detail();
    std::vector<std::string> said;
    harness_->eventually([&] {
      const auto page = harness_->run(harness_->driver().logs(spec.id, 0, 100));
      said.clear();
      if (page) {
        for (const auto& line : page->lines) said.push_back(line.text);
      }
      return said.size() >= lines;
    });
    return said;
  }
  std::unique_ptr<RealClusterHarness> harness_;
};

TEST_P(RealClusterTest, ArgumentsEnvironmentAndSecretsArriveAsTheyAre) {
  auto spec =
      harness_->script("t", "echo \"$1\"; echo \"$GREETING\"; cat \"$WORDS_FILE\"; while :; do sleep 0.1; done");
  spec.argv.insert(spec.argv.end(), {"sh", "an ${HOME} $(GREETING) \"argument\" \xc3\xa4"});
  spec.environment["GREETING"] = "hello ${NOMAD_TASK_DIR} $(HOME) 'all'";
  spec.secrets.push_back({.name = "words", .variable = "WORDS_FILE", .bytes = "three plain words\n"});
  EXPECT_EQ(said_by(spec, 3), (std::vector<std::string>{"an ${HOME} $(GREETING) \"argument\" \xc3\xa4",
                                                        "hello ${NOMAD_TASK_DIR} $(HOME) 'all'", "three plain words"}));
}

TEST_P(RealClusterTest, OutOfMemoryIsSaid) {
  ASSERT_TRUE(harness_->run(harness_->driver().start(harness_->script("t", "x=x; while :; do x=$x$x; done"))));
  const auto exit = harness_->run(harness_->driver().wait("t", 60s));
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->oom_killed) << exit->text();
}

TEST_P(RealClusterTest, AnImageThatIsNotThereIsAnExitInWords) {
  auto spec = harness_->script("t", "exit 0");
  spec.driver_config["image"] = "localhost:1/nobody/has-this:1";
  ASSERT_TRUE(harness_->run(harness_->driver().start(spec)));
  const auto exit = harness_->run(harness_->driver().wait("t", 30s));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, -1);
  EXPECT_NE(exit->error, "");
}

INSTANTIATE_TEST_SUITE_P(Engines, RealClusterTest, testing::ValuesIn(kRealClusters),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace troupe::contract
