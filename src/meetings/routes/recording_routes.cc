#include "meetings/routes/recording_routes.h"

#include "api/group.h"
#include "api/paging.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/recording_shapes.h"
#include "net/route/params.h"

namespace troupe::api {

using meetings::Recording;

Shape<Recording> make_shape(Of<Recording>) {
  return Shape<Recording>::answer(
      "MeetingRecording",
      {member<&Recording::id>("id"), member<&Recording::meeting>("meeting_id"), member<&Recording::state>("state"),
       member<&Recording::media_type>("type"), member<&Recording::bytes>("bytes"),
       made<[](const Recording& r) { return (r.length_ms + 500) / 1'000; }>("seconds",
                                                                            {.description = "As the bot says."}),
       made<[](const Recording& r) { return r.next - r.chunks; }>(
           "missing", {.description = "Pieces that never came: there it is cut."}),
       time<&Recording::started_ms>("started_at"), time<&Recording::ended_ms>("ended_at")});
}

}  // namespace troupe::api

namespace troupe::meetings::routes {
namespace {

using namespace api::words;

Task<ReachedRecording> recording_of(RecordingApi& api, const Call& call) {
  CO_TRY(const auto meeting, id_of(call));
  const auto id = net::route::whole_number(call.param("recording_id"));
  if (!id) co_return Error(Errc::not_found, "There is no such recording.");
  CO_TRY(auto found, co_await api.recordings.find(call, *id));
  if (found->meeting != meeting) co_return Error(Errc::not_found, "There is no such recording.");
  co_return found;
}

Task<Response> list_recordings(RecordingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto paging, api::paging(call.request));
  CO_TRY(const auto meeting, co_await api.meetings(call).find(id));
  CO_TRY(auto all, co_await api.recordings.list(meeting));
  const auto total = std::ssize(all);
  const auto first = std::min<std::int64_t>(paging.from, total);
  const auto last = first + std::min<std::int64_t>(paging.limit, total - first);
  const std::vector<Recording> items(all.begin() + first, all.begin() + last);
  co_return reply(api::page(api::write_all(items), total, paging));
}

Task<Response> download_recording(RecordingApi& api, Call& call) {
  CO_TRY(const auto found, co_await recording_of(api, call));
  CO_TRY(auto sound, co_await api.recordings.open(found));
  // A player asks for many parts: one line of the audit log for a person, recording and hour.
  if (api.readers.is_new(actor_of(call).id, found->id)) {
    co_await api::audit(api.kit, call, "recording.download", std::to_string(found->meeting),
                        {{"recording", found->id}});
  }
  co_return api.recordings.answer(call.request, std::move(sound));
}

Task<Response> delete_recording(RecordingApi& api, Call& call) {
  CO_TRY(const auto found, co_await recording_of(api, call));
  CO_TRY(const bool is_whole, co_await api.recordings.erase(found));
  co_await api::audit(api.kit, call, "recording.erase", std::to_string(found->meeting), {{"recording", found->id}});
  if (!is_whole) co_return recordings::files_follow();
  co_return Response::empty(204);
}

Task<Response> take_chunk(RecordingApi& api, Call& call) {
  const auto number = net::route::whole_number(call.param("number"));
  const auto until = net::route::whole_number(call.request.query_value("until_ms").value_or("0"));
  if (!number || !until) co_return Error(Errc::invalid_param, "A chunk has a number, and until_ms.");
  CO_TRY(const auto taken, co_await api.recordings.take(call.param("token"), {.part = call.param("part"),
                                                                              .number = *number,
                                                                              .until_ms = *until,
                                                                              .bytes = std::move(call.request.body)}));
  co_return reply(boost::json::object{{"recording_id", taken.id}, {"chunks", taken.chunks}});
}

}  // namespace

void add_recording_routes(RecordingApi& api) {
  api::add_shapes_of<Recording>(api.kit);
  static const std::string page = boost::json::serialize(api::page_schema<Recording>());
  const api::Group group(api.kit.routes, {.prefix = std::string(kMeetingPrefix),
                                          .needs = Access::user,
                                          .scope = std::string(kMeetingScope),
                                          .tag = kMeetingTag});
  group.add({.method = "GET",
             .path = "/{meeting_id}/recordings",
             .summary = "What was recorded of it: one each time that a bot began anew",
             .reply = page,
             .query = api::paging_params(),
             .run = api::bind(list_recordings, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}/recordings/{recording_id}",
             .summary = "The sound, or the part of it that Range asks for",
             .reply_type = recordings::kMediaType,
             .deadline = std::chrono::milliseconds(3'600'000),
             .run = api::bind(download_recording, api)});
  group.add({.method = "DELETE",
             .path = "/{meeting_id}/recordings/{recording_id}",
             .summary = "Delete a recording: its key, its files, its rows; 409 while the meeting goes on",
             .status = 204,
             .run = api::bind(delete_recording, api)});
}

void add_recording_upload(RecordingApi& api) {
  static const std::string kept = R"({"type":"object","properties":{"recording_id":{"type":"integer"},)"
                                  R"("chunks":{"type":"integer"}},"required":["recording_id","chunks"]})";
  const api::Group group(api.kit.routes, {.prefix = "/bots/internal/recording/{token}",
                                          .needs = net::route::Access::open,
                                          .tag = {"meetings", ""},
                                          .dialect = net::route::Dialect::detail,
                                          .rate = net::route::Rate::read,
                                          .max_body_bytes = recordings::ChunkFiles::kMostChunkBytes});
  group.add({.method = "PUT",
             .path = "/{part}/{number}",
             .summary = "A meeting's bot brings a piece of its recording; answered once it is durable",
             .takes = net::route::Body::raw,
             .body_type = recordings::kMediaType,
             .reply = kept,
             .query = {{.name = "until_ms",
                        .description = "From the recording's begin to this piece's end.",
                        .schema = R"({"type":"integer","minimum":0})"}},
             .run = api::bind(take_chunk, api)});
}

}  // namespace troupe::meetings::routes
