#include "fleet/types.h"

namespace troupe::fleet {

std::string_view to_string(TurnState state) {
  switch (state) {
    case TurnState::asked:
      return "asked";
    case TurnState::replying:
      return "replying";
    case TurnState::answered:
      return "answered";
    case TurnState::failed:
      return "failed";
    case TurnState::skipped_stopped:
      return "skipped_stopped";
    case TurnState::skipped_stale:
      return "skipped_stale";
    case TurnState::skipped_loop:
      return "skipped_loop";
    case TurnState::skipped_overload:
      return "skipped_overload";
    case TurnState::skipped_budget:
      return "skipped_budget";
    case TurnState::cancelled:
      return "cancelled";
  }
  return "failed";
}

std::optional<TurnState> parse_turn_state(std::string_view text) {
  for (auto state : {TurnState::asked, TurnState::replying, TurnState::answered, TurnState::failed,
                     TurnState::skipped_stopped, TurnState::skipped_stale, TurnState::skipped_loop,
                     TurnState::skipped_overload, TurnState::skipped_budget, TurnState::cancelled}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

bool other_brain(const Bot& before, const Bot& after) {
  return before.brain_kind != after.brain_kind || before.brain_config != after.brain_config ||
         before.sealed_secrets != after.sealed_secrets;
}

std::optional<Trouble> trouble_of(const Bot& bot) {
  switch (bot.observed) {
    case BotState::failed:
    case BotState::crash_loop:
    case BotState::degraded:
      return Trouble{.code = to_string(bot.observed), .serious = true, .text = bot.status_detail};
    case BotState::exited:
      if (bot.desired != DesiredState::running) return std::nullopt;  // left at that by its policy
      [[fallthrough]];
    case BotState::backing_off:
      return Trouble{.code = to_string(bot.observed), .text = bot.status_detail};
    case BotState::starting:
    case BotState::running:
      break;
    default:
      return std::nullopt;
  }
  if (bot.bad_turns > 0) {
    return Trouble{.code = "answer_failed", .text = bot.last_error ? bot.last_error->text : std::string()};
  }
  if (!bot.check_text.empty()) return Trouble{.code = "check_failed", .text = bot.check_text};
  return std::nullopt;
}

std::string_view to_string(RestartPolicy::Mode mode) {
  switch (mode) {
    case RestartPolicy::Mode::always:
      return "always";
    case RestartPolicy::Mode::on_failure:
      return "on_failure";
    case RestartPolicy::Mode::never:
      return "never";
  }
  return "always";
}

std::optional<RestartPolicy::Mode> parse_restart_mode(std::string_view text) {
  for (auto mode : {RestartPolicy::Mode::always, RestartPolicy::Mode::on_failure, RestartPolicy::Mode::never}) {
    if (text == to_string(mode)) return mode;
  }
  return std::nullopt;
}

}  // namespace troupe::fleet
