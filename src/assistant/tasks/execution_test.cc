// The executor's side: steps before and after their effects, claims that end, and programs that end between two lines.
#include <boost/json/serialize.hpp>
#include <map>

#include "assistant/tasks/tasks_fixture.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "kit/crash.h"

namespace troupe::assistant::tasks {
namespace {

class ExecutionTest : public TasksFixture {};

TEST_F(ExecutionTest, AStepThatRanWhenItsProcessEndedIsRepeated) {
  const auto taken = executing(anna);
  const auto first = must(tasks().begin_step(taken.claim, writing("0")));
  EXPECT_EQ(first.state, Begun::State::fresh);
  EXPECT_FALSE(first.step.marker.empty());
  restart();
  const auto over = must(tasks().take_over(10));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(over[0].task.attempt, 2);
  EXPECT_TRUE(must(tasks().take_over(10)).empty());
  const auto again = must(tasks().begin_step(over[0].claim, writing("0")));
  EXPECT_EQ(again.state, Begun::State::repeated);
  EXPECT_EQ(again.step.marker, first.step.marker);
  EXPECT_EQ(again.step.tries, 2);
  EXPECT_FALSE(again.answered);
  EXPECT_EQ(must(tasks().begin_step(over[0].claim, writing("0", {{"text", "another"}}))).state, Begun::State::changed);
  must(tasks().finish_step(over[0].claim, again.step.number, yielding("done")));
  const auto ended = must(tasks().begin_step(over[0].claim, writing("0")));
  EXPECT_EQ(ended.state, Begun::State::ended);
  EXPECT_EQ(ended.step.output, Json("done"));
  EXPECT_EQ(must(tasks().steps_of(over[0].claim, 0, 10)).size(), 1U);
  EXPECT_EQ(must(tasks().current(over[0].claim)).steps, 1);
}

TEST_F(ExecutionTest, WhatAnOlderProgramBeganWithoutARouteGoesOn) {
  auto wanted = writing("0");
  wanted.route = "where it goes";
  auto elsewhere = wanted;
  elsewhere.route = "elsewhere";
  auto another = wanted;
  another.args["text"] = "another";
  const auto taken = executing(anna);
  const auto first = must(tasks().begin_step(taken.claim, wanted));
  const auto as_now = first.step.digest;
  const auto as_before = base::hex(base::sha256(R"(["slack.send_message",{"text":"hello"}])"));
  ASSERT_NE(as_now, as_before);
  change_rows({"UPDATE as_step SET digest = '" + as_before + "'"});
  restart();
  const auto claim = must(tasks().take_over(10)).at(0).claim;
  EXPECT_EQ(must(tasks().begin_step(claim, another)).state, Begun::State::changed);
  const auto again = must(tasks().begin_step(claim, wanted));
  EXPECT_EQ(again.state, Begun::State::repeated) << "its probe is asked, and nobody";
  EXPECT_EQ(again.step.marker, first.step.marker);
  EXPECT_EQ(again.step.digest, as_now);
  EXPECT_EQ(must(tasks().begin_step(claim, elsewhere)).state, Begun::State::changed) << "from now on the route counts";
}

TEST_F(ExecutionTest, WhatWasAskedByAnOlderProgramIsApprovedOnce) {
  auto wanted = writing("0");
  wanted.route = "where it goes";
  wanted.needs_approval = true;
  auto another = wanted;
  another.args["text"] = "another";
  const auto taken = executing(anna);
  const auto asked = must(tasks().ask_approval(
      taken.claim, {.calls = {{.path = "0", .action = wanted.action, .args = wanted.args, .route = wanted.route}}}));
  const auto as_before = base::hex(base::sha256(R"([["0","slack.send_message",{"text":"hello"}]])"));
  const auto call_as_before = base::hex(base::sha256(R"(["slack.send_message",{"text":"hello"}])"));
  change_rows({"UPDATE as_approval SET digest = '" + as_before + "', digests = '[\"" + call_as_before + "\"]'"});
  restart();
  const auto claim = must(tasks().approve(anna, asked.id, as_before)).claim;
  EXPECT_EQ(must(tasks().begin_step(claim, another)).state, Begun::State::unapproved);
  EXPECT_EQ(must(tasks().begin_step(claim, wanted)).state, Begun::State::fresh);
}

TEST_F(ExecutionTest, OneThatFailedIsTriedAgainOnlyWhenAsked) {
  const auto taken = executing(anna);
  auto step = writing("0");
  const auto begun = must(tasks().begin_step(taken.claim, step)).step;
  must(tasks().finish_step(taken.claim, begun.number, {.status = StepStatus::error, .error = "429"}));
  EXPECT_FALSE(wait(tasks().finish_step(taken.claim, begun.number, yielding(1)))) << "it has ended";
  EXPECT_EQ(must(tasks().begin_step(taken.claim, step)).state, Begun::State::ended);
  step.again = true;
  const auto again = must(tasks().begin_step(taken.claim, step));
  EXPECT_EQ(again.state, Begun::State::fresh);
  EXPECT_EQ(again.step.tries, 2);
  EXPECT_EQ(again.step.number, begun.number);
  EXPECT_TRUE(again.step.error.empty());
  EXPECT_FALSE(wait(tasks().finish_step(taken.claim, begun.number, {.status = StepStatus::pending})));
  EXPECT_FALSE(wait(tasks().finish_step(taken.claim, 17, yielding(1))));
}

TEST_F(ExecutionTest, AStepWithoutEffectsIsOneCommit) {
  const auto taken = executing(anna);
  const auto skipped =
      must(tasks().note_step(taken.claim, {.path = "0", .action = "a.b"}, {.status = StepStatus::skipped}));
  EXPECT_EQ(skipped.state, Begun::State::ended);
  EXPECT_EQ(skipped.step.status, StepStatus::skipped);
  const auto value = must(tasks().note_step(taken.claim, {.path = "1"}, yielding(7)));
  EXPECT_EQ(value.step.output, Json(7));
  EXPECT_EQ(must(tasks().note_step(taken.claim, {.path = "1"}, yielding(8))).step.output, Json(7)) << "it has ended";
  EXPECT_FALSE(wait(tasks().note_step(taken.claim, writing("2"), yielding(1))));
}

TEST_F(ExecutionTest, AWriteWhoseOutcomeNobodyKnowsAsks) {
  const auto taken = executing(anna);
  must(tasks().begin_step(taken.claim, writing("0")));
  must(tasks().cancel(anna, taken.task.id));
  must(tasks().pause(taken.claim, {.kind = QuestionKind::unknown_outcome,
                                   .path = "0",
                                   .text = "Was it sent?",
                                   .choices = {{.id = "done", .label = "Yes", .value = {}},
                                               {.id = "again", .label = "No", .value = {}}}}));
  EXPECT_EQ(phase_of(anna, taken.task.id), Phase::unknown_outcome);
  EXPECT_EQ(must(tasks().find(anna, taken.task.id)).task.status(), Status::awaiting_user);
  const auto again = must(tasks().resume(anna, taken.task.id, {.choice_id = "done"}));
  const auto step = must(tasks().begin_step(again.claim, writing("0")));
  EXPECT_EQ(step.state, Begun::State::repeated);
  ASSERT_TRUE(step.answered);
  EXPECT_EQ(step.answered->answer->at("choice_id"), "done");
}

TEST_F(ExecutionTest, AProcessThatWasTakenForGoneChangesNothing) {
  auto two = process("two");
  must(two->workers.start());
  const auto taken = executing(anna);
  const auto step = must(tasks().begin_step(taken.claim, writing("0"))).step;
  must(two->workers.beat());
  EXPECT_TRUE(must(two->tasks.take_over(10)).empty());
  for (int i = 0; i < 6; ++i) {
    clock.passed_ms += 2'000;
    must(two->workers.beat());
  }
  const auto over = must(two->tasks.take_over(10));
  ASSERT_EQ(over.size(), 1U);
  EXPECT_EQ(wait(tasks().begin_step(taken.claim, writing("1"))).error().http_status(), 409);
  EXPECT_FALSE(wait(tasks().finish(taken.claim, nullptr)));
  EXPECT_FALSE(wait(tasks().current(taken.claim)));
  // What it has called meanwhile is known all the same.
  EXPECT_FALSE(wait(tasks().finish_step(
      taken.claim, step.number,
      {.output = 1,
       .records = {
           .calls = {{.service = "slack", .method = "POST", .url = "https://slack.example/", .status = 200}}}})));
  EXPECT_EQ(must(tasks().calls(anna, taken.task.id, 0, "")).size(), 1U);
  EXPECT_EQ(must(tasks().steps(anna, taken.task.id, 0, 10)).at(0).status, StepStatus::running);
  must(one->workers.beat());  // it hears of it, and is there again
  must(two->tasks.finish(over[0].claim, nullptr));
  EXPECT_EQ(phase_of(anna, taken.task.id), Phase::done);
  must(tasks().execute(anna, planned(anna).id));
}

TEST_F(ExecutionTest, WhoStopsGivesItsTasksBackAndClaimsNothing) {
  const auto taken = executing(anna);
  const auto task = planned(anna);
  must(one->workers.stop());
  must(one->workers.stop());
  EXPECT_EQ(wait(tasks().execute(anna, task.id)).error().code(), Errc::unavailable);
  EXPECT_EQ(wait(tasks().take_over(1)).error().code(), Errc::unavailable);
  auto two = process("two");
  must(two->workers.start());
  EXPECT_EQ(must(two->tasks.take_over(10)).size(), 1U);
}

TEST_F(ExecutionTest, WhatAProcessHasIsListed) {
  const auto first = executing(anna);
  const auto second = executing(ben);
  planned(anna);
  const auto all = must(tasks().held("", 10));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(must(tasks().held(all[0].task.id, 10)).size(), 1U);
  must(tasks().finish(first.claim, nullptr));
  const auto left = must(tasks().held("", 10));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].task.id, second.task.id);
  must(tasks().finish(left[0].claim, nullptr));
}

