// The drivers of clusters on their stand-ins.
#pragma once
#include <boost/asio/post.hpp>
#include <future>

#include "contract/kubernetes_stand_in.h"
#include "contract/nomad_stand_in.h"
#include "contract/task_driver_suite.h"
#include "runtime/cluster/cluster_driver.h"
#include "runtime/kubernetes/kube_cluster.h"
#include "runtime/nomad/nomad_cluster.h"

namespace troupe::contract {

template <class StandIn>
class ClusterHarness : public DriverHarness {
 public:
  ~ClusterHarness() override {
    on_its_thread([this] {
      driver_.reset();
      for (const auto& complaint : stand_in_->complaints) ADD_FAILURE() << complaint;
      io().stop();
    });
  }
  runtime::TaskDriver& driver() override { return *driver_; }
  StandIn& stand_in() { return *stand_in_; }
  void restart() override {
    driver_.reset();
    driver_ =
        std::make_unique<runtime::cluster::ClusterDriver>(io().get_executor(), make_cluster(), metrics_, options_);
    eventually([this] { return driver_->fingerprint().health == runtime::Fingerprint::Health::healthy; });
  }
  runtime::TaskSpec spec(std::string id, Does what) override {
    static constexpr const char* kImages[] = {"exits_3",    "runs",         "ignores_stop",  "says_three",
                                              "breaks_off", "cannot_start", "is_slow_to_end"};
    return of_image(std::move(id), std::string("test/") + kImages[static_cast<int>(what)]);
  }
  static runtime::TaskSpec of_image(std::string id, std::string image) {
    runtime::TaskSpec spec;
    spec.id = std::move(id);
    spec.argv = {"bot", "--mode", "test ${HOME}"};
    spec.environment = {{"GREETING", "hello"}};
    spec.driver_config = boost::json::object{{"image", std::move(image)}};
    return spec;
  }
  template <class F>
  auto on_its_thread(F action) {
    std::promise<decltype(action())> done;
    asio::post(io(), [&] {
      if constexpr (std::is_void_v<decltype(action())>) {
        action();
        done.set_value();
      } else {
        done.set_value(action());
      }
    });
    return done.get_future().get();
  }
  void set_options(runtime::cluster::ClusterDriver::Options options) {
    options_ = options;
    restart();
  }
  runtime::cluster::ClusterDriver::Options options() const { return options_; }

 protected:
  virtual std::shared_ptr<runtime::cluster::Cluster> make_cluster() = 0;
  std::shared_ptr<StandIn> stand_in_ = std::make_shared<StandIn>();

 private:
  base::MetricRegistry metrics_;
  runtime::cluster::ClusterDriver::Options options_{.start_patience = 20s,
                                                    .vanish_patience = 100ms,
                                                    .kill_patience = 20s,
                                                    .watch_patience = 500ms,
                                                    .poll = 10ms,
                                                    .first_retry = 5ms};
  std::unique_ptr<runtime::cluster::ClusterDriver> driver_;
};

class NomadHarness final : public ClusterHarness<NomadStandIn> {
 public:
  NomadHarness() { restart(); }

 private:
  std::shared_ptr<runtime::cluster::Cluster> make_cluster() override {
    return std::make_shared<runtime::nomad::NomadCluster>(
        stand_in_,
        runtime::nomad::NomadCluster::Options{.address = "http://nomad.test:4646",
                                              .token = std::string(NomadStandIn::kToken),
                                              .place = {.job = "troupe", .instance = "abc", .name_space = "bots"},
                                              .log_bytes_at_once = 8});
  }
};

class KubernetesHarness final : public ClusterHarness<KubernetesStandIn> {
 public:
  KubernetesHarness() { restart(); }

 private:
  std::shared_ptr<runtime::cluster::Cluster> make_cluster() override {
    return std::make_shared<runtime::kubernetes::KubernetesCluster>(
        stand_in_,
        runtime::kubernetes::KubernetesCluster::Options{.server = "https://kubernetes.test:6443",
                                                        .token = [] { return std::string(KubernetesStandIn::kToken); },
                                                        .name_space = "bots",
                                                        .instance = "abc",
                                                        .stream_time = 1s,
                                                        .look_again = 2ms,
                                                        .remove_patience = 20s});
  }
};

/// What the tests of one engine have in common.
template <class Harness>
class EngineTest : public testing::Test {
 protected:
  using Mischief = EngineStandIn::Mischief;
  runtime::TaskDriver& driver() { return harness_.driver(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return harness_.run(std::move(task));
  }
  template <class T>
  T must(Task<T> task) {
    return kit::must(run(std::move(task)));
  }
  runtime::TaskHandle start(const std::string& id, const std::string& image) {
    return must(driver().start(Harness::of_image(id, "test/" + image)));
  }
  TaskState state_of(const std::string& id) { return must(driver().inspect(id)).state; }
  /// On the stand-in's own thread.
  template <class F>
  auto there(F action) {
    return harness_.on_its_thread([&] { return action(harness_.stand_in()); });
  }
  void plan(std::string needle, Mischief what, int times) {
    there([&](auto& engine) { engine.plans.push_back({std::move(needle), what, times}); });
  }
  int planned() {
    return there([](auto& engine) {
      int left = 0;
      for (const auto& one : engine.plans) left += one.times;
      return left;
    });
  }
  auto asked(const std::string& begin, const std::string& part = "") {
    return there([&](auto& engine) {
      return std::ranges::count_if(engine.lines, [&](const std::string& line) {
        return line.starts_with(begin) && line.find(part) != std::string::npos;
      });
    });
  }
  Harness harness_;
};

}  // namespace troupe::contract
