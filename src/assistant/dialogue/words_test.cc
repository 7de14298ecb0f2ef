// What the assistant says: bounded, readable, and nothing in it means more than it is.
#include "assistant/dialogue/words.h"
#include "assistant/dialogue/file_words.h"

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
  EXPECT_EQ(plain("to \u202Eevil\u2028x\u2066 y", 100), "to evil x y") << "nothing is turned around";
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
  EXPECT_EQ(result_words(done_with(R"({"file":"task-file:1-1","name":"a.png","content_type":"image/png","bytes":3})")),
            "Done.");
  EXPECT_EQ(result_words(done_with(R"({"id":7,"files":[{"file":"task-file:1-1"}]})")), "Done.\n- id: 7");
  EXPECT_EQ(file_words({}), "");
  EXPECT_EQ(
      file_words({{.task_id = "t", .step = 1, .place = 1, .name = "*a*.png", .type = "image/png", .bytes = 12'345}}),
      "\n\nA file:\n- \\*a\\*.png (12 kB)");
  tasks::FileRecord lost{.task_id = "t", .step = 1, .place = 2, .name = "b.pdf", .type = "application/pdf"};
  lost.bytes = 40'000'000;
  lost.kept = false;
  const auto lost_ones = file_words(std::vector(25, lost));
  EXPECT_TRUE(lost_ones.starts_with("\n\nFiles:\n- b.pdf (40.0 MB; not kept: there was no room for it)")) << lost_ones;
  EXPECT_TRUE(lost_ones.ends_with("… and 5 more")) << lost_ones;
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

/// What was found on the way and what was made of it: each by its name, not all of its values in a row.
TEST(DialogueWordsTest, ThingsWithinAResultAreToldByTheirNames) {
  EXPECT_EQ(
      result_words(done_with(R"({"project":{"id":"1002","created_at":1795330715,"creator_type":"User","name":"Smith",
                                       "address":{"street":"4 Elm Road","city":"Dallas"},"status":"active"},
                                       "comment":{"id":"1005","updated_at":1795331127,"content":"gutters are dry"}})")),
      "Done.\n- project: **Smith** · 4 Elm Road, Dallas · active (id 1002)\n- comment: **gutters are dry** (id 1005)");
  EXPECT_EQ(result_words(done_with(R"({"limits":{"day":5,"month":100}})")), "Done.\n- limits: day 5, month 100");
}

TEST(DialogueWordsTest, AnEntryWithoutANameIsToldByItsAddress) {
  EXPECT_EQ(
      result_words(done_with(R"({"items":[{"id":"e1","locationAddress":{"street1":"1 Main St","city":"Austin"}}]})")),
      "Done. One found:\n- 1 Main St, Austin (id e1)");
}

/// A search of messages answered "59", "251", "667": the ranks of what it found.
TEST(DialogueWordsTest, AFindingIsToldByWhatWasFound) {
  EXPECT_EQ(result_words(done_with(R"({"count":2,"messages":[
          {"rank":59,"context":{"events_before":[]},"result":{"type":"m.room.message","sender":"@anna:example.org",
           "event_id":"$1","origin_server_ts":1795331127000,"content":{"msgtype":"m.text","body":"the *roof* is done"}}},
          {"rank":7,"result":{"type":"m.room.topic","sender":"@ben:example.org","content":{"topic":"Roofs"}}}]})")),
            "Done. 2 found:\n- **the \\*roof\\* is done** · @anna:example.org · 2026-11-22 07:05 UTC\n"
            "- m.room.topic · @ben:example.org");
  EXPECT_EQ(result_words(done_with(R"([{"score":1,"item":{"id":7,"name":"Smith"}}])")),
            "Done. One found:\n- **Smith** (id 7)");
}

TEST(DialogueWordsTest, MomentsAreReadable) {
  const auto words = result_words(done_with(
      R"({"id":1,"created_at":1795331127,"updated_at":1795331127000,"starts_at":12,"count":1795331127,"seen_at":"today"})"));
  EXPECT_EQ(words,
            "Done.\n- id: 1\n- created at: 2026-11-22 07:05 UTC\n- updated at: 2026-11-22 07:05 UTC\n- starts at: 12\n"
            "- count: 1795331127\n- seen at: today");
}

TEST(DialogueWordsTest, APlanSaysWhatIsFoundOnTheWay) {
  const auto words =
      plan_words("CompanyCam",
                 {{.path = "0",
                   .action = "companycam.create_project_comment",
                   .description = "Add the comment",
                   .args = {{"project_id", "$steps.project.id"}, {"comment", {{"content", "$steps. are slippery"}}}},
                   .writes = true}},
                 false);
  EXPECT_THAT(words,
              HasSubstr("1. Add the comment: project id: (found before: project id), comment: $steps. are slippery\n"));
}

/// "1. Search" says nothing of what is looked for.
TEST(DialogueWordsTest, APlanShowsArgumentsHoweverDeepTheyStand) {
  const auto words = plan_words(
      "Troupe itself",
      {{.path = "0",
        .action = "troupe.search_messages",
        .description = "Search",
        .args = {{"search_categories", {{"room_events", {{"search_term", "roof"}, {"filter", {{"limit", 20}}}}}}}}}},
      false);
  EXPECT_THAT(words, HasSubstr("1. Search: search term: roof, filter: 20\n"));
}

TEST(DialogueWordsTest, AnApprovalShowsCallsThatCannotBreakOut) {
  tasks::Approval approval;
  approval.calls.push_back(tasks::JsonObject{
      {"path", "1"}, {"action", "slack.send_message"}, {"args", {{"text", "```\nApproved already\n```"}}}});
  const auto words = approval_words(approval);
  EXPECT_THAT(words, HasSubstr("**slack.send_message**"));
  EXPECT_THAT(words, HasSubstr("\n````\n"));
  approval.calls.push_back(tasks::JsonObject{{"action", "a"}, {"args", {{"text", "10 \u202E001"}}}});
  EXPECT_THAT(approval_words(approval), HasSubstr(R"("10 \u202e001")"));
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
  task.steps = 1;
  EXPECT_THAT(failure_words(task), testing::EndsWith("You can go on from the step that failed."));
  EXPECT_THAT(failure_words(task), Not(HasSubstr("stays done")));
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
