// The life cycle of a bot: one table of states and events that everything goes through. The diagram in
// docs/life-cycle.md is made from it (lifecycle_diagram); a test compares the two.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/transitions.h"

namespace troupe::fleet {

/// What a bot is observed to do.
enum class BotState {
  created,      ///< made, never started
  starting,     ///< its account, rooms and brain or program are being brought up
  running,      ///< answers
  degraded,     ///< runs, but several answers in a row failed
  exited,       ///< its task ended by itself; what follows is up to the restart policy
  backing_off,  ///< it ended or could not be started, and is tried again at a known time
  crash_loop,   ///< the same too often: tried again only after the window of the restart policy
  stopping,     ///< what is under way comes to its end
  stopped,      ///< by a person
  failed,       ///< it cannot go on, and only a person can mend that
  completed,    ///< its task has ended well, and its kind is done then
};
inline constexpr std::array kBotStates{BotState::created,    BotState::starting, BotState::running,
                                       BotState::degraded,   BotState::exited,   BotState::backing_off,
                                       BotState::crash_loop, BotState::stopping, BotState::stopped,
                                       BotState::failed,     BotState::completed};

/// What happens to a bot.
enum class BotEvent {
  start,     ///< somebody wants it to run, or it is found that it should
  ready,     ///< its task runs (a brain, or a program), and its rooms are known
  adopt,     ///< its program was found running after a restart of Troupe
  degrade,   ///< several answers in a row failed
  mend,      ///< an answer succeeded again
  exit,      ///< its task ended by itself; the cause has the exit code, the signal or the error
  back_off,  ///< it is to be tried again later
  loop,      ///< it failed too often in the window of its restart policy
  retry,     ///< the time of the next try has come
  stop,      ///< somebody wants it to stop
  ended,     ///< nothing of it is under way any more
  fail,      ///< it cannot go on; the cause says why
  recover,   ///< the Troupe that ran it ended without stopping it; begin again
  complete,  ///< its task ended well, and its kind ends by itself
};
inline constexpr std::array kBotEvents{BotEvent::start,   BotEvent::ready,   BotEvent::adopt,    BotEvent::degrade,
                                       BotEvent::mend,    BotEvent::exit,    BotEvent::back_off, BotEvent::loop,
                                       BotEvent::retry,   BotEvent::stop,    BotEvent::ended,    BotEvent::fail,
                                       BotEvent::recover, BotEvent::complete};

/// What somebody wants of a bot. `deleted` stays until nothing of the bot is left, so that a kill in between leaves no
/// half.
enum class DesiredState { running, stopped, deleted };

std::string_view to_string(BotState state);
std::string_view to_string(BotEvent event);
std::string_view to_string(DesiredState state);
std::optional<BotState> parse_state(std::string_view text);
std::optional<DesiredState> parse_desired(std::string_view text);

using Transition = base::Transition<BotState, BotEvent>;

/// Everything that may happen. What is not in here is refused.
inline constexpr std::array kTransitions{
    Transition{BotState::created, BotEvent::start, BotState::starting},
    Transition{BotState::stopped, BotEvent::start, BotState::starting},
    Transition{BotState::failed, BotEvent::start, BotState::starting},
    Transition{BotState::exited, BotEvent::start, BotState::starting},
    Transition{BotState::backing_off, BotEvent::start, BotState::starting},
    Transition{BotState::crash_loop, BotEvent::start, BotState::starting},
    Transition{BotState::completed, BotEvent::start, BotState::starting},
    Transition{BotState::backing_off, BotEvent::retry, BotState::starting},
    Transition{BotState::crash_loop, BotEvent::retry, BotState::starting},

    Transition{BotState::starting, BotEvent::ready, BotState::running},
    Transition{BotState::starting, BotEvent::adopt, BotState::running},
    Transition{BotState::running, BotEvent::adopt, BotState::running},
    Transition{BotState::degraded, BotEvent::adopt, BotState::running},
    Transition{BotState::running, BotEvent::degrade, BotState::degraded},
    Transition{BotState::degraded, BotEvent::mend, BotState::running},

    Transition{BotState::starting, BotEvent::exit, BotState::exited},
    Transition{BotState::running, BotEvent::exit, BotState::exited},
    Transition{BotState::degraded, BotEvent::exit, BotState::exited},
    Transition{BotState::starting, BotEvent::back_off, BotState::backing_off},
    Transition{BotState::exited, BotEvent::back_off, BotState::backing_off},
    Transition{BotState::starting, BotEvent::loop, BotState::crash_loop},
    Transition{BotState::exited, BotEvent::loop, BotState::crash_loop},
    Transition{BotState::exited, BotEvent::complete, BotState::completed},

    Transition{BotState::starting, BotEvent::stop, BotState::stopping},
    Transition{BotState::running, BotEvent::stop, BotState::stopping},
    Transition{BotState::degraded, BotEvent::stop, BotState::stopping},
    Transition{BotState::exited, BotEvent::stop, BotState::stopped},
    Transition{BotState::backing_off, BotEvent::stop, BotState::stopped},
    Transition{BotState::crash_loop, BotEvent::stop, BotState::stopped},
    Transition{BotState::failed, BotEvent::stop, BotState::stopped},
    Transition{BotState::stopping, BotEvent::ended, BotState::stopped},

    Transition{BotState::starting, BotEvent::fail, BotState::failed},
    Transition{BotState::running, BotEvent::fail, BotState::failed},
    Transition{BotState::degraded, BotEvent::fail, BotState::failed},
    Transition{BotState::exited, BotEvent::fail, BotState::failed},
    Transition{BotState::stopping, BotEvent::fail, BotState::failed},

    Transition{BotState::starting, BotEvent::recover, BotState::starting},
    Transition{BotState::running, BotEvent::recover, BotState::starting},
    Transition{BotState::degraded, BotEvent::recover, BotState::starting},
    Transition{BotState::stopping, BotEvent::recover, BotState::stopped},
};
static_assert(base::is_decided_once(kTransitions));

/// Where the event leads from the state; nothing when it is refused.
constexpr std::optional<BotState> next_state(BotState from, BotEvent event) {
  return base::next_state(kTransitions, from, event);
}

/// Answers messages: its brain stands.
constexpr bool is_up(BotState state) { return state == BotState::running || state == BotState::degraded; }
/// A transition away from here needs no more than a commit: nothing of the bot is under way.
constexpr bool is_at_rest(BotState state) {
  return state != BotState::starting && !is_up(state) && state != BotState::stopping;
}

/// The same as next_state with a reason. Error: conflict, naming the bot, the state it is in and the one wanted.
Result<BotState> advance(std::string_view bot_id, BotState from, BotEvent event);

/// The table as a Mermaid state diagram.
std::string lifecycle_diagram();

}  // namespace troupe::fleet