TEST_F(ExecutionTest, LiveProcessesKeepTheirTasks) {
  auto two = process("two");
  must(two->workers.start());
  executing(anna);
  for (int i = 0; i < 30; ++i) {
    clock.passed_ms += 2'000;
    must(one->workers.beat());
    must(two->workers.beat());
    EXPECT_TRUE(must(two->tasks.take_over(10)).empty());
  }
}

TEST_F(ExecutionTest, ADatabaseThatWasAwayEndsNobody) {
  auto two = process("two");
  must(two->workers.start());
  executing(anna);
  must(one->workers.beat());
  must(two->workers.beat());
  clock.passed_ms += 60'000;  // neither of them could beat
  must(two->workers.beat());
  EXPECT_TRUE(must(two->tasks.take_over(10)).empty());
  must(one->workers.beat());
  clock.passed_ms += 2'000;
  must(two->workers.beat());
  EXPECT_TRUE(must(two->tasks.take_over(10)).empty());
}

TEST_F(ExecutionTest, TenThousandUnfinishedTasksAreTakenOverInPages) {
  constexpr std::int64_t kTasks = 10'000;
  const auto claim = executing(anna).claim;
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (std::int64_t i = 1; i < kTasks; ++i) {
      tx.run(
          "INSERT INTO as_task (id, tenant_id, owner_id, owner, role, conversation_id, service, intent, inputs, "
          "phase, reason, "
          "attempt, parent_task, parent_step, steps, bytes, worker, worker_epoch, created_ms, updated_ms) VALUES "
          "(?1, 1, 10, '', 0, '', 'slack', 'send', '{}', 'executing', '', 1, '', 0, 0, 0, ?2, ?3, 0, 0)",
          "task" + std::to_string(i), claim.worker, claim.epoch);
    }
    return Unit{};
  }));
  restart();
  const auto begun = std::chrono::steady_clock::now();
  std::int64_t found = 0;
  for (;;) {
    const auto page = must(tasks().take_over(500));
    found += std::ssize(page);
    if (page.size() < 500) break;
  }
  EXPECT_EQ(found, kTasks);
  RecordProperty(
      "take_over_ms",
      std::to_string(
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count()));
  EXPECT_TRUE(must(tasks().take_over(500)).empty());
}

