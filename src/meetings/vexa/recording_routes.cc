// /recordings and /recording-config: what was recorded, and whether somebody's bots record.
#include "api/words.h"
#include "meetings/recordings/sound_response.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;
namespace json = boost::json;

constexpr std::int64_t kMostShown = 1'000;
constexpr std::int64_t kUsuallyShown = 50;
constexpr std::string_view kNoRecording = "Recording not found";
constexpr std::string_view kObject = R"({"type":"object"})";

json::object media_of(const Recording& recording) {
  // One file, of the recording's own number.
  return {{"id", recording.id},
          {"type", "audio"},
          {"format", "webm"},
          {"storage_backend", "local"},
          {"file_size_bytes", recording.bytes},
          {"duration_seconds", static_cast<double>(recording.length_ms) / 1'000},
          {"metadata", json::object{}},
          {"created_at", naive_time(recording.started_ms)}};
}

json::object shown_recording(const Recording& recording, std::int64_t user) {
  const bool ready = recording.state == RecordingState::ready;
  return {{"id", recording.id},
          {"meeting_id", recording.meeting},
          {"user_id", user},
          {"session_uid", recording.session_uid},
          {"source", "bot"},
          {"status", ready ? "completed" : "in_progress"},
          {"error_message", nullptr},
          {"created_at", naive_time(recording.started_ms)},
          {"completed_at", recording.ended_ms ? json::value(naive_time(*recording.ended_ms)) : json::value()},
          {"media_files", json::array{media_of(recording)}}};
}

Task<Recording> recording_of(Dialect& dialect, const Call& call) {
  const auto id = net::route::whole_number(call.param("recording_id"));
  if (!id) co_return unprocessable("path", "recording_id", "Input should be a valid integer", "int_parsing");
  auto found = co_await dialect.recordings.find(own(call), *id);
  if (!found && found.error().code() == Errc::not_found) {
    co_return Error(Errc::not_found, std::string(kNoRecording));
  }
  co_return found;
}

/// The recording whose one file the path names.
Task<Recording> file_of(Dialect& dialect, const Call& call) {
  CO_TRY(auto found, co_await recording_of(dialect, call));
  const auto file = net::route::whole_number(call.param("media_file_id"));
  if (!file || *file != found.id) co_return Error(Errc::not_found, "No such media file");
  co_return found;
}

std::string raw_path(const Recording& recording) {
  return "/recordings/" + std::to_string(recording.id) + "/media/" + std::to_string(recording.id) + "/raw";
}

Task<Response> list_recordings(Dialect& dialect, Call& call) {
  CO_TRY(const auto limit, number_of(call.request, "limit", kUsuallyShown, 1, kMostShown));
  CO_TRY(const auto offset, number_of(call.request, "offset", 0, 0, std::numeric_limits<std::int32_t>::max()));
  const auto whose = own(call);
  CO_TRY(const auto page, co_await dialect.recordings.list(whose, offset, limit));
  json::array shown;
  for (const auto& recording : page.items) shown.push_back(shown_recording(recording, *whose.owner_id));
  co_return reply(json::object{{"recordings", std::move(shown)}});
}

Task<Response> show_recording(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await recording_of(dialect, call));
  co_return reply(shown_recording(found, call.caller->principal_id));
}

Task<Response> forget_recording(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await recording_of(dialect, call));
  auto erased = co_await dialect.recordings.erase(found.id);
  if (!erased && erased.error().code() == Errc::conflict) {
    co_return Error(Errc::conflict, "Recording can only be deleted after the meeting lifecycle is terminal");
  }
  CO_TRY(const bool is_whole, std::move(erased));
  co_await api::audit(dialect.kit, call, "recording.erase", std::to_string(found.meeting),
                      {{"recording", found.id}, {"face", "vexa"}});
  if (!is_whole) co_return recordings::files_follow();
  co_return reply(json::object{{"status", "deleted"},
                               {"recording_id", found.id},
                               {"meeting_id", found.meeting},
                               {"objects_deleted", found.chunks},
                               {"scope", "primary_object_storage"}});
}

Task<Response> show_master(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await recording_of(dialect, call));
  const auto type = call.request.query_value("type").value_or("audio");
  if (type != "audio") co_return Error(Errc::not_found, "No such media file to finalize");
  co_return reply(json::object{{"id", found.id},
                               {"type", "audio"},
                               {"storage_path", "recordings/" + std::to_string(found.id)},
                               {"media_file_id", found.id},
                               {"raw_url", raw_path(found) + "?type=audio"},
                               {"duration_seconds", static_cast<double>(found.length_ms) / 1'000}});
}

/// There is no store outside to sign an address of: it is the file's own, and asks for the same key.
Task<Response> show_download(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await file_of(dialect, call));
  co_return reply(json::object{
      {"download_url", raw_path(found)},
      {"filename", "meeting-" + std::to_string(found.meeting) + "-recording-" + std::to_string(found.id) + ".webm"},
      {"content_type", found.media_type},
      {"file_size_bytes", found.bytes}});
}

Task<Response> play_recording(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await file_of(dialect, call));
  CO_TRY(auto sound, co_await dialect.recordings.open(found.id));
  if (dialect.listeners.is_new(call.caller->principal_id, found.id)) {
    co_await api::audit(dialect.kit, call, "recording.download", std::to_string(found.meeting),
                        {{"recording", found.id}, {"face", "vexa"}});
  }
  co_return recordings::sound_response(call.request, dialect.recordings, std::move(sound));
}

