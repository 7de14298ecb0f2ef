// What people may do with tasks, and what they may not.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "assistant/tasks/digest.h"
#include "assistant/tasks/tasks_fixture.h"

namespace troupe::assistant::tasks {
namespace {

class TasksTest : public TasksFixture {
 protected:
  QuestionDraft which_smith() {
    return {.kind = QuestionKind::choice,
            .path = "1",
            .text = "Which Smith?",
            .choices = {{.id = "p1", .label = "Ann Smith", .value = JsonObject{{"id", 1}}},
                        {.id = "p2", .label = "Bob Smith", .value = JsonObject{{"id", 2}}}}};
  }
  template <class T>
  void refused(Task<T> task, Errc code, int status, std::string_view message = {}) {
    const auto outcome = wait(std::move(task));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), code) << outcome.error().message();
    EXPECT_EQ(outcome.error().http_status(), status) << outcome.error().message();
    if (!message.empty()) EXPECT_EQ(outcome.error().message(), message);
  }
};

TEST_F(TasksTest, FromAPlanToAResult) {
  const auto task = planned(anna);
  EXPECT_EQ(task.status(), Status::planned);
  const auto taken = must(tasks().execute(anna, task.id));
  EXPECT_EQ(taken.task.status(), Status::executing);
  EXPECT_EQ(taken.task.attempt, 1);
  const auto begun = did(taken.claim, writing("0"), {{"ts", "1.2"}});
  EXPECT_EQ(begun.state, Begun::State::fresh);
  EXPECT_EQ(begun.step.status, StepStatus::done);
  const auto done = must(tasks().finish(taken.claim, JsonObject{{"sent", true}}));
  EXPECT_EQ(done.phase, Phase::done);
  const auto view = must(tasks().find(anna, task.id));
  EXPECT_EQ(view.task.result, Json(JsonObject{{"sent", true}}));
  EXPECT_EQ(view.task.spec.inputs, (JsonObject{{"name", "Smith"}}));
  const auto steps = must(tasks().steps(anna, task.id, 0, 10));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].output, Json(JsonObject{{"ts", "1.2"}}));
  EXPECT_EQ(steps[0].args, (JsonObject{{"text", "hello"}}));
  refused(tasks().execute(anna, task.id), Errc::conflict, 400, "Task is in done status and cannot be executed");
  refused(tasks().finish(taken.claim, {}), Errc::conflict, 409);
}

TEST_F(TasksTest, TwoConcurrentExecutionsRunOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto task = planned(anna);
    using namespace boost::asio::experimental::awaitable_operators;
    const auto both = [&]() -> asio::awaitable<int> {
      auto [a, b] = co_await (tasks().execute(anna, task.id) && tasks().execute(anna, task.id));
      co_return (a ? 1 : 0) + (b ? 1 : 0);
    };
    EXPECT_EQ(wait(both()), 1);
    EXPECT_EQ(must(tasks().find(anna, task.id)).task.attempt, 1);
  }
}

