#include "fleet/lifecycle.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace troupe::fleet {
namespace {

// Written out once more by hand: rows are states, columns the events start, ready, stop, ended, fail, recover.
const std::map<BotState, std::array<const char*, 6>> kExpected{
    {BotState::created, {"starting", "", "", "", "", ""}},
    {BotState::starting, {"", "running", "stopping", "", "failed", "starting"}},
    {BotState::running, {"", "", "stopping", "", "failed", "starting"}},
    {BotState::stopping, {"", "", "", "stopped", "failed", "stopped"}},
    {BotState::stopped, {"starting", "", "", "", "", ""}},
    {BotState::failed, {"starting", "", "stopped", "", "", ""}},
};

TEST(Lifecycle, EveryPairOfStateAndEventIsDecided) {
  for (auto state : kBotStates) {
    for (std::size_t i = 0; i < kBotEvents.size(); ++i) {
      auto to = next_state(state, kBotEvents[i]);
      EXPECT_EQ(to ? to_string(*to) : "", kExpected.at(state)[i])
          << to_string(state) << " x " << to_string(kBotEvents[i]);
    }
  }
}

TEST(Lifecycle, NoPairIsListedTwice) {
  std::set<std::pair<BotState, BotEvent>> seen;
  for (const auto& row : kTransitions) EXPECT_TRUE(seen.emplace(row.from, row.event).second);
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

TEST(Lifecycle, NamesReadBack) {
  for (auto state : kBotStates) EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_FALSE(parse_state("degraded"));
}

}  // namespace
}  // namespace troupe::fleet
