#include "fleet/types/bot.h"

namespace troupe::fleet {

bool other_brain(const Bot& before, const Bot& after) {
  return before.brain_kind != after.brain_kind || before.brain_config != after.brain_config ||
         before.sealed_secrets != after.sealed_secrets;
}

bool other_config(const Bot& before, const Bot& after) {
  return other_brain(before, after) || before.display_name != after.display_name;
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
