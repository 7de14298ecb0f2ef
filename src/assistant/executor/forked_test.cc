// A fork of a task of whose write nobody knows whether it was done: it is not sent again before that is known.
#include "assistant/executor/executor_fixture.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using testing::HasSubstr;

class ForkedTest : public ExecutorTest {
 protected:
  static constexpr std::string_view kThings = "POST /v2/things";
  static constexpr std::string_view kShop =
      R"({"service":"shop","enabled":true,"base_url":"https://api.companycam.com/v2","auth":{"scheme":"none"},
          "approval":{"of":"marked"},"operations":{
            "make":{"summary":"m","method":"POST","path":"/things","body":["name"]}}})";
  static constexpr std::string_view kMakeOne =
      R"({"make_one":[{"action":"shop.make","bind":{"name":"inputs.message"}}]})";

  /// The answers of these are lost from now on; it is done all the same.
  void lose_answers(std::vector<std::string> paths) {
    world.mishap = [paths = std::move(paths)](const ClientRequest& request, bool done) -> std::optional<Error> {
      const auto lost = [&](const auto& path) { return request.url.contains(path); };
      if (done && std::ranges::any_of(paths, lost)) return Error(Errc::unavailable, "the connection was cut");
      return std::nullopt;
    };
  }
  /// One that is done, and nobody knows it.
  tasks::TaskView made_one() {
    lose_answers({"/things"});
    auto view = executed("shop", "make_one", R"({"message":"one"})");
    EXPECT_EQ(view.task.phase, Phase::unknown_outcome) << view.task.reason;
    world.mishap = {};
    return view;
  }
  std::string fork(const std::string& id, std::optional<JsonObject> inputs = std::nullopt) {
    return must(tasks().fork(anna, id, 1, std::move(inputs))).id;
  }
};

TEST_F(ForkedTest, WhereNobodyCanKnowThePersonIsAsked) {
  offer(std::string(kShop), std::string(kMakeOne));
  const auto lost = made_one();
  const auto first = fork(lost.task.id);
  const auto second = fork(first);
  EXPECT_EQ(answered(lost.task.id, "stop").task.phase, Phase::failed);
  const auto third = fork(lost.task.id);
  for (const auto& id : {second, third, first}) {
    const auto asked = executed(id);
    ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
    EXPECT_EQ(asked.question->kind, tasks::QuestionKind::unknown_outcome);
    EXPECT_THAT(must(tasks().calls(anna, id, 0, "")).at(0).error, HasSubstr("An earlier task began it"));
  }
  EXPECT_EQ(world.count(std::string(kThings)), 1) << "nothing was sent unasked";
  EXPECT_EQ(answered(second, "done").task.phase, Phase::done);
  EXPECT_EQ(world.count(std::string(kThings)), 1);
  EXPECT_EQ(answered(first, "again").task.phase, Phase::done);
  EXPECT_EQ(world.count(std::string(kThings)), 2);
  // What is known by now is wanted once more.
  EXPECT_EQ(executed(fork(first)).task.phase, Phase::done);
  EXPECT_EQ(world.count(std::string(kThings)), 3);
}

TEST_F(ForkedTest, ACrashOfTheForkForgetsNothing) {
  offer(std::string(kShop), std::string(kMakeOne));
  const auto id = fork(made_one().task.id);
  const auto taken = must(tasks().execute(anna, id));
  const auto begun = must(tasks().begin_step(
      taken.claim, {.path = "0", .action = "shop.make", .args = object(R"({"name":"one"})"), .writes = true}));
  EXPECT_NE(begun.state, tasks::Begun::State::fresh);
  program_dies();
  wait_for(id);
  EXPECT_EQ(view(id).task.phase, Phase::unknown_outcome);
  EXPECT_EQ(world.count(std::string(kThings)), 1);
}

TEST_F(ForkedTest, OtherWordsAreAskedAboutToo) {
  offer(std::string(kShop), std::string(kMakeOne));
  const auto id = fork(made_one().task.id, object(R"({"message":"two"})"));
  const auto asked = executed(id);
  ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
  EXPECT_THAT(asked.question->text, HasSubstr("has changed"));
  EXPECT_EQ(answered(id, "again").task.phase, Phase::done);
  EXPECT_EQ(world.count(std::string(kThings)), 2);
}

TEST_F(ForkedTest, AProbeFindsWhatTheOtherTaskDid) {
  lose_answers({"chat.postMessage", "conversations.history"});
  const auto lost = executed("slack", "send_message", R"({"channel":"ops","message":"hello"})");
  ASSERT_EQ(lost.task.phase, Phase::unknown_outcome) << lost.task.reason;
  world.mishap = {};
  const auto done = executed(fork(fork(lost.task.id)));
  EXPECT_EQ(done.task.phase, Phase::done) << done.task.reason;
  EXPECT_EQ(world.count("POST /api/chat.postMessage"), 1);
  // It is not there: it is sent, and the task that it comes from finds that.
  world.made.clear();
  world.lists["messages"] = {};
  EXPECT_EQ(executed(fork(lost.task.id)).task.phase, Phase::done);
  EXPECT_EQ(world.count("POST /api/chat.postMessage"), 1);
}

TEST_F(ForkedTest, WhatWasApprovedWasApprovedForTheOtherTask) {
  auto config = std::string(kShop);
  config.insert(config.find(R"("summary")"), R"("approval":true,)");
  offer(config, std::string(kMakeOne));
  lose_answers({"/things"});
  const auto lost = approved(executed("shop", "make_one", R"({"message":"one"})"));
  ASSERT_EQ(lost.task.phase, Phase::unknown_outcome) << lost.task.reason;
  world.mishap = {};
  const auto id = fork(lost.task.id);
  const auto wants = executed(id);
  ASSERT_EQ(wants.task.phase, Phase::awaiting_approval) << wants.task.reason;
  EXPECT_EQ(approved(wants).task.phase, Phase::unknown_outcome);
  EXPECT_EQ(answered(id, "again").task.phase, Phase::done);
  EXPECT_EQ(world.count(std::string(kThings)), 2);
}

}  // namespace
}  // namespace troupe::assistant::executor