// ---- A program that ends between any two lines ----

enum class Line { before_begin, after_begin, after_effect, after_finish, before_end, after_end };
constexpr int kLines = 6;

/// A service that can be asked whether it has done something, and the least executor that there can be.
class CrashedExecutionTest : public TasksFixture {
 protected:
  struct Killed {};
  void pass(Line line) {
    if (!alive_(line)) throw Killed{};
  }
  void run_steps(const Claim& claim, int steps) {
    for (int i = 0; i < steps; ++i) {
      pass(Line::before_begin);
      const auto begun = must(tasks().begin_step(claim, writing(std::to_string(i), {{"n", i}})));
      pass(Line::after_begin);
      if (begun.state == Begun::State::ended) continue;
      const bool is_done = begun.state == Begun::State::repeated && vendor_.contains(begun.step.marker);
      if (!is_done) ++vendor_[begun.step.marker];
      pass(Line::after_effect);
      must(tasks().finish_step(claim, begun.step.number, yielding(i)));
      pass(Line::after_finish);
    }
    pass(Line::before_end);
    must(tasks().finish(claim, "all"));
    pass(Line::after_end);
  }
  /// Whether it came to its end.
  bool lives(const Claim& claim, int steps) {
    try {
      run_steps(claim, steps);
      return true;
    } catch (const Killed&) {
      return false;
    }
  }

  std::map<std::string, int> vendor_;  ///< marker → how often it was done
  kit::Crash<Line> crash_;
  std::function<bool(Line)> alive_;
};

