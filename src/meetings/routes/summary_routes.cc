#include "meetings/routes/summary_routes.h"

#include <limits>

#include "api/group.h"
#include "api/words.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/summary_shapes.h"

namespace troupe::meetings::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kEverySegment = std::numeric_limits<std::int64_t>::max() / 2;

Task<Response> show_summary(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto summary, co_await api.meetings(call).summary(id));
  co_await note_reading(api, call, id);
  co_return api::answer(summary);
}

Task<Response> make_summary(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto meeting, co_await api.meetings(call).sum_up(id));
  co_await api::audit(api.kit, call, "meeting.summarize", std::to_string(id));
  co_return api::answer(meeting, 202);
}

Task<Response> show_participants(TranscriptApi& api, Call& call) {
  CO_TRY(const auto id, id_of(call));
  CO_TRY(const auto meeting, co_await api.meetings(call).find(id));
  CO_TRY(const auto all, co_await api.transcripts.read(meeting, 0, kEverySegment));
  co_await note_reading(api, call, id);
  co_return reply({{"items", api::write_all(transcripts::participants_of(all.items))}});
}

}  // namespace

void add_summary_routes(TranscriptApi& api) {
  api::add_shapes_of<Summary, transcripts::Participant>(api.kit);
  static const std::string people = boost::json::serialize(
      api::items_schema<transcripts::Participant>({.description = "In the order in which they were first heard."}));
  const api::Group group(api.kit.routes, {.prefix = std::string(kMeetingPrefix),
                                          .needs = Access::user,
                                          .scope = std::string(kMeetingScope),
                                          .tag = kMeetingTag});
  group.add({.method = "GET",
             .path = "/{meeting_id}/summary",
             .summary = "What a model made of the transcript; 404 with `state` while there is none",
             .reply = TROUPE_REF("MeetingSummary"),
             .run = api::bind(show_summary, api)});
  group.add({.method = "POST",
             .path = "/{meeting_id}/summary",
             .summary = "Have the summary of a meeting that has ended made, or tried again; 409 when it is there",
             .reply = TROUPE_REF("Meeting"),
             .status = 202,
             .run = api::bind(make_summary, api)});
  group.add({.method = "GET",
             .path = "/{meeting_id}/participants",
             .summary = "Who spoke, when and how much, as far as speakers are known",
             .reply = people,
             .run = api::bind(show_participants, api)});
}

}  // namespace troupe::meetings::routes
