#include "meetings/module.h"

#include "fleet/types/transcriber.h"
#include "host/address_here.h"
#include "host/age_clock.h"
#include "host/lease.h"
#include "host/worker_program.h"
#include "meetings/commands/lines.h"
#include "meetings/life/service.h"
#include "meetings/migrations.gen.h"
#include "meetings/routes/meeting_routes.h"
#include "meetings/routes/transcript_routes.h"
#include "meetings/settings.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/voice/voice_transcriber.h"
#include "meetings/whisper/hearing.h"
#include "meetings/whisper/meeting_record.h"
#include "meetings/whisper/whisper_routes.h"

namespace troupe::meetings {
namespace {

constexpr std::string_view kMeetingsLease = "meetings";
constexpr std::chrono::milliseconds kTranscriptsEvery{5'000};
constexpr std::chrono::minutes kRetentionEvery{15};

life::Timing timing_of(const MeetingSettings& settings) {
  using std::chrono::seconds;
  return {.attempts = settings.attempts,
          .start = seconds(settings.start_timeout_s),
          .admission = seconds(settings.admission_timeout_s),
          .most = seconds(settings.max_time_s),
          .grace = seconds(settings.stop_grace_s),
          .stop_patience = seconds(settings.stop_timeout_s),
          .first_retry = seconds(settings.retry_s)};
}

std::string callback_base_of(const host::Context& c) {
  const auto& configured = c.settings().of<MeetingSettings>().callback_base;
  return configured.empty() ? host::address_here(c.settings(), c.settings().listen_platform) : configured;
}

std::string whisper_url_of(const host::Context& c) {
  const auto& settings = c.settings().of<MeetingSettings>();
  const auto& listen = settings.whisper_listen;
  return whisper::bots_address(settings.whisper_base,
                               listen.empty() ? std::string() : host::address_here(c.settings(), listen),
                               callback_base_of(c));
}

/// The transcriber that comes with the program, or what is configured.
std::vector<std::string> transcriber_of(const MeetingSettings& settings) {
  if (!settings.transcriber_command.empty()) return settings.transcriber_command;
  const auto worker = host::find_worker("transcriber");
  auto command = worker ? host::node_command(*worker, "main.mjs") : std::nullopt;
  if (!command) return {};
  command->insert(command->end(), {"--listen", "127.0.0.1:0"});
  return *std::move(command);
}

whisper::Hearing& set_up_hearing(host::Context& c, life::Meetings& meetings, transcripts::Transcripts& transcripts) {
  const auto& settings = c.settings().of<MeetingSettings>();
  const auto& sockets = c.make<std::unique_ptr<net::client::WebSocketClient>>(
      net::client::WebSocketClient::make({.allowed_private = c.settings().allowed_private_addresses}));
  auto& record = c.make<whisper::MeetingRecord>(meetings, transcripts);
  auto& hearing = c.make<whisper::Hearing>(
      whisper::Hearing::Uses{.sockets = *sockets,
                             .http = c.http(),
                             .programs = c.find<runtime::sandbox::Programs>(),
                             .home = c.io().next().get_executor(),
                             .record = record,
                             .clock = c.clock()},
      whisper::HearingOptions{.upstream = settings.whisper_upstream,
                              .key = settings.whisper_key,
                              .model = settings.whisper_model,
                              .session_limit = std::chrono::seconds(settings.whisper_session_s),
                              .command = transcriber_of(settings),
                              .folder = (c.settings().data_dir / "transcriber").string()});
  whisper::add_platform_route(c.routes(), hearing.front());
  if (!settings.whisper_listen.empty()) {
    c.listen(whisper::whisper_listener(), settings.whisper_listen);
    whisper::add_whisper_routes(c.routes(), hearing.front(), hearing.upstream(), c.clock());
  }
  if (!settings.bot_command.empty() || !settings.bot_image.empty()) {
    c.health("transcription", [&hearing] { return hearing.trouble(); });
  }
  c.on_stop([&hearing] { return hearing.stop(); });
  return hearing;
}

/// Bots' voice messages become words where calls do. A WhisperLive server takes no files: there they stay files, and so
/// they do where the built-in worker is not installed.
void set_up_voice(host::Context& c, whisper::Hearing& hearing) {
  const auto& settings = c.settings().of<MeetingSettings>();
  auto* registry = c.find<fleet::TranscriberRegistry>();
  const bool is_built_in = settings.whisper_upstream.empty() && !transcriber_of(settings).empty();
  if (registry == nullptr || (!is_built_in && !settings.whisper_upstream.starts_with("http"))) return;
  voice::SpeechServer server{.url = settings.whisper_upstream, .key = settings.whisper_key};
  if (!settings.whisper_model.empty()) server.model = settings.whisper_model;
  auto find = [&hearing, is_built_in, server]() -> Task<voice::SpeechServer> {
    if (!is_built_in) co_return server;
    CO_TRY(const auto address, co_await hearing.worker_address());
    co_return voice::built_in(address);
  };
  registry->set(c.make<voice::VoiceTranscriber>(c.http(), std::move(find)));
}

Result<Unit> set_up(host::Context& c) {
  const auto& settings = c.settings().of<MeetingSettings>();
  auto& drivers = c.get<runtime::Drivers>();
  auto* leases = c.find<host::Leases>();
  auto& bell = c.make<records::Bell>(c.bus());
  auto& lines = c.make<commands::Lines>(
      commands::lines_options(c.settings(), settings.redis_listen, settings.redis_url, settings.callback_base));
  auto& keeper =
      c.make<life::Keeper>(life::Keeper::Uses{.db = c.db(),
                                              .drivers = drivers,
                                              .clock = c.clock(),
                                              .key = c.sealing_key(),
                                              .home = c.io().next().get_executor(),
                                              .bell = bell,
                                              .lease = leases ? &leases->get(kMeetingsLease) : nullptr,
                                              .name = leases && c.db().shared() ? leases->holder() : std::string(),
                                              .courier = &lines.post()},
                           timing_of(settings),
                           life::BotProgram{.command = settings.bot_command,
                                            .image = settings.bot_image,
                                            .callback_base = callback_base_of(c),
                                            .whisper_url = whisper_url_of(c)});
  auto& meetings = c.make<life::Meetings>(
      keeper, c.sealing_key(), drivers,
      life::MeetingOptions{.driver = settings.driver,
                           .bot_name = settings.bot_name,
                           .most_at_once = settings.max_concurrent_bots,
                           .hosts = {.jitsi = settings.jitsi_hosts, .matrix = settings.matrix_hosts}});
  auto& transcripts =
      c.make<transcripts::Transcripts>(transcripts::Transcripts::Uses{.db = c.db(), .clock = c.clock(), .bell = bell});
  c.offer(transcripts);
  c.every({.name = "meetings.transcripts",
           .every = kTranscriptsEvery,
           .run = [&transcripts]() -> Task<Unit> {
             CO_TRY(co_await transcripts.finish_pieces());
             co_return co_await transcripts.finish_erasures();
           },
           .singleton = true});
  c.every({.name = "meetings.retention",
           .every = kRetentionEvery,
           .run =
               [&transcripts, &ages = host::age_clock(c), transcript_days = settings.transcript_retention_days,
                meeting_days = settings.meeting_retention_days] {
                 return transcripts.forget_old(
                     {.now = ages.unix_ms(), .transcript_days = transcript_days, .meeting_days = meeting_days});
               },
           .singleton = true});
  set_up_voice(c, set_up_hearing(c, meetings, transcripts));
  auto& api = c.make<routes::MeetingApi>(routes::MeetingApi{.kit = api::kit_of(c), .meetings = meetings});
  routes::add_meeting_routes(api);
  routes::add_callback_routes(api);
  routes::add_transcript_routes(
      c.make<routes::TranscriptApi>(routes::TranscriptApi{.kit = api::kit_of(c),
                                                          .meetings = meetings,
                                                          .transcripts = transcripts,
                                                          .bell = bell,
                                                          .readers = c.make<routes::Readers>(c.clock()),
                                                          .streams = api::StreamLimit(routes::kMostLiveTranscripts)}));
  c.health("meetings", [&keeper] { return keeper.trouble(); });
  c.health("meeting_commands", [&lines] { return lines.trouble(); });
  c.on_start([&lines, &c, &meetings, &transcripts] { return lines.open(c, meetings, transcripts); });
  c.on_stop([&lines, &c] { return lines.close(c); });
  c.on_start([&keeper] { return keeper.start(); });
  c.on_stop([&keeper] { return keeper.stop(); });
  return Unit{};
}

}  // namespace

host::Module meetings_module() {
  const auto all = migrations();
  return {.name = "meetings",
          .migrations = {all.begin(), all.end()},
          .setup = set_up,
          .sealed_query = "SELECT 1 FROM mtg_meeting WHERE sealed_url IS NOT NULL LIMIT 1",
          .settings = setting_rows(),
          .review = review_settings};
}

}  // namespace troupe::meetings
