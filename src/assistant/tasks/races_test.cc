// Decisions that come at the same moment, from one process and from two: one of them counts, and a write happens once.
#include "assistant/tasks/tasks_fixture.h"

#include <boost/asio/use_future.hpp>
#include <future>

namespace troupe::assistant::tasks {
namespace {

using matrix::Json;
using matrix::JsonObject;

class RacesTest : public TasksFixture {
 protected:
  static constexpr int kRounds = 20;
  static constexpr int kEach = 6;  ///< of each kind at once

  struct Waiting {
    TaskRecord task;
    Approval approval;
  };
  Waiting waiting() {
    const auto taken = executing(anna);
    const std::vector<PlannedCall> calls{{.path = "0", .action = "slack.send_message", .args = {{"text", "hello"}}}};
    return {.task = taken.task, .approval = must(tasks().ask_approval(taken.claim, {.calls = calls}))};
  }
  /// Started on both threads by turns; the yields, in the order of starting.
  template <class T>
  std::future<Result<T>> start(Task<T> task) {
    return asio::co_spawn(io.at(turn_++ % 2).get_executor(), std::move(task), asio::use_future);
  }
  template <class T>
  static int count(std::vector<std::future<Result<T>>>& all) {
    int good = 0;
    for (auto& each : all) good += each.get() ? 1 : 0;
    return good;
  }
  std::int64_t lines(const std::string& action, const std::string& id) {
    return rows("SELECT COUNT(*) FROM id_audit WHERE action = '" + action + "' AND target LIKE '%" + id + "%'");
  }

 private:
  std::size_t turn_ = 0;
};

TEST_F(RacesTest, OfManyApprovalsRejectionsAndCancellationsOneCounts) {
  // What another process of the server is asked at the same moment counts as little.
  const auto two = process("two");
  must(two->workers.start());
  for (int round = 0; round < kRounds; ++round) {
    const auto [task, approval] = waiting();
    std::vector<std::future<Result<Taken>>> approved;
    std::vector<std::future<Result<TaskRecord>>> refused, cancelled;
    for (int i = 0; i < kEach; ++i) {
      auto& at = i % 2 == 0 ? tasks() : two->tasks;
      approved.push_back(start(at.approve(anna, approval.id, approval.digest)));
      refused.push_back(start(at.reject(anna, approval.id, approval.digest, "no")));
      if (i == round % kEach) cancelled.push_back(start(at.cancel(anna, task.id)));
    }
    const int yes = count(approved), no = count(refused), ended = count(cancelled);
    const auto state = must(tasks().find_approval(anna, approval.id)).state;
    const auto phase = phase_of(anna, task.id);
    EXPECT_LE(yes + no, 1) << "round " << round;
    if (state == ApprovalState::approved) {
      EXPECT_EQ(yes, 1);
      EXPECT_TRUE(phase == Phase::executing || phase == Phase::cancelling);
    } else if (state == ApprovalState::rejected) {
      EXPECT_EQ(no, 1);
      EXPECT_EQ(phase, Phase::rejected);
      EXPECT_EQ(ended, 0);
    } else {
      EXPECT_EQ(state, ApprovalState::withdrawn);
      EXPECT_EQ(yes + no, 0);
      EXPECT_EQ(phase, Phase::cancelled);
    }
  }
  must(two->workers.stop());
}

TEST_F(RacesTest, WhatWasApprovedByManyAtOnceIsBegunOnce) {
  for (int round = 0; round < kRounds; ++round) {
    const auto [task, approval] = waiting();
    std::vector<std::future<Result<Taken>>> approved;
    for (int i = 0; i < 2 * kEach; ++i) approved.push_back(start(tasks().approve(anna, approval.id, approval.digest)));
    int begun = 0;
    for (auto& each : approved) {
      auto taken = each.get();
      if (!taken) continue;
      auto step = writing("0");
      step.needs_approval = true;
      begun += must(tasks().begin_step(taken->claim, step)).state == Begun::State::fresh ? 1 : 0;
    }
    EXPECT_EQ(begun, 1);
  }
}

TEST_F(RacesTest, OldDigestsAndStrangersDecideNothingAtAnyMoment) {
  const auto [task, approval] = waiting();
  std::vector<std::future<Result<Taken>>> approved;
  for (int i = 0; i < kEach; ++i) {
    approved.push_back(start(tasks().approve(anna, approval.id, std::string(64, 'a'))));
    for (const auto& who : {ben, chief, far})
      approved.push_back(start(tasks().approve(who, approval.id, approval.digest)));
  }
  EXPECT_EQ(count(approved), 0);
  EXPECT_EQ(phase_of(anna, task.id), Phase::awaiting_approval);
  restart();
  must(tasks().approve(anna, approval.id, approval.digest));
}

TEST_F(RacesTest, AnApprovalOfBeforeARestartCountsOnceAfterIt) {
  const auto [task, approval] = waiting();
  must(tasks().approve(anna, approval.id, approval.digest));
  restart();
  EXPECT_FALSE(run(tasks().approve(anna, approval.id, approval.digest)));
  EXPECT_FALSE(run(tasks().reject(anna, approval.id, approval.digest, "")));
}

TEST_F(RacesTest, AForkHasNoApprovalAndNoWriteOfBeforeItsStepAgain) {
  const auto [task, approval] = waiting();
  auto taken = must(tasks().approve(anna, approval.id, approval.digest));
  auto step = writing("0");
  step.needs_approval = true;
  const auto begun = must(tasks().begin_step(taken.claim, step));
  must(tasks().finish_step(taken.claim, begun.step.number, yielding("sent")));
  must(tasks().fail(taken.claim, "No luck."));
  // From behind it: what was sent is not sent again.
  const auto behind = must(tasks().execute(anna, must(tasks().fork(anna, task.id, 2, {})).id));
  EXPECT_EQ(must(tasks().begin_step(behind.claim, step)).state, Begun::State::ended);
  // From it: the person asks for it anew, and is asked anew.
  const auto from = must(tasks().execute(anna, must(tasks().fork(anna, task.id, 1, {})).id));
  EXPECT_EQ(must(tasks().begin_step(from.claim, step)).state, Begun::State::unapproved);
  EXPECT_FALSE(run(tasks().approve(anna, approval.id, approval.digest)));
}

TEST_F(RacesTest, OfManyUndoingsAtOnceOneIsMade) {
  for (int round = 0; round < kRounds; ++round) {
    const auto taken = executing(anna);
    did(taken.claim, writing("0"), "sent");
    // While it still runs none is.
    const auto draft = [] {
      return UndoDraft{
          .service = "system", .intent = "undo", .inputs = [](std::span<const EarlierUndo>) -> Result<JsonObject> {
            return JsonObject{{"calls", matrix::JsonArray{1}}};
          }};
    };
    EXPECT_FALSE(run(tasks().undo(anna, taken.task.id, draft())));
    std::vector<std::future<Result<TaskRecord>>> made;
    auto failing = start(tasks().fail(taken.claim, "In the middle."));
    for (int i = 0; i < 2 * kEach; ++i) made.push_back(start(tasks().undo(anna, taken.task.id, draft())));
    EXPECT_TRUE(failing.get());
    const int good = count(made);
    EXPECT_LE(good, 1);
    if (good == 0) must(tasks().undo(anna, taken.task.id, draft()));
    EXPECT_FALSE(run(tasks().undo(anna, taken.task.id, draft())));
    EXPECT_EQ(rows("SELECT COUNT(*) FROM as_task WHERE parent_task = '" + taken.task.id + "'"), 1);
  }
}

}  // namespace
}  // namespace troupe::assistant::tasks
