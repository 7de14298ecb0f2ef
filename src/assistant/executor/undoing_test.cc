// Undoing a task whose effect, or whose earlier undoing, has an outcome that nobody knows.
#include "assistant/executor/executor_fixture.h"
#include "assistant/tasks/digest.h"

namespace troupe::assistant::executor {
namespace {

using tasks::Phase;
using tasks::StepStatus;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class UndoingTest : public ExecutorTest {
 protected:
  void SetUp() override {
    ExecutorTest::SetUp();
    // No probe can tell what became of either.
    offer(R"({"service":"shop","enabled":true,"base_url":"https://api.companycam.com/v2","auth":{"scheme":"none"},
             "approval":{"of":"marked"},"operations":{
               "make":{"summary":"m","method":"POST","path":"/things","body":["name"],
                       "undo":{"operation":"unmake","bind":{"name":"$args.name"}}},
               "unmake":{"summary":"u","method":"POST","path":"/unmade","body":["name"]}}})",
          R"({"make_one":[{"action":"shop.make","bind":{"name":"inputs.message"}}]})");
  }
  tasks::TaskView made() {
    auto view = executed("shop", "make_one", R"({"message":"one"})");
    EXPECT_EQ(view.task.phase, Phase::done) << view.task.reason;
    return view;
  }
  /// The answers to what undoes are lost from now on; it is done all the same.
  void lose_answers(const std::string& path) {
    world.mishap = [path](const ClientRequest& request, bool done) -> std::optional<Error> {
      if (done && request.url.ends_with(path)) return Error(Errc::unavailable, "the connection was cut");
      return std::nullopt;
    };
  }
  /// The first undoing is sent, its answer is lost, and the person gives up.
  tasks::TaskRecord given_up(const std::string& id, bool by_answer) {
    lose_answers("/unmade");
    const auto first = kit::must(undoing(id));
    const auto asked = approved(executed(first.id));
    EXPECT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
    if (by_answer) {
      answered(first.id, "stop");
    } else {
      must(tasks().cancel(anna, first.id));
    }
    world.mishap = {};
    return first;
  }
};

TEST_F(UndoingTest, WhatAnEarlierOneMayHaveDoneIsAskedAboutBeforeItIsSent) {
  for (const bool by_answer : {false, true}) {
    world.made.clear();
    const auto done = made();
    given_up(done.task.id, by_answer);
    EXPECT_EQ(world.count("POST /v2/unmade"), 1);
    const auto second = kit::must(undoing(done.task.id));
    EXPECT_TRUE(second.spec.inputs.at("calls").at(0).as_object().contains("maybe_ms"));
    const auto asked = approved(executed(second.id));
    ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
    EXPECT_EQ(world.count("POST /v2/unmade"), 1) << "nothing was sent unasked";
    EXPECT_EQ(asked.question->kind, tasks::QuestionKind::unknown_outcome);
    const auto calls = must(tasks().calls(anna, second.id, 0, ""));
    ASSERT_THAT(calls, SizeIs(1));
    EXPECT_THAT(calls[0].error, HasSubstr("An earlier task began it"));
    if (by_answer) {
      EXPECT_EQ(answered(second.id, "again").task.phase, Phase::done);
      EXPECT_EQ(world.count("POST /v2/unmade"), 2);
    } else {
      EXPECT_EQ(answered(second.id, "done").task.phase, Phase::done);
      EXPECT_EQ(world.count("POST /v2/unmade"), 1);
    }
  }
}

TEST_F(UndoingTest, TheDoubtGoesOnFromOneToTheNext) {
  const auto done = made();
  given_up(done.task.id, false);
  // The second is given up before it has begun anything.
  must(tasks().cancel(anna, kit::must(undoing(done.task.id)).id));
  const auto third = kit::must(undoing(done.task.id));
  const auto asked = approved(executed(third.id));
  EXPECT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
  EXPECT_EQ(world.count("POST /v2/unmade"), 1);
}

TEST_F(UndoingTest, WhatWasRefusedIsSentAgainWithoutAsking) {
  const auto done = made();
  world.mishap = [](const ClientRequest& request, bool) -> std::optional<Error> {
    if (request.url.ends_with("/unmade")) return Error(Errc::forbidden, "not there");
    return std::nullopt;
  };
  const auto first = approved(executed(kit::must(undoing(done.task.id)).id));
  ASSERT_EQ(first.task.phase, Phase::failed) << first.task.reason;
  world.mishap = {};
  const auto second = kit::must(undoing(done.task.id));
  EXPECT_FALSE(second.spec.inputs.at("calls").at(0).as_object().contains("maybe_ms"));
  EXPECT_EQ(approved(executed(second.id)).task.phase, Phase::done);
  EXPECT_EQ(world.count("POST /v2/unmade"), 1);
}

