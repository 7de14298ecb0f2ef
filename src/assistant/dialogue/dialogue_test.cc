// Conversations from the first sentence to the result, over a database: what is asked, answered, kept and refused.
#include "assistant/dialogue/dialogue_fixture.h"

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPost = "post to #ops on slack that we start at 7";
const std::string kPostWithoutText = "post to #ops on slack";
const std::string kVague = "find Shaw";

class DialogueTest : public DialogueFixture {
 protected:
  /// The executor asks which of two is meant, and ends with the answer.
  void asks_in_the_middle() {
    executor.run = [this](tasks::Taken taken) -> Task<Unit> {
      CO_TRY(const auto begun,
             co_await tasks().begin_step(taken.claim, {.path = "1", .action = "slack.list_channels"}));
      if (begun.state == tasks::Begun::State::repeated && begun.answered) {
        CO_TRY(co_await tasks().finish(taken.claim, *begun.answered->answer));
        co_return Unit{};
      }
      tasks::QuestionDraft draft{.path = "1", .text = "Which channel?"};
      draft.choices.push_back({.id = "C1", .label = "ops - the crew", .value = "C1"});
      draft.choices.push_back({.id = "C2", .label = "ops-night", .value = "C2"});
      CO_TRY(co_await tasks().pause(taken.claim, std::move(draft)));
      co_return Unit{};
    };
  }
  void wants_approval(tasks::Approver may = tasks::Approver::asker) {
    executor.run = [this, may](tasks::Taken taken) -> Task<Unit> {
      tasks::ApprovalDraft draft{.calls = {}, .may = may, .why = "It writes."};
      draft.calls.push_back({.path = "1", .action = "slack.send_message", .args = taken.task.spec.inputs});
      CO_TRY(co_await tasks().ask_approval(taken.claim, std::move(draft)));
      co_return Unit{};
    };
  }
};

TEST_F(DialogueTest, ARequestBecomesAPlanThatRunsWhenItIsConfirmed) {
  const auto plan = say(anna, kPost);
  ASSERT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_EQ(plan.view->task.spec.service, "slack");
  EXPECT_EQ(plan.view->task.spec.intent, "send_message");
  EXPECT_EQ(inputs_of(plan), R"({"channel":"ops","message":"we start at 7"})");
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_THAT(plan.message, HasSubstr("we start at 7"));
  EXPECT_THAT(plan.message, HasSubstr("Nothing has run yet"));
  EXPECT_TRUE(executor.started.empty());
  EXPECT_TRUE(plan.explanation.contains("router"));

  ends_with({{"channel", "ops"}, {"ts", "17.5"}});
  const auto done = execute(anna, plan);
  EXPECT_EQ(done.kind, ReplyKind::result);
  EXPECT_THAT(done.message, HasSubstr("channel: ops"));
  const auto again = run(dialogue->execute(anna, plan.view->task.id, kLong));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().http_status(), 400);
  EXPECT_EQ(again.error().message(), "Task is in done status and cannot be executed");

  const auto talk = said_in(anna, plan.conversation_id);
  ASSERT_EQ(talk.size(), 3U);
  EXPECT_EQ(talk[0].role, tasks::Role::user);
  EXPECT_EQ(talk[0].content, kPost);
  EXPECT_EQ(talk[1].role, tasks::Role::assistant);
  EXPECT_EQ(talk[1].task_id, plan.view->task.id);
  EXPECT_EQ(talk[2].content, done.message);
}

TEST_F(DialogueTest, AnUnknownConversationBeginsANewOneAndAKnownOneGoesOn) {
  const auto first = say(anna, kPost, "t1-of-another-time");
  EXPECT_NE(first.conversation_id, "t1-of-another-time");
  EXPECT_EQ(say(anna, kPost, first.conversation_id).conversation_id, first.conversation_id);
  EXPECT_NE(say(anna, kPost).conversation_id, first.conversation_id);
  EXPECT_NE(say(ben, kPost, first.conversation_id).conversation_id, first.conversation_id);
  EXPECT_EQ(must(conversations.find(anna, first.conversation_id)).title, kPost);
}

