// /meetings and /transcripts: what was held, and what was said there.
#include "api/words.h"
#include "meetings/hooks/webhook_store.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"
#include "meetings/vexa/shapes.h"
#include "meetings/vexa/user_store.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;
namespace json = boost::json;

constexpr std::int64_t kMostListed = 1'000;
constexpr std::size_t kMostName = 500;
constexpr std::size_t kMostNotes = 50'000;
constexpr std::size_t kMostParticipants = 500;

Error no_meeting(const Reading::Call& meant) {
  return Error(Errc::not_found, "Meeting not found for platform " + std::string(to_string(meant.platform)) +
                                    " and id " + meant.native_id);
}

// ---- What its owner notes. ----

Result<Unit> take_text(const json::object& from, std::string_view key, std::size_t most, json::object& note) {
  const auto* value = from.if_contains(key);
  if (!value) return Unit{};
  if (value->is_null()) {
    note.erase(key);
    return Unit{};
  }
  if (!is_text(*value, most)) {
    return unprocessable("data", key, "Input should be a string of at most " + std::to_string(most) + " bytes",
                         "string_type");
  }
  note[key] = *value;
  return Unit{};
}

Result<Unit> take_list(const json::object& from, std::string_view key, json::object& note) {
  const auto* value = from.if_contains(key);
  if (!value) return Unit{};
  if (value->is_null()) {
    note.erase(key);
    return Unit{};
  }
  const auto* list = value->if_array();
  const bool good = list && list->size() <= kMostParticipants &&
                    std::ranges::all_of(*list, [](const json::value& one) { return is_text(one, kMostName); });
  if (!good) return unprocessable("data", key, "Input should be a list of at most 500 strings", "list_type");
  if (key == "languages" &&
      !std::ranges::all_of(*list, [](const json::value& one) { return is_language(one.get_string()); })) {
    return unprocessable("data", key, "Value error, that is no language that is transcribed");
  }
  note[key] = *value;
  return Unit{};
}

Task<Response> note_meeting(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  const auto& body = net::route::body_object(call);
  const auto* given = body.if_contains("data");
  const auto* data = given ? given->if_object() : nullptr;
  if (given && !data && !given->is_null()) {
    co_return unprocessable("body", "data", "Input should be a valid dictionary", "dict_type");
  }
  const bool any =
      data && std::ranges::any_of(*data, [](const auto& row) {
        return row.key() == "name" || row.key() == "participants" || row.key() == "languages" || row.key() == "notes";
      });
  if (!any) co_return Error(Errc::invalid_param, "No data provided for update.");
  const auto whose = own(call);
  auto write = [&](store::Tx& tx) -> Result<MeetingId> {
    const auto found = records::meetings_in_call(tx, whose, meant.platform, meant.native_id, 1);
    if (found.empty()) return no_meeting(meant);
    auto note = note_of(tx, found.front().id);
    TRY(take_text(*data, "name", kMostName, note));
    TRY(take_text(*data, "notes", kMostNotes, note));
    TRY(take_list(*data, "participants", note));
    TRY(take_list(*data, "languages", note));
    put_note(tx, found.front().id, note);
    return found.front().id;
  };
  CO_TRY(const auto id, co_await dialect.db.write(write));
  CO_TRY(const auto shown, co_await dialect.reading.by_id(whose, id, "Meeting not found"));
  co_return api::answer(reply_of(shown, dialect.rules.style));
}

/// What was said is deleted, and which call it was; that there was one, and how it went, stays.
Task<Response> forget_meeting(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  const auto whose = own(call);
  CO_TRY(const auto shown, co_await dialect.reading.in_call(whose, meant, std::nullopt, no_meeting(meant).message()));
  const auto& meeting = shown.meeting;
  if (!is_terminal(meeting.life.state)) {
    co_return Error(Errc::conflict, "Meeting not finalized; cannot delete transcripts")
        .with_member("meeting_id", meeting.id)
        .with_member("status", json::string(status_of(meeting, dialect.rules.style)));
  }
  // All of it or nothing: a second call would not find a meeting whose call is gone.
  auto also = [id = meeting.id](store::Tx& tx) {
    redact(tx, id);
    hooks::forget_bodies(tx, id);
  };
  CO_TRY(co_await dialect.transcripts.erase(meeting.id, also));
  co_await api::audit(dialect.kit, call, "meeting.erase", std::to_string(meeting.id), {{"face", "vexa"}});
  CO_TRY(co_await dialect.recordings.finish_erasures(meeting.id));
  co_return api::answer(MessageReply{.message = "Meeting transcripts deleted and data anonymized"});
}

