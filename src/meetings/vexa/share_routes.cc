// /transcripts/…/share and /public/transcripts/…: a transcript for whoever has the link.
#include "api/words.h"
#include "host/console_address.h"
#include "meetings/transcripts/written.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;

constexpr std::string_view kEnding = ".txt";
constexpr std::int64_t kAllSegments = 1'000'000;

Task<MeetingId> meant_by(Dialect& dialect, const Call& call) {
  CO_TRY(const auto meant, call_of(call));
  CO_TRY(const auto wanted, number_of(call.request, "meeting_id", 0, 0, std::numeric_limits<std::int64_t>::max()));
  const auto id = wanted == 0 ? std::nullopt : std::optional(wanted);
  CO_TRY(const auto shown, co_await dialect.reading.in_call(own(call), meant, id, "Meeting not found"));
  co_return shown.meeting.id;
}

Task<Response> share_transcript(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, co_await meant_by(dialect, call));
  CO_TRY(const auto lives, number_of(call.request, "ttl_seconds", Shares::kUsual.count(), Shares::kShortest.count(),
                                     Shares::kLongest.count()));
  CO_TRY(const auto share, co_await dialect.shares.make(id, std::chrono::seconds(lives)));
  co_await api::audit(dialect.kit, call, "transcript.share", std::to_string(id), {{"seconds", lives}});
  // Where this server cannot say how it is reached, the address is without its beginning.
  const auto base = host::console_address(dialect.settings, call.request).value_or("");
  co_return reply({{"share_id", share.id},
                   {"url", base + "/public/transcripts/" + share.id + std::string(kEnding)},
                   {"expires_at", zoned_time(share.expires_ms)},
                   {"expires_in_seconds", lives}});
}

Task<Response> unshare_transcript(Dialect& dialect, Call& call) {
  CO_TRY(const auto id, co_await meant_by(dialect, call));
  CO_TRY(const auto gone, co_await dialect.shares.take_back(id));
  co_await api::audit(dialect.kit, call, "transcript.unshare", std::to_string(id), {{"links", gone}});
  co_return reply({{"message", "Share links revoked"}, {"revoked", gone}});
}

Task<Response> read_shared(Dialect& dialect, Call& call) {
  std::string id(call.param("share_id"));
  if (!id.ends_with(kEnding)) co_return Error(Errc::not_found, "Share link expired or not found");
  id.resize(id.size() - kEnding.size());
  CO_TRY(const auto meeting, co_await dialect.shares.find(std::move(id)));
  CO_TRY(const auto whole, co_await dialect.transcripts.read(meeting.id, 0, kAllSegments));
  CO_TRY(const auto sessions, co_await dialect.transcripts.sessions(meeting.id));
  const auto origin = sessions.empty() ? meeting.created_ms : sessions.front().began_ms;
  // Nobody in particular: once in an hour.
  if (dialect.readers.is_new(0, meeting.id)) {
    identity::AuditRecord line;
    line.tenant_id = meeting.tenant_id;
    line.actor = "share link";
    line.action = "transcript.read";
    line.target = std::to_string(meeting.id);
    line.detail = {{"face", "share"}};
    co_await api::write_audit(dialect.kit, call, std::move(line));
  }
  auto response = Response::text(transcripts::written(whole.items, origin, transcripts::Format::text), 200,
                                 std::string(transcripts::media_type(transcripts::Format::text)));
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Robots-Tag", "noindex");
  response.headers.add("Referrer-Policy", "no-referrer");
  co_return response;
}

}  // namespace

void add_share_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kTranscriptKeys);
  const net::route::QueryParam which{
      .name = "meeting_id", .description = "Another than the newest in that call.", .schema = R"({"type":"integer"})"};
  group.add({.method = "POST",
             .path = "/transcripts/{platform}/{native_meeting_id}/share",
             .summary = "A link by which whoever has it reads the transcript",
             .query = {which,
                       {.name = "ttl_seconds",
                        .description = "How long it lives.",
                        .schema = R"({"type":"integer","minimum":60,"maximum":86400,"default":900})"}},
             .run = api::bind(share_transcript, dialect)});
  group.add({.method = "DELETE",
             .path = "/transcripts/{platform}/{native_meeting_id}/share",
             .summary = "Take back all links to the transcript",
             .query = {which},
             .run = api::bind(unshare_transcript, dialect)});
  group.add({.method = "GET",
             .path = "/public/transcripts/{share_id}",
             .summary = "A transcript as text, for whoever has the link: {share_id}.txt",
             .needs = net::route::Access::open,
             .scope = "",
             .reply_type = "text/plain",
             .run = api::bind(read_shared, dialect)});
}

}  // namespace troupe::meetings::vexa
