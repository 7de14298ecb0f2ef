// Who is told of meetings, and what they were told, as they are stored.
#pragma once
#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings::hooks {

inline constexpr std::string_view kStarted = "meeting.started";
inline constexpr std::string_view kStatusChange = "meeting.status_change";
inline constexpr std::string_view kCompleted = "meeting.completed";
inline constexpr std::string_view kBotFailed = "bot.failed";
inline constexpr std::string_view kTranscriptReady = "transcription.ready";
inline constexpr std::string_view kRecordingReady = "recording.ready";
inline constexpr std::string_view kSummarized = "meeting.summarized";
inline constexpr std::string_view kPing = "ping";
/// What may be asked for; a ping is sent only to whoever asks for a test.
inline constexpr std::array kEvents{kStarted,         kStatusChange,   kCompleted, kBotFailed,
                                    kTranscriptReady, kRecordingReady, kSummarized};

/// Whether what is told of it has names of those who spoke, or more of a transcript.
constexpr bool has_words(std::string_view event) {
  return event == kCompleted || event == kTranscriptReady || event == kRecordingReady || event == kSummarized;
}

/// Published when something is to be sent at once.
inline constexpr std::string_view kHooksChannel = "meetings.webhooks";

enum class Format {
  envelope,  ///< {event_id, event_type, api_version, created_at, data}: Vexa since 0.10
  legacy,    ///< Vexa 0.6: changes of the status, and at the end the bare meeting; nothing else is told
};
inline constexpr std::array kFormats{Format::envelope, Format::legacy};
std::string_view to_string(Format format);
std::optional<Format> parse_format(std::string_view text);

struct Webhook {
  std::int64_t id = 0;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;  ///< whose meetings are meant; 0: everybody's in the tenant
  std::string owner{};        ///< the label of who made it
  std::string url{};
  std::string sealed_secret{};   ///< empty: nothing is signed
  boost::json::object events{};  ///< by type: whether it is wanted
  Format format = Format::envelope;
  bool enabled = true;
  std::string disabled_why{};
  bool is_vexa = false;     ///< the one that Vexa's clients set
  bool is_trusted = false;  ///< an administrator of this server named the address: it may be a private one
  base::UnixMs created_ms = 0;

  bool wants(std::string_view event) const;
};

enum class DeliveryState { waiting, delivered, dead };
inline constexpr std::array kDeliveryStates{DeliveryState::waiting, DeliveryState::delivered, DeliveryState::dead};
std::string_view to_string(DeliveryState state);
std::optional<DeliveryState> parse_delivery_state(std::string_view text);

struct Delivery {
  std::int64_t id = 0;
  std::int64_t webhook = 0;
  MeetingId meeting = 0;  ///< 0: a test
  std::string event_id{};
  std::string event_type{};
  std::string body{};      ///< sealed: see outbox.h
  bool is_sealed = false;  ///< with the key of the meeting's transcript
  DeliveryState state = DeliveryState::waiting;
  std::int64_t tries = 0;
  base::UnixMs begun_ms = 0;
  base::UnixMs due_ms = 0;
  std::optional<base::UnixMs> done_ms{};
  std::int64_t status = 0;  ///< of the last answer; 0: there was none
  std::string problem{};    ///< why the last try did not do
};

}  // namespace troupe::meetings::hooks