// ---- What was said. ----

Task<Response> show_transcript(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  CO_TRY(const auto wanted, number_of(call.request, "meeting_id", 0, 0, std::numeric_limits<std::int64_t>::max()));
  const auto id = wanted == 0 ? std::nullopt : std::optional(wanted);
  CO_TRY(const auto shown, co_await dialect.reading.in_call(own(call), meant, id, no_meeting(meant).message()));
  TranscriptReply answer{.meeting = reply_of(shown, dialect.rules.style)};
  CO_TRY(answer.segments, co_await read_transcript(dialect, call, shown.meeting.id));
  co_return api::answer(answer);
}

}  // namespace

Task<Response> list_meetings(Dialect& dialect, Call& call) {
  const auto whose = own(call);
  CO_TRY(const auto limit, number_of(call.request, "limit", kMostListed, 1, kMostListed));
  CO_TRY(const auto offset, number_of(call.request, "offset", 0, 0, std::numeric_limits<std::int32_t>::max()));
  const std::string platform(call.request.query_value("platform").value_or(""));
  if (!platform.empty() && !parse_platform(platform)) {
    co_return unprocessable("query", "platform", "That platform is not known", "enum");
  }
  CO_TRY(const auto user, co_await dialect.users.of_principal(identity::credential_of(*call.caller).principal));
  CO_TRY(const auto page, co_await dialect.reading.list(whose, {.platform = platform,
                                                                .only_of_old_clients = platform.empty() && !user.wide,
                                                                .from = offset,
                                                                .limit = limit}));
  MeetingList answer{.has_more = offset + std::ssize(page.items) < page.total};
  for (const auto& shown : page.items) answer.meetings.push_back(reply_of(shown, dialect.rules.style));
  co_return api::answer(answer);
}

void add_meeting_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kTranscriptKeys);
  const std::vector<net::route::QueryParam> paging{
      {.name = "limit", .description = "1 to 1000.", .schema = R"({"type":"integer"})"},
      {.name = "offset", .description = "Rows.", .schema = R"({"type":"integer"})"},
      {.name = "platform", .description = "Only these; matrix and jitsi are listed to whoever asked for them once."}};
  group.add({.method = "GET",
             .path = "/meetings",
             .summary = "One's meetings, newest first",
             .reply = TROUPE_REF("VexaMeetings"),
             .query = paging,
             .run = api::bind(list_meetings, dialect)});
  if (mount.has_bot_list) {
    group.add({.method = "GET",
               .path = "/bots",
               .summary = "The same as GET /meetings",
               .reply = TROUPE_REF("VexaMeetings"),
               .query = paging,
               .run = api::bind(list_meetings, dialect)});
  }
  group.add({.method = "PATCH",
             .path = "/meetings/{platform}/{native_meeting_id}",
             .summary = "Note name, participants, languages and notes of the newest meeting in a call",
             .takes = net::route::Body::json_object,
             .reply = TROUPE_REF("VexaMeeting"),
             .run = api::bind(note_meeting, dialect)});
  group.add({.method = "DELETE",
             .path = "/meetings/{platform}/{native_meeting_id}",
             .summary = "Delete what was said in a meeting that is over, and which call it was",
             .reply = TROUPE_REF("VexaMessage"),
             .run = api::bind(forget_meeting, dialect)});
  group.add({.method = "GET",
             .path = "/transcripts/{platform}/{native_meeting_id}",
             .summary = "What was said, also while it goes on",
             .reply = TROUPE_REF("VexaTranscript"),
             .query = {{.name = "meeting_id",
                        .description = "Another than the newest in that call.",
                        .schema = R"({"type":"integer"})"}},
             .run = api::bind(show_transcript, dialect)});
}

}  // namespace troupe::meetings::vexa
