#include "fleet/types/lifecycle.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace troupe::fleet {
namespace {

// Written out once more by hand: rows are states, columns the events start, ready, adopt, degrade, mend, exit,
// back_off, loop, retry, stop, ended, fail, recover, complete.
const std::map<BotState, std::array<const char*, 14>> kExpected{
    {BotState::created, {"starting", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
    {BotState::starting,
     {"", "running", "running", "", "", "exited", "backing_off", "crash_loop", "", "stopping", "", "failed", "starting",
      ""}},
    {BotState::running,
     {"", "", "running", "degraded", "", "exited", "", "", "", "stopping", "", "failed", "starting", ""}},
    {BotState::degraded,
     {"", "", "running", "", "running", "exited", "", "", "", "stopping", "", "failed", "starting", ""}},
    {BotState::exited,
     {"starting", "", "", "", "", "", "backing_off", "crash_loop", "", "stopped", "", "failed", "", "completed"}},
    {BotState::backing_off, {"starting", "", "", "", "", "", "", "", "starting", "stopped", "", "", "", ""}},
    {BotState::crash_loop, {"starting", "", "", "", "", "", "", "", "starting", "stopped", "", "", "", ""}},
    {BotState::stopping, {"", "", "", "", "", "", "", "", "", "", "stopped", "failed", "stopped", ""}},
    {BotState::stopped, {"starting", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
    {BotState::failed, {"starting", "", "", "", "", "", "", "", "", "stopped", "", "", "", ""}},
    {BotState::completed, {"starting", "", "", "", "", "", "", "", "", "", "", "", "", ""}},
};

TEST(Lifecycle, EveryPairOfStateAndEventIsDecided) {
  static_assert(kBotEvents.size() == 14 && kBotStates.size() == 11);
  for (auto state : kBotStates) {
    for (std::size_t i = 0; i < kBotEvents.size(); ++i) {
      auto to = next_state(state, kBotEvents[i]);
      EXPECT_EQ(to ? to_string(*to) : "", kExpected.at(state)[i])
          << to_string(state) << " x " << to_string(kBotEvents[i]);
    }
  }
}

TEST(Lifecycle, ARefusalNamesBothStates) {
  for (auto state : kBotStates) {
    for (auto event : kBotEvents) {
      auto outcome = advance("helper", state, event);
      if (outcome) continue;
      EXPECT_EQ(outcome.error().code(), Errc::conflict);
      const auto& message = outcome.error().message();
      EXPECT_NE(message.find("is " + std::string(to_string(state))), std::string::npos) << message;
      EXPECT_NE(message.find("cannot become "), std::string::npos) << message;
      EXPECT_NE(message.find("helper"), std::string::npos) << message;
    }
  }
}

TEST(Lifecycle, EveryStateCanBeLeftAndReached) {
  for (auto state : kBotStates) {
    EXPECT_TRUE(
        std::ranges::any_of(kTransitions, [&](const auto& row) { return row.from == state && row.to != state; }));
    if (state != BotState::created) {
      EXPECT_TRUE(std::ranges::any_of(kTransitions, [&](const auto& row) { return row.to == state; }));
    }
  }
}

TEST(Lifecycle, APersonCanStopWhateverRunsOrWaits) {
  for (auto state : kBotStates) {
    if (state == BotState::created || state == BotState::stopped || state == BotState::stopping ||
        state == BotState::completed) {
      continue;
    }
    EXPECT_TRUE(next_state(state, BotEvent::stop)) << to_string(state);
  }
}

TEST(Lifecycle, NamesReadBack) {
  for (auto state : kBotStates) EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_FALSE(parse_state("dead"));
  for (auto state : {DesiredState::running, DesiredState::stopped, DesiredState::deleted}) {
    EXPECT_EQ(parse_desired(to_string(state)), state);
  }
  EXPECT_FALSE(parse_desired("paused"));
}

TEST(Lifecycle, TheDiagramInTheDocsIsTheTable) {
  auto folder = std::filesystem::current_path();
  while (!std::filesystem::exists(folder / "docs/life-cycle.md") && folder != folder.root_path()) {
    folder = folder.parent_path();
  }
  std::ifstream file(folder / "docs/life-cycle.md");
  if (!file) GTEST_SKIP() << "not run from a checkout";
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("```mermaid\n" + lifecycle_diagram() + "```"), std::string::npos)
      << "docs/life-cycle.md must hold:\n"
      << lifecycle_diagram();
}

}  // namespace
}  // namespace troupe::fleet
