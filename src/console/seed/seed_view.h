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
    case fleet::BotState::completed:
      return "stopped";
  }
  return "stopped";
}

/// Errors that have their own status here: the seed would have answered them with a wrong one, or not at all.
inline bool is_overload(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::limit_exceeded || error.code() == Errc::timed_out;
}

/// The status of everything else: 400 for what the caller did wrong, whose words are the seed's, 500 for what is ours.
/// NOTSPEC: the seed made 500 of every exception, so a program that called it could not tell whether to try again.
inline int seed_failure_status(const Error& error) {
  constexpr int kBadRequest = 400, kOurs = 500;
  return error.http_status() < kOurs ? kBadRequest : kOurs;
}

}  // namespace troupe::console
