#include "fleet/types/lifecycle.h"

namespace troupe::fleet {
namespace {

/// Where an event would lead if it were allowed.
BotState wanted_by(BotEvent event) {
  switch (event) {
    case BotEvent::start:
    case BotEvent::retry:
    case BotEvent::recover:
      return BotState::starting;
    case BotEvent::ready:
    case BotEvent::adopt:
    case BotEvent::mend:
      return BotState::running;
    case BotEvent::degrade:
      return BotState::degraded;
    case BotEvent::exit:
      return BotState::exited;
    case BotEvent::back_off:
      return BotState::backing_off;
    case BotEvent::loop:
      return BotState::crash_loop;
    case BotEvent::stop:
      return BotState::stopping;
    case BotEvent::ended:
      return BotState::stopped;
    case BotEvent::fail:
      return BotState::failed;
    case BotEvent::complete:
      return BotState::completed;
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
    case BotState::degraded:
      return "degraded";
    case BotState::exited:
      return "exited";
    case BotState::backing_off:
      return "backing_off";
    case BotState::crash_loop:
      return "crash_loop";
    case BotState::stopping:
      return "stopping";
    case BotState::stopped:
      return "stopped";
    case BotState::failed:
      return "failed";
    case BotState::completed:
      return "completed";
  }
  return "failed";
}

std::string_view to_string(BotEvent event) {
  switch (event) {
    case BotEvent::start:
      return "start";
    case BotEvent::ready:
      return "ready";
    case BotEvent::adopt:
      return "adopt";
    case BotEvent::degrade:
      return "degrade";
    case BotEvent::mend:
      return "mend";
    case BotEvent::exit:
      return "exit";
    case BotEvent::back_off:
      return "back_off";
    case BotEvent::loop:
      return "loop";
    case BotEvent::retry:
      return "retry";
    case BotEvent::stop:
      return "stop";
    case BotEvent::ended:
      return "ended";
    case BotEvent::fail:
      return "fail";
    case BotEvent::recover:
      return "recover";
    case BotEvent::complete:
      return "complete";
  }
  return "fail";
}

std::string_view to_string(DesiredState state) {
  switch (state) {
    case DesiredState::running:
      return "running";
    case DesiredState::stopped:
      return "stopped";
    case DesiredState::deleted:
      return "deleted";
  }
  return "stopped";
}

std::optional<BotState> parse_state(std::string_view text) { return base::find_named(kBotStates, text); }

std::optional<DesiredState> parse_desired(std::string_view text) {
  return base::find_named(std::array{DesiredState::running, DesiredState::stopped, DesiredState::deleted}, text);
}

Result<BotState> advance(std::string_view bot_id, BotState from, BotEvent event) {
  if (auto to = next_state(from, event)) return *to;
  return Error(Errc::conflict, "Bot " + std::string(bot_id) + " is " + std::string(to_string(from)) +
                                   " and cannot become " + std::string(to_string(wanted_by(event))) + " by '" +
                                   std::string(to_string(event)) + "'.");
}

std::string lifecycle_diagram() {
  std::string text = "stateDiagram-v2\n    [*] --> created\n";
  // Arrows between the same two states share a line: the diagram stays readable.
  for (auto from : kBotStates) {
    for (auto to : kBotStates) {
      std::string events;
      for (const auto& row : kTransitions) {
        if (row.from != from || row.to != to) continue;
        if (!events.empty()) events += ", ";
        events += to_string(row.event);
      }
      if (events.empty()) continue;
      text += "    " + std::string(to_string(from)) + " --> " + std::string(to_string(to)) + " : " + events + "\n";
    }
  }
  return text;
}

}  // namespace troupe::fleet