TEST_F(DialogueTest, WhatIsMissingIsAskedAndAnsweredAfterARestart) {
  const auto asked = say(anna, kPostWithoutText);
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  EXPECT_EQ(asked.view->task.phase, tasks::Phase::awaiting_answer);
  begin_again();
  const auto plan = say(anna, "we start at 7", asked.conversation_id);
  ASSERT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_EQ(plan.view->task.id, asked.view->task.id);
  EXPECT_EQ(inputs_of(plan), R"({"channel":"ops","message":"we start at 7"})");
}

TEST_F(DialogueTest, AnAnswerFromAnotherChannelNamesTheTask) {
  const auto asked = say(anna, kPostWithoutText);
  const auto plan = say(anna, "we start at 7", {}, asked.view->task.id);
  ASSERT_EQ(plan.kind, ReplyKind::plan);
  EXPECT_EQ(plan.conversation_id, asked.conversation_id);
  const auto again = try_say(anna, "we start at 8", {}, asked.view->task.id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().http_status(), 400);
}

TEST_F(DialogueTest, AVagueRequestAsksWithNumbersAndTheSameChoiceAgainIsRefused) {
  const auto asked = say(anna, kVague);
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  ASSERT_GE(asked.view->question->choices.size(), 2U);
  EXPECT_THAT(asked.message, HasSubstr("\n1. "));
  EXPECT_THAT(asked.message, HasSubstr("\n2. "));
  const auto unknown = run(dialogue->answer(anna, asked.view->task.id, {.choice_id = "nobody"}, kLong));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), Errc::invalid_param);
  const auto& choice = asked.view->question->choices[1];
  const tasks::Answer answer{.choice_id = choice.id, .question_id = asked.view->question->id};
  const auto next = must(dialogue->answer(anna, asked.view->task.id, answer, kLong));
  EXPECT_EQ(next.view->task.id, asked.view->task.id);
  EXPECT_EQ(next.view->task.spec.service, choice.id);
  const auto again = run(dialogue->answer(anna, asked.view->task.id, answer, kLong));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().http_status(), 400);
}

TEST_F(DialogueTest, ANumberAnswersAChoice) {
  const auto asked = say(anna, kVague);
  const auto next = say(anna, "2", asked.conversation_id);
  EXPECT_EQ(next.view->task.id, asked.view->task.id);
  EXPECT_EQ(next.view->task.spec.service, asked.view->question->choices[1].id) << next.message;
}

TEST_F(DialogueTest, ANameInWordsAnswersAChoice) {
  const auto asked = say(anna, kVague);
  const auto& choice = asked.view->question->choices[1];
  const auto next = say(anna, "the " + choice.label + " one", asked.conversation_id);
  EXPECT_EQ(next.view->task.id, asked.view->task.id);
  EXPECT_EQ(next.view->task.spec.service, choice.id) << next.message;
}

TEST_F(DialogueTest, SomethingElseIsANewRequestAlthoughAQuestionIsOpen) {
  const auto asked = say(anna, kVague);
  const auto plan = say(anna, kPost, asked.conversation_id);
  ASSERT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_NE(plan.view->task.id, asked.view->task.id);
  const auto missing = say(anna, kPostWithoutText, asked.conversation_id);
  EXPECT_NE(say(anna, kPost, asked.conversation_id).view->task.id, missing.view->task.id);
  EXPECT_EQ(phase_of(anna, asked.view->task.id), tasks::Phase::awaiting_choice);
}

TEST_F(DialogueTest, AnAnswerThatIsNoneOfTheChoicesIsAskedAgainUntilItGivesUp) {
  const auto asked = say(anna, kVague);
  auto reply = asked;
  for (int i = 0; i < 10 && reply.kind == ReplyKind::question; ++i) reply = say(anna, "hmm", asked.conversation_id);
  EXPECT_EQ(reply.kind, ReplyKind::failed);
  EXPECT_EQ(phase_of(anna, asked.view->task.id), tasks::Phase::cancelled);
}

TEST_F(DialogueTest, NeverMindLeavesItAndAYesRunsNothing) {
  const auto asked = say(anna, kVague);
  EXPECT_EQ(say(anna, "never mind", asked.conversation_id).kind, ReplyKind::failed);
  EXPECT_EQ(phase_of(anna, asked.view->task.id), tasks::Phase::cancelled);
  const auto plan = say(anna, kPost);
  const auto shown = say(anna, "Yes!", plan.conversation_id);
  EXPECT_EQ(shown.kind, ReplyKind::plan);
  EXPECT_EQ(shown.view->task.id, plan.view->task.id);
  EXPECT_TRUE(executor.started.empty());
  EXPECT_EQ(say(anna, "cancel", plan.conversation_id).kind, ReplyKind::failed);
  EXPECT_EQ(executor.woken.back(), plan.view->task.id);
}

