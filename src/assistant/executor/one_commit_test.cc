// The end of a step is stored by the write that begins the next one.
#include "assistant/executor/executor_fixture.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using tasks::StepStatus;

constexpr std::string_view kConfig =
    R"({"service":"shop","enabled":true,"base_url":"https://shop.example","auth":{"scheme":"none"},"operations":{
         "look":{"summary":"Look","method":"GET","path":"/look","query":["text"]}}})";
constexpr std::string_view kTwice =
    R"({"twice":[{"action":"shop.look","bind":{},"out":"first"},
                 {"action":"shop.look","bind":{"text":"$steps.first.text"}}]})";

class OneCommitTest : public ExecutorFixture {
 protected:
  OneCommitTest() {
    http.answer = [this](const ClientRequest&) -> Result<ClientResponse> {
      return json_answer(200, matrix::canonical_json(JsonObject{{"text", text}}));
    };
    offer(std::string(kConfig), std::string(kTwice));
  }
  std::string text = "words";
};

TEST_F(OneCommitTest, AStepsEndAndTheNextOnesBeginning) {
  std::atomic<int> stored{0};
  start_program([&](Point point) {
    if (point == Point::storing) ++stored;
    return true;
  });
  const auto done = executed("shop", "twice", "{}");
  ASSERT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(stored, 4) << "the task is read; then each step begins, and the task ends";
  for (const auto& step : steps_of(done.task.id)) {
    EXPECT_EQ(step.status, StepStatus::done);
    EXPECT_GT(step.ended_ms, 0);
  }
  EXPECT_EQ(must(tasks().calls(anna, done.task.id, 0, "")).size(), 2U);
  EXPECT_EQ(must(one->audit.page(1, {.kind = "api_call"})).total, 2);
  EXPECT_EQ(done.task.steps, 2);
}

TEST_F(OneCommitTest, AnEndIsStoredWhereTheNextStepCannotBegin) {
  text = std::string(300'000, 'x');  // more than arguments may take
  const auto failed = executed("shop", "twice", "{}");
  EXPECT_EQ(failed.task.phase, Phase::failed);
  const auto steps = steps_of(failed.task.id);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].status, StepStatus::done);
  EXPECT_EQ(must(tasks().calls(anna, failed.task.id, 0, "")).size(), 1U);
}

TEST_F(OneCommitTest, AProgramThatEndsBeforeItBeginsThatStepAgain) {
  std::atomic<bool> dies{false};
  start_program([&](Point point) { return point != Point::received || dies.exchange(true); });
  const auto task = planned_as("shop", "twice", "{}");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return dies.load(); }));
  EXPECT_EQ(steps_of(task.id).at(0).status, StepStatus::running);
  program_dies();
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::done);
  EXPECT_EQ(steps_of(task.id).at(0).tries, 2);
}

TEST_F(OneCommitTest, WhatWasCalledIsKnownWhereTheTaskIsAnothersByThen) {
  std::atomic<bool> received{false}, go_on{false};
  start_program([&](Point point) {
    if (point == Point::received && !received.exchange(true)) {
      while (!go_on) std::this_thread::yield();
    }
    return true;
  });
  const auto task = planned_as("shop", "twice", "{}");
  runs().start(must(tasks().execute(anna, task.id)));
  ASSERT_TRUE(eventually([&] { return received.load(); }));
  change_rows({"UPDATE as_task SET worker = 'somebody', worker_epoch = 7"});
  go_on = true;
  wait_for(task.id);
  EXPECT_EQ(steps_of(task.id).at(0).status, StepStatus::running);
  EXPECT_EQ(must(tasks().calls(anna, task.id, 0, "")).size(), 1U);
  EXPECT_EQ(must(one->audit.page(1, {.kind = "api_call"})).total, 1);
}

}  // namespace
}  // namespace troupe::assistant::executor