TEST_F(CrashedExecutionTest, EachWriteIsDoneOnceWhereverItIsKilledTwice) {
  constexpr int kSteps = 3;
  for (int first = 0; first < kLines; ++first) {
    for (int second = 0; second < kLines; ++second) {
      SCOPED_TRACE("killed at lines " + std::to_string(first) + " and " + std::to_string(second));
      vendor_.clear();
      const auto taken = executing(anna);
      alive_ = crash_.at_once(static_cast<Line>(first));
      EXPECT_FALSE(lives(taken.claim, kSteps));
      for (const int line : {second, -1}) {
        restart();
        alive_ = line < 0 ? [](Line) { return true; } : crash_.at_once(static_cast<Line>(line));
        for (const auto& over : must(tasks().take_over(10))) lives(over.claim, kSteps);
      }
      EXPECT_EQ(phase_of(anna, taken.task.id), Phase::done);
      EXPECT_EQ(vendor_.size(), static_cast<std::size_t>(kSteps));
      for (const auto& [marker, times] : vendor_) EXPECT_EQ(times, 1);
      EXPECT_EQ(must(tasks().steps(anna, taken.task.id, 0, 100)).size(), static_cast<std::size_t>(kSteps));
    }
  }
}

TEST_F(CrashedExecutionTest, EachChangeIsWholeOrNotThereAtAll) {
  // Every statement of every change fails once; what is repeated then comes out as if nothing had been.
  const auto whole = [&](const auto& change, const auto& is_untouched) {
    for (std::int64_t n = 0; n < 200; ++n) {
      faults.arm(n, store::FaultPlan::Kind::disk_full);
      const bool well = change().has_value();
      const bool happened = faults.happened();
      faults.disarm();
      if (well) {
        if (!happened) return;
        continue;
      }
      EXPECT_TRUE(is_untouched()) << "statement " << n;
      EXPECT_TRUE(eventually([&] { return conversation_was_opened(); }));
    }
    ADD_FAILURE() << "it never came through";
  };
  auto taken = executing(anna);
  const auto id = taken.task.id;
  std::int64_t at = 0;
  const auto steps = [&] { return std::ssize(must(tasks().steps(anna, id, 0, 500))); };
  whole([&] { return wait(tasks().begin_step(taken.claim, writing("0"))); },
        [&] { return steps() == 0 && must(tasks().current(taken.claim)).steps == 0; });
  at = must(tasks().steps(anna, id, 0, 1)).at(0).number;
  const StepEnd end{.output = 1,
                    .records = {.calls = {{.service = "slack", .method = "POST", .url = "https://slack.example/"}}}};
  whole([&] { return wait(tasks().finish_step(taken.claim, at, end)); },
        [&] {
          return must(tasks().steps(anna, id, 0, 1)).at(0).status == StepStatus::running &&
                 rows("SELECT COUNT(*) FROM as_call") == 0 && must(one->audit.page(1, {.kind = "api_call"})).total == 0;
        });
  EXPECT_EQ(rows("SELECT COUNT(*) FROM as_call"), 1);
  EXPECT_EQ(must(one->audit.verify(1, "")).problem, "");
  // One that ends in the write that begins the next one.
  at = must(tasks().begin_step(taken.claim, writing("1"))).step.number;
  const auto before = tasks().ending(taken.claim, at, end);
  ASSERT_TRUE(before);
  whole([&] { return wait(tasks().begin_step(taken.claim, writing("2"), *before)); },
        [&] {
          return steps() == 2 && must(tasks().steps(anna, id, 1, 1)).at(0).status == StepStatus::running &&
                 rows("SELECT COUNT(*) FROM as_call") == 1;
        });
  EXPECT_EQ(must(tasks().steps(anna, id, 1, 1)).at(0).status, StepStatus::done);
  EXPECT_EQ(must(one->audit.verify(1, "")).problem, "");
  Approval approval;
  whole(
      [&] {
        auto asked = wait(tasks().ask_approval(taken.claim, {.calls = {{.path = "3", .action = "a.b", .args = {}}}}));
        if (asked) approval = *asked;
        return asked;
      },
      [&] { return phase_of(anna, id) == Phase::executing && rows("SELECT COUNT(*) FROM as_approval") == 0; });
  whole(
      [&] {
        auto approved = wait(tasks().approve(anna, approval.id, approval.digest));
        if (approved) taken = *approved;
        return approved;
      },
      [&] {
        return phase_of(anna, id) == Phase::awaiting_approval &&
               must(tasks().find_approval(anna, approval.id)).state == ApprovalState::pending;
      });
  whole([&] { return wait(tasks().pause(taken.claim, {.kind = QuestionKind::answer, .text = "What?"})); },
        [&] { return phase_of(anna, id) == Phase::executing && rows("SELECT COUNT(*) FROM as_question") == 0; });
  whole([&] { return wait(tasks().resume(anna, id, {.text = "This."})); },
        [&] {
          return phase_of(anna, id) == Phase::awaiting_answer &&
                 rows("SELECT COUNT(*) FROM as_question WHERE answer IS NOT NULL") == 0;
        });
}

}  // namespace
}  // namespace troupe::assistant::tasks