TEST_F(UndoingTest, AWriteOfWhichNobodyKnowsIsNamed) {
  lose_answers("/things");
  for (const bool by_answer : {false, true}) {
    const auto asked = executed("shop", "make_one", R"({"message":"one"})");
    ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
    if (by_answer) {
      answered(asked.task.id, "stop");
    } else {
      must(tasks().cancel(anna, asked.task.id));
    }
    const auto inputs = undo_inputs(*services.now, asked.task, steps_of(asked.task.id));
    EXPECT_THAT(inputs.at("calls").as_array(), IsEmpty());
    ASSERT_THAT(inputs.at("kept").as_array(), SizeIs(1));
    EXPECT_EQ(inputs.at("kept").at(0).at("action"), "shop.make");
    EXPECT_THAT(std::string(matrix::view(inputs.at("kept").at(0).at("why").get_string())), HasSubstr("not known"));
  }
}

TEST_F(UndoingTest, WhatEarlierOnesDidIsReadInTheWriteThatMakesTheNext) {
  const auto done = made();
  const auto first = kit::must(undoing(done.task.id));
  ASSERT_EQ(approved(executed(first.id)).task.phase, Phase::done);
  change_rows({"UPDATE as_task SET phase = 'failed' WHERE id = '" + first.id + "'"});
  std::size_t writes = 0;
  const auto none =
      wait(tasks().undo(anna, done.task.id,
                        {.service = std::string(kSystem),
                         .intent = std::string(kUndo),
                         .inputs = [&](std::span<const tasks::EarlierUndo> earlier) -> Result<JsonObject> {
                           for (const auto& each : earlier) writes += each.writes.size();
                           return Error(Errc::invalid_param, "nothing is left");
                         }}));
  EXPECT_EQ(none.error().message(), "nothing is left");
  EXPECT_EQ(writes, 1U);
  // One that runs is seen however the clock stood when it was made.
  const auto other = made();
  const auto running = kit::must(undoing(other.task.id));
  must(tasks().execute(anna, running.id));
  EXPECT_THAT(undoing(other.task.id).error().message(), HasSubstr("being undone already"));
}

TEST_F(UndoingTest, OneOfAnEarlierLifeMayHaveBeenDoneWithTheSameMark) {
  const auto done = made();
  change_rows({"UPDATE as_life SET life = 1"});
  const auto fresh = kit::must(undoing(done.task.id));
  EXPECT_EQ(fresh.life, 0) << "as what it undoes";
  const auto asked = approved(executed(fresh.id));
  ASSERT_EQ(asked.task.phase, Phase::unknown_outcome) << asked.task.reason;
  EXPECT_EQ(world.count("POST /v2/unmade"), 0);
  const auto step = steps_of(fresh.id).at(0);
  EXPECT_EQ(step.marker, tasks::marker_of(done.task.id, "undo:1"));
  EXPECT_EQ(step.started_ms, steps_of(done.task.id).at(0).ended_ms);
}

TEST_F(UndoingTest, WhereTheNumberCannotBeKeptNoWriteBegins) {
  tasks::Lives broken(*db, std::filesystem::path(dir.path()) / "none" / "assistant.life", "one");
  must(broken.start());
  ASSERT_TRUE(broken.trouble());
  lives = &broken;
  start_program();
  const auto task = planned_as("shop", "make_one", R"({"message":"one"})");
  runs().start(must(tasks().execute(anna, task.id)));
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::executing);
  EXPECT_THAT(steps_of(task.id), IsEmpty()) << "it did not begin";
  EXPECT_EQ(world.count("POST /v2/things"), 0);
  std::filesystem::create_directory(std::filesystem::path(dir.path()) / "none");
  must(broken.follow());
  EXPECT_FALSE(broken.trouble());
  must(runs().look_for_held());
  wait_for(task.id);
  EXPECT_EQ(view(task.id).task.phase, Phase::done) << view(task.id).task.reason;
  EXPECT_EQ(world.count("POST /v2/things"), 1);
  end_program();
  lives = nullptr;
}

}  // namespace
}  // namespace troupe::assistant::executor
