// Why a meeting ended: the raw words of bots and engines, and what they come to. Both are kept.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::meetings {

/// The first twelve are Vexa's completion reasons.
enum class Reason {
  none,
  stopped,
  left_alone,
  startup_alone,
  evicted,
  awaiting_admission_timeout,
  awaiting_admission_rejected,
  join_failure,
  auth_session_missing,
  validation_error,
  max_bot_time_exceeded,
  stopped_before_admission,
  stopped_with_no_audio,
  start_failed,  ///< the engine made no container
  stop_failed,   ///< the engine did not take it away
  bot_failed,    ///< the bot broke off, or ended without a word
  oom,           ///< over its memory
  lost,          ///< it does not run, and nobody knows how it ended
  other,         ///< in words that are not known here: the raw reason has them
};
inline constexpr std::array kReasons{Reason::none,
                                     Reason::stopped,
                                     Reason::left_alone,
                                     Reason::startup_alone,
                                     Reason::evicted,
                                     Reason::awaiting_admission_timeout,
                                     Reason::awaiting_admission_rejected,
                                     Reason::join_failure,
                                     Reason::auth_session_missing,
                                     Reason::validation_error,
                                     Reason::max_bot_time_exceeded,
                                     Reason::stopped_before_admission,
                                     Reason::stopped_with_no_audio,
                                     Reason::start_failed,
                                     Reason::stop_failed,
                                     Reason::bot_failed,
                                     Reason::oom,
                                     Reason::lost,
                                     Reason::other};

std::string_view to_string(Reason reason);
std::optional<Reason> parse_reason(std::string_view text);

/// Whether a meeting with this reason ended as meetings do; nothing where the bot's own word decides.
std::optional<bool> ends_well(Reason reason);
/// Whether another try may get further.
bool may_pass(Reason reason);

/// What a raw word comes to; nothing when it is not known.
std::optional<Reason> reason_of(std::string_view raw);

/// What a bot said at its end, and what that comes to.
struct Ending {
  Reason reason = Reason::none;
  std::string raw{};  ///< at most kMaxRawReason bytes
  bool good = false;
};
inline constexpr std::size_t kMaxRawReason = 200;

/// `says_completed`: the bot's status, where `failed` is the other. Its raw `reason` tells more than its
/// `completion_reason`: bots of Vexa put "stopped" there for a time-out of the lobby.
Ending classify(bool says_completed, std::string_view reason, std::string_view completion_reason);

}  // namespace troupe::meetings
