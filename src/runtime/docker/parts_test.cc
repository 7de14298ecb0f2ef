// From a spec to a container, from a container to an exit, and what is kept of its output; without an engine.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "runtime/docker/driver.h"
#include "runtime/docker/exit.h"
#include "runtime/docker/log.h"
#include "runtime/docker/settings.h"
#include "runtime/docker/spec.h"
#include "runtime/driver_config.h"
#include "runtime/in_clear.h"
#include "runtime/instance.h"
#include "runtime/task_log.h"

namespace troupe::runtime::docker {
namespace {

TaskSpec container_spec() {
  TaskSpec spec;
  spec.id = "bot-1";
  spec.argv = {"run", "it"};
  spec.driver_config = {{"image", "bots:1"}};
  return spec;
}

boost::json::object body_of(const TaskSpec& spec, const ContainerDefaults& defaults = {}) {
  const auto plan = plan_container(spec, defaults, "inst", "run1");
  EXPECT_TRUE(plan) << (plan ? "" : plan.error().message());
  return plan ? plan->body : boost::json::object();
}

TEST(DockerSpec, WhatIsAskedForIsInTheContainer) {
  auto spec = container_spec();
  spec.environment["COLOUR"] = "red";
  spec.secrets.push_back({.name = "token", .variable = "TOKEN_FILE", .bytes = "hunter2"});
  spec.limits = {.memory_bytes = 64 << 20, .cpu_seconds = 5, .open_files = 64, .processes = 10, .nice = 19};
  spec.driver_config["cpus"] = 1.5;
  spec.driver_config["read_only"] = true;
  spec.driver_config["user"] = "1000:1000";
  const auto body = body_of(spec, {.image = "other", .network = "troupe"});
  const auto text = boost::json::serialize(body);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(text.find("TOKEN_FILE=/troupe/secrets/token"), std::string::npos);
  EXPECT_NE(text.find("COLOUR=red"), std::string::npos);
  EXPECT_EQ(body.at("Image"), "bots:1");
  EXPECT_EQ(body.at("Labels").at("troupe.run"), "run1");
  const auto& host = body.at("HostConfig").as_object();
  EXPECT_EQ(host.at("AutoRemove"), false);
  EXPECT_EQ(host.at("NetworkMode"), "troupe");
  EXPECT_EQ(host.at("Memory"), 64 << 20);
  EXPECT_EQ(host.at("MemorySwap"), 64 << 20);
  EXPECT_EQ(host.at("NanoCpus"), 1'500'000'000);
  EXPECT_EQ(host.at("PidsLimit"), 10);
  EXPECT_EQ(host.at("CpuShares"), 14);
  EXPECT_EQ(host.at("Ulimits").as_array().size(), 2U);
  EXPECT_EQ(host.at("ReadonlyRootfs"), true);
}

TEST(DockerSpec, NoNetworkIsNone) {
  auto spec = container_spec();
  spec.network = Network::none;
  spec.driver_config["network"] = "host";
  EXPECT_EQ(body_of(spec).at("HostConfig").at("NetworkMode"), "none");
}

TEST(DockerSpec, WithoutACommandTheImagesOwnRuns) {
  auto spec = container_spec();
  spec.argv.clear();
  EXPECT_FALSE(body_of(spec).contains("Entrypoint"));
}

TEST(DockerSpec, WrongConfigIsNamed) {
  const ConfigSchema schema(kDockerSchema);
  for (const auto& [member, value] :
       std::initializer_list<std::pair<const char*, boost::json::value>>{{"image", "-v"},
                                                                         {"image", ""},
                                                                         {"user", "www-data"},
                                                                         {"working_dir", "relative"},
                                                                         {"pull", "sometimes"},
                                                                         {"labels", {{"troupe.instance", "x"}}},
                                                                         {"cpus", 0},
                                                                         {"image", "a b"}}) {
    auto spec = container_spec();
    spec.driver_config[member] = value;
    auto checked = check_for_driver(spec, "docker", {.programs = true}, schema);
    if (checked) {
      if (auto plan = plan_container(spec, {}, "i", "r"); !plan) checked = std::unexpected(plan.error());
    }
    ASSERT_FALSE(checked) << member;
    EXPECT_TRUE(checked.error().message().starts_with(std::string("driver_config/") + member))
        << checked.error().message();
  }
  auto none = container_spec();
  none.driver_config.clear();
  EXPECT_FALSE(plan_container(none, {}, "i", "r"));
  EXPECT_TRUE(plan_container(none, {.image = "usual"}, "i", "r"));
}

TEST(DockerExit, CodesBecomeSignals) {
  EXPECT_EQ(exit_of({.exit_code = 3}, {}).code, 3);
  EXPECT_EQ(exit_of({.exit_code = 143}, {}).signal, 15);
  EXPECT_EQ(exit_of({.exit_code = 200}, {}).code, 200);
  EXPECT_TRUE(exit_of({.exit_code = 137, .oom_killed = true}, {}).oom_killed);
  EXPECT_TRUE(exit_of({.exit_code = 137}, {.oom_seen = true}).oom_killed);
  EXPECT_FALSE(exit_of({.exit_code = 137, .memory_limit = 1}, {}).oom_killed);
  EXPECT_TRUE(exit_of({.exit_code = 137, .memory_limit = 1}, {.podman = true}).oom_killed);
  EXPECT_FALSE(exit_of({.exit_code = 137, .memory_limit = 1}, {.killed_by_us = true, .podman = true}).oom_killed);
  EXPECT_FALSE(exit_of({.exit_code = 137}, {.podman = true}).oom_killed);
  EXPECT_FALSE(exit_of({.exit_code = 0, .oom_killed = true}, {}).oom_killed) << "a child was killed, and it went on";
}

class DockerLogTest : public testing::Test {
 protected:
  DockerLogTest() : folder_(std::filesystem::temp_directory_path() / ("troupe-log-" + base::random_alphanumeric(12))) {
    std::filesystem::create_directories(folder_);
  }
  ~DockerLogTest() override { std::filesystem::remove_all(folder_); }
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const auto& line : read_task_log(folder_.string(), 0, 100).lines) out.push_back(line.text);
    return out;
  }
  std::filesystem::path folder_;
};

TEST_F(DockerLogTest, AStreamThatBeginsAnewBringsNoLineTwice) {
  using engine::Stream;
  const std::string first = "2026-11-22T15:43:10.000000001Z", second = "2026-11-22T15:43:10.000000002Z";
  ContainerLog log(folder_.string(), "c1", {});
  EXPECT_EQ(log.begin(), "");
  log.take(Stream::out, first + " one\n");
  log.take(Stream::err, second + " two\n");
  log.flush();
  auto again = ContainerLog::reopen(folder_.string(), "c1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->begin(), std::to_string(*read_stamp(second) / 1000 - 1));
  again->take(Stream::out, first + " one\n");
  again->take(Stream::err, second + " two\n");
  again->take(Stream::out, second + " three\n");
  again->take(Stream::out, first + " four, written late\n");
  again->finish();
  EXPECT_EQ(lines(), (std::vector<std::string>{"one", "two", "three", "four, written late"}));
  EXPECT_FALSE(ContainerLog::reopen(folder_.string(), "c2"));
}

TEST_F(DockerLogTest, StampsOfWholeSecondsAreCounted) {
  using engine::Stream;
  const std::string stamp = "2026-11-22T17:43:10+02:00";
  ContainerLog log(folder_.string(), "c1", {});
  log.begin();
  log.take(Stream::out, stamp + " one\n");
  log.take(Stream::out, stamp + " two\n");
  EXPECT_EQ(log.begin(), std::to_string(*read_stamp("2026-11-22T15:43:10Z") / 1000 - 1));
  log.take(Stream::out, stamp + " one\n");
  log.take(Stream::out, stamp + " two\n");
  log.take(Stream::out, stamp + " thr");  // a line may come in parts, each with a stamp
  log.take(Stream::out, stamp + " ee\n");
  log.finish();
  EXPECT_EQ(lines(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST(InClear, IsWhatMoreThanThisMachineHears) {
  EXPECT_TRUE(is_in_clear("http://10.0.0.1:2375"));
  EXPECT_TRUE(is_in_clear("http://engine.example:2375"));
  for (const char* url : {"https://10.0.0.1:2376", "http://127.0.0.1:2375", "http://localhost:4646", "http://[::1]:1",
                          "", "no address"}) {
    EXPECT_FALSE(is_in_clear(url)) << url;
  }
}

TEST(InClear, AnEngineIsWarnedOf) {
  host::Settings settings;
  auto& containers = settings.edit<ContainerSettings>();
  containers.docker_host = "unix:///run/docker.sock";
  containers.podman_host = "tcp://127.0.0.1:2375";
  host::Review review;
  review_containers(settings, review);
  EXPECT_TRUE(review.problems.empty());
  containers.podman_host = "tcp://10.0.0.1:2375";
  review_containers(settings, review);
  ASSERT_EQ(review.problems.size(), 1U);
  EXPECT_EQ(review.problems[0].where, "podman.host");
  EXPECT_FALSE(review.problems[0].fatal);
  containers.certificates = "/certificates";
  review_containers(settings, review);
  EXPECT_EQ(review.problems.size(), 1U) << "it is TLS now";
}

TEST_F(DockerLogTest, TheInstanceStays) {
  const std::filesystem::path data(folder_ / "data");
  const auto made = instance_of(data, "");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 12U);
  EXPECT_TRUE(is_instance(*made));
  EXPECT_EQ(*instance_of(data, ""), *made);
  EXPECT_EQ(*instance_of(data, "mine"), "mine");
  std::ofstream(data / "containers" / "instance") << "No id\n";
  EXPECT_FALSE(instance_of(data, ""));
}

}  // namespace
}  // namespace troupe::runtime::docker
