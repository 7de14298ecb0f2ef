// The life cycle of a bot: one table of states and events that everything goes through.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::fleet {

/// What a bot is observed to do.
enum class BotState { created, starting, running, stopping, stopped, failed };
inline constexpr std::array kBotStates{BotState::created,  BotState::starting, BotState::running,
                                       BotState::stopping, BotState::stopped,  BotState::failed};

/// What happens to a bot.
enum class BotEvent {
  start,    ///< somebody, or the reconciler, wants it to run
  ready,    ///< its brain stands and its rooms are known
  stop,     ///< somebody wants it to stop
  ended,    ///< nothing of it is under way any more
  fail,     ///< it cannot go on; the cause says why
  recover,  ///< the program that ran it ended without stopping it; begin again
};
inline constexpr std::array kBotEvents{BotEvent::start, BotEvent::ready, BotEvent::stop,
                                       BotEvent::ended, BotEvent::fail,  BotEvent::recover};

/// What somebody wants of a bot.
enum class DesiredState { running, stopped };

std::string_view to_string(BotState state);
std::string_view to_string(BotEvent event);
std::string_view to_string(DesiredState state);
std::optional<BotState> parse_state(std::string_view text);

struct Transition {
  BotState from;
  BotEvent event;
  BotState to;
};

/// Everything that may happen. What is not in here is refused.
inline constexpr std::array kTransitions{
    Transition{BotState::created, BotEvent::start, BotState::starting},
    Transition{BotState::stopped, BotEvent::start, BotState::starting},
    Transition{BotState::failed, BotEvent::start, BotState::starting},
    Transition{BotState::starting, BotEvent::ready, BotState::running},
    Transition{BotState::starting, BotEvent::stop, BotState::stopping},
    Transition{BotState::running, BotEvent::stop, BotState::stopping},
    Transition{BotState::failed, BotEvent::stop, BotState::stopped},
    Transition{BotState::stopping, BotEvent::ended, BotState::stopped},
    Transition{BotState::starting, BotEvent::fail, BotState::failed},
    Transition{BotState::running, BotEvent::fail, BotState::failed},
    Transition{BotState::stopping, BotEvent::fail, BotState::failed},
    Transition{BotState::starting, BotEvent::recover, BotState::starting},
    Transition{BotState::running, BotEvent::recover, BotState::starting},
    Transition{BotState::stopping, BotEvent::recover, BotState::stopped},
};

/// Where the event leads from the state; nothing when it is refused.
constexpr std::optional<BotState> next_state(BotState from, BotEvent event) {
  for (const auto& row : kTransitions) {
    if (row.from == from && row.event == event) return row.to;
  }
  return std::nullopt;
}

/// The same with a reason. Error: conflict, naming the bot, the state it is in and the state that was wanted.
Result<BotState> advance(std::string_view bot_id, BotState from, BotEvent event);

}  // namespace troupe::fleet