TEST_F(DialogueTest, WhatNobodyOffersIsNothing) {
  const auto reply = say(anna, "what is the weather like tomorrow");
  EXPECT_EQ(reply.kind, ReplyKind::nothing);
  EXPECT_FALSE(reply.view);
  EXPECT_FALSE(reply.message.empty());
  EXPECT_EQ(said_in(anna, reply.conversation_id).size(), 2U);
}

TEST_F(DialogueTest, NobodyElseSeesAnswersOrRunsIt) {
  const auto asked = say(anna, kVague);
  const auto plan = say(anna, kPost);
  for (const auto& who : {ben, chief, far}) {
    for (const auto& id : {asked.view->task.id, plan.view->task.id}) {
      for (const auto& reply :
           {run(dialogue->look(who, id)), run(dialogue->execute(who, id, kLong)), run(dialogue->cancel(who, id)),
            run(dialogue->answer(who, id, {.choice_id = "slack"}, kLong)), run(dialogue->fork(who, id, 1, {})),
            try_say(who, "1", {}, id)}) {
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code(), Errc::not_found);
      }
    }
  }
  EXPECT_EQ(said_in(anna, asked.conversation_id).size(), 2U);
}

TEST_F(DialogueTest, WhatTheExecutorAsksLetsItGoOn) {
  asks_in_the_middle();
  const auto plan = say(anna, kPost);
  const auto asked = execute(anna, plan);
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  EXPECT_THAT(asked.message, HasSubstr("2. ops-night"));
  begin_again();
  const auto odd = say(anna, "something", plan.conversation_id);
  EXPECT_EQ(odd.kind, ReplyKind::question);
  EXPECT_EQ(odd.message, "That is none of these choices. " + asked.message);
  const auto done = say(anna, "the second one", plan.conversation_id);
  ASSERT_EQ(done.kind, ReplyKind::result) << done.message;
  EXPECT_THAT(boost::json::serialize(*done.view->task.result), HasSubstr("C2"));
  const auto again = run(dialogue->answer(anna, plan.view->task.id, {.choice_id = "C2"}, kLong));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().http_status(), 400);
}

TEST_F(DialogueTest, AnApprovalShowsTheExactCallsAndIsGivenForThem) {
  wants_approval();
  const auto plan = say(anna, kPost);
  const auto asked = execute(anna, plan);
  ASSERT_EQ(asked.kind, ReplyKind::approval) << asked.message;
  EXPECT_THAT(asked.message, HasSubstr(R"({"channel":"ops","message":"we start at 7"})"));
  EXPECT_EQ(say(anna, "yes", plan.conversation_id).kind, ReplyKind::approval);
  ends_with("sent");
  const auto& approval = *asked.view->approval;
  const auto other = run(dialogue->approve(anna, approval.id, "another digest", kLong));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Errc::invalid_param);
  EXPECT_EQ(must(dialogue->approve(anna, approval.id, approval.digest, kLong)).kind, ReplyKind::result);
}

TEST_F(DialogueTest, WhoeverApprovesForAnotherIsNotShownTheResult) {
  wants_approval(tasks::Approver::administrator);
  const auto plan = say(anna, kPost);
  const auto asked = execute(anna, plan);
  ends_with("the result of Anna");
  const auto reply = must(dialogue->approve(chief, asked.view->approval->id, asked.view->approval->digest, kLong));
  EXPECT_EQ(reply.kind, ReplyKind::result);
  EXPECT_FALSE(reply.view);
  EXPECT_TRUE(reply.conversation_id.empty());
  EXPECT_THAT(reply.message, Not(HasSubstr("Anna")));
  EXPECT_EQ(said_in(anna, plan.conversation_id).back().content, "the result of Anna");

  wants_approval();
  const auto second = execute(anna, say(anna, kPost));
  const auto rejected =
      must(dialogue->reject(anna, second.view->approval->id, second.view->approval->digest, "not today"));
  EXPECT_EQ(rejected.kind, ReplyKind::failed);
  EXPECT_THAT(rejected.message, HasSubstr("not today"));
}

