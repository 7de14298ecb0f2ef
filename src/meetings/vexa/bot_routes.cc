// /bots: sends bots, has them leave, tells them of another language, and says which there are.
#include <algorithm>

#include "api/caller.h"
#include "api/words.h"
#include "identity/authenticator.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"
#include "meetings/vexa/shapes.h"
#include "meetings/vexa/target.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;

constexpr std::string_view kNoMeeting = "Meeting not found";

Result<AutomaticLeave> leave_of(const std::optional<LeaveBody>& body) {
  if (!body) return AutomaticLeave{};
  const auto first = [](const auto& newer, const auto& older) { return newer ? newer : older; };
  return AutomaticLeave{.lobby_ms = first(body->max_wait_for_admission, body->waiting_room_timeout),
                        .nobody_came_ms = body->no_one_joined_timeout,
                        .left_alone_ms = first(body->max_time_left_alone, body->everyone_left_timeout),
                        .most_ms = body->max_bot_time};
}

Error no_language(const std::string& code) {
  return unprocessable("body", "language", "Value error, '" + code + "' is no language that is transcribed");
}

Result<life::NewMeeting> wanted_of(const Dialect& dialect, BotBody body) {
  if (!body.language.empty() && !is_language(body.language)) return no_language(body.language);
  const auto task = parse_task(body.task.empty() ? "transcribe" : body.task);
  if (!task) return unprocessable("body", "task", "Input should be 'transcribe' or 'translate'", "enum");
  if (has_control(body.bot_name)) {
    return unprocessable("body", "bot_name", "Value error, a name has no control characters");
  }
  TRY(const auto leave, leave_of(body.automatic_leave));
  TRY(auto link, link_of({.platform = std::move(body.platform),
                          .native_id = std::move(body.native_meeting_id),
                          .meeting_url = std::move(body.meeting_url),
                          .passcode = std::move(body.passcode),
                          .teams_host = std::move(body.teams_base_host)},
                         dialect.rules.hosts));
  return life::NewMeeting{.link = std::move(link.url),
                          .language = std::move(body.language),
                          .task = *task,
                          .bot_name = std::move(body.bot_name),
                          .leave = leave};
}

/// What keeps a bot out, in the dialect's words.
Task<Response> refusal_of(Dialect& dialect, records::Whose whose, Error error) {
  const auto& members = error.members();
  if (error.code() == Errc::conflict && members.contains("meeting_id")) {
    const auto id = members.at("meeting_id").to_number<MeetingId>();
    CO_TRY(const auto other, co_await dialect.reading.by_id(whose, id, std::string(kNoMeeting)));
    co_return Error(Errc::conflict, "An active or requested meeting already exists for this platform and meeting id.")
        .with_member("meeting_id", id)
        .with_member("status", boost::json::string(status_of(other.meeting, dialect.rules.style)));
  }
  if (error.code() == Errc::limit_exceeded && members.contains("max_concurrent_bots")) {
    auto refused = Error(Errc::limit_exceeded, "User has reached the maximum concurrent bot limit (" +
                                                   std::to_string(members.at("max_concurrent_bots").as_int64()) + ").");
    if (dialect.rules.style.strict_a) co_return std::move(refused).with_status(403);
    co_return std::move(refused).with_retry_after(error.retry_after());
  }
  if (error.code() == Errc::invalid_param) co_return unprocessable(error.message());
  co_return error;
}

Task<Response> request_bot(Dialect& dialect, Call& call) {
  CO_TRY(auto body, api::body_of<BotBody>(call));
  const auto asked = body.recording_enabled;
  CO_TRY(auto wanted, wanted_of(dialect, std::move(body)));
  const auto whose = own(call);
  const auto& principal = identity::credential_of(*call.caller).principal;
  CO_TRY(const auto user, co_await dialect.users.of_principal(principal));
  CO_TRY(wanted.call,
         co_await dialect.call_bots.place({.tenant_id = whose.tenant_id, .user_id = principal.user_id}, wanted.link));
  // What is set for later requests asks for nothing that is not allowed any more, or not there.
  wanted.recording = asked ? *asked : records_usually(user) && dialect.meetings.may_record();
  wanted.tenant_id = whose.tenant_id;
  wanted.owner = actor_of(call);
  auto made = co_await dialect.meetings.create(std::move(wanted));
  if (!made) co_return co_await refusal_of(dialect, whose, std::move(made).error());
  const auto& meeting = *made;
  if (meeting.platform == Platform::matrix || meeting.platform == Platform::jitsi) {
    CO_TRY(co_await dialect.users.widen(whose.tenant_id, *whose.owner_id));
  }
  co_await api::audit(dialect.kit, call, "meeting.create", std::to_string(meeting.id),
                      {{"platform", to_string(meeting.platform)},
                       {"link", meeting.link},
                       {"driver", meeting.driver},
                       {"face", "vexa"}});
  CO_TRY(const auto shown, co_await dialect.reading.by_id(whose, meeting.id, std::string(kNoMeeting)));
  co_return api::answer(reply_of(shown, dialect.rules.style), 201);
}

std::string stop_message(const Meeting& before, const Meeting& after) {
  if (is_terminal(before.life.state)) return "Meeting already completed.";
  if (is_terminal(after.life.state)) return "Stop request accepted; meeting finalized (no running container).";
  return "Stop request accepted and is being processed.";
}