TEST_F(TasksTest, WhatIsOthersDoesNotExist) {
  auto taken = executing(anna);
  const auto id = taken.task.id;
  const auto place = taken.task.conversation_id;
  must(tasks().pause(taken.claim, which_smith()));
  for (const auto& who : {ben, chief, far}) {
    refused(tasks().find(who, id), Errc::not_found, 404, "Task not found");
    refused(tasks().execute(who, id), Errc::not_found, 404, "Task not found");
    refused(tasks().resume(who, id, {.choice_id = "p1"}), Errc::not_found, 404);
    refused(tasks().cancel(who, id), Errc::not_found, 404);
    refused(tasks().fork(who, id, 1, {}), Errc::not_found, 404);
    refused(tasks().plan(who, id, {}, {.service = "a", .intent = "b"}, {}), Errc::not_found, 404);
    refused(tasks().steps(who, id, 0, 10), Errc::not_found, 404);
    refused(tasks().questions(who, id, 0), Errc::not_found, 404);
    refused(tasks().approvals(who, id, 0), Errc::not_found, 404);
    refused(tasks().calls(who, id, 0, ""), Errc::not_found, 404);
    refused(tasks().commands(who, id, 0, ""), Errc::not_found, 404);
    refused(tasks().create(who, {.conversation_id = place, .spec = {.service = "a", .intent = "b"}}), Errc::not_found,
            404);
    refused(conversations.say(who, place, Role::user, "hi"), Errc::not_found, 404);
    refused(conversations.messages(who, place, 0, 10), Errc::not_found, 404);
    refused(conversations.find(who, place), Errc::not_found, 404);
    refused(tasks().exchanges(who, id, {}), Errc::not_found, 404);
    refused(conversations.rename(who, place, "mine"), Errc::not_found, 404);
    refused(conversations.remove(who, place), Errc::not_found, 404);
    EXPECT_TRUE(must(tasks().page(who, {}, 0, 100)).empty());
    EXPECT_TRUE(must(tasks().page(who, {.conversation_id = place}, 0, 100)).empty());
    EXPECT_TRUE(must(conversations.page(who, 0, 100)).empty());
    EXPECT_NE(must(conversations.open(who, place, "mine")).id, place) << "an unknown id begins a new conversation";
  }
  for (const auto* odd : {"", "no such", "\xff"}) refused(tasks().find(anna, odd), Errc::not_found, 404);
  refused(tasks().find(anna, std::string("a\0b", 3)), Errc::not_found, 404);
}

TEST_F(TasksTest, AQuestionIsAnsweredOnceAlsoAfterARestart) {
  const auto taken = executing(anna);
  did(taken.claim, {.path = "0", .action = "companycam.search"}, JsonArray{1, 2});
  EXPECT_EQ(must(tasks().begin_step(taken.claim, {.path = "1"})).state, Begun::State::fresh);
  must(tasks().pause(taken.claim, which_smith()));
  refused(tasks().begin_step(taken.claim, writing("2")), Errc::conflict, 409);
  restart();
  clock.passed_ms += std::chrono::milliseconds(std::chrono::days(5)).count();
  auto view = must(tasks().find(anna, taken.task.id));
  EXPECT_EQ(view.task.status(), Status::awaiting_user);
  ASSERT_TRUE(view.question);
  EXPECT_EQ(view.question->choices[1].label, "Bob Smith");
  refused(tasks().resume(anna, view.task.id, {.choice_id = "p3"}), Errc::invalid_param, 400);
  refused(tasks().resume(anna, view.task.id, {.text = "Bob"}), Errc::invalid_param, 400);
  const auto again = must(tasks().resume(anna, view.task.id, {.choice_id = "p2"}));
  EXPECT_EQ(again.task.attempt, 2);
  refused(tasks().resume(anna, view.task.id, {.choice_id = "p2"}), Errc::conflict, 400,
          "Task is in executing status and cannot be executed");
  EXPECT_EQ(must(tasks().begin_step(again.claim, {.path = "0", .action = "companycam.search"})).state,
            Begun::State::ended);
  const auto asked = must(tasks().begin_step(again.claim, {.path = "1"}));
  EXPECT_EQ(asked.state, Begun::State::repeated);
  ASSERT_TRUE(asked.answered && asked.answered->answer);
  EXPECT_EQ(asked.answered->answer->at("choice_id"), "p2");
  EXPECT_EQ(asked.answered->answer->at("value"), Json(JsonObject{{"id", 2}}));
  EXPECT_EQ(asked.answered->answered_by, anna.label);
  must(tasks().finish(again.claim, nullptr));
  refused(tasks().resume(anna, view.task.id, {.choice_id = "p2"}), Errc::conflict, 400,
          "Task is in done status and cannot be executed");
}