TEST_F(DialogueTest, PatienceEndsFirstAndALookSaysHowItStands) {
  const auto plan = say(anna, kPost);
  EXPECT_EQ(execute(anna, plan).kind, ReplyKind::running);
  const auto messages = said_in(anna, plan.conversation_id).size();
  EXPECT_EQ(must(dialogue->look(anna, plan.view->task.id)).kind, ReplyKind::running);
  EXPECT_EQ(said_in(anna, plan.conversation_id).size(), messages);
  EXPECT_EQ(must(dialogue->cancel(anna, plan.view->task.id)).kind, ReplyKind::running);
}

TEST_F(DialogueTest, AFailureSaysWhyAndAForkIsAPlanOfItsOwn) {
  executor.run = [this](tasks::Taken taken) -> Task<Unit> {
    CO_TRY(co_await tasks().fail(taken.claim, "Slack says: channel_not_found."));
    co_return Unit{};
  };
  const auto plan = say(anna, kPost);
  const auto failed = execute(anna, plan);
  EXPECT_EQ(failed.kind, ReplyKind::failed);
  EXPECT_THAT(failed.message, HasSubstr("channel_not_found"));
  const auto fork = must(dialogue->fork(anna, plan.view->task.id, 1,
                                        tasks::JsonObject{{"channel", "general"}, {"message", "we start at 7"}}));
  EXPECT_EQ(fork.kind, ReplyKind::plan);
  EXPECT_EQ(fork.view->task.parent_task, plan.view->task.id);
  EXPECT_FALSE(run(dialogue->fork(anna, plan.view->task.id, 1, tasks::JsonObject{{"channel", 7}})));
  EXPECT_EQ(run(dialogue->fork(anna, say(anna, kVague).view->task.id, 1, {})).error().code(), Errc::invalid_param);
}

TEST_F(DialogueTest, APlanMayBeGivenWithoutASentence) {
  tasks::TaskSpec spec{.service = "slack", .intent = "send_message", .inputs = {{"channel", "ops"}, {"message", "hi"}}};
  const auto plan = must(dialogue->plan(anna, {}, spec));
  EXPECT_EQ(plan.kind, ReplyKind::plan);
  EXPECT_EQ(must(conversations.find(anna, plan.conversation_id)).title, "slack.send_message");
  spec.inputs = {{"channel", "ops"}};
  EXPECT_EQ(run(dialogue->plan(anna, {}, spec)).error().code(), Errc::invalid_param);
  spec.intent = "no_such";
  EXPECT_EQ(run(dialogue->plan(anna, {}, spec)).error().code(), Errc::invalid_param);
}

TEST_F(DialogueTest, AnAdministratorNamesACommandAndNobodyElse) {
  const auto ask = [this](tasks::Who who, tasks::JsonObject inputs) {
    return run(dialogue->plan(std::move(who), "",
                              {.service = "system", .intent = "run_command", .inputs = std::move(inputs)}));
  };
  auto chief = anna;
  chief.administrator = true;
  const auto plan = ask(chief, {{"command", "ls -l"}});
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->kind, ReplyKind::plan);
  EXPECT_EQ(plan->view->task.spec.service, "system");
  EXPECT_EQ(ask(anna, {{"command", "ls -l"}}).error().code(), Errc::forbidden);
  for (const auto* wrong : {R"({})", R"({"command":""})", R"({"command":"ls","shell":true})", R"({"command":["ls"]})",
                            R"({"command":"ls","mode":"ROOT"})", R"({"command":"ls","timeoutMs":0})"}) {
    const auto refused = ask(chief, boost::json::parse(wrong).get_object());
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code(), Errc::invalid_param) << wrong;
  }
  EXPECT_FALSE(run(dialogue->plan(chief, "", {.service = "system", .intent = "undo", .inputs = {}})));
}

TEST_F(DialogueTest, APlanIsShownAlsoWhereItsCallsCannotBe) {
  executor.blind = true;
  const auto plan = say(anna, kPost);
  ASSERT_EQ(plan.kind, ReplyKind::plan);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].action, "slack.send_message");
  EXPECT_TRUE(plan.steps[0].writes);
}