/// All that are in that call end: one may be leaving still while another came.
Task<Response> stop_bot(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  const auto whose = own(call);
  CO_TRY(const auto found, co_await dialect.reading.all_in_call(whose, meant));
  if (found.empty()) co_return Error(Errc::not_found, "No meeting found to stop.");
  StopReply answer{.meeting_id = found.front().id, .native_meeting_id = meant.native_id};
  for (const auto& meeting : found) {
    const bool is_newest = meeting.id == answer.meeting_id;
    if (!is_newest && is_terminal(meeting.life.state)) continue;
    CO_TRY(const auto stopped, co_await dialect.meetings.stop(whose, meeting.id, actor_of(call)));
    if (is_newest) {
      answer.message = stop_message(meeting, stopped);
      answer.status = status_of(stopped, dialect.rules.style);
    } else {
      answer.also_stopped.push_back(meeting.id);
    }
    if (!is_terminal(meeting.life.state) && is_terminal(stopped.life.state)) answer.cancelled.push_back(meeting.id);
    co_await api::audit(dialect.kit, call, "meeting.stop", std::to_string(meeting.id),
                        {{"state", to_string(stopped.life.state)}, {"face", "vexa"}});
  }
  co_return api::answer(answer, 202);
}

/// What is not said stays as it is; null means that the language is detected.
Task<Response> configure_bot(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  CO_TRY(const auto body, api::body_of<ConfigBody>(call));
  const auto& given = net::route::body_object(call);
  life::SpeechChange change;
  if (given.contains("language")) change.language = body.language;
  if (!body.language.empty() && !is_language(body.language)) co_return no_language(body.language);
  if (!body.task.empty()) {
    change.task = parse_task(body.task);
    if (!change.task) co_return unprocessable("body", "task", "Input should be 'transcribe' or 'translate'", "enum");
  }
  const auto whose = own(call);
  CO_TRY(const auto shown, co_await dialect.reading.in_call(whose, meant, std::nullopt, std::string(kNoMeeting)));
  const auto& meeting = shown.meeting;
  const auto not_active = [&] {
    return Error(Errc::conflict, "Bot is not active for this meeting, or was told of another language just now.")
        .with_member("meeting_id", meeting.id)
        .with_member("status", boost::json::string(status_of(meeting, dialect.rules.style)));
  };
  if (meeting.life.state != State::active) co_return not_active();
  if (!change.language && !change.task) change.task = meeting.task;
  auto told = co_await dialect.meetings.reconfigure(whose, meeting.id, std::move(change), actor_of(call));
  if (!told && told.error().code() == Errc::conflict) co_return not_active();
  CO_TRY(const auto after, std::move(told));
  co_await api::audit(dialect.kit, call, "meeting.reconfigure", std::to_string(after.id), {{"face", "vexa"}});
  co_return api::answer(MessageReply{.message = "Reconfiguration request accepted and sent to the bot."}, 202);
}

Task<Response> list_running(Dialect& dialect, Call& call) {
  CO_TRY(const auto found, co_await dialect.reading.running(own(call)));
  RunningBots answer;
  const auto now = dialect.kit.clock.unix_ms();
  for (const auto& shown : found) answer.running_bots.push_back(running_bot(shown, now));
  co_return api::answer(answer);
}

Task<Response> show_bot(Dialect& dialect, Call& call) {
  const auto id = net::route::whole_number(call.param("meeting_id"));
  if (!id) co_return unprocessable("path", "meeting_id", "Input should be a valid integer", "int_parsing");
  CO_TRY(const auto shown, co_await dialect.reading.by_id(own(call), *id, std::string(kNoMeeting)));
  co_return api::answer(reply_of(shown, dialect.rules.style));
}

}  // namespace

void add_bot_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kBotKeys);
  group.add({.method = "POST",
             .path = "/bots",
             .summary = "Send a bot into a meeting; 409 with meeting_id and status when one of yours is there",
             .body = api::schema_text<BotBody>(),
             .reply = TROUPE_REF("VexaMeeting"),
             .status = 201,
             .run = api::bind(request_bot, dialect)});
  group.add({.method = "DELETE",
             .path = "/bots/{platform}/{native_meeting_id}",
             .summary = "Have the bot leave; may be said repeatedly",
             .reply = TROUPE_REF("VexaStop"),
             .status = 202,
             .run = api::bind(stop_bot, dialect)});
  group.add({.method = "PUT",
             .path = "/bots/{platform}/{native_meeting_id}/config",
             .summary = "Tell the bot of another language or task; what is not said stays",
             .body = api::schema_text<ConfigBody>(),
             .reply = TROUPE_REF("VexaMessage"),
             .status = 202,
             .run = api::bind(configure_bot, dialect)});
  group.add({.method = "GET",
             .path = "/bots/status",
             .summary = "Bots that run now",
             .reply = TROUPE_REF("VexaRunningBots"),
             .run = api::bind(list_running, dialect)});
  group.add({.method = "GET",
             .path = "/bots/id/{meeting_id}",
             .summary = "A meeting by its number",
             .reply = TROUPE_REF("VexaMeeting"),
             .run = api::bind(show_bot, dialect)});
}

}  // namespace troupe::meetings::vexa