TEST_F(TasksTest, ThePlannersQuestionLeadsToAPlan) {
  auto draft = which_smith();
  auto view = must(tasks().create(
      anna, {.conversation_id = conversation(anna), .spec = {.service = "", .intent = ""}, .question = draft}));
  const auto id = view.task.id;
  EXPECT_EQ(view.task.phase, Phase::awaiting_choice);
  refused(tasks().execute(anna, id), Errc::conflict, 400, "Task is in awaiting_user status and cannot be executed");
  refused(tasks().resume(anna, id, {.choice_id = "p1"}), Errc::conflict, 400);
  refused(tasks().plan(anna, id, Answer{.choice_id = "no"}, {.service = "slack", .intent = "send"}, {}),
          Errc::invalid_param, 400);
  view = must(tasks().plan(anna, id, Answer{.choice_id = "p1"}, {.service = "slack", .intent = "send"},
                           QuestionDraft{.kind = QuestionKind::answer, .text = "What text?"}));
  EXPECT_EQ(view.task.phase, Phase::awaiting_answer);
  refused(tasks().plan(anna, id, Answer{}, {.service = "slack", .intent = "send"}, {}), Errc::invalid_param, 400);
  view = must(tasks().plan(anna, id, Answer{.text = "hello"},
                           {.service = "slack", .intent = "send", .inputs = {{"message", "hello"}}}, {}));
  EXPECT_EQ(view.task.phase, Phase::planned);
  EXPECT_EQ(must(tasks().find(anna, id)).task.spec.intent, "send");
  const auto asked = must(tasks().questions(anna, id, 0));
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].answer->at("text"), "hello");
  const auto taken = must(tasks().execute(anna, id));
  refused(tasks().plan(anna, id, {}, {.service = "x", .intent = "y"}, {}), Errc::conflict, 400);
  must(tasks().pause(taken.claim, draft));
  refused(tasks().plan(anna, id, Answer{.choice_id = "p1"}, {.service = "x", .intent = "y"}, {}), Errc::conflict, 400);
}

TEST_F(TasksTest, ApprovalIsBoundToTheExactCalls) {
  auto taken = executing(anna);
  auto step = writing("0");
  step.needs_approval = true;
  EXPECT_EQ(must(tasks().begin_step(taken.claim, step)).state, Begun::State::unapproved);
  const std::vector<PlannedCall> calls{{.path = "0", .action = step.action, .args = step.args}};
  const auto approval = must(tasks().ask_approval(taken.claim, {.calls = calls, .why = "It writes."}));
  EXPECT_EQ(approval.digest, digest_of(calls));
  EXPECT_EQ(phase_of(anna, taken.task.id), Phase::awaiting_approval);
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).approval->id, approval.id);
  EXPECT_EQ(must(tasks().pending_approvals(anna, 0, "")).size(), 1U);
  for (const auto& who : {ben, chief, far}) {
    EXPECT_TRUE(must(tasks().pending_approvals(who, 0, "")).empty());
    refused(tasks().find_approval(who, approval.id), Errc::not_found, 404);
    refused(tasks().approve(who, approval.id, approval.digest), Errc::not_found, 404);
    refused(tasks().reject(who, approval.id, approval.digest, ""), Errc::not_found, 404);
  }
  refused(tasks().approve(anna, approval.id, std::string(64, '0')), Errc::invalid_param, 400);
  taken = must(tasks().approve(anna, approval.id, approval.digest));
  refused(tasks().approve(anna, approval.id, approval.digest), Errc::conflict, 400);
  refused(tasks().reject(anna, approval.id, approval.digest, ""), Errc::conflict, 400);
  auto other = step;
  other.args["text"] = "something else";
  EXPECT_EQ(must(tasks().begin_step(taken.claim, other)).state, Begun::State::unapproved);
  other = step;
  other.path = "1";
  EXPECT_EQ(must(tasks().begin_step(taken.claim, other)).state, Begun::State::unapproved);
  EXPECT_EQ(must(tasks().begin_step(taken.claim, step)).state, Begun::State::fresh);
  const auto seen = must(tasks().find_approval(anna, approval.id));
  EXPECT_EQ(seen.state, ApprovalState::approved);
  EXPECT_EQ(seen.decider, anna.label);
  EXPECT_EQ(seen.decided_ms, clock.unix_ms());
  EXPECT_EQ(must(tasks().approvals(anna, taken.task.id, 0)).size(), 1U);
  EXPECT_TRUE(must(tasks().approvals(anna, taken.task.id, 1)).empty());
  const auto lines = must(one->audit.page(1, {.action = "assistant.approve"}));
  ASSERT_EQ(lines.total, 1);
  EXPECT_EQ(lines.items[0].detail.at("digest"), Json(approval.digest));
}

