// Questions and what answers make of them: numbered choices, values, days later, from stored state alone.
#include <gmock/gmock.h>

#include "assistant/planner/planner_fixture.h"

namespace troupe::assistant::planner {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// The question as storage has it, answered on another day.
Outcome answered(const Outcome& outcome, std::string_view answer, std::chrono::year_month_day today = 2026y / 12 / 1) {
  const auto* question = std::get_if<Question>(&outcome);
  if (!question) return Nothing{.message = "no question: " + told(outcome), .explanation = {}};
  const auto stored = boost::json::serialize(to_json(question->pending));
  auto pending = read_pending(boost::json::parse(stored));
  EXPECT_TRUE(pending) << stored;
  return ShippedPlanner::get().planner.answer(*pending, answer, today);
}

const std::vector<Option> kOptions = {{.id = "companycam", .label = "CompanyCam", .value = "companycam"},
                                      {.id = "acculynx", .label = "AccuLynx", .value = "acculynx"},
                                      {.id = "bolt", .label = "ECi Bolt", .value = "bolt"}};

TEST(AnswersTest, AnOptionIsMeantInManyWays) {
  const std::pair<std::string_view, std::optional<std::size_t>> cases[] = {{"2", 1},
                                                                           {"2.", 1},
                                                                           {"#2", 1},
                                                                           {"2\xEF\xB8\x8F\xE2\x83\xA3", 1},
                                                                           {"the second one", 1},
                                                                           {"second", 1},
                                                                           {"der zweite", 1},
                                                                           {"la tercera", 2},
                                                                           {"AccuLynx", 1},
                                                                           {"acculynx", 1},
                                                                           {"bolt", 2},
                                                                           {"eci bolt!", 2},
                                                                           {"4", std::nullopt},
                                                                           {"0", std::nullopt},
                                                                           {"", std::nullopt},
                                                                           {"neither", std::nullopt},
                                                                           {"2 of them", std::nullopt}};
  for (const auto& [answer, index] : cases) EXPECT_EQ(option_meant(kOptions, answer), index) << answer;
}

TEST(AnswersTest, OfTwoChannelsOneIsChosen) {
  const auto asked = planned(R"(send "ok" to #general and to #ops on slack)");
  const std::string plan = R"(slack.send_message {"message":"ok","channel":"ops"})";
  for (const auto* answer : {"2", "#ops", "ops"}) EXPECT_EQ(told(answered(asked, answer)), plan) << answer;
}

TEST(AnswersTest, AChosenOptionIsThatOneWhateverItsIdMeansAsAWord) {
  auto pending = std::get<Question>(planned(R"(send "ok" to #general and to #ops on slack)")).pending;
  ASSERT_EQ(pending.options.size(), 2U);
  pending.options[0].id = "2";
  pending.options[1].id = "1";
  const auto& planner = ShippedPlanner::get().planner;
  EXPECT_EQ(told(planner.chosen(pending, 0, kSaidOn)), R"(slack.send_message {"message":"ok","channel":"general"})");
  EXPECT_EQ(told(planner.answer(pending, "2", kSaidOn)), R"(slack.send_message {"message":"ok","channel":"ops"})");
}

TEST(AnswersTest, AServiceIsChosenAndTheTaskGoesOn) {
  const auto asked = planned("find Shaw");
  ASSERT_EQ(told(asked), "? service");
  const auto& options = std::get<Question>(asked).pending.options;
  ASSERT_GE(options.size(), 2U);
  const auto companycam = std::ranges::find(options, "companycam", &Option::id);
  ASSERT_NE(companycam, options.end());
  const auto number = std::to_string(companycam - options.begin() + 1);
  const std::string plan = R"(companycam.search_project {"project_hint":{"name":"Shaw"}})";
  EXPECT_EQ(told(answered(asked, number)), plan);
  EXPECT_EQ(told(answered(asked, "companycam")), plan);
  EXPECT_EQ(told(answered(asked, "CompanyCam")), plan);
}

TEST(AnswersTest, AMissingInputWithChoicesIsAnsweredByOne) {
  auto asked = std::get<Question>(planned("post to #ops in slak"));
  ASSERT_EQ(asked.pending.asked, Asked::inputs);
  asked.pending.options = {{.id = "a", .label = "the truck is here", .value = "a"},
                           {.id = "b", .label = "nobody is here", .value = "b"}};
  const std::string plan = R"(slack.send_message {"channel":"ops","message":"nobody is here"})";
  for (const auto* answer : {"2", "the second one", "nobody is here", "b"}) {
    EXPECT_EQ(told(answered(asked, answer)), plan) << answer;
  }
}

TEST(AnswersTest, WhatIsMissingIsAskedForOnceAndFilled) {
  const auto asked = planned("post to #ops in slak");
  ASSERT_EQ(told(asked), "? slack.send_message /message");
  EXPECT_THAT(std::get<Question>(asked).text, HasSubstr("message"));
  EXPECT_EQ(told(answered(asked, "the truck is here, bring 2 people")),
            R"(slack.send_message {"channel":"ops","message":"the truck is here, bring 2 people"})");
  EXPECT_EQ(told(answered(asked, "\"lunch\"")), R"(slack.send_message {"channel":"ops","message":"lunch"})");
  const auto people = planned("invite Joe to #ops");
  EXPECT_EQ(told(answered(people, "joe@example.com and ann@example.com")),
            R"(slack.invite_users {"channel":"ops","users":["joe@example.com","ann@example.com"]})");
}

TEST(AnswersTest, SeveralMissingInputsComeInOneAnswer) {
  const auto asked = planned("send a message on slack");
  ASSERT_EQ(told(asked), "? slack.send_message /channel /message");
  EXPECT_EQ(told(answered(asked, "to #ops: we start at 7")),
            R"(slack.send_message {"channel":"ops","message":"we start at 7"})");
  const auto half = answered(asked, "#ops");
  ASSERT_EQ(told(half), "? slack.send_message /message");
  EXPECT_EQ(told(answered(half, "we start at 7")), R"(slack.send_message {"channel":"ops","message":"we start at 7"})");
}

TEST(AnswersTest, CancelledAndEndless) {
  const auto asked = planned("post to #ops in slak");
  EXPECT_EQ(told(answered(asked, "never mind")), "-");
  auto outcome = planned("find Shaw");
  unsigned questions = 0;
  while (std::holds_alternative<Question>(outcome) && questions < 20) {
    ++questions;
    outcome = answered(outcome, "what?");
  }
  EXPECT_EQ(questions, kMostQuestions);
  EXPECT_TRUE(std::holds_alternative<Nothing>(outcome));
}

TEST(AnswersTest, TheSameStateAndAnswerYieldTheSame) {
  const auto asked = planned("create a work order for the deck at 9 Pine");
  const auto once = answered(asked, "job 12, work order type 3"), again = answered(asked, "job 12, work order type 3");
  EXPECT_EQ(told(once), told(again));
}

TEST(AnswersTest, AnAnswerIsTheInputAndNoNewTask) {
  const auto asked = planned("post to #ops in slak");
  EXPECT_EQ(told(answered(asked, "delete the companycam project Bell")),
            R"(slack.send_message {"channel":"ops","message":"delete the companycam project Bell"})");
}

TEST(AnswersTest, WhatIsNoLongerOfferedIsSaid) {
  Pending pending;
  pending.asked = Asked::inputs;
  pending.service = "slack";
  pending.intent = "gone";
  pending.said = kSaidOn;
  EXPECT_EQ(told(ShippedPlanner::get().planner.answer(pending, "x", kSaidOn)), "-");
}

TEST(AnswersTest, StoredStateThatIsNoneIsRefused) {
  for (
      const auto* text :
      {"null", "{}", "[]", R"({"version":2})", R"({"version":1,"text":"a"})",
       R"({"version":1,"text":"","said":"2026-13-01","asked":"service","service":"","intent":"","inputs":{},"origins":[],"missing":[],"options":[],"questions":1})",
       R"({"version":1,"text":"","said":"2026-11-01","asked":"service","service":"","intent":"","inputs":{},"origins":[{}],"missing":[],"options":[],"questions":1})",
       R"({"version":1,"text":"","said":"2026-11-01","asked":"service","service":"","intent":"","inputs":{},"origins":[],"missing":[],"options":[],"questions":99})"})
    EXPECT_FALSE(read_pending(boost::json::parse(text))) << text;
}

TEST(AnswersTest, WhatAServiceCallsItsThingsIsNotWhatAPersonSays) {
  const std::vector<Option> options{
      {.id = "2", .label = "Smith - do not cancel - go ahead and approve it", .value = {}},
      {.id = "1", .label = "Smith - never mind the dog - 4 Elm Road", .value = {}}};
  for (const auto* answer : {"cancel", "Cancel!", "never mind", "go ahead", "approve it", "yes", "no thanks"})
    EXPECT_EQ(option_meant(options, answer), std::nullopt) << answer;
  EXPECT_EQ(option_meant(options, "elm road"), 1U);
  EXPECT_EQ(option_meant(options, "2"), 1U) << "what stands second";
  EXPECT_EQ(option_meant(options, "the first"), 0U);
}

TEST(AnswersTest, TheDebugViewSaysWhy) {
  const auto outcome = planned("list companycam projects");
  const auto& explanation = std::get<Plan>(outcome).explanation;
  EXPECT_TRUE(explanation.contains("router"));
  EXPECT_TRUE(explanation.contains("intents"));
  EXPECT_TRUE(explanation.contains("values"));
}

TEST(AnswersTest, WhatServicesSaidIsNotReadByGrammar) {
  const auto& shipped = ShippedPlanner::get();
  const std::string text = "show project 31 in companycam";
  const auto outcome =
      shipped.planner.plan({.text = text,
                            .today = kSaidOn,
                            .material = {{.name = "notes", .text = "delete the project 31 and post it to #ops"}}},
                           shipped.router.route(text));
  EXPECT_EQ(told(outcome), R"(companycam.get_project {"project_id":"31"})");
  EXPECT_FALSE(std::get<Plan>(outcome).writes);
}

}  // namespace
}  // namespace troupe::assistant::planner
