#include "meetings/routes/meeting_routes.h"

#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/field_errors.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/meeting_shapes.h"

namespace troupe::meetings::routes {
namespace {

using namespace api::words;

Task<Response> list_meetings(MeetingApi& api, Call& call) {
  CO_TRY(const auto paging, api::paging(call.request));
  CO_TRY(auto state, net::route::query_search(call.request, "state"));
  if (!state.empty() && !parse_state(state)) co_return Error(Errc::invalid_param, "There is no such state.");
  CO_TRY(const auto page,
         co_await api.meetings(call).list({.state = std::move(state), .from = paging.from, .limit = paging.limit}));
  co_return reply(api::page(api::write_all(page.items), page.total, paging));
}

/// What is wrong with the room that was asked for stands at it; trouble of the server's own does not.
Error of_room(Error error) {
  const auto code = error.code();
  const auto of_body = code == Errc::invalid_param || code == Errc::not_found || code == Errc::conflict;
  return of_body ? base::placed_under(std::move(error), "/room") : error;
}

Task<Response> create_meeting(MeetingApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<MeetingBody>(call));
  const auto task = parse_task(body.task.empty() ? "transcribe" : body.task);
  if (!task) co_return Error(Errc::invalid_param, "task is transcribe or translate.");
  const auto& asker = identity::credential_of(*call.caller).principal.user_id;
  CO_TRY(auto account, co_await api.call_bots.place({.tenant_id = api::tenant(call), .user_id = asker}, body.link));
  std::optional<records::Thread> thread;
  if (!body.room.empty()) {
    auto bring = [&api, who = calls::Asker{.tenant_id = api::tenant(call), .user_id = asker}](std::string room_id) {
      return api.call_bots.place_in(who, std::move(room_id));
    };
    auto place = co_await api.scribe.place(asker, std::move(body.room), std::move(bring));
    if (!place) co_return of_room(std::move(place).error());
    thread = records::Thread{.room_id = std::move(place->room_id), .sender = std::move(place->sender)};
  }
  CO_TRY(const auto made,
         co_await api.meetings(call).create({.link = std::move(body.link),
                                             .language = std::move(body.language),
                                             .task = *task,
                                             .driver = std::move(body.driver),
                                             .may_choose_driver = !is_member(call),
                                             .bot_name = std::move(body.bot_name),
                                             .retention_days = body.retention_days,
                                             .thread = std::move(thread),
                                             .call = std::move(account),
                                             .summary = body.summary.value_or(true),
                                             .recording = body.recording,
                                             .recording_retention_days = body.recording_retention_days}));
  co_await api::audit(api.kit, call, "meeting.create", std::to_string(made.id),
                      {{"platform", to_string(made.platform)},
                       {"link", made.link},
                       {"driver", made.driver},
                       {"recording", made.recording}});
  co_return api::answer(made, 201);
}

Task<Response> show_meeting(MeetingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto found, co_await api.meetings(call).find(id));
  co_return api::answer(*found);
}

Task<Response> show_history(MeetingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto found, co_await api.meetings(call).history(id));
  co_return api::answer(found);
}

Task<Response> show_thread(MeetingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto found, co_await api.meetings(call).thread(id));
  co_return api::answer(found);
}

Task<Response> stop_meeting(MeetingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto stopped, co_await api.meetings(call).stop(id));
  co_await api::audit(api.kit, call, "meeting.stop", std::to_string(id), {{"state", to_string(stopped.life.state)}});
  co_return api::answer(stopped, 202);
}

Task<Response> reconfigure_meeting(MeetingApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(auto body, api::body_of<ReconfigureBody>(call));
  life::SpeechChange change{.language = std::move(body.language)};
  const auto* language = net::route::body_object(call).if_contains("language");
  if (language && language->is_null()) change.language = "";
  if (body.task && !body.task->empty()) {
    change.task = parse_task(*body.task);
    if (!change.task) co_return Error(Errc::invalid_param, "task is transcribe or translate.");
  }
  CO_TRY(const auto told, co_await api.meetings(call).reconfigure(id, std::move(change)));
  co_await api::audit(api.kit, call, "meeting.reconfigure", std::to_string(id),
                      {{"language", told.wanted_language}, {"task", told.wanted_task}});
  co_return api::answer(told, 202);
}

}  // namespace

void add_meeting_routes(MeetingApi& api) {
  api::add_shape(api.kit, "MeetingState", api::words_schema<State>());
  api::add_shapes_of<MeetingBody, Meeting, life::History, records::Thread>(api.kit);
  static const std::string page = boost::json::serialize(api::page_schema<Meeting>());
  const api::Group group(api.kit.routes, {.prefix = std::string(kMeetingPrefix),
                                          .needs = Access::user,
                                          .scope = std::string(kMeetingScope),
                                          .tag = kMeetingTag});
  group.add({.method = "GET",
             .summary = "Meetings with a bot, newest first: one's own, for operators those of the tenant",
             .reply = page,
             .query = api::paging_params({{.name = "state", .description = "Only those in this state."}}),
             .run = api::bind(list_meetings, api)});
  group.add({.method = "POST",
             .summary = "Send a bot into a meeting; 409 with meeting_id when one of yours is there",
             .body = TROUPE_REF("NewMeeting"),
             .reply = TROUPE_REF("Meeting"),
             .status = 201,
             .run = api::bind(create_meeting, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}",
             .summary = "A meeting",
             .reply = TROUPE_REF("Meeting"),
             .run = api::bind(show_meeting, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}/history",
             .summary = "Every step that a meeting took, and the containers of its bot",
             .reply = TROUPE_REF("MeetingHistory"),
             .run = api::bind(show_history, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}/thread",
             .summary = "The room in which its transcript is told; 404 when there is none",
             .reply = TROUPE_REF("MeetingThread"),
             .run = api::bind(show_thread, api)});
  group.add({.method = "POST",
             .path = "/{meeting_id}/stop",
             .summary = "Have the bot leave; a meeting that has ended stays as it is",
             .reply = TROUPE_REF("Meeting"),
             .status = 202,
             .run = api::bind(stop_meeting, api)});
  group.add(
      {.method = "POST",
       .path = "/{meeting_id}/reconfigure",
       .summary = "Another language or task in the call; 409 unless it is active. The bot confirms it, or it stays",
       .body = api::schema_text<ReconfigureBody>(),
       .reply = TROUPE_REF("Meeting"),
       .status = 202,
       .run = api::bind(reconfigure_meeting, api)});
}

}  // namespace troupe::meetings::routes
