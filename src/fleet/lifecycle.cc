#include "fleet/lifecycle.h"

namespace troupe::fleet {
namespace {

/// Where an event would lead if it were allowed.
BotState wanted_by(BotEvent event) {
  switch (event) {
    case BotEvent::start:
    case BotEvent::recover:
      return BotState::starting;
    case BotEvent::ready:
      return BotState::running;
    case BotEvent::stop:
      return BotState::stopping;
    case BotEvent::ended:
      return BotState::stopped;
    case BotEvent::fail:
      return BotState::failed;
  }
  return BotState::failed;
}

}  // namespace

std::string_view to_string(BotState state) {
  switch (state) {
    case BotState::created:
      return "created";
    case BotState::starting:
      return "starting";
    case BotState::running:
      return "running";
    case BotState::stopping:
      return "stopping";
    case BotState::stopped:
      return "stopped";
    case BotState::failed:
      return "failed";
  }
  return "failed";
}

std::string_view to_string(BotEvent event) {
  switch (event) {
    case BotEvent::start:
      return "start";
    case BotEvent::ready:
      return "ready";
    case BotEvent::stop:
      return "stop";
    case BotEvent::ended:
      return "ended";
    case BotEvent::fail:
      return "fail";
    case BotEvent::recover:
      return "recover";
  }
  return "fail";
}

std::string_view to_string(DesiredState state) { return state == DesiredState::running ? "running" : "stopped"; }

std::optional<BotState> parse_state(std::string_view text) {
  for (auto state : kBotStates) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

Result<BotState> advance(std::string_view bot_id, BotState from, BotEvent event) {
  if (auto to = next_state(from, event)) return *to;
  return Error(Errc::conflict, "Bot " + std::string(bot_id) + " is " + std::string(to_string(from)) +
                                   " and cannot become " + std::string(to_string(wanted_by(event))) + " by '" +
                                   std::string(to_string(event)) + "'.");
}

}  // namespace troupe::fleet
