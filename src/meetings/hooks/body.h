// What webhooks say of a meeting, in the formats of Vexa's versions. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "meetings/hooks/webhook.h"
#include "meetings/types/recording.h"

namespace troupe::meetings::hooks {

/// What is known of a meeting's words after its end.
struct Digest {
  std::vector<std::string> participants{};
  std::vector<std::string> languages{};
  std::int64_t segments = 0;
};

/// A step, by Vexa's names of the states.
struct StatusChange {
  std::string from{};  ///< empty: it was made
  std::string to{};
  std::string reason{};
  std::string source{};  ///< user, bot_callback, or troupe
  base::UnixMs at_ms = 0;
};

/// A meeting with what webhooks say beside it. No secret is in it: no passcode, no token, no address that the bot
/// opens.
struct Told {
  Meeting meeting{};
  std::string container{};  ///< as the bot calls it; only the legacy format says it
  std::optional<Digest> digest{};
  std::vector<Recording> recordings{};
  std::optional<boost::json::object> summary{};  ///< as /api/v1 shows it
};

/// Ids that receivers know a repetition by: made of what happened, so that a second making makes the same.
std::string event_id_of(std::int64_t webhook, MeetingId meeting, std::string_view what);

/// The whole body. `change`: of a change of the status. `recording`: of recording.ready.
std::string envelope_body(std::string_view event_id, std::string_view event, const Told& told,
                          const std::optional<StatusChange>& change, base::UnixMs now,
                          const Recording* recording = nullptr);
/// Of a change of the status with the change, else the bare meeting.
std::string legacy_body(const Told& told, const std::optional<StatusChange>& change);
std::string ping_body(std::string_view event_id, std::int64_t webhook, base::UnixMs now);

/// How far a meeting that failed had come: requested, joining, awaiting_admission, active.
std::string_view failure_stage(const Meeting& meeting);

}  // namespace troupe::meetings::hooks
