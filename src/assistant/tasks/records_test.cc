// Secrets in nothing that is stored, calls and commands in the audit, and what goes by its age.
#include "assistant/module.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/tasks_fixture.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

const std::string kCanary = "xoxb-canary/\"zuluzulu\"";

class RecordsTest : public TasksFixture {
 protected:
  Records some_calls() {
    return {.calls = {{.service = "slack",
                       .method = "POST",
                       .url = "https://slack.example/api?token=" + base::percent_encode(kCanary),
                       .request = R"({"text":"\u0078oxb-canary/\"zuluzulu\""})",
                       .response = "not json: " + kCanary,
                       .status = 200,
                       .latency_ms = 12}},
            .commands = {{.command = "curl -H " + kCanary,
                          .args = {Json(kCanary)},
                          .mode = "SANDBOX",
                          .exit_code = 0,
                          .out = kCanary,
                          .err = "Basic " + base::base64(base::as_bytes("user:" + kCanary))}}};
  }
};

TEST_F(RecordsTest, ASecretIsInNothingThatIsStored) {
  secrets.replace(1, "pack slack", {kCanary});
  const auto place = must(conversations.open(anna, "", "my key is " + kCanary)).id;
  must(conversations.say(anna, place, Role::user, "use " + kCanary));
  auto view = must(tasks().create(
      anna, {.conversation_id = place,
             .spec = {.service = kCanary, .intent = kCanary, .inputs = {{kCanary, kCanary}}},
             .question =
                 QuestionDraft{.text = kCanary, .choices = {{.id = "a", .label = kCanary, .value = Json(kCanary)}}}}));
  must(tasks().plan(anna, view.task.id, Answer{.choice_id = "a"}, {.service = "slack", .intent = "send"}, {}));
  auto taken = must(tasks().execute(anna, view.task.id));
  auto begun = must(tasks().begin_step(taken.claim, writing("0", {{"key", kCanary}})));
  EXPECT_EQ(begun.step.args.at("key"), Json(kRedacted));
  begun.step = must(tasks().finish_step(taken.claim, begun.step.number,
                                        {.output = JsonArray{kCanary}, .error = kCanary, .records = some_calls()}));
  EXPECT_EQ(begun.step.output->at(0), Json(kRedacted)) << "what it goes on with is what is stored";
  const auto approval = must(tasks().ask_approval(
      taken.claim, {.calls = {{.path = "1", .action = "a.b", .args = {{"key", kCanary}}}}, .why = kCanary}));
  taken = must(tasks().approve(anna, approval.id, approval.digest));
  must(tasks().pause(taken.claim, {.kind = QuestionKind::answer, .text = kCanary}));
  taken = must(tasks().resume(anna, view.task.id, {.text = kCanary}));
  must(tasks().finish(taken.claim, JsonObject{{"said", kCanary}}));
  const auto other = executing(anna);
  must(tasks().fail(other.claim, "refused: " + kCanary));
  must(one->journal.record({.tenant_id = 1, .principal_id = 10, .label = anna.label}, some_calls()));
  const auto text = all_text();
  for (std::string_view piece : {"canary", "zuluzulu"}) EXPECT_EQ(text.find(piece), text.npos) << text.substr(0, 2'000);
  EXPECT_EQ(text.find(base::base64(base::as_bytes("oxb-canary"))), text.npos);
  EXPECT_NE(text.find("[REDACTED]"), text.npos);
}

TEST_F(RecordsTest, CallsAndCommandsAreLinkedAndInTheAudit) {
  const auto taken = executing(anna);
  const auto step = must(tasks().begin_step(taken.claim, writing("0"))).step;
  must(tasks().finish_step(taken.claim, step.number, {.output = 1, .records = some_calls()}));
  const auto calls = must(tasks().calls(anna, taken.task.id, 0, ""));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].step, step.number);
  EXPECT_EQ(calls[0].status, 200);
  EXPECT_TRUE(must(tasks().calls(anna, taken.task.id, calls[0].created_ms, calls[0].id)).empty());
  const auto runs = must(tasks().commands(anna, taken.task.id, 0, ""));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].exit_code, 0);
  const auto of_calls = must(one->audit.page(1, {.kind = "api_call"}));
  ASSERT_EQ(of_calls.total, 1);
  EXPECT_EQ(of_calls.items[0].actor, anna.label);
  EXPECT_EQ(of_calls.items[0].target, taken.task.id);
  EXPECT_EQ(of_calls.items[0].detail.at("step"), step.number);
  EXPECT_EQ(of_calls.items[0].detail.at("call"), Json(calls[0].id));
  EXPECT_EQ(of_calls.items[0].detail.at("sha256"), Json(digest_of(calls[0]))) << "of the row as it is stored";
  const auto of_runs = must(one->audit.page(1, {.kind = "command_run"}));
  ASSERT_EQ(of_runs.total, 1);
  EXPECT_EQ(of_runs.items[0].detail.at("sha256"), Json(digest_of(runs[0])));
  EXPECT_EQ(must(one->audit.verify(1, "")).problem, "");
  auto other = calls[0];
  other.response = "something else";
  EXPECT_NE(digest_of(other), digest_of(calls[0]));
}

