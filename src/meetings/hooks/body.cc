#include "meetings/hooks/body.h"

#include <boost/json/serialize.hpp>

#include "api/reply.h"
#include "base/crypto.h"
#include "base/utc.h"

namespace troupe::meetings::hooks {
namespace {

namespace json = boost::json;

constexpr std::string_view kApiVersion = "2026-03-01";
constexpr std::size_t kIdBytes = 16;

/// "2026-01-02T03:04:05.000000": without a zone, as Vexa 0.6 writes UTC.
json::value naive(std::optional<base::UnixMs> time) {
  if (!time) return nullptr;
  auto ms = std::to_string(1'000 + (*time % 1'000));
  return json::value(base::utc_text(*time, base::kIsoSeconds) + "." + ms.substr(1) + "000");
}

json::value zoned(std::optional<base::UnixMs> time) {
  if (!time) return nullptr;
  return json::value(api::rfc3339(*time));
}

/// The word, where it is one that Vexa's clients know.
json::value completion_reason(const Meeting& meeting) {
  const auto reason = meeting.life.reason;
  if (reason == Reason::none || reason >= Reason::start_failed) return nullptr;
  return json::value(to_string(reason));
}

json::array words(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

json::object data_of(const Told& told) {
  const auto& [meeting, container, digest, recordings, summary] = told;
  json::object data;
  if (meeting.life.reason != Reason::none) {
    data["completion_reason"] = completion_reason(meeting);
    if (meeting.life.reason >= Reason::start_failed) data["error_code"] = to_string(meeting.life.reason);
  }
  if (!meeting.life.reason_raw.empty()) data["completion_reason_raw"] = meeting.life.reason_raw;
  if (meeting.life.stop_requested) data["stop_requested"] = true;
  if (digest) {
    data["participants"] = words(digest->participants);
    data["languages"] = words(digest->languages);
  }
  return data;
}

json::object meeting_of(const Told& told, json::value (*time)(std::optional<base::UnixMs>)) {
  const auto& meeting = told.meeting;
  return {{"id", meeting.id},
          {"user_id", meeting.owner_id},
          {"platform", to_string(meeting.platform)},
          {"native_meeting_id", meeting.native_id},
          {"constructed_meeting_url", meeting.link},
          {"status", vexa_status(meeting.life.state, meeting.life.phase)},
          {"start_time", time(meeting.active_ms)},
          {"end_time", time(meeting.ended_ms)},
          {"data", data_of(told)},
          {"created_at", time(meeting.created_ms)},
          {"updated_at", time(std::max({meeting.created_ms, meeting.waiting_ms, meeting.ended_ms.value_or(0)}))}};
}

json::value word_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::object change_of(const StatusChange& change, json::value (*time)(std::optional<base::UnixMs>)) {
  return {{"from", word_or_null(change.from)},
          {"to", change.to},
          {"reason", word_or_null(change.reason)},
          {"timestamp", time(change.at_ms)},
          {"transition_source", change.source}};
}

json::object enveloped(std::string_view event_id, std::string_view event, json::object data, base::UnixMs now) {
  return {{"event_id", event_id},
          {"event_type", event},
          {"api_version", kApiVersion},
          {"created_at", api::rfc3339(now)},
          {"data", std::move(data)}};
}

}  // namespace

std::string event_id_of(std::int64_t webhook, MeetingId meeting, std::string_view what) {
  const auto hash = base::sha256("troupe webhook\n" + std::to_string(webhook) + "\n" + std::to_string(meeting) + "\n" +
                                 std::string(what));
  return "evt_" + base::hex(base::Bytes(hash).first(kIdBytes));
}

std::string_view failure_stage(const Meeting& meeting) {
  if (meeting.active_ms) return "active";
  if (meeting.life.phase == Phase::none) return "requested";
  return meeting.life.phase == Phase::joining ? "joining" : "awaiting_admission";
}

std::string envelope_body(std::string_view event_id, std::string_view event, const Told& told,
                          const std::optional<StatusChange>& change, base::UnixMs now, const Recording* recording) {
  auto meeting = meeting_of(told, &zoned);
  meeting["completion_reason"] = completion_reason(told.meeting);
  const bool failed = is_terminal(told.meeting.life.state) && told.meeting.life.state != State::completed;
  meeting["failure_stage"] = failed ? json::value(failure_stage(told.meeting)) : json::value();
  json::object data{{"meeting", std::move(meeting)}};
  if (change) data["status_change"] = change_of(*change, &zoned);
  if (event == kTranscriptReady) data["transcription"] = {{"segments", told.digest ? told.digest->segments : 0}};
  if (recording) {
    data["recording"] = {{"id", recording->id},
                         {"session_uid", recording->session_uid},
                         {"type", "audio"},
                         {"media_type", recording->media_type},
                         {"file_size_bytes", recording->bytes},
                         {"duration_seconds", static_cast<double>(recording->length_ms) / 1'000}};
  }
  if (told.summary) data["summary"] = *told.summary;
  return json::serialize(enveloped(event_id, event, std::move(data), now));
}

std::string legacy_body(const Told& told, const std::optional<StatusChange>& change) {
  auto meeting = meeting_of(told, &naive);
  meeting["bot_container_id"] = word_or_null(told.container);
  if (!change) return json::serialize(meeting);
  return json::serialize(json::object{
      {"event_type", kStatusChange}, {"meeting", std::move(meeting)}, {"status_change", change_of(*change, &naive)}});
}

std::string ping_body(std::string_view event_id, std::int64_t webhook, base::UnixMs now) {
  return json::serialize(enveloped(event_id, kPing, {{"webhook_id", webhook}}, now));
}

}  // namespace troupe::meetings::hooks
