#include "meetings/routes/transcript_routes.h"

#include <boost/asio/this_coro.hpp>
#include <set>
#include <utility>

#include "api/paging.h"
#include "api/words.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/transcript_shapes.h"
#include "meetings/summary/answer.h"
#include "meetings/transcripts/written.h"
#include "net/route/params.h"

namespace troupe::meetings::routes {
namespace {

using namespace api::words;
using transcripts::Format;

constexpr std::int64_t kLivePage = 500;
constexpr std::int64_t kWholeTranscript = 1'000'000;  ///< more than a meeting may have
constexpr net::route::NumberRange kFoundFrom{.otherwise = 0, .least = 0, .most = 100'000};
constexpr net::route::NumberRange kFoundLimit{.otherwise = 20, .least = 1, .most = 100};

Task<Response> export_transcript(TranscriptApi& api, Call& call, ReachedMeeting reached, Format format,
                                 bool with_summary) {
  CO_TRY(const auto whole, co_await api.transcripts.read(reached, 0, kWholeTranscript));
  CO_TRY(const auto sessions, co_await api.transcripts.sessions(reached));
  const auto& meeting = *reached;
  const auto origin = sessions.empty() ? meeting.created_ms : sessions.front().began_ms;
  const std::string name(to_string(format));
  std::string summary;
  if (with_summary && meeting.summary == SummaryState::done) {
    CO_TRY(const auto made, co_await api.meetings(call).summary(meeting.id));
    summary = summary::written(made) + "\n";
  }
  co_await api::audit(api.kit, call, "transcript.export", std::to_string(meeting.id), {{"format", name}});
  auto response = Response::text(summary + transcripts::written(whole.items, origin, format), 200,
                                 std::string(transcripts::media_type(format)));
  const auto ending = format == Format::text ? "txt" : name;
  response.headers.add("Content-Disposition",
                       "attachment; filename=\"meeting-" + std::to_string(meeting.id) + "." + ending + "\"");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  co_return response;
}

Task<Response> show_transcript(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto paging, api::paging(call.request));
  const auto wanted = call.request.query_value("format").value_or("json");
  const auto format = transcripts::parse_format(wanted);
  if (!format) co_return Error(Errc::invalid_param, "format is json, text, srt or vtt.");
  const auto summary = call.request.query_value("summary").value_or("false");
  if (summary != "false" && (summary != "true" || *format != Format::text)) {
    co_return Error(Errc::invalid_param, "summary is true or false, and true only with format=text.");
  }
  CO_TRY(const auto found, co_await api.meetings(call).find(id));
  if (*format != Format::json) {
    co_return co_await export_transcript(api, call, found, *format, summary == "true");
  }
  CO_TRY(const auto page, co_await api.transcripts.read(found, paging.from, paging.limit));
  co_await note_reading(api, call, id);
  co_return reply(api::page(api::write_all(page.items), page.total, paging));
}

Task<Response> search_transcripts(TranscriptApi& api, Call& call) {
  CO_TRY(const auto from, net::route::query_number(call.request, "from", kFoundFrom));
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kFoundLimit));
  const auto query = call.request.query_value("q").value_or("");
  CO_TRY(const auto found, co_await api.transcripts.search(call, std::string(query), from, limit));
  // Whose words were shown, and not which were looked for: those are the searcher's own.
  std::set<MeetingId> shown;
  for (const auto& one : found.items) shown.insert(one.meeting.id);
  co_await api::audit(api.kit, call, "transcript.search", "transcripts",
                      {{"meetings", boost::json::array(shown.begin(), shown.end())}});
  boost::json::object body{{"items", api::write_all(found.items)}, {"has_more", found.has_more}};
  if (found.has_more) body["next_from"] = from + std::ssize(found.items);
  co_return reply(body);
}

/// How many there are is not counted: each place has to be looked at again.
boost::json::object found_schema() {
  auto schema = api::items_schema<transcripts::Found>({.description = "Newest first."});
  auto& members = schema.at("properties").as_object();
  members["has_more"] = {{"type", "boolean"}};
  members["next_from"] = {{"type", "integer"}, {"description", "The next page's `from`."}};
  schema.at("required").as_array().emplace_back("has_more");
  return schema;
}

Task<Response> delete_meeting(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  const auto meetings = api.meetings(call);
  CO_TRY(const auto found, co_await meetings.find(id));
  if (!is_terminal(found->life.state)) {
    CO_TRY(const auto stopped, co_await meetings.stop(id));
    co_await api::audit(api.kit, call, "meeting.stop", std::to_string(id), {{"state", to_string(stopped.life.state)}});
    co_return api::answer(stopped, 202);
  }
  const auto erased = co_await api.transcripts.erase(found);
  CO_TRY(const auto now, co_await meetings.find(id));
  // It is gone even where its files could not be cleared yet, which goes on by itself.
  if (!found->transcript_erased_ms && now->transcript_erased_ms) {
    co_await api::audit(api.kit, call, "transcript.erase", std::to_string(id));
  }
  CO_TRY(erased);
  CO_TRY(co_await api.transcripts.erase_recordings(found));
  co_return api::answer(*now);
}

struct Following {
  net::route::Caller caller;
  OwnMeetings meetings;
  ReachedMeeting meeting;
  StreamPos after;
};

