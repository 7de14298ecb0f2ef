// How a request was understood, as it is kept for the debug view; and what goes with a conversation that is deleted.
#include <boost/json/serialize.hpp>

#include "assistant/dialogue/dialogue_fixture.h"

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kToOps = "post to #ops on slack that we start at 7";

planner::ModelAnswer model_answers(std::string text) {
  return {.text = std::move(text), .refusal = {}, .calls = {}, .finish_reason = "stop"};
}

class ExplanationTest : public DialogueFixture {};

TEST_F(ExplanationTest, HowItWasUnderstoodIsShownLaterToo) {
  const auto asked = say(anna, "add a note for Patel");
  ASSERT_EQ(asked.kind, ReplyKind::question) << asked.message;
  EXPECT_EQ(asked.explanation.at("outcome"), "ask");
  EXPECT_EQ(asked.explanation.at("asked"), "service");
  EXPECT_GE(asked.explanation.at("candidates").as_array().size(), 2U);
  EXPECT_FALSE(asked.explanation.contains("lessons"));
  EXPECT_EQ(must(dialogue->look(anna, asked.view->task.id)).explanation, asked.explanation);

  const auto service = asked.view->question->choices.back().id;
  const auto next = must(dialogue->answer(anna, asked.view->task.id, {.choice_id = service}, kLong));
  EXPECT_EQ(next.explanation.at("outcome"), "ask") << "what the router made of it stays";
  EXPECT_TRUE(next.explanation.contains("intents")) << boost::json::serialize(next.explanation);
  begin_again();
  EXPECT_EQ(must(dialogue->look(anna, asked.view->task.id)).explanation, next.explanation);

  // The choice weighs in: by its id, for the words are not everybody's.
  const auto taught = say(ben, "add a note for Gomez");
  const auto& lesson = taught.explanation.at("lessons").as_array().at(0);
  EXPECT_EQ(lesson.at("id").as_string(), asked.view->task.id);
  EXPECT_EQ(lesson.at("service").as_string(), service);
  EXPECT_THAT(boost::json::serialize(taught.explanation), Not(HasSubstr("Patel")));
  const auto missing = say(anna, "post to slack");
  if (missing.kind == ReplyKind::question) EXPECT_TRUE(missing.explanation.contains("asked"));
  EXPECT_TRUE(say(anna, "what time is it").explanation.contains("router"));
}

TEST_F(ExplanationTest, WhatAModelWasShownIsKnownByItsRecords) {
  models.answers = [](const planner::ModelRequest& request) -> Result<planner::ModelAnswer> {
    if (request.name == "choice") return model_answers(R"({"choice":"slack__send_message","question":null})");
    return model_answers(R"({"channel":"ops","message":"we start at 7","thread_ts":null})");
  };
  const auto plan = say(anna, kToOps);
  EXPECT_EQ(exchanges_in(plan.explanation), (std::vector<std::string>{"exchange-1", "exchange-2"}));
  EXPECT_TRUE(plan.explanation.contains("router"));
  EXPECT_TRUE(plan.explanation.contains("model"));
  const auto later = must(dialogue->look(anna, plan.view->task.id));
  EXPECT_EQ(exchanges_in(later.explanation).size(), 2U);
  models.answers = [](const planner::ModelRequest&) -> Result<planner::ModelAnswer> {
    return Error(Errc::unavailable, "down");
  };
  EXPECT_EQ(exchanges_in(say(anna, kToOps).explanation).size(), 1U) << "what came to nothing as well";
}

TEST_F(ExplanationTest, AnExplanationThatHasNoRoomIsLeftOut) {
  PlanningState state{.explanation = {{"router", std::string(1'000, 'r')}}};
  EXPECT_TRUE(to_json(state).contains("explanation"));
  EXPECT_EQ(read_planning_state(to_json(state)).explanation, state.explanation);
  state.explanation["router"] = std::string(20'000, 'r');
  EXPECT_FALSE(to_json(state).contains("explanation"));
  state.explanation["router"] = std::string(10'000, 'r');
  state.files.emplace_back(tasks::kMaxPlanningBytes - 1'000, 'f');
  EXPECT_FALSE(to_json(state).contains("explanation"));
}

TEST_F(ExplanationTest, ADeletedConversationsLessonsGoAndItsTasksBeginAnother) {
  const auto asked = say(anna, "add a note for Patel");
  const auto service = asked.view->question->choices.back().id;
  must(dialogue->answer(anna, asked.view->task.id, {.choice_id = service}, kLong));
  must(lessons->add(ben, "ben's", "add a note for Kelly", "slack"));
  must(lessons->remove_of(ben, asked.conversation_id));
  EXPECT_EQ(must(lessons->list(1)).size(), 2U) << "it is not his conversation";
  must(lessons->remove_of(anna, asked.conversation_id));
  ASSERT_EQ(must(lessons->list(1)).size(), 1U);
  EXPECT_EQ(must(lessons->list(1)).front().id, "ben's");

  const auto plan = say(anna, kToOps);
  ends_with({{"ts", "17.5"}});
  execute(anna, plan);
  must(conversations.remove(anna, plan.conversation_id));
  const auto again = must(dialogue->fork(anna, plan.view->task.id, 1, {}));
  EXPECT_EQ(again.kind, ReplyKind::plan);
  EXPECT_NE(again.conversation_id, plan.conversation_id);
  EXPECT_EQ(must(conversations.find(anna, again.conversation_id)).title, "slack.send_message");
}

}  // namespace
}  // namespace troupe::assistant::dialogue
