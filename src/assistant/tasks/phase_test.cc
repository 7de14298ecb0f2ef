#include "assistant/tasks/phase.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace troupe::assistant::tasks {
namespace {

// Written out once more by hand: rows are phases, columns the triggers execute, plan, ask_choice, ask_answer,
// ask_approval, lose_outcome, answer, approve, reject, take_over, finish, fail, cancel, stop.
constexpr const char* kChoice = "awaiting_choice";
constexpr const char* kAnswer = "awaiting_answer";
const std::map<Phase, std::array<const char*, 14>> kExpectedPhases{
    {Phase::planned, {"executing", "planned", kChoice, kAnswer, "", "", "", "", "", "", "", "", "cancelled", ""}},
    {Phase::awaiting_choice,
     {"", "planned", kChoice, kAnswer, "", "", "executing", "", "", "", "", "", "cancelled", ""}},
    {Phase::awaiting_answer,
     {"", "planned", kChoice, kAnswer, "", "", "executing", "", "", "", "", "", "cancelled", ""}},
    {Phase::awaiting_approval, {"", "", "", "", "", "", "", "executing", "rejected", "", "", "", "cancelled", ""}},
    {Phase::unknown_outcome, {"", "", "", "", "", "", "executing", "", "", "", "", "", "cancelled", ""}},
    {Phase::executing,
     {"", "", kChoice, kAnswer, "awaiting_approval", "unknown_outcome", "", "", "", "executing", "done", "failed",
      "cancelling", ""}},
    {Phase::cancelling,
     {"", "", "", "", "", "unknown_outcome", "", "", "", "cancelling", "done", "failed", "", "cancelled"}},
    {Phase::done, {"", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
    {Phase::failed, {"", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
    {Phase::rejected, {"", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
    {Phase::cancelled, {"", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
};

TEST(PhaseTest, EveryPairOfPhaseAndTriggerIsDecided) {
  static_assert(kAllTriggers.size() == 14 && kAllPhases.size() == 11);
  for (auto phase : kAllPhases) {
    for (std::size_t i = 0; i < kAllTriggers.size(); ++i) {
      const auto to = next_phase(phase, kAllTriggers[i]);
      EXPECT_EQ(to ? to_string(*to) : "", kExpectedPhases.at(phase)[i])
          << to_string(phase) << " x " << to_string(kAllTriggers[i]);
    }
  }
}

TEST(PhaseTest, ARefusalNamesBothStates) {
  for (auto phase : kAllPhases) {
    for (auto trigger : kAllTriggers) {
      const auto outcome = advance("t1", phase, trigger);
      ASSERT_EQ(outcome.has_value(), next_phase(phase, trigger).has_value());
      if (outcome) continue;
      EXPECT_EQ(outcome.error().code(), Errc::conflict);
      EXPECT_EQ(outcome.error().http_status(), 400);
      const auto& detail = outcome.error().detail();
      EXPECT_NE(
          detail.find(std::string(to_string(phase)) + " cannot become " + std::string(to_string(wanted_by(trigger)))),
          std::string::npos)
          << detail;
      EXPECT_NE(detail.find("t1"), std::string::npos) << detail;
      EXPECT_TRUE(outcome.error().message().starts_with("Task is in " + std::string(to_string(status_of(phase))) +
                                                        " status and cannot be"))
          << outcome.error().message();
    }
  }
}

TEST(PhaseTest, ASecondExecutionIsRefusedInTheSeedsWords) {
  for (auto trigger : {Trigger::execute, Trigger::answer, Trigger::approve}) {
    EXPECT_EQ(advance("t1", Phase::done, trigger).error().message(), "Task is in done status and cannot be executed");
  }
  EXPECT_EQ(advance("t1", Phase::cancelled, Trigger::execute).error().message(),
            "Task is in error status and cannot be executed");
}

TEST(PhaseTest, EveryPhaseIsReachedAndOnlyEndedOnesAreNeverLeft) {
  for (auto phase : kAllPhases) {
    EXPECT_EQ(is_ended(phase), std::ranges::none_of(kTransitions, [&](const auto& row) { return row.from == phase; }));
    EXPECT_TRUE(std::ranges::any_of(kTransitions, [&](const auto& row) { return row.to == phase; }));
    if (!is_ended(phase)) EXPECT_TRUE(next_phase(phase, Trigger::cancel) || phase == Phase::cancelling);
  }
}

TEST(PhaseTest, StepsEndOnce) {
  using enum StepStatus;
  const std::map<StepStatus, std::set<StepStatus>> expected{{pending, {running, skipped}},
                                                            {running, {running, done, error, skipped}},
                                                            {done, {}},
                                                            {error, {running}},
                                                            {skipped, {}}};
  for (const auto& [from, allowed] : expected) {
    for (auto to : {pending, running, done, error, skipped}) {
      EXPECT_EQ(step_may_become(from, to), allowed.contains(to)) << to_string(from) << " to " << to_string(to);
    }
  }
}

}  // namespace
}  // namespace troupe::assistant::tasks
