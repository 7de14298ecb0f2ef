// What undoes a task: which calls, what stays, and how often.
#include "assistant/dialogue/dialogue_fixture.h"

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;

const std::string kPosting = "post to #ops on slack that we start at 7";

class UndoTest : public DialogueFixture {
 protected:
  /// Posts, and invites somebody.
  void posts(tasks::Json answer = {{"ok", true}, {"channel", "C2"}, {"ts", "17.5"}}) {
    executor.run = [this, answer = std::move(answer)](tasks::Taken taken) -> Task<Unit> {
      CO_TRY(const auto list, co_await tasks().begin_step(taken.claim, {.path = "0", .action = "slack.list_channels"}));
      CO_TRY(co_await tasks().finish_step(taken.claim, list.step.number, {}));
      CO_TRY(const auto post, co_await tasks().begin_step(taken.claim, {.path = "1",
                                                                        .index = 1,
                                                                        .action = "slack.send_message",
                                                                        .args = {{"channel", "C2"}, {"text", "hi"}},
                                                                        .writes = true}));
      CO_TRY(co_await tasks().finish_step(taken.claim, post.step.number, {.output = answer}));
      CO_TRY(const auto invite, co_await tasks().begin_step(taken.claim, {.path = "2",
                                                                          .index = 2,
                                                                          .action = "slack.invite_users",
                                                                          .args = {{"channel", "C2"}, {"users", "U1"}},
                                                                          .writes = true}));
      CO_TRY(
          co_await tasks().finish_step(taken.claim, invite.step.number, {.output = tasks::JsonObject{{"ok", true}}}));
      CO_TRY(co_await tasks().finish(taken.claim, answer));
      co_return Unit{};
    };
  }
  /// The next one to run deletes the message, and then breaks.
  void deletes_and_breaks() {
    executor.run = [this](tasks::Taken taken) -> Task<Unit> {
      CO_TRY(const auto begun,
             co_await tasks().begin_step(taken.claim, {.path = "0", .action = "slack.delete_message", .writes = true}));
      CO_TRY(co_await tasks().finish_step(taken.claim, begun.step.number, {}));
      CO_TRY(co_await tasks().fail(taken.claim, "It broke."));
      co_return Unit{};
    };
  }
};

TEST_F(UndoTest, ThePlanSaysWhatCanAndWhatCannotBeUndone) {
  const auto plan = say(anna, kPosting);
  posts();
  execute(anna, plan);
  const auto undo = say(anna, "Undo that!", plan.conversation_id);
  ASSERT_EQ(undo.kind, ReplyKind::plan) << undo.message;
  EXPECT_THAT(undo.message, HasSubstr("slack.delete_message undoes slack.send_message"));
  EXPECT_THAT(undo.message, HasSubstr("cannot be undone:\n- slack.invite_users"));
  const auto& task = undo.view->task;
  EXPECT_NE(task.id, plan.view->task.id);
  EXPECT_EQ(task.parent_task, plan.view->task.id);
  EXPECT_TRUE(tasks::is_undo(task));
  EXPECT_TRUE(task.spec.borrowed) << "its calls are approved";
  const auto& call = task.spec.inputs.at("calls").at(0);
  EXPECT_EQ(call.at("action"), "slack.delete_message");
  EXPECT_EQ(boost::json::serialize(call.at("args")), R"({"channel":"C2","ts":"17.5"})");
  EXPECT_EQ(rows("SELECT COUNT(*) FROM id_audit WHERE action = 'assistant.undo'"), 1);
  // Once.
  const auto again = run(dialogue->undo(anna, plan.view->task.id));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().http_status(), 400);
  EXPECT_FALSE(run(dialogue->undo(ben, plan.view->task.id))) << "somebody else's";
  EXPECT_EQ(run(dialogue->undo(ben, plan.view->task.id)).error().code(), Errc::not_found);
  EXPECT_FALSE(run(dialogue->fork(anna, task.id, 1, tasks::JsonObject{{"calls", tasks::JsonArray()}})))
      << "its calls are nobody's to choose";
}