TEST_F(TasksTest, SomebodyElseMayHaveToApprove) {
  const std::vector<PlannedCall> calls{{.path = "0", .action = "slack.send_message", .args = {}}};
  auto taken = executing(anna);
  auto approval = must(tasks().ask_approval(taken.claim, {.calls = calls, .may = Approver::administrator}));
  refused(tasks().approve(anna, approval.id, approval.digest), Errc::forbidden, 403);
  refused(tasks().approve(ben, approval.id, approval.digest), Errc::not_found, 404);
  refused(tasks().approve(far, approval.id, approval.digest), Errc::not_found, 404);
  EXPECT_EQ(must(tasks().pending_approvals(chief, 0, "")).size(), 1U);
  const auto rejected = must(tasks().reject(chief, approval.id, approval.digest, "Not today."));
  EXPECT_EQ(rejected.phase, Phase::rejected);
  EXPECT_EQ(rejected.reason, "Not today.");
  EXPECT_EQ(phase_of(anna, taken.task.id), Phase::rejected);

  taken = executing(anna);
  approval = must(
      tasks().ask_approval(taken.claim, {.calls = calls, .may = Approver::named, .names = {ben.label, anna.label}}));
  EXPECT_TRUE(must(tasks().pending_approvals(chief, 0, "")).empty());
  EXPECT_EQ(must(tasks().pending_approvals(ben, 0, "")).size(), 1U);
  refused(tasks().approve(anna, approval.id, approval.digest), Errc::forbidden, 403);
  must(tasks().approve(ben, approval.id, approval.digest));
}

TEST_F(TasksTest, CancelledAtOnceOrBeforeTheNextStep) {
  const auto task = planned(anna);
  EXPECT_EQ(must(tasks().cancel(anna, task.id)).phase, Phase::cancelled);
  refused(tasks().cancel(anna, task.id), Errc::conflict, 400);

  const auto taken = executing(anna);
  const auto step = must(tasks().begin_step(taken.claim, writing("0"))).step;
  EXPECT_EQ(must(tasks().cancel(anna, taken.task.id)).phase, Phase::cancelling);
  must(tasks().finish_step(taken.claim, step.number, yielding(1)));
  EXPECT_EQ(must(tasks().begin_step(taken.claim, writing("1"))).state, Begun::State::cancelled);
  refused(tasks().pause(taken.claim, which_smith()), Errc::conflict, 400);
  EXPECT_EQ(must(tasks().stopped(taken.claim)).phase, Phase::cancelled);
  EXPECT_EQ(must(tasks().steps(anna, taken.task.id, 0, 10)).size(), 1U);

  const auto waiting = executing(anna);
  const auto approval =
      must(tasks().ask_approval(waiting.claim, {.calls = {{.path = "0", .action = "a.b", .args = {}}}}));
  must(tasks().cancel(anna, waiting.task.id));
  EXPECT_EQ(must(tasks().find_approval(anna, approval.id)).state, ApprovalState::withdrawn);
  refused(tasks().approve(anna, approval.id, approval.digest), Errc::conflict, 400);
}

