// Kubernetes' driver under the suite of all drivers, and what only Kubernetes does, against a peer written here.
// modules: runtime
#include "contract/cluster_harness.h"

namespace troupe::contract {
namespace {

using runtime::Fingerprint;

INSTANTIATE_TEST_SUITE_P(Kubernetes, TaskDriverSuite,
                         testing::Values(NamedHarness{"kubernetes",
                                                      [] { return std::make_unique<KubernetesHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

class KubernetesDriver : public EngineTest<KubernetesHarness> {
 protected:
  auto lists() {
    return asked("GET /api/v1/namespaces/bots/pods?") - asked("GET /api/v1/namespaces/bots/pods?", "&watch=true");
  }
};

TEST_F(KubernetesDriver, ItSaysItsVersion) {
  EXPECT_EQ(driver().name(), "kubernetes");
  EXPECT_EQ(driver().fingerprint().version, "v1.31.2");
  EXPECT_FALSE(driver().capabilities().exec);
  EXPECT_FALSE(driver().capabilities().signals);
}

TEST_F(KubernetesDriver, ASecretIsAFileThatGoesWithItsJob) {
  auto spec = KubernetesHarness::of_image("t", "test/runs");
  spec.secrets = {{.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "s3cret-s3cret"},
                  {.name = "more", .variable = "", .bytes = std::string("\0\xff", 2)}};
  ASSERT_TRUE(run(driver().start(spec)));
  there([](KubernetesStandIn& kubernetes) {
    ASSERT_EQ(kubernetes.jobs.size(), 1U);
    ASSERT_EQ(kubernetes.secrets.size(), 1U);
    EXPECT_EQ(kubernetes.secrets.begin()->second.at("data").at("token"), "czNjcmV0LXMzY3JldA==");
    EXPECT_EQ(kubernetes.secrets.begin()->second.at("data").at("more"), "AP8=");
    const auto& job = kubernetes.jobs.begin()->second.object;
    const auto text = boost::json::serialize(job);
    EXPECT_EQ(text.find("s3cret"), std::string::npos);
    EXPECT_EQ(text.find("czNjcmV0"), std::string::npos);
    EXPECT_NE(text.find(R"({"name":"TROUPE_TOKEN_FILE","value":"/var/run/troupe/secrets/token"})"), std::string::npos);
    const auto& container = job.at("spec").at("template").at("spec").at("containers").at(0);
    EXPECT_EQ(container.at("command").at(2), "test $${HOME}") << "Kubernetes would replace variables";
  });
  EXPECT_TRUE(run(driver().destroy("t")));
  there([](KubernetesStandIn& kubernetes) {
    EXPECT_TRUE(kubernetes.jobs.empty());
    EXPECT_TRUE(kubernetes.pods.empty());
    EXPECT_TRUE(kubernetes.secrets.empty());
  });
}

TEST_F(KubernetesDriver, LostAnswersStartNoSecondRun) {
  plan("POST /apis/batch/v1/namespaces/bots/jobs", Mischief::cut_after, 1);
  plan("POST /api/v1/namespaces/bots/secrets", Mischief::cut_after, 1);
  plan("PATCH /apis/batch/v1/namespaces/bots/jobs", Mischief::cut_before, 1);
  auto spec = KubernetesHarness::of_image("t", "test/runs");
  spec.secrets = {{.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "s3cret-s3cret"}};
  // As many losses as there are tries: what it may have left behind is nobody's, and the next start removes it.
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::unavailable);
  EXPECT_EQ(planned(), 0);
  EXPECT_TRUE(run(driver().start(spec)));
  there([](KubernetesStandIn& kubernetes) {
    EXPECT_EQ(kubernetes.jobs.size(), 1U);
    EXPECT_EQ(kubernetes.pods.size(), 1U);
  });
}

TEST_F(KubernetesDriver, AStopWhileAStartFailsTouchesNoOtherJob) {
  start("other", "runs");
  for (const auto grace : {0ms, 5000ms}) {
    plan("POST /apis/batch/v1/namespaces/bots/jobs", Mischief::error_500, 3);
    auto starting = std::async(std::launch::async,
                               [&] { return run(driver().start(KubernetesHarness::of_image("t", "test/runs"))); });
    EXPECT_TRUE(harness_.eventually([&] { return planned() < 3; }));
    const auto stopped = run(driver().stop("t", grace));
    ASSERT_TRUE(stopped) << stopped.error().message();
    EXPECT_NE(stopped->error.find("not started"), std::string::npos) << stopped->error;
    EXPECT_FALSE(starting.get());
    EXPECT_EQ(run(driver().inspect("t")).error().code(), Errc::not_found);
  }
  EXPECT_EQ(state_of("other"), TaskState::running);
  there([](KubernetesStandIn& kubernetes) { EXPECT_EQ(kubernetes.jobs.size(), 1U); });
}

TEST_F(KubernetesDriver, AStopAfterAStartThatFailedHalfWayLeavesNothing) {
  auto spec = KubernetesHarness::of_image("t", "test/runs");
  spec.secrets = {{.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = "s3cret-s3cret"}};
  // It goes on, and nobody hears of it.
  plan("PATCH /apis/batch/v1/namespaces/bots/jobs", Mischief::cut_after, 3);
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::unavailable);
  EXPECT_EQ(run(driver().stop("t", 1s)).error().code(), Errc::not_found);
  there([](KubernetesStandIn& kubernetes) {
    EXPECT_TRUE(kubernetes.jobs.empty());
    EXPECT_TRUE(kubernetes.pods.empty()) << "it runs, and nobody watches it";
  });
  plan("PATCH /apis/batch/v1/namespaces/bots/jobs", Mischief::cut_after, 3);
  EXPECT_FALSE(run(driver().start(spec)));
  EXPECT_TRUE(harness_.eventually([&] {
    return there([](KubernetesStandIn& kubernetes) { return kubernetes.pods.empty() && !kubernetes.jobs.empty(); });
  })) << "nobody stops it, and it goes all the same";
  // The suspended Job of a secret that was refused is in nobody's way.
  plan("POST /api/v1/namespaces/bots/secrets", Mischief::forbidden, 1);
  EXPECT_EQ(run(driver().start(spec)).error().code(), Errc::forbidden);
  EXPECT_TRUE(run(driver().start(spec)));
  there([](KubernetesStandIn& kubernetes) { EXPECT_EQ(kubernetes.pods.size(), 1U); });
}

TEST_F(KubernetesDriver, AnOldVersionMeansANewList) {
  start("t", "runs");
  auto before = lists();
  there([](KubernetesStandIn& kubernetes) { kubernetes.oldest = ++kubernetes.version; });
  EXPECT_TRUE(harness_.eventually([&] { return lists() > before; }));
  there([](KubernetesStandIn& kubernetes) { kubernetes.gone_as_status = true; });
  EXPECT_TRUE(harness_.eventually(
      [&] { return there([](KubernetesStandIn& kubernetes) { return !kubernetes.gone_as_status; }); }));
  before = lists();
  EXPECT_TRUE(harness_.eventually([&] { return lists() > before; }));
  EXPECT_EQ(state_of("t"), TaskState::running);
  there([](KubernetesStandIn& kubernetes) { kubernetes.end(*kubernetes.find_task("t"), 7, "Error"); });
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 7);
  EXPECT_EQ(driver().fingerprint().health, Fingerprint::Health::healthy);
}

TEST_F(KubernetesDriver, LostAndDoubledEventsMisleadNobody) {
  base::Mutex mutex;
  int ends = 0;
  auto listening = driver().on_event([&](const runtime::TaskEvent& event) {
    const base::Lock lock(mutex);
    ends += event.kind == runtime::TaskEventKind::exited ? 1 : 0;
  });
  there([](KubernetesStandIn& kubernetes) { kubernetes.doubles = true; });
  start("t", "runs");
  start("u", "exits_3");
  EXPECT_EQ(must(driver().wait("u", 20s)).code, 3);
  there([](KubernetesStandIn& kubernetes) {
    kubernetes.drops = 1;
    kubernetes.end(*kubernetes.find_task("t"), 7, "Error");
  });
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 7) << "the next list tells";
  listening.reset();
  EXPECT_EQ(ends, 2);
}

TEST_F(KubernetesDriver, WhatHappensWhileTheServerIsAwayIsSeenLater) {
  start("t", "runs");
  there([](KubernetesStandIn& kubernetes) {
    kubernetes.plans.push_back({"/pods?", Mischief::error_500, 3});
    kubernetes.plans.push_back({"/jobs?", Mischief::cut_before, 1});
    kubernetes.plans.push_back({"/jobs?", Mischief::slow, 1});
    kubernetes.hangs_up = true;
  });
  EXPECT_TRUE(harness_.eventually([&] { return driver().fingerprint().health == Fingerprint::Health::unhealthy; }));
  EXPECT_EQ(state_of("t"), TaskState::running) << "silence is no proof of death";
  there([](KubernetesStandIn& kubernetes) { kubernetes.end(*kubernetes.find_task("t"), 7, "Error"); });
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 7);
  EXPECT_EQ(planned(), 0);
}

TEST_F(KubernetesDriver, OverItsMemoryLimit) {
  start("t", "too_big");
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_TRUE(exit.oom_killed);
  EXPECT_EQ(exit.signal, 9);
}

TEST_F(KubernetesDriver, AnImageThatIsNotThereEndsInWords) {
  auto options = harness_.options();
  options.start_patience = 50ms;
  harness_.set_options(options);
  start("t", "not_there");
  auto exit = must(driver().wait("t", 20s));
  EXPECT_EQ(exit.code, -1);
  EXPECT_NE(exit.error.find("ImagePullBackOff: about test/not_there"), std::string::npos) << exit.error;
  there([](KubernetesStandIn& kubernetes) { EXPECT_TRUE(kubernetes.jobs.empty()); });
  there([](KubernetesStandIn& kubernetes) { kubernetes.places = false; });
  start("u", "runs");
  exit = must(driver().wait("u", 20s));
  EXPECT_NE(exit.error.find("no pod"), std::string::npos) << exit.error;
}

TEST_F(KubernetesDriver, WhatCanNeverBeIsNotWaitedFor) {
  start("t", "NOT A NAME");
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_NE(exit.error.find("InvalidImageName"), std::string::npos) << exit.error;
}

TEST_F(KubernetesDriver, AnEvictionIsAnEndInWords) {
  start("t", "runs");
  there([](KubernetesStandIn& kubernetes) { kubernetes.evict(*kubernetes.find_task("t")); });
  const auto exit = must(driver().wait("t", 20s));
  EXPECT_FALSE(exit.success());
  EXPECT_NE(exit.error.find("Evicted"), std::string::npos) << exit.error;
}

TEST_F(KubernetesDriver, APodThatSomebodyDeletedIsLostAndNeverASuccess) {
  start("t", "runs");
  there([](KubernetesStandIn& kubernetes) { kubernetes.forget(kubernetes.find_task("t")->name); });
  EXPECT_FALSE(must(driver().wait("t", 20s)).success());
  EXPECT_EQ(state_of("t"), TaskState::lost);
  start("u", "runs");
  there([](KubernetesStandIn& kubernetes) {
    kubernetes.drops = 1;
    const auto name = kubernetes.find_task("u")->name;
    kubernetes.jobs.at(kubernetes.find_task("u")->job).over = "Failed";
    kubernetes.forget(name);
  });
  EXPECT_FALSE(must(driver().wait("u", 20s)).success());
  EXPECT_EQ(state_of("u"), TaskState::lost);
}

TEST_F(KubernetesDriver, OthersAreLeftAlone) {
  start("t", "runs");
  there([](KubernetesStandIn& kubernetes) {
    auto job = kubernetes.jobs.begin()->second;
    job.object["metadata"].as_object()["labels"].as_object()["troupe.dev/instance"] = "abc-2";
    job.object["spec"]
        .as_object()["template"]
        .as_object()["metadata"]
        .as_object()["labels"]
        .as_object()["troupe.dev/instance"] = "abc-2";
    job.had_pod = false;
    kubernetes.jobs["foreign"] = job;
  });
  EXPECT_EQ(must(driver().list()).size(), 1U);
  EXPECT_TRUE(run(driver().destroy("t")));
  there([](KubernetesStandIn& kubernetes) {
    EXPECT_TRUE(kubernetes.jobs.contains("foreign"));
    EXPECT_EQ(kubernetes.pods.size(), 1U);
  });
}

TEST_F(KubernetesDriver, AnEndedPodCountsBeforeItsJobIsNoted) {
  const auto handle = start("t", "exits_3");
  EXPECT_EQ(must(driver().wait("t", 20s)).code, 3);
  harness_.restart();  // the first list has the pod's end, and a Job that goes on
  const auto found = must(driver().recover(handle));
  ASSERT_EQ(found.state, TaskState::exited);
  EXPECT_EQ(found.exit->code, 3);
}

TEST_F(KubernetesDriver, AfterARestartATaskIsStoppedWhole) {
  const auto handle = start("t", "says_three");
  start("forgotten", "runs");
  harness_.restart();
  EXPECT_EQ(run(driver().start(KubernetesHarness::of_image("t", "test/runs"))).error().code(), Errc::conflict);
  ASSERT_EQ(must(driver().recover(handle)).state, TaskState::running);
  const auto page = must(driver().follow("t", 0, 10, 10s));
  ASSERT_EQ(page.lines.size(), 3U);
  EXPECT_EQ(page.lines[2].text, "three");
  EXPECT_EQ(page.lines[1].at % 1000, 120);
  EXPECT_TRUE(run(driver().destroy("forgotten"))) << "although nobody has recovered it";
  EXPECT_TRUE(run(driver().destroy("t")));
  there([](KubernetesStandIn& kubernetes) {
    EXPECT_TRUE(kubernetes.jobs.empty());
    EXPECT_TRUE(kubernetes.pods.empty()) << "an orphan";
  });
}

}  // namespace
}  // namespace troupe::contract