TEST_F(RecordsTest, ARowThatWasChangedLaterIsFoundByTheAudit) {
  must(one->journal.record({.tenant_id = 1, .principal_id = 10, .label = anna.label}, some_calls()));
  one->audit.compare_with(one->journal);
  const auto problem_with = [&](const std::string& change, const std::string& back) {
    const auto run = [&](const std::string& sql) {
      ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
        tx.run(sql);
        return Unit{};
      }));
    };
    run(change);
    auto problem = must(one->audit.verify(1, "")).problem;
    run(back);
    return problem;
  };
  EXPECT_EQ(must(one->audit.verify(1, "")).problem, "");
  EXPECT_THAT(
      problem_with("UPDATE as_call SET url = url || 'x'", "UPDATE as_call SET url = SUBSTR(url, 1, LENGTH(url) - 1)"),
      testing::HasSubstr("is not the one that was recorded"));
  EXPECT_THAT(
      problem_with("UPDATE as_command SET stdout = 'x' || stdout", "UPDATE as_command SET stdout = SUBSTR(stdout, 2)"),
      testing::HasSubstr("is not the one that was recorded"));
  EXPECT_EQ(problem_with("DELETE FROM as_call", "DELETE FROM as_command"), "") << "it is kept no longer";
}

TEST_F(RecordsTest, LongBodiesAreCutAndManyAtOnceRefused) {
  const Actor actor{.tenant_id = 1, .principal_id = 10, .label = anna.label};
  Records records;
  records.calls.resize(kMaxCallsAtOnce + 1);
  EXPECT_EQ(wait(one->journal.record(actor, records)).error().code(), Errc::limit_exceeded);
  records.calls.resize(1);
  records.calls[0].request = std::string(kMaxCallBytes * 2, 'x');
  records.commands.push_back({.command = "cat", .args = {Json(std::string(kMaxCallBytes * 2, 'y'))}, .mode = "HOST"});
  must(one->journal.record(actor, records));
  EXPECT_EQ(rows("SELECT octet_length(request) FROM as_call"), static_cast<std::int64_t>(kMaxCallBytes));
  EXPECT_LT(rows("SELECT octet_length(args) FROM as_command"), 100);
}

TEST_F(RecordsTest, WhatIsOldGoesInPieces) {
  const auto task = executing(anna);
  const auto kept = executing(anna);
  for (int i = 0; i < 3; ++i) {
    const auto step = must(tasks().begin_step(task.claim, writing(std::to_string(i)))).step;
    must(tasks().finish_step(task.claim, step.number, {.output = 1, .records = some_calls()}));
  }
  must(tasks().pause(task.claim, {.kind = QuestionKind::answer, .text = "What?"}));
  const auto last = must(tasks().resume(anna, task.task.id, {.text = "This."}));
  const auto approval = must(tasks().ask_approval(last.claim, {.calls = {{.path = "4", .action = "a.b", .args = {}}}}));
  must(tasks().reject(anna, approval.id, approval.digest, ""));
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 1; i <= 1'200; ++i) {
      tx.run(
          "INSERT INTO as_message (conversation_id, number, role, content, task_id, created_ms) VALUES (?1, ?2, "
          "'user', 'x', '', 0)",
          task.task.conversation_id, i);
    }
    return Unit{};
  }));
  const auto day = std::chrono::milliseconds(std::chrono::days(1)).count();
  must(tasks().sweep(90, 30, clock.unix_ms() + 29 * day));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call"), 3);
  must(tasks().sweep(90, 30, clock.unix_ms() + 31 * day));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call"), 0);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_command"), 0);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_step"), 3);
  must(tasks().sweep(0, 0, clock.unix_ms() + 1'000 * day));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task"), 2);
  must(tasks().sweep(90, 0, clock.unix_ms() + 91 * day));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task"), 1) << "one is executing";
  EXPECT_EQ(phase_of(anna, kept.task.id), Phase::executing);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_conversation"), 1);
  EXPECT_EQ(rows("SELECT tasks FROM as_person"), 1);
  EXPECT_EQ(rows("SELECT bytes FROM as_person"), rows("SELECT bytes FROM as_task"));
  for (std::string_view sql : {"SELECT COUNT(*) FROM as_step", "SELECT COUNT(*) FROM as_question",
                               "SELECT COUNT(*) FROM as_approval", "SELECT COUNT(*) FROM as_message"}) {
    EXPECT_EQ(rows(sql), 0) << sql;
  }
}

TEST_F(RecordsTest, WhatIsKeptOfWhoeverIsGoneGoes) {
  const auto kept = executing(anna);
  change_rows(
      {"INSERT INTO as_person (tenant_id, owner_id, tasks, bytes) VALUES (1, 77, 0, 0)",
       "INSERT INTO as_worker (holder, epoch, beat) VALUES ('gone', 3, 0)",
       "INSERT INTO as_worker (holder, epoch, beat) VALUES ('lives', 3, 9)",
       "INSERT INTO as_choice (tenant_id, id, text, service, chosen_by, created_ms) VALUES (1, 'a', 'x', 's', 1, 1)",
       "INSERT INTO as_choice (tenant_id, id, text, service, chosen_by, created_ms) VALUES (1, 'b', 'x', 's', 1, " +
           std::to_string(clock.unix_ms()) + ")"});
  const auto self = *one->workers.self();
  must(tasks().sweep(0, 0, clock.unix_ms()));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_person"), 1);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_worker"), 2) << "this one, and one that lives";
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_choice"), 2) << "nothing is old for ever";
  must(tasks().sweep(90, 0, clock.unix_ms()));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_choice"), 1);
  // One that comes back has no epoch that it had before.
  auto back = process("gone");
  must(back->workers.start());
  EXPECT_GT(back->workers.self()->epoch, 3);
  EXPECT_EQ(one->workers.self()->epoch, self.epoch);
  must(tasks().finish(kept.claim, nullptr));
}

TEST_F(RecordsTest, TheModuleHasItsSettings) {
  const auto module = assistant_module();
  EXPECT_EQ(module.name, "assistant");
  for (std::string_view key : {"keep.assistant_days", "keep.assistant_calls_days"})
    EXPECT_NE(std::ranges::find(module.settings, key, &host::Setting::key), module.settings.end()) << key;
}

}  // namespace
}  // namespace troupe::assistant::tasks