TEST_F(TasksTest, AForkKeepsWhatEndedWellBeforeItsStep) {
  const auto taken = executing(anna);
  did(taken.claim, {.path = "0", .action = "a.read"}, "found");
  did(taken.claim, writing("1"), "sent");
  refused(tasks().fork(anna, taken.task.id, 1, {}), Errc::conflict, 400);
  must(tasks().fail(taken.claim, "No luck."));
  refused(tasks().fork(anna, taken.task.id, 4, {}), Errc::invalid_param, 400);
  refused(tasks().fork(anna, taken.task.id, 0, {}), Errc::invalid_param, 400);
  const auto fork = must(tasks().fork(anna, taken.task.id, 2, JsonObject{{"name", "Shaw"}}));
  EXPECT_EQ(fork.phase, Phase::planned);
  EXPECT_EQ(fork.parent_task, taken.task.id);
  EXPECT_EQ(fork.parent_step, 2);
  EXPECT_EQ(fork.spec.inputs, (JsonObject{{"name", "Shaw"}}));
  const auto again = must(tasks().execute(anna, fork.id));
  const auto kept = must(tasks().begin_step(again.claim, {.path = "0", .action = "a.read"}));
  EXPECT_EQ(kept.state, Begun::State::ended);
  EXPECT_EQ(kept.step.output, Json("found"));
  const auto fresh = must(tasks().begin_step(again.claim, writing("1")));
  EXPECT_EQ(fresh.state, Begun::State::fresh);
  EXPECT_EQ(fresh.step.number, 2);
  EXPECT_NE(fresh.step.marker, must(tasks().steps(anna, taken.task.id, 1, 1)).at(0).marker);
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).task.phase, Phase::failed);
}

TEST_F(TasksTest, AForkHasTheWritesOfWhichNobodyKnows) {
  const auto taken = executing(anna);
  did(taken.claim, {.path = "0", .action = "a.read"}, "found");
  const auto ended = [&](const std::string& path, std::string error) {
    const auto begun = must(tasks().begin_step(taken.claim, writing(path)));
    must(tasks().finish_step(taken.claim, begun.step.number, {.status = StepStatus::error, .error = std::move(error)}));
  };
  ended("1/each:0", "Slack refused it.");
  ended("1/each:1", unknown_words("slack.send_message"));
  const auto lost = must(tasks().begin_step(taken.claim, writing("1/each:2"))).step;
  must(tasks().begin_step(taken.claim, {.path = "2", .action = "a.read"}));
  must(tasks().fail(taken.claim, "No luck."));
  clock.passed_ms += 3'600'000;
  for (const std::int64_t from : {1, 2, 6}) {
    const auto fork = must(tasks().fork(anna, taken.task.id, from, {}));
    const auto again = must(tasks().execute(anna, must(tasks().fork(anna, fork.id, from, {})).id));
    EXPECT_EQ(again.task.steps, from + 1);
    EXPECT_EQ(must(tasks().begin_step(again.claim, writing("1/each:0"))).state, Begun::State::fresh);
    EXPECT_EQ(must(tasks().begin_step(again.claim, writing("1/each:1"))).state, Begun::State::repeated);
    const auto begun = must(tasks().begin_step(again.claim, writing("1/each:2")));
    EXPECT_EQ(begun.state, Begun::State::repeated);
    EXPECT_TRUE(begun.by_another);
    EXPECT_EQ(begun.step.marker, lost.marker) << "by which the service knows it";
    EXPECT_EQ(begun.step.started_ms, lost.started_ms);
    EXPECT_EQ(begun.step.tries, 1);
    EXPECT_FALSE(must(tasks().begin_step(again.claim, writing("1/each:2"))).by_another) << "from now on it is its own";
    EXPECT_EQ(must(tasks().begin_step(again.claim, {.path = "2", .action = "a.read"})).state, Begun::State::fresh);
  }
}