Response config_reply(bool enabled) {
  return reply(json::object{{"enabled", enabled}, {"capture_modes", json::array{"audio"}}});
}

Task<Response> show_config(Dialect& dialect, Call& call) {
  CO_TRY(const auto user, co_await dialect.users.of_principal(identity::credential_of(*call.caller).principal));
  co_return config_reply(records_usually(user) && dialect.meetings.may_record());
}

Task<Response> set_config(Dialect& dialect, Call& call) {
  const auto& body = net::route::body_object(call);
  const auto* enabled = body.if_contains("enabled");
  if (!enabled) co_return unprocessable("body", "enabled", "Field required", "missing");
  if (!enabled->is_bool()) co_return unprocessable("body", "enabled", "Input should be a valid boolean", "bool_type");
  if (const auto* modes = body.if_contains("capture_modes"); modes && !modes->is_null()) {
    const auto* list = modes->if_array();
    if (!list || list->size() != 1 || !list->front().is_string() || list->front().get_string() != "audio") {
      co_return unprocessable("body", "capture_modes", "Input should be [\"audio\"]: only sound is recorded");
    }
  }
  const bool wanted = enabled->get_bool();
  if (wanted && !dialect.meetings.may_record()) co_return Error(Errc::forbidden, "This server records no meetings.");
  CO_TRY(const auto user, co_await dialect.users.of_principal(identity::credential_of(*call.caller).principal));
  CO_TRY(co_await dialect.users.change(user.tenant_id, user.id, {.recording = {.said = true, .value = wanted}}));
  co_await api::audit(dialect.kit, call, "recording.config", std::to_string(user.id),
                      {{"enabled", wanted}, {"face", "vexa"}});
  co_return config_reply(wanted);
}

}  // namespace

bool records_usually(const User& user) {
  const auto* config = user.data.if_contains("recording_config");
  const auto* enabled = config && config->is_object() ? config->get_object().if_contains("enabled") : nullptr;
  return enabled && enabled->is_bool() && enabled->get_bool();
}

void add_recording_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kTranscriptKeys);
  group.add({.method = "GET",
             .path = "/recordings",
             .summary = "One's recordings, newest first",
             .reply = kObject,
             .query = {{.name = "limit", .description = "1 to 1000.", .schema = R"({"type":"integer"})"},
                       {.name = "offset", .description = "Rows.", .schema = R"({"type":"integer"})"}},
             .run = api::bind(list_recordings, dialect)});
  group.add({.method = "GET",
             .path = "/recordings/{recording_id}",
             .summary = "A recording with its file",
             .reply = kObject,
             .run = api::bind(show_recording, dialect)});
  group.add({.method = "DELETE",
             .path = "/recordings/{recording_id}",
             .summary = "Delete a recording of a meeting that is over",
             .reply = kObject,
             .run = api::bind(forget_recording, dialect)});
  group.add({.method = "GET",
             .path = "/recordings/{recording_id}/master",
             .summary = "Where its sound is",
             .reply = kObject,
             .query = {{.name = "type", .description = "audio."}},
             .run = api::bind(show_master, dialect)});
  group.add({.method = "GET",
             .path = "/recordings/{recording_id}/media/{media_file_id}/download",
             .summary = "The address of its sound",
             .reply = kObject,
             .run = api::bind(show_download, dialect)});
  group.add({.method = "GET",
             .path = "/recordings/{recording_id}/media/{media_file_id}/raw",
             .summary = "The sound, or the part of it that Range asks for",
             .reply_type = recordings::kMediaType,
             .deadline = std::chrono::milliseconds(3'600'000),
             .run = api::bind(play_recording, dialect)});
  const auto own_group = group_of(dialect, mount, kUserKeys);
  own_group.add({.method = "GET",
                 .path = "/recording-config",
                 .summary = "Whether one's bots record where nobody says so",
                 .reply = kObject,
                 .run = api::bind(show_config, dialect)});
  own_group.add({.method = "PUT",
                 .path = "/recording-config",
                 .summary = "Have one's bots record, or not",
                 .takes = net::route::Body::json_required,
                 .reply = kObject,
                 .run = api::bind(set_config, dialect)});
}

}  // namespace troupe::meetings::vexa