TEST_F(DialogueTest, ASecretIsInNothingThatIsSaidOrStored) {
  const std::string secret = "xoxb-canary-4711";
  secrets.replace(1, "pack slack", {secret});
  const auto plan = say(anna, "post to #ops on slack that the key is " + secret);
  EXPECT_THAT(plan.message, Not(HasSubstr(secret)));
  EXPECT_THAT(boost::json::serialize(plan.explanation), Not(HasSubstr(secret)));
  for (const auto& step : plan.steps) EXPECT_THAT(boost::json::serialize(step.args), Not(HasSubstr(secret)));
  const auto asked = say(anna, "find " + secret);
  EXPECT_THAT(asked.message, Not(HasSubstr(secret)));
  ends_with({{"text", "the key is " + secret}});
  EXPECT_THAT(execute(anna, plan).message, Not(HasSubstr(secret)));
  EXPECT_THAT(all_text(), Not(HasSubstr(secret)));
  std::string kept;
  ASSERT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
    for (const auto& each : store::values<std::string>(c.query("SELECT planning FROM as_task"))) kept += each;
    for (const auto& each : store::values<std::string>(c.query("SELECT text FROM as_choice"))) kept += each;
    return Unit{};
  }));
  EXPECT_THAT(kept, Not(HasSubstr(secret)));
}

TEST_F(DialogueTest, BoundsOfWhatIsSaid) {
  EXPECT_EQ(try_say(anna, " \n").error().code(), Errc::invalid_param);
  EXPECT_EQ(try_say(anna, std::string(kMostTextBytes + 1, 'a')).error().code(), Errc::too_large);
  EXPECT_EQ(
      run(dialogue->chat(
              anna,
              {.conversation_id = {}, .text = "hi", .files = std::vector<std::string>(kMostFiles + 1, "mxc://a/b")},
              kLong))
          .error()
          .code(),
      Errc::too_large);
  EXPECT_EQ(try_say(anna, "1", {}, "no-such-task").error().code(), Errc::not_found);
  EXPECT_TRUE(try_say(anna, std::string(kMostTextBytes, 'a')));
  Seats seats(2);
  {
    auto first = kit::must(seats.take(anna));
    auto second = kit::must(seats.take(anna));
    EXPECT_EQ(seats.take(anna).error().code(), Errc::limit_exceeded);
    EXPECT_TRUE(seats.take(ben));
  }
  EXPECT_TRUE(seats.take(anna));
}

TEST_F(DialogueTest, AChoiceTeachesTheTenantAndIsTakenBackWithoutATrace) {
  const auto asked = say(anna, "add a note for Patel");
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  const auto service = asked.view->question->choices.back().id;
  must(dialogue->answer(anna, asked.view->task.id, {.choice_id = service}, kLong));
  begin_again();
  EXPECT_EQ(say(ben, "add a note for Gomez").view->task.spec.service, service);
  EXPECT_EQ(say(far, "add a note for Gomez").view->task.spec.service, "");
  ASSERT_EQ(must(lessons->list(1)).size(), 1U);
  EXPECT_EQ(must(lessons->list(1)).front().text, "add a note for Patel");
  EXPECT_FALSE(run(lessons->remove(far, asked.view->task.id))) << "an administrator, but of another tenant";
  EXPECT_FALSE(run(lessons->remove(ben, asked.view->task.id))) << "somebody else's";
  const store::AlsoWrite fails = [](store::Tx& tx) { tx.run("INSERT INTO no_such_table VALUES (1)"); };
  EXPECT_FALSE(run(lessons->remove(chief, asked.view->task.id, fails)));
  EXPECT_EQ(must(lessons->list(1)).size(), 1U) << "it goes with its line in the audit log, or stays";
  must(lessons->remove(chief, asked.view->task.id));
  EXPECT_EQ(say(anna, "add a note for Gomez").view->task.spec.service, "");
}

TEST_F(DialogueTest, TheOldestChoicesMakeRoom) {
  for (int i = 0; i < 205; ++i) must(lessons->add(anna, "t" + std::to_string(1000 + i), "text", "slack"));
  const auto kept = must(lessons->list(1));
  EXPECT_EQ(kept.size(), router::Choices::kMost);
  EXPECT_EQ(kept.back().id, "t1204");
}