Task<Unit> write_changes(TranscriptApi& api, net::http::BodyWriter& writer, Following& following) {
  for (;;) {
    CO_TRY(const auto changes, co_await api.transcripts.changes(following.meeting, following.after, kLivePage));
    std::string text;
    for (const auto& segment : changes) {
      following.after = segment.changed;
      text += api::sse_event("segment", segment.changed, api::write(segment));
    }
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
    if (std::ssize(changes) < kLivePage) co_return Unit{};
  }
}

Task<Unit> stream(TranscriptApi& api, net::http::BodyWriter& writer, Following following) {
  api::StreamLife life(api.kit, following.caller, co_await asio::this_coro::executor);
  // Listen first, look second.
  const auto listening = api.bell.listen(following.meeting->id, life.notifier());
  CO_TRY(
      co_await writer.write("retry: 2000\n" + api::sse_event("hello", following.after, {{"after", following.after}})));
  boost::json::object told;
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    // Looked at before all else: what is over changes no more.
    CO_TRY(const bool over, co_await following.meetings.is_over(following.meeting));
    const auto found = co_await following.meetings.find(following.meeting->id);
    if (!found) co_return Unit{};  // it was deleted
    CO_TRY(co_await write_changes(api, writer, following));
    if (auto meeting = api::write(**found); meeting != told) {
      told = std::move(meeting);
      CO_TRY(co_await writer.write(api::sse_event("state", following.after, told)));
    }
    if (over) {
      // Browsers come back by themselves.
      co_return co_await writer.write("retry: 60000\n" +
                                      api::sse_event("end", following.after, {{"after", following.after}}));
    }
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> follow_transcript(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto after, api::resume_from(call.request, "since"));
  const auto meetings = api.meetings(call);
  CO_TRY(auto meeting, co_await meetings.find(id));
  CO_TRY(auto slot, api.streams.enter(*call.caller));
  co_await note_reading(api, call, id);
  const Following following{
      .caller = *call.caller, .meetings = meetings, .meeting = std::move(meeting), .after = after.value_or(0)};
  co_return api::event_stream(
      [&api, following, slot](net::http::BodyWriter& writer) { return stream(api, writer, following); });
}

}  // namespace

bool Readers::is_new(std::int64_t who, MeetingId meeting) {
  constexpr std::int64_t kHourMs = 3'600'000;
  const auto hour = clock_.unix_ms() / kHourMs;
  const base::Lock lock(mutex_);
  if (hours_.size() >= kMost) hours_.clear();
  auto& last = hours_[{who, meeting}];
  return std::exchange(last, hour) != hour;
}

asio::awaitable<void> note_reading(TranscriptApi& api, const Call& call, MeetingId id) {
  if (!api.readers.is_new(actor_of(call).id, id)) co_return;
  co_await api::audit(api.kit, call, "transcript.read", std::to_string(id));
}

void add_transcript_routes(TranscriptApi& api) {
  api::add_shapes_of<Segment, transcripts::Found>(api.kit);
  static const std::string page = boost::json::serialize(api::page_schema<Segment>());
  static const std::string found = boost::json::serialize(found_schema());
  const api::Group group(api.kit.routes, {.prefix = std::string(kMeetingPrefix),
                                          .needs = Access::user,
                                          .scope = std::string(kMeetingScope),
                                          .tag = kMeetingTag});
  group.add({.method = "DELETE",
             .path = "/{meeting_id}",
             .summary = "Have the bot leave; of a meeting that has ended, delete what was said in it (200)",
             .reply = TROUPE_REF("Meeting"),
             .status = 202,
             .run = api::bind(delete_meeting, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}/transcript",
             .summary = "What was said, in its order; as text, srt or vtt the whole of it as a file",
             .reply = page,
             .query = api::paging_params({{.name = "format",
                                           .description = "How it is written; from and limit are of json.",
                                           .schema = R"({"type":"string","enum":["json","text","srt","vtt"]})"},
                                          {.name = "summary",
                                           .description = "The summary stands before the text, where there is one.",
                                           .schema = R"({"type":"boolean"})"}}),
             .run = api::bind(show_transcript, api)});
  group.add(api::stream_operation(
      "/{meeting_id}/live",
      "The meeting and its transcript as server-sent events: hello, segment, state, and end once nothing changes "
      "any more (resumes with Last-Event-ID)",
      api::since_parameter(), api::bind(follow_transcript, api)));
  const api::Group all(api.kit.routes, {.prefix = "/api/v1/transcripts",
                                        .needs = Access::user,
                                        .scope = std::string(kMeetingScope),
                                        .tag = kMeetingTag});
  all.add(
      {.method = "GET",
       .path = "/search",
       .summary = "Segments with all these words, newest first: of one's own meetings, for operators of the tenant's",
       .reply = found,
       .query = {{.name = "q", .description = "Words; of three letters and more their beginnings.", .required = true},
                 {.name = "from",
                  .description = "How many to pass over",
                  .schema = R"({"type":"integer","minimum":0,"maximum":100000,"default":0})"},
                 {.name = "limit",
                  .description = "How many to answer",
                  .schema = R"({"type":"integer","minimum":1,"maximum":100,"default":20})"}},
       .run = api::bind(search_transcripts, api)});
}

}  // namespace troupe::meetings::routes
