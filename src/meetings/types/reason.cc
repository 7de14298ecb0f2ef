#include "meetings/types/reason.h"

#include <algorithm>

namespace troupe::meetings {
namespace {

constexpr std::array<std::string_view, kReasons.size()> kWords{"",
                                                               "stopped",
                                                               "left_alone",
                                                               "startup_alone",
                                                               "evicted",
                                                               "awaiting_admission_timeout",
                                                               "awaiting_admission_rejected",
                                                               "join_failure",
                                                               "auth_session_missing",
                                                               "validation_error",
                                                               "max_bot_time_exceeded",
                                                               "stopped_before_admission",
                                                               "stopped_with_no_audio",
                                                               "start_failed",
                                                               "stop_failed",
                                                               "bot_failed",
                                                               "oom",
                                                               "lost",
                                                               "other"};

struct Raw {
  std::string_view word;
  Reason reason;
};
/// What bots say besides the reasons themselves.
constexpr Raw kRaw[]{{"removed_by_admin", Reason::evicted},
                     {"admission_rejected_by_admin", Reason::awaiting_admission_rejected},
                     {"admission_timeout", Reason::awaiting_admission_timeout},
                     {"admission_failed", Reason::awaiting_admission_timeout},
                     {"left_alone_timeout", Reason::left_alone},
                     {"startup_alone_timeout", Reason::startup_alone},
                     {"normal_completion", Reason::stopped},
                     {"self_initiated_leave", Reason::stopped},
                     {"self_initiated_leave_from_browser", Reason::stopped},
                     {"stop_requested_pre_admission", Reason::stopped_before_admission},
                     {"join_meeting_error", Reason::join_failure},
                     {"post_join_setup_error", Reason::join_failure},
                     {"teams_error", Reason::join_failure},
                     {"google_meet_error", Reason::join_failure},
                     {"zoom_error", Reason::join_failure},
                     {"missing_meeting_url", Reason::validation_error},
                     {"unknown_platform", Reason::validation_error},
                     {"platform_not_implemented", Reason::validation_error},
                     {"platform_handler_exception", Reason::bot_failed},
                     {"signal_sigterm", Reason::bot_failed},
                     {"signal_sigint", Reason::bot_failed}};

/// Whole characters of at most so many bytes.
std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  text.resize(most);
  return text;
}

}  // namespace

std::string_view to_string(Reason reason) { return kWords[static_cast<std::size_t>(reason)]; }

std::optional<Reason> parse_reason(std::string_view text) {
  const auto found = std::ranges::find(kWords, text);
  if (found == kWords.end()) return std::nullopt;
  return kReasons[static_cast<std::size_t>(found - kWords.begin())];
}

std::optional<bool> ends_well(Reason reason) {
  switch (reason) {
    case Reason::stopped:
    case Reason::left_alone:
    case Reason::startup_alone:
    case Reason::evicted:
    case Reason::max_bot_time_exceeded:
    case Reason::stopped_before_admission:
    case Reason::stopped_with_no_audio:
      return true;
    case Reason::awaiting_admission_timeout:
    case Reason::awaiting_admission_rejected:
    case Reason::join_failure:
    case Reason::auth_session_missing:
    case Reason::validation_error:
    case Reason::start_failed:
    case Reason::stop_failed:
    case Reason::bot_failed:
    case Reason::oom:
    case Reason::lost:
      return false;
    case Reason::none:
    case Reason::other:
      return std::nullopt;
  }
  return std::nullopt;
}

bool may_pass(Reason reason) {
  return reason == Reason::join_failure || reason == Reason::bot_failed || reason == Reason::oom ||
         reason == Reason::lost || reason == Reason::start_failed;
}

std::optional<Reason> reason_of(std::string_view raw) {
  if (raw.empty()) return std::nullopt;
  const auto found = std::ranges::find(kRaw, raw, &Raw::word);
  if (found != std::end(kRaw)) return found->reason;
  return parse_reason(raw);
}

Ending classify(bool says_completed, std::string_view reason, std::string_view completion_reason) {
  Ending ending{.reason = Reason::other, .raw = std::string(reason.empty() ? completion_reason : reason)};
  if (ending.raw.empty()) ending.raw = says_completed ? "completed" : "failed";
  ending.raw = cut(std::move(ending.raw), kMaxRawReason);
  if (const auto known = reason_of(reason)) {
    ending.reason = *known;
  } else if (const auto said = reason_of(completion_reason)) {
    ending.reason = *said;
  } else if (!says_completed && reason.empty() && completion_reason.empty()) {
    ending.reason = Reason::bot_failed;
  } else if (says_completed && reason.empty() && completion_reason.empty()) {
    ending.reason = Reason::stopped;
  }
  ending.good = ends_well(ending.reason).value_or(says_completed);
  return ending;
}

}  // namespace troupe::meetings