TEST_F(DialogueTest, APostedFileGoesWhereTheOperationTakesOne) {
  const auto plan = must(dialogue->chat(anna,
                                        {.conversation_id = {},
                                         .text = "add a photo to the Kelly project in companycam",
                                         .today = kToday,
                                         .person = "@anna:localhost",
                                         .files = {"mxc://localhost/roof"},
                                         .file_names = {"roof.jpg"}},
                                        kLong));
  ASSERT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_EQ(plan.view->task.spec.intent, "add_project_photo");
  EXPECT_THAT(inputs_of(plan), HasSubstr("mxc://localhost/roof"));
  const auto state = read_planning_state(plan.view->task.spec.planning);
  EXPECT_TRUE(state.files.empty());
  EXPECT_FALSE(plan.view->task.spec.borrowed);
  EXPECT_THAT(said_in(anna, plan.conversation_id).front().content, HasSubstr("[file: roof.jpg]"));
}

TEST_F(DialogueTest, AFileThatIsMissingMayComeWithTheAnswer) {
  const auto asked = say(anna, "add a photo to the Kelly project in companycam");
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  const auto plan = must(dialogue->chat(anna,
                                        {.conversation_id = asked.conversation_id,
                                         .text = "here",
                                         .today = kToday,
                                         .files = {"mxc://localhost/roof"},
                                         .file_names = {"roof.jpg"}},
                                        kLong));
  EXPECT_EQ(plan.view->task.id, asked.view->task.id);
  EXPECT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_THAT(inputs_of(plan), HasSubstr("mxc://localhost/roof"));
}

// ---- With a model ----

planner::ModelAnswer model_says(std::string text) {
  return {.text = std::move(text), .refusal = {}, .calls = {}, .finish_reason = "stop"};
}

TEST_F(DialogueTest, WhatAModelAddsOfItsOwnIsMarkedAsBorrowed) {
  models.answers = [](const planner::ModelRequest& request) -> Result<planner::ModelAnswer> {
    if (request.name == "choice") return model_says(R"({"choice":"slack__send_message","question":null})");
    return model_says(R"({"channel":"ops","message":"Good morning, dear crew","thread_ts":null})");
  };
  const auto plan = say(anna, "greet #ops on slack, post something nice");
  ASSERT_EQ(plan.kind, ReplyKind::plan) << plan.message;
  EXPECT_TRUE(plan.view->task.spec.borrowed);
  EXPECT_TRUE(plan.steps[0].needs_approval);
  EXPECT_THAT(plan.message, HasSubstr("exact calls"));
  begin_again();
  EXPECT_TRUE(must(dialogue->look(anna, plan.view->task.id)).view->task.spec.borrowed);
}

TEST_F(DialogueTest, MalformedAnswersOfAModelEndInAPlanOrAQuestion) {
  const std::vector<std::string> answers{"",
                                         "{",
                                         "I would rather not.",
                                         R"({"choice":"slack__delete_everything","question":null})",
                                         R"({"choice":"slack__send_message","question":null})",
                                         R"({"channel":7,"message":["x"]})",
                                         R"({"choice":"ask","question":"Which one?"})",
                                         std::string(5'000, '{')};
  int at = 0;
  for (std::size_t first = 0; first < answers.size(); ++first) {
    for (std::size_t second = 0; second < answers.size(); ++second) {
      at = 0;
      models.answers = [&](const planner::ModelRequest&) -> Result<planner::ModelAnswer> {
        if (++at > 3) return Error(Errc::unavailable, "down");
        return model_says(answers[at % 2 == 1 ? first : second]);
      };
      const auto reply = say(anna, kPost);
      EXPECT_TRUE(reply.kind == ReplyKind::plan || reply.kind == ReplyKind::question) << reply.message;
      EXPECT_FALSE(reply.message.empty());
    }
  }
  models.answers = [](const planner::ModelRequest&) -> Result<planner::ModelAnswer> {
    return Error(Errc::timed_out, "slow");
  };
  EXPECT_EQ(inputs_of(say(anna, kPost)), R"({"channel":"ops","message":"we start at 7"})");
}

TEST_F(DialogueTest, ALongQuestionOfAModelIsCut) {
  models.answers = [](const planner::ModelRequest&) -> Result<planner::ModelAnswer> {
    return model_says(R"({"choice":"ask","question":")" + std::string(100'000, 'w') + "\"}");
  };
  const auto reply = say(anna, kPost);
  ASSERT_EQ(reply.kind, ReplyKind::question);
  EXPECT_LT(reply.message.size(), 8'000U);
}

}  // namespace
}  // namespace troupe::assistant::dialogue