TEST_F(TasksTest, RunsWithNoMoreRightThanWhoeverPlannedItAndWhoeverStartsIt) {
  constexpr auto kAdmin = static_cast<std::int64_t>(net::route::Role::admin);
  auto admin = anna;
  admin.role = net::route::Role::admin;
  const auto limited = anna;  // the same person, by a key that may less
  const auto role_of = [&](const std::string& id) { return must(tasks().find(anna, id)).task.role; };
  const auto own = planned(admin).id;
  EXPECT_EQ(must(tasks().execute(admin, own)).task.role, kAdmin);
  EXPECT_EQ(role_of(own), kAdmin);
  const auto lent = planned(admin).id;
  EXPECT_EQ(must(tasks().execute(limited, lent)).task.role, 0);
  EXPECT_EQ(role_of(lent), 0) << "also after a restart";
  EXPECT_EQ(must(tasks().execute(admin, planned(limited).id)).task.role, 0);

  const auto asking = must(tasks().execute(admin, planned(admin).id));
  must(tasks().pause(asking.claim, which_smith()));
  const auto question = must(tasks().find(admin, asking.task.id)).question;
  ASSERT_TRUE(question);
  EXPECT_EQ(must(tasks().resume(limited, asking.task.id, {.choice_id = question->choices.front().id})).task.role, 0);

  must(tasks().cancel(admin, planned(admin).id));
  const auto done = must(tasks().execute(admin, planned(admin).id));
  must(tasks().finish(done.claim, "sent"));
  EXPECT_EQ(must(tasks().fork(admin, done.task.id, 1, {})).role, kAdmin);
  EXPECT_EQ(must(tasks().fork(limited, done.task.id, 1, {})).role, 0);
}

TEST_F(TasksTest, TheKeyIsThatOfWhoeverWentOnWithItLast) {
  auto with_key = anna;
  with_key.key_id = 7;
  const auto task = planned(with_key);
  EXPECT_EQ(task.key_id, 7);
  EXPECT_EQ(must(tasks().execute(with_key, task.id)).task.key_id, 7);
  EXPECT_EQ(must(tasks().find(anna, task.id)).task.key_id, 7);
  const auto other = planned(with_key);
  EXPECT_EQ(must(tasks().execute(anna, other.id)).task.key_id, 0) << "without a key: confirmed anew";
}

TEST_F(TasksTest, AnApproverWhoIsSomebodyElseLeavesTheAskersRight) {
  auto admin = anna;
  admin.role = net::route::Role::admin;
  const auto waiting = [&](Approver may) {
    const auto taken = must(tasks().execute(admin, planned(admin).id));
    return must(tasks().ask_approval(
        taken.claim, {.calls = {{.path = "0", .action = "slack.send_message", .args = {{"text", "x"}}}}, .may = may}));
  };
  const auto others = waiting(Approver::administrator);
  EXPECT_EQ(must(tasks().approve(chief, others.id, others.digest)).task.role, 2);
  const auto own = waiting(Approver::asker);
  EXPECT_EQ(must(tasks().approve(anna, own.id, own.digest)).task.role, 0);
}

TEST_F(TasksTest, EverythingHasASize) {
  const auto place = conversation(anna);
  const std::string long_text(kMaxMessageBytes + 1, 'x');
  refused(conversations.say(anna, place, Role::user, long_text), Errc::too_large, 413);
  refused(tasks().create(anna, {.conversation_id = place,
                                .spec = {.service = "a", .intent = "b", .inputs = {{"text", long_text}}}}),
          Errc::too_large, 413);
  refused(tasks().create(anna, {.conversation_id = place, .spec = {.service = std::string(300, 'a'), .intent = "b"}}),
          Errc::too_large, 413);
  const auto taken = executing(anna);
  refused(tasks().begin_step(taken.claim, writing("0", {{"text", std::string(kMaxArgsBytes, 'x')}})), Errc::too_large,
          413);
  refused(tasks().begin_step(taken.claim, writing(std::string(300, '1'))), Errc::invalid_param, 400);
  refused(tasks().begin_step(taken.claim, writing("")), Errc::invalid_param, 400);
  const auto big = did(taken.claim, writing("0"), Json(std::string(kMaxOutputBytes, 'x')));
  EXPECT_TRUE(big.step.output_cut);
  EXPECT_EQ(big.step.status, StepStatus::done);
  EXPECT_LT(boost::json::serialize(*big.step.output).size(), 100U);
  auto many = which_smith();
  for (std::size_t i = 0; i < kMaxChoices; ++i)
    many.choices.push_back({.id = "c" + std::to_string(i), .label = "", .value = {}});
  refused(tasks().pause(taken.claim, many), Errc::limit_exceeded, 429);
  auto twice = which_smith();
  twice.choices[1].id = "p1";
  refused(tasks().pause(taken.claim, twice), Errc::invalid_param, 400);
  refused(tasks().pause(taken.claim, {.kind = QuestionKind::choice, .text = "?"}), Errc::invalid_param, 400);
  refused(tasks().ask_approval(taken.claim, {.calls = {}}), Errc::invalid_param, 400);
  EXPECT_EQ(phase_of(anna, taken.task.id), Phase::executing);
}

