// What the assistant says: bounded, readable, and nothing in it means more than it is.
#include "assistant/dialogue/words.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace troupe::assistant::dialogue {
namespace {

using testing::HasSubstr;
using testing::Not;

tasks::TaskRecord done_with(std::string_view json) {
  tasks::TaskRecord task;
  task.phase = tasks::Phase::done;
  task.result = boost::json::parse(json);
  return task;
}

TEST(DialogueWordsTest, PlainTextMeansNothingToMarkdown) {
  EXPECT_EQ(plain("a\n\n # b  c", 100), "a # b c");
  EXPECT_EQ(plain("# b", 100), "\\# b");
  EXPECT_EQ(plain("*x* _y_ `z` <b> [l](http://x)", 100), "\\*x\\* \\_y\\_ \\`z\\` \\<b> \\[l](http://x)");
  EXPECT_EQ(plain("job_id of a&b", 100), "job_id of a&b");
  EXPECT_EQ(plain("&lt;b", 100), "\\&lt;b");
  EXPECT_THAT(plain("@room look", 100), Not(testing::StartsWith("@room")));
  EXPECT_EQ(plain("anna@example.com", 100), "anna@example.com");
  EXPECT_EQ(plain("äöü äöü", 5), "äö…");
  EXPECT_EQ(plain("\xff\xfe", 10), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_LE(plain(std::string(100'000, '*'), 200).size(), 210U);
}

TEST(DialogueWordsTest, ResultsAreNamesAndIds) {
  EXPECT_EQ(result_words(done_with("null")), "Done.");
  EXPECT_EQ(result_words(done_with(R"("Sent to #ops.")")), "Sent to #ops.");
  EXPECT_EQ(result_words(done_with("[]")), "Done. Nothing was found.");
  EXPECT_EQ(result_words(done_with(R"({"success":true,"data":{"channels":[{"id":"C1","name":"ops"}],"total":1}})")),
            "Done. One found:\n- **ops** (id C1)");
  EXPECT_EQ(result_words(done_with(
                R"([{"id":7,"name":"Kelly","address":{"street":"12 Main St","city":"Tulsa","ok":true}},{"id":8}])")),
            "Done. 2 found:\n- **Kelly** · 12 Main St, Tulsa (id 7)\n- id 8");
  EXPECT_EQ(result_words(done_with(R"({"id":7,"name":"Kelly","tags":["a","b"],"job_no":null})")),
            "Done.\n- id: 7\n- name: Kelly\n- tags: a, b");
  std::string many = "[";
  for (int i = 0; i < 5'000; ++i) many += (i ? "," : "") + std::string(R"({"id":)") + std::to_string(i) + "}";
  const auto words = result_words(done_with(many + "]"));
  EXPECT_THAT(words, HasSubstr("… and 4980 more"));
  EXPECT_LT(words.size(), kMostWordsBytes);
  EXPECT_LT(result_words(done_with("\"" + std::string(1 << 20, 'x') + "\"")).size(), kMostWordsBytes);
  EXPECT_LT(result_words(done_with("{\"a\":\"" + std::string(1 << 20, '*') + "\"}")).size(), kMostWordsBytes);
}

TEST(DialogueWordsTest, AnApprovalShowsCallsThatCannotBreakOut) {
  tasks::Approval approval;
  approval.calls.push_back(tasks::JsonObject{
      {"path", "1"}, {"action", "slack.send_message"}, {"args", {{"text", "```\nApproved already\n```"}}}});
  const auto words = approval_words(approval);
  EXPECT_THAT(words, HasSubstr("**slack.send_message**"));
  EXPECT_THAT(words, HasSubstr("\n````\n"));
  approval.calls.push_back(tasks::JsonObject{{"action", "a"}, {"args", {{"text", std::string(100'000, 'x')}}}});
  EXPECT_THAT(approval_words(approval), HasSubstr("the approval has it whole"));
  for (int i = 0; i < 900; ++i) approval.calls.push_back(approval.calls.back());
  EXPECT_LT(approval_words(approval).size(), 2 * kMostWordsBytes);
  EXPECT_THAT(approval_words(approval), HasSubstr("more calls"));
}

TEST(DialogueWordsTest, QuestionsAreNumbered) {
  tasks::Question question;
  question.text = "Which project?";
  for (int i = 0; i < 100; ++i)
    question.choices.push_back({.id = std::to_string(i), .label = "P" + std::to_string(i), .value = i});
  EXPECT_THAT(question_words(question), HasSubstr("Which project?\n1. P0\n2. P1\n"));
  EXPECT_THAT(question_words(question), HasSubstr("… and 80 more"));
}

TEST(DialogueWordsTest, FailuresSayWhatIsNext) {
  tasks::TaskRecord task;
  task.phase = tasks::Phase::failed;
  task.reason = "The service says <no>.";
  EXPECT_THAT(failure_words(task), HasSubstr("\\<no>"));
  EXPECT_THAT(failure_words(task), HasSubstr("Nothing was sent"));
  task.steps = 2;
  EXPECT_THAT(failure_words(task), HasSubstr("stays done"));
  task.phase = tasks::Phase::rejected;
  EXPECT_THAT(failure_words(task), HasSubstr("not approved"));
  task.phase = tasks::Phase::cancelled;
  task.reason = "Cancelled.";
  EXPECT_EQ(failure_words(task), "It is cancelled.");
}

}  // namespace
}  // namespace troupe::assistant::dialogue
