// The states of a meeting's bot and the ways between them: one table that everything goes through.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "base/transitions.h"

namespace troupe::meetings {

/// What a meeting is.
enum class State {
  requested,      ///< its row and its session are written, nothing is started
  starting,       ///< a container of its bot is being made, or runs and is not in the call yet
  active,         ///< the bot is in the call
  reconfiguring,  ///< it is in the call, and was told of another language or task
  stopping,       ///< it is on its way out: what runs of it is taken away
  completed,      ///< it ended as such meetings end
  failed,         ///< the bot did not get in, or broke off
  error,          ///< its container could not be made, or not be taken away
};
inline constexpr std::array kStates{State::requested, State::starting,  State::active, State::reconfiguring,
                                    State::stopping,  State::completed, State::failed, State::error};

/// What moves it.
enum class Trigger {
  launch,      ///< the making of a container begins
  join,        ///< the bot says that it is in the call
  fail_start,  ///< no container could be made, and it is not tried again
  reconfigure,
  reconfigured,
  not_applied,  ///< the bot did not follow in time; what was goes on
  stop,         ///< somebody wants it to end
  cancel,       ///< the same before anything was started
  end,          ///< the bot says that it is over, or the driver sees that it does not run any more
  expire,       ///< its time in this state is over
  exit_well,    ///< nothing of it runs any more, and it ended as such meetings end
  exit_badly,
  fail_stop,  ///< it could not be taken away in time
};
inline constexpr std::array kTriggers{
    Trigger::launch,      Trigger::join,       Trigger::fail_start, Trigger::reconfigure, Trigger::reconfigured,
    Trigger::not_applied, Trigger::stop,       Trigger::cancel,     Trigger::end,         Trigger::expire,
    Trigger::exit_well,   Trigger::exit_badly, Trigger::fail_stop};

std::string_view to_string(State state);
std::string_view to_string(Trigger trigger);
std::optional<State> parse_state(std::string_view text);

using Arrow = base::Transition<State, Trigger>;

/// Everything that may happen; what is not in here is refused. Every way to an end leads through `stopping`, where what
/// runs is taken away first; only what never ran ends at once.
inline constexpr std::array kArrows{
    Arrow{State::requested, Trigger::launch, State::starting},
    Arrow{State::requested, Trigger::cancel, State::completed},
    Arrow{State::starting, Trigger::join, State::active},
    Arrow{State::starting, Trigger::fail_start, State::error},
    Arrow{State::starting, Trigger::stop, State::stopping},
    Arrow{State::starting, Trigger::end, State::stopping},
    Arrow{State::starting, Trigger::expire, State::stopping},
    Arrow{State::active, Trigger::reconfigure, State::reconfiguring},
    Arrow{State::reconfiguring, Trigger::reconfigured, State::active},
    Arrow{State::reconfiguring, Trigger::not_applied, State::active},
    Arrow{State::active, Trigger::stop, State::stopping},
    Arrow{State::active, Trigger::end, State::stopping},
    Arrow{State::active, Trigger::expire, State::stopping},
    Arrow{State::reconfiguring, Trigger::stop, State::stopping},
    Arrow{State::reconfiguring, Trigger::end, State::stopping},
    Arrow{State::reconfiguring, Trigger::expire, State::stopping},
    Arrow{State::stopping, Trigger::exit_well, State::completed},
    Arrow{State::stopping, Trigger::exit_badly, State::failed},
    Arrow{State::stopping, Trigger::fail_stop, State::error},
};
static_assert(base::is_decided_once(kArrows));

/// Where the trigger leads from the state; nothing when it is refused.
constexpr std::optional<State> next_state(State from, Trigger trigger) {
  return base::next_state(kArrows, from, trigger);
}

/// Nothing moves it any more.
constexpr bool is_terminal(State state) {
  return state == State::completed || state == State::failed || state == State::error;
}
/// It counts against its owner's limit, and no second bot may be sent into the same call.
constexpr bool is_taken(State state) { return !is_terminal(state) && state != State::stopping; }

/// How far a bot that is starting has come, in its own words. A later one never gives way to an earlier one.
enum class Phase { none, joining, awaiting_admission, needs_help };
inline constexpr std::array kPhases{Phase::none, Phase::joining, Phase::awaiting_admission, Phase::needs_help};
std::string_view to_string(Phase phase);
std::optional<Phase> parse_phase(std::string_view text);

/// The state by the name that Vexa's clients know. They know no `starting`, `reconfiguring` and `error`.
std::string_view vexa_status(State state, Phase phase);

}  // namespace troupe::meetings