TEST_F(TasksTest, CountsHaveAnEnd) {
  const auto place = conversation(anna);
  const auto set = [&](std::string_view sql) {
    ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run(sql);
      return Unit{};
    }));
  };
  set("UPDATE as_conversation SET messages = 10000, tasks = 5000");
  refused(conversations.say(anna, place, Role::user, "one more"), Errc::limit_exceeded, 429);
  refused(tasks().create(anna, {.conversation_id = place, .spec = {.service = "a", .intent = "b"}}),
          Errc::limit_exceeded, 429);
  const auto taken = executing(anna);
  set("UPDATE as_task SET steps = 5000");
  refused(tasks().begin_step(taken.claim, writing("0")), Errc::limit_exceeded, 429);
  set("UPDATE as_task SET steps = 0, bytes = 33554432");
  refused(tasks().begin_step(taken.claim, writing("0")), Errc::limit_exceeded, 429);
  set("UPDATE as_task SET bytes = 0");
  set("UPDATE as_person SET bytes = 4294967296");
  refused(tasks().begin_step(taken.claim, writing("0")), Errc::limit_exceeded, 429);
  set("UPDATE as_person SET bytes = 0, tasks = 50000");
  refused(
      tasks().create(anna, {.conversation_id = taken.task.conversation_id, .spec = {.service = "a", .intent = "b"}}),
      Errc::limit_exceeded, 429);
  set("UPDATE as_person SET tasks = 1");
  did(taken.claim, writing("0"), "fits");
}

TEST_F(TasksTest, ConversationsAreNewestFirstWithTheirMessages) {
  const auto first = must(conversations.open(anna, "", std::string(300, 'a') + "b"));
  EXPECT_EQ(first.title.size(), 100U);
  clock.passed_ms += 10;
  const auto second = must(conversations.open(anna, "unknown", "second"));
  EXPECT_NE(second.id, "unknown");
  EXPECT_EQ(must(conversations.open(anna, second.id, "ignored")).title, "second");
  clock.passed_ms += 10;
  for (int i = 1; i <= 3; ++i) must(conversations.say(anna, first.id, Role::user, "text " + std::to_string(i)));
  const auto page = must(conversations.page(anna, 0, 50));
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, first.id);
  EXPECT_EQ(page[0].messages, 3);
  const auto messages = must(conversations.messages(anna, first.id, 1, 10));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].content, "text 2");
  EXPECT_EQ(messages[0].role, Role::user);
}

TEST_F(TasksTest, AConversationIsRenamedAndKeepsItsPlace) {
  secrets.replace(1, "pack slack", {"xoxb-canary-4711"});
  const auto first = must(conversations.open(anna, "", "first"));
  clock.passed_ms += 10;
  const auto second = must(conversations.open(anna, "", "second"));
  EXPECT_EQ(must(conversations.rename(anna, first.id, "the key is xoxb-canary-4711")).title, "the key is [REDACTED]");
  EXPECT_EQ(must(conversations.rename(anna, first.id, std::string(300, 'r'))).title, std::string(100, 'r'));
  refused(conversations.rename(anna, first.id, " \n"), Errc::invalid_param, 400);
  refused(conversations.rename(anna, "no such", "x"), Errc::not_found, 404);
  refused(conversations.rename(anna, "\xff", "x"), Errc::not_found, 404);
  EXPECT_EQ(must(conversations.page(anna, 0, 10)).front().id, second.id);
  EXPECT_EQ(must(conversations.find(anna, first.id)).title, std::string(100, 'r'));
}

