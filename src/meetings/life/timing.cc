#include "meetings/life/timing.h"

#include <algorithm>

namespace troupe::meetings::life {
namespace {

/// Whoever asks for a bot may have it leave sooner than the settings say, and no later.
std::chrono::milliseconds at_most(std::optional<std::int64_t> wanted_ms, std::chrono::milliseconds most) {
  return wanted_ms ? std::min(std::chrono::milliseconds(*wanted_ms), most) : most;
}

}  // namespace

std::chrono::milliseconds lobby_time(const Meeting& meeting, const Timing& timing) {
  return at_most(meeting.leave.lobby_ms, timing.admission);
}

std::optional<Deadline> deadline_of(const Meeting& meeting, const Timing& timing) {
  switch (meeting.life.state) {
    case State::starting:
      if (meeting.life.phase == Phase::awaiting_admission || meeting.life.phase == Phase::needs_help) {
        return Deadline{.at = meeting.waiting_ms + lobby_time(meeting, timing).count(),
                        .ending = {.reason = Reason::awaiting_admission_timeout, .raw = "admission_timeout"}};
      }
      return Deadline{.at = meeting.waiting_ms + timing.start.count(),
                      .ending = {.reason = Reason::join_failure, .raw = "start_timeout"}};
    case State::active:
    case State::reconfiguring:
      return Deadline{
          .at = meeting.active_ms.value_or(meeting.waiting_ms) + at_most(meeting.leave.most_ms, timing.most).count(),
          .ending = {.reason = Reason::max_bot_time_exceeded, .raw = "max_bot_time_exceeded", .good = true}};
    default:
      return std::nullopt;
  }
}

std::chrono::milliseconds retry_wait(std::int64_t attempt, const Timing& timing) {
  constexpr int kGrowth = 4;
  auto wait = timing.first_retry;
  for (; attempt > 1 && wait < timing.longest_retry; --attempt) wait *= kGrowth;
  return std::min(wait, timing.longest_retry);
}

}  // namespace troupe::meetings::life