TEST_F(UndoTest, ItIsOfferedWhereSomethingIsLeftToUndo) {
  const auto offered = [this](const std::string& task_id) { return must(dialogue->look(anna, task_id)).undoable; };
  const auto plan = say(anna, kPosting);
  const auto id = plan.view->task.id;
  EXPECT_FALSE(offered(id)) << "it has not run";
  posts();
  execute(anna, plan);
  EXPECT_TRUE(offered(id));
  const auto undo = must(dialogue->undo(anna, id));
  EXPECT_FALSE(offered(id)) << "it is being undone";
  EXPECT_FALSE(offered(undo.view->task.id));
  must(dialogue->cancel(anna, undo.view->task.id));
  EXPECT_TRUE(offered(id)) << "that was given up";
  const auto second = must(dialogue->undo(anna, id));
  deletes_and_breaks();
  execute(anna, second);
  EXPECT_FALSE(offered(id)) << "all that can be is undone";

  // An invitation has no call that undoes it.
  const auto inviting = say(anna, kPosting);
  executor.run = [this](tasks::Taken taken) -> Task<Unit> {
    CO_TRY(const auto invite,
           co_await tasks().begin_step(taken.claim, {.path = "0", .action = "slack.invite_users", .writes = true}));
    CO_TRY(co_await tasks().finish_step(taken.claim, invite.step.number, {.output = tasks::JsonObject{{"ok", true}}}));
    CO_TRY(co_await tasks().finish(taken.claim, tasks::JsonObject{{"ok", true}}));
    co_return Unit{};
  };
  execute(anna, inviting);
  EXPECT_FALSE(offered(inviting.view->task.id));
}

TEST_F(UndoTest, AfterItWasGivenUpItMayBeAskedForAgainAndAfterItWasDoneNoMore) {
  const auto plan = say(anna, kPosting);
  posts();
  execute(anna, plan);
  const auto first = must(dialogue->undo(anna, plan.view->task.id));
  must(dialogue->cancel(anna, first.view->task.id));
  const auto second = say(anna, "undo", plan.conversation_id);
  ASSERT_EQ(second.kind, ReplyKind::plan) << second.message;
  EXPECT_EQ(second.view->task.parent_task, plan.view->task.id);
  // It fails after it has deleted the message: there is nothing left that could be undone.
  deletes_and_breaks();
  execute(anna, second);
  const auto nothing = say(anna, "undo", plan.conversation_id);
  EXPECT_EQ(nothing.kind, ReplyKind::nothing);
  EXPECT_THAT(nothing.message, HasSubstr("slack.invite_users"));
}

TEST_F(UndoTest, WhatIsNotKnownOrHasNotEndedIsNotUndone) {
  const auto plan = say(anna, kPosting);
  EXPECT_EQ(run(dialogue->undo(anna, plan.view->task.id)).error().http_status(), 400) << "it has not run";
  posts(tasks::JsonObject{{"ok", true}});
  execute(anna, plan);
  const auto unknown = run(dialogue->undo(anna, plan.view->task.id));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Errc::invalid_param);
  EXPECT_THAT(unknown.error().message(), HasSubstr("not known any more"));
}

TEST_F(UndoTest, WhatMayHaveBeenDoneIsSaid) {
  // The message may have been posted: the answer was lost, and the person gave up.
  const auto plan = say(anna, kPosting);
  executor.run = [this](tasks::Taken taken) -> Task<Unit> {
    CO_TRY(co_await tasks().begin_step(
        taken.claim, {.path = "0", .action = "slack.send_message", .args = {{"channel", "C2"}}, .writes = true}));
    CO_TRY(co_await tasks().pause(
        taken.claim, {.kind = tasks::QuestionKind::unknown_outcome, .path = "0", .text = "Was it?", .choices = {}}));
    co_return Unit{};
  };
  execute(anna, plan);
  must(dialogue->cancel(anna, plan.view->task.id));
  const auto unknown = run(dialogue->undo(anna, plan.view->task.id));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("slack.send_message: It is not known whether it was done"));

  // And so may what undoes another one.
  const auto posted = say(anna, kPosting);
  posts();
  execute(anna, posted);
  const auto first = must(dialogue->undo(anna, posted.view->task.id));
  executor.run = [this](tasks::Taken taken) -> Task<Unit> {
    CO_TRY(co_await tasks().begin_step(taken.claim, {.path = "0", .action = "slack.delete_message", .writes = true}));
    CO_TRY(co_await tasks().fail(taken.claim, "It broke."));
    co_return Unit{};
  };
  const auto failed = execute(anna, first);
  EXPECT_THAT(failed.message, testing::Not(HasSubstr("go on from the step"))) << "there is no such fork";
  EXPECT_THAT(failed.message, HasSubstr("Undo it again"));
  const auto second = must(dialogue->undo(anna, posted.view->task.id));
  EXPECT_THAT(second.message, HasSubstr("(it may have been done already)"));
  EXPECT_THAT(second.message, HasSubstr("It is not known whether an earlier undoing"));
}

TEST_F(UndoTest, ATaskWhoseConversationIsGoneIsUndoneInAnother) {
  const auto plan = say(anna, kPosting);
  posts();
  execute(anna, plan);
  must(conversations.remove(anna, plan.conversation_id));
  const auto undo = must(dialogue->undo(anna, plan.view->task.id));
  EXPECT_EQ(undo.kind, ReplyKind::plan) << undo.message;
  EXPECT_NE(undo.conversation_id, plan.conversation_id);
  EXPECT_FALSE(said_in(anna, undo.conversation_id).empty());
}

}  // namespace
}  // namespace troupe::assistant::dialogue
