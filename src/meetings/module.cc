#include "meetings/module.h"

#include <algorithm>

#include "meetings/migrations.gen.h"
#include "meetings/routes/meeting_routes.h"
#include "meetings/routes/recording_routes.h"
#include "meetings/routes/summary_routes.h"
#include "meetings/routes/transcript_routes.h"
#include "meetings/set_up.h"
#include "meetings/vexa/set_up.h"

namespace troupe::meetings {
namespace {

constexpr std::string_view kMeetingsLease = "meetings";

vexa::Rules vexa_rules(const MeetingSettings& settings) {
  return {.style = {.strict_a = settings.vexa_strict_a},
          .usual_at_once = settings.max_concurrent_bots,
          .hosts = {.jitsi = settings.jitsi_hosts, .matrix = settings.matrix_hosts}};
}

/// A meeting that goes takes all of it along.
std::int64_t shorter(std::int64_t days, const MeetingSettings& settings) {
  const auto all = settings.meeting_retention_days;
  return days > 0 && all > 0 ? std::min(days, all) : std::max(days, all);
}

Result<Unit> set_up(host::Context& c) {
  const auto& settings = c.settings().of<MeetingSettings>();
  auto* leases = c.find<host::Leases>();
  const auto& bell = c.make<records::Bell>(c.bus());
  const Ground ground{
      .c = c, .settings = settings, .bell = bell, .lease = leases ? &leases->get(kMeetingsLease) : nullptr};
  auto& guard = c.make<net::route::CredentialGuard>(c.settings().rate_limits, c.clock());
  auto& lines = c.make<commands::Lines>(
      commands::lines_options(c.settings(), settings.redis_listen, settings.redis_url, settings.callback_base), guard,
      ground.lease);
  const auto call_parts = set_up_calls(ground);
  auto* summary_model = set_up_model(ground);
  auto& meetings = set_up_life(ground, lines, *call_parts.desk, summary_model);
  set_up_askers(ground, meetings);
  auto& transcripts = set_up_transcripts(ground);
  c.health("meeting_commands", [&lines] { return lines.trouble(); });
  c.on_start([&lines, &c, &meetings, &transcripts] { return lines.open(c, meetings, transcripts); });
  c.on_stop([&lines, &c] { return lines.close(c); });
  set_up_hearing(ground, meetings, transcripts, guard);
  const auto& scribe = set_up_rooms(ground, meetings, transcripts, call_parts.bots);
  auto& webhooks = set_up_webhooks(ground);
  auto& recordings = set_up_recordings(ground);
  set_up_aftercare(ground, transcripts, recordings, summary_model);
  set_up_erased_people(ground, meetings, transcripts, recordings);
  auto& words = c.make<calls::Words>(calls::Words::Uses{.db = c.db(),
                                                        .meetings = meetings,
                                                        .rooms = c.get<matrix::RoomActions>(),
                                                        .vouching = call_parts.vouching,
                                                        .clock = c.clock(),
                                                        .bell = bell});
  auto& api = c.make<routes::MeetingApi>(routes::MeetingApi{.kit = api::kit_of(c),
                                                            .meetings = routes::MeetingDoor(meetings),
                                                            .scribe = scribe,
                                                            .call_bots = call_parts.bots,
                                                            .words = words});
  routes::add_meeting_routes(api);
  routes::add_callback_routes(api);
  auto& recording_api = c.make<routes::RecordingApi>(
      routes::RecordingApi{.kit = api::kit_of(c),
                           .meetings = routes::MeetingDoor(meetings),
                           .recordings = routes::RecordingDoor(recordings, meetings),
                           .readers = c.make<routes::Readers>(c.clock()),
                           .retention = routes::RetentionDoor(c.db()),
                           .server = {.transcript_days = shorter(settings.transcript_retention_days, settings),
                                      .recording_days = shorter(settings.recording_retention_days, settings)}});
  routes::add_recording_routes(recording_api);
  routes::add_recording_upload(recording_api);
  routes::add_retention_routes(recording_api);
  auto& readers = c.make<routes::Readers>(c.clock());
  auto& transcript_api = c.make<routes::TranscriptApi>(
      routes::TranscriptApi{.kit = api::kit_of(c),
                            .meetings = routes::MeetingDoor(meetings),
                            .transcripts = routes::TranscriptDoor(transcripts, recordings),
                            .bell = bell,
                            .readers = readers,
                            .streams = api::StreamLimit(routes::kMostLiveTranscripts)});
  routes::add_transcript_routes(transcript_api);
  routes::add_summary_routes(transcript_api);
  return vexa::set_up(c,
                      {.meetings = meetings,
                       .transcripts = transcripts,
                       .recordings = recordings,
                       .readers = readers,
                       .webhooks = webhooks,
                       .call_bots = call_parts.bots,
                       .bell = bell,
                       .courier = lines.post(),
                       .own_bot = settings.bot_command.empty() && settings.bot_image.empty()},
                      vexa_rules(settings), {.listen = settings.vexa_listen, .admin_token = settings.admin_api_token});
}

}  // namespace

host::Module meetings_module() {
  const auto all = migrations();
  return {.name = "meetings",
          .migrations = {all.begin(), all.end()},
          .setup = set_up,
          .sealed_query =
              "SELECT 1 FROM mtg_meeting WHERE sealed_url IS NOT NULL UNION ALL SELECT 1 FROM mtg_webhook WHERE "
              "secret IS NOT NULL LIMIT 1",
          .settings = setting_rows(),
          .review = review_settings,
          .backup = {host::backup_of_files(
              "recordings", "sound of meetings, sealed; what went into the bucket of media is not in it",
              [](const host::Settings& s) -> std::vector<std::filesystem::path> { return {recordings_folder(s)}; })}};
}

}  // namespace troupe::meetings
