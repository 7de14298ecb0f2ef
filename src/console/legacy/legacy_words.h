// What both legacy faces share.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "api/reply.h"
#include "base/result.h"
#include "fleet/types/bot.h"

namespace troupe::console::legacy {

/// The original's three states.
inline std::string_view legacy_status(fleet::BotState state) {
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

/// "2026-11-20T08:00:00.123000": UTC without saying so.
inline std::string legacy_time(base::UnixMs time) {
  return fmt::format("{}.{:03}000", api::utc_seconds(time), time % 1000);
}

/// Errors that have their own status here: the original would have answered them with a wrong one, or not at all.
inline bool is_overload(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::limit_exceeded || error.code() == Errc::timed_out;
}

/// The status of everything else: 400 for what the caller did wrong, whose words are the original's, 500 for what is
/// ours. NOTSPEC: the original made 500 of every exception, so a program that called it could not tell whether to try
/// again.
inline int legacy_failure_status(const Error& error) {
  constexpr int kBadRequest = 400, kOurs = 500;
  return error.http_status() < kOurs ? kBadRequest : kOurs;
}

}  // namespace troupe::console::legacy
