// What both faces of seed 000 share.
#pragma once
#include <string_view>

#include "base/result.h"
#include "fleet/types.h"

namespace troupe::console {

/// The seed's three states.
inline std::string_view seed_status(fleet::BotState state) {
  switch (state) {
    case fleet::BotState::created:
      return "created";
    case fleet::BotState::starting:
    case fleet::BotState::running:
    case fleet::BotState::degraded:
    case fleet::BotState::backing_off:
      return "running";
    case fleet::BotState::exited:
    case fleet::BotState::crash_loop:
    case fleet::BotState::stopping:
    case fleet::BotState::stopped:
    case fleet::BotState::failed:
      return "stopped";
  }
  return "stopped";
}

/// Errors that have their own status here: the seed would have answered them with a wrong one, or not at all.
inline bool is_overload(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::limit_exceeded || error.code() == Errc::timed_out;
}

}  // namespace troupe::console
