// What comes when nobody waits any more: it is said in the conversation, once.
#include "assistant/dialogue/dialogue_fixture.h"

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;

const std::string kLatePost = "post to #ops on slack that we start at 7";
const std::string kUnclear = "find Shaw";

class TellingTest : public DialogueFixture {
 protected:
  /// Nobody waits for it: it goes on by itself.
  tasks::Taken left_running(const Reply& plan) {
    const auto reply = must(dialogue->execute(anna, plan.view->task.id, std::chrono::milliseconds(0)));
    EXPECT_EQ(reply.kind, ReplyKind::running);
    EXPECT_EQ(said_in(anna, plan.conversation_id).back().content, reply.message);
    auto taken = executor.started.front();
    executor.started.pop_front();
    return taken;
  }
  /// The job, when what is to be told has had its time to be told by whoever waited.
  void tell() {
    clock.passed_ms += 5'000;
    must(dialogue->tell_untold());
  }
};

TEST_F(TellingTest, AnEndThatNobodyWaitedForIsSaidOnceAlsoAfterARestart) {
  const auto plan = say(anna, kLatePost);
  const auto taken = left_running(plan);
  tell();
  EXPECT_EQ(said_in(anna, plan.conversation_id).size(), 3U) << "it runs still";
  must(tasks().finish(taken.claim, tasks::JsonObject{{"channel", "ops"}, {"ts", "17.5"}}));
  begin_again();  // killed before anybody said it
  tell();
  const auto talk = said_in(anna, plan.conversation_id);
  ASSERT_EQ(talk.size(), 4U);
  EXPECT_EQ(talk[3].role, tasks::Role::assistant);
  EXPECT_EQ(talk[3].task_id, plan.view->task.id);
  EXPECT_THAT(talk[3].content, HasSubstr("channel: ops"));
  tell();
  begin_again();
  tell();
  EXPECT_EQ(said_in(anna, plan.conversation_id).size(), 4U);
}

TEST_F(TellingTest, AQuestionAndAnApprovalThatComeLateAreSaid) {
  const auto plan = say(anna, kLatePost);
  auto taken = left_running(plan);
  tasks::QuestionDraft draft{.path = "1", .text = "Which channel?"};
  draft.choices.push_back({.id = "C1", .label = "ops - the crew", .value = "C1"});
  must(tasks().pause(taken.claim, std::move(draft)));
  tell();
  EXPECT_THAT(said_in(anna, plan.conversation_id).back().content, HasSubstr("Which channel?"));
  must(dialogue->answer(anna, plan.view->task.id, {.choice_id = "C1"}, std::chrono::milliseconds(0)));
  taken = executor.started.front();
  must(tasks().ask_approval(taken.claim,
                            {.calls = {{.path = "1", .action = "slack.send_message", .args = {{"text", "hi"}}}}}));
  tell();
  tell();
  const auto talk = said_in(anna, plan.conversation_id);
  EXPECT_THAT(talk.back().content, HasSubstr("needs an approval"));
  EXPECT_EQ(talk.size(),
            7U);  // the request, the plan, that it runs, the question, the answer, that it runs, the approval
}

TEST_F(TellingTest, AClockThatIsSetBackHoldsUpNothing) {
  const auto plan = say(anna, kLatePost);
  const auto taken = left_running(plan);
  must(tasks().finish(taken.claim, tasks::JsonObject{{"channel", "ops"}}));
  clock.shift_ms -= std::chrono::milliseconds(std::chrono::hours(1)).count();
  must(dialogue->tell_untold());
  EXPECT_THAT(said_in(anna, plan.conversation_id).back().content, HasSubstr("channel: ops"));
  const auto talk = said_in(anna, plan.conversation_id).size();
  tell();
  EXPECT_EQ(said_in(anna, plan.conversation_id).size(), talk) << "once";
}

TEST_F(TellingTest, WhatIsToldAtOnceIsNotToldAgain) {
  const auto plan = say(anna, kLatePost);
  ends_with({{"channel", "ops"}});
  execute(anna, plan);
  const auto vague = say(anna, kUnclear);
  say(anna, "never mind", vague.conversation_id);
  tell();
  EXPECT_EQ(said_in(anna, plan.conversation_id).size(), 3U);
  EXPECT_EQ(said_in(anna, vague.conversation_id).size(), 4U);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task WHERE tell_ms IS NOT NULL"), 0);
}

TEST_F(TellingTest, AStandingThatIsOverIsNotSaidAnyMore) {
  const auto plan = say(anna, kLatePost);
  const auto taken = left_running(plan);
  must(tasks().pause(taken.claim, {.kind = tasks::QuestionKind::answer, .path = "1", .text = "Which one?"}));
  const auto before = must(tasks().find(anna, plan.view->task.id)).task;
  must(tasks().cancel(anna, plan.view->task.id));
  EXPECT_FALSE(must(conversations.tell(anna, plan.conversation_id, "Which one?", tasks::Standing(before))));
  tell();
  EXPECT_THAT(said_in(anna, plan.conversation_id).back().content, HasSubstr("cancelled"));
}

TEST_F(TellingTest, AFullConversationIsNotTriedForEver) {
  const auto plan = say(anna, kLatePost);
  const auto taken = left_running(plan);
  must(tasks().finish(taken.claim, nullptr));
  change_rows({"UPDATE as_conversation SET messages = 10000"});
  tell();
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task WHERE tell_ms IS NOT NULL"), 0);
}

}  // namespace
}  // namespace troupe::assistant::dialogue