TEST_F(TasksTest, ADeletedConversationTakesItsWordsAndLeavesItsTasks) {
  const auto taken = executing(anna);
  const auto place = taken.task.conversation_id;
  TaskSpec spec{.service = "slack", .intent = "send_message", .inputs = {{"channel", "ops"}}};
  spec.planning = {{"pending", "a sentence of anna's"}};
  spec.tools = {{"files.put", "0815"}};
  const auto planned = must(tasks().create(anna, {.conversation_id = place, .spec = spec})).task;
  must(tasks().finish(taken.claim, JsonObject{{"sent", true}}));
  constexpr int kMany = 1'100;  // more than two pieces
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 1; i <= kMany; ++i) {
      tx.run(
          "INSERT INTO as_message (conversation_id, number, role, content, task_id, created_ms) "
          "VALUES (?1, ?2, 'user', 'words of anna', '', 1)",
          place, i);
    }
    return Unit{};
  }));
  const auto other = must(conversations.open(anna, "", "stays"));
  must(conversations.say(anna, other.id, Role::user, "stays"));
  must(conversations.remove(anna, place));
  refused(conversations.find(anna, place), Errc::not_found, 404);
  refused(conversations.remove(anna, place), Errc::not_found, 404);
  refused(conversations.say(anna, place, Role::user, "x"), Errc::not_found, 404);
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_message"), 1);
  EXPECT_TRUE(must(tasks().find(anna, planned.id)).task.spec.planning.empty());
  EXPECT_EQ(must(tasks().find(anna, planned.id)).task.spec.inputs.at("channel"), "ops");
  EXPECT_EQ(must(tasks().find(anna, planned.id)).task.spec.tools.at("files.put"), "0815") << "it is for these alone";
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).task.phase, Phase::done);
  // It can be run again, in another conversation.
  refused(tasks().fork(anna, taken.task.id, 1, {}), Errc::not_found, 404);
  EXPECT_EQ(must(tasks().fork(anna, taken.task.id, 1, {}, other.id)).conversation_id, other.id);
}

TEST_F(TasksTest, AListHasWhatIsWanted) {
  const auto place = must(conversations.open(anna, "", "Hello")).id;
  const auto make = [&](const std::string& service) {
    clock.passed_ms += 10;
    return must(tasks().create(anna, {.conversation_id = place, .spec = {.service = service, .intent = "x"}})).task.id;
  };
  make("slack");
  const auto photo = make("companycam");
  make("slack");
  const auto count = [&](Wanted wanted) { return must(tasks().page(anna, std::move(wanted), 0, 50)).size(); };
  EXPECT_EQ(count({}), 3U);
  EXPECT_EQ(count({.service = "slack"}), 2U);
  EXPECT_EQ(count({.service = "Slack"}), 0U);
  EXPECT_EQ(count({.service = "\xff"}), 0U);
  EXPECT_EQ(count({.conversation_id = place, .service = "companycam"}), 1U);
  EXPECT_EQ(count({.service = "slack", .status = Status::planned}), 2U);
  EXPECT_EQ(count({.conversation_id = place, .service = "slack", .status = Status::done}), 0U);
  EXPECT_EQ(
      must(tasks().page(anna, {.conversation_id = place, .service = "companycam", .status = Status::planned}, 0, 50))
          .front()
          .id,
      photo);
  EXPECT_EQ(must(tasks().page(anna, {.service = "slack"}, 1, 50)).size(), 1U);
}

}  // namespace
}  // namespace troupe::assistant::tasks
