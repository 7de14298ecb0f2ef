// A meeting and what belongs to it, as they are stored.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "meetings/types/life.h"
#include "meetings/types/platform.h"
#include "meetings/types/summary.h"

namespace troupe::meetings {

using MeetingId = std::int64_t;

/// Who did something. The bot and Troupe itself have the id 0.
struct Actor {
  std::int64_t id = 0;
  std::string label{};
};
inline constexpr std::string_view kBotActor = "bot";
inline constexpr std::string_view kOwnActor = "troupe";

/// When a bot is to leave by itself, where whoever asked for it said so; in milliseconds.
struct AutomaticLeave {
  std::optional<std::int64_t> lobby_ms{};        ///< not let in so long
  std::optional<std::int64_t> nobody_came_ms{};  ///< in the call, and nobody ever else
  std::optional<std::int64_t> left_alone_ms{};   ///< all the others have gone
  std::optional<std::int64_t> most_ms{};         ///< in the call at most
};

/// What a bot hears, and what is made of it.
struct Speaking {
  std::string language{};  ///< empty: it is detected
  SpeechTask task = SpeechTask::transcribe;
};

struct Meeting {
  MeetingId id = 0;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;  ///< principal
  std::string owner{};        ///< its label
  Platform platform = Platform::google_meet;
  std::string native_id{};
  std::string link{};        ///< without the passcode
  std::string sealed_url{};  ///< what the bot opens, sealed; empty once the meeting has ended
  std::string bot_name{};
  std::string language{};  ///< empty: it is detected
  SpeechTask task = SpeechTask::transcribe;
  /// What its bot was told of while it is reconfiguring; empty `wanted_task`: of nothing.
  std::string wanted_language{};
  std::string wanted_task{};
  std::string driver{};  ///< what its bot runs on
  AutomaticLeave leave{};
  Life life{};
  base::UnixMs waiting_ms = 0;  ///< since when it waits for what comes next: see life/timing.h
  std::int64_t transitions = 0;
  base::UnixMs created_ms = 0;
  std::optional<base::UnixMs> active_ms{};
  std::optional<base::UnixMs> ended_ms{};
  std::optional<std::int64_t> retention_days{};  ///< of its transcript; the shorter of this and what is set counts
  std::optional<base::UnixMs> transcript_erased_ms{};
  bool recording = false;                                  ///< its sound is kept
  std::optional<std::int64_t> recording_retention_days{};  ///< the shortest of this and what is set counts
  SummaryState summary = SummaryState::none;
};

/// One container of a meeting's bot. At most one of a meeting is not gone.
struct Attempt {
  MeetingId meeting = 0;
  std::int64_t number = 0;  ///< from 1
  std::string task_id{};
  Container state = Container::wanted;
  std::string connection_id{};  ///< its session
  std::string token_hash{};     ///< of what its bot calls back with; empty until the first try to start it
  std::string handle{};         ///< of the task driver, JSON; empty: it is not known to have started
  std::string container{};      ///< as the bot calls it
  std::string exit_text{};      ///< how it ended, in words
  std::string output{};         ///< the last lines that it printed
  std::string started_by{};     ///< the process on whose machine it may run; empty: any driver's word will do
  base::UnixMs wanted_ms = 0;   ///< not to be made before
  std::optional<base::UnixMs> started_ms{};
  std::optional<base::UnixMs> leaving_ms{};
  std::optional<base::UnixMs> gone_ms{};
};

/// What calls back is known by a session; the first is written with the meeting.
struct Session {
  std::string connection_id{};  ///< a UUID
  MeetingId meeting = 0;
  std::int64_t attempt = 0;
  base::UnixMs created_ms = 0;
};

/// One line of a meeting's history.
struct Transition {
  MeetingId meeting = 0;
  std::int64_t number = 0;  ///< from 1
  std::string from{};       ///< empty: it was made
  std::string to{};
  std::string trigger{};
  std::string cause{};
  std::string reason{};
  std::string reason_raw{};
  std::int64_t attempt = 0;
  std::int64_t actor_id = 0;
  std::string actor{};
  base::UnixMs at_ms = 0;
};

}  // namespace troupe::meetings
