#include "meetings/module.h"

#include "host/address_here.h"
#include "host/age_clock.h"
#include "host/lease.h"
#include "host/worker_program.h"
#include "meetings/after/aftercare.h"
#include "meetings/bot/meet_brain.h"
#include "meetings/commands/lines.h"
#include "meetings/hooks/sender.h"
#include "meetings/life/service.h"
#include "meetings/migrations.gen.h"
#include "meetings/routes/meeting_routes.h"
#include "meetings/routes/transcript_routes.h"
#include "meetings/routes/webhook_routes.h"
#include "meetings/settings.h"
#include "meetings/thread/threads.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/vexa/set_up.h"

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

const thread::Scribe& set_up_threads(host::Context& c, const records::Bell& bell,
                                     transcripts::Transcripts& transcripts) {
  auto& rooms = c.get<matrix::RoomActions>();
  auto* leases = c.find<host::Leases>();
  auto& threads =
      c.make<thread::Threads>(thread::Threads::Uses{.db = c.db(),
                                                    .rooms = rooms,
                                                    .transcripts = transcripts,
                                                    .bell = bell,
                                                    .clock = c.clock(),
                                                    .home = c.io().next().get_executor(),
                                                    .lease = leases ? &leases->get(kMeetingsLease) : nullptr},
                              thread::Pace{});
  c.on_start([&threads] { return threads.start(); });
  c.on_stop([&threads] { return threads.stop(); });
  return c.make<thread::Scribe>(thread::Scribe::Uses{
      .accounts = c.get<matrix::Accounts>(), .rooms = rooms, .localpart = c.settings().of<MeetingSettings>().scribe});
}

/// Who is told of meetings, and the telling.
hooks::Webhooks& set_up_webhooks(host::Context& c, const records::Bell& bell, host::Lease* lease) {
  auto& webhooks = c.make<hooks::Webhooks>(hooks::Webhooks::Uses{
      .db = c.db(),
      .clock = c.clock(),
      .key = c.sealing_key(),
      .bus = c.bus(),
      .rules =
          net::http::AddressRules::make(c.settings().allowed_private_addresses).value_or(net::http::AddressRules())});
  auto& sender = c.make<hooks::Sender>(hooks::Sender::Uses{.db = c.db(),
                                                           .http = c.http(),
                                                           .clock = c.clock(),
                                                           .key = c.sealing_key(),
                                                           .home = c.io().next().get_executor(),
                                                           .bell = bell,
                                                           .bus = c.bus(),
                                                           .metrics = c.metrics(),
                                                           .lease = lease});
  routes::add_webhook_routes(
      c.make<routes::WebhookApi>(routes::WebhookApi{.kit = api::kit_of(c), .webhooks = webhooks}));
  c.on_start([&sender] { return sender.start(); });
  c.on_stop([&sender] { return sender.stop(); });
  c.every({.name = "meetings.webhooks.tidy",
           .every = std::chrono::hours(1),
           .run = [&sender] { return sender.tidy(); },
           .singleton = true});
  return webhooks;
}

vexa::Rules vexa_rules(const MeetingSettings& settings) {
  return {.style = {.strict_a = settings.vexa_strict_a},
          .usual_at_once = settings.max_concurrent_bots,
          .hosts = {.jitsi = settings.jitsi_hosts, .matrix = settings.matrix_hosts}};
}

/// The bot that comes with this program. Empty: it does not, or nothing runs it.
std::vector<std::string> own_bot() {
  const auto worker = host::find_worker("meeting-bot");
  return worker ? host::node_command(*worker, "src/main.ts").value_or(std::vector<std::string>())
                : std::vector<std::string>();
}

Result<Unit> set_up(host::Context& c) {
  const auto& settings = c.settings().of<MeetingSettings>();
  auto& drivers = c.get<runtime::Drivers>();
  auto* leases = c.find<host::Leases>();
  auto* lease = leases ? &leases->get(kMeetingsLease) : nullptr;
  auto& bell = c.make<records::Bell>(c.bus());
  auto& lines = c.make<commands::Lines>(
      commands::lines_options(c.settings(), settings.redis_listen, settings.redis_url, settings.callback_base));
  auto& keeper = c.make<life::Keeper>(
      life::Keeper::Uses{.db = c.db(),
                         .drivers = drivers,
                         .clock = c.clock(),
                         .key = c.sealing_key(),
                         .home = c.io().next().get_executor(),
                         .bell = bell,
                         .lease = lease,
                         .name = leases && c.db().shared() ? leases->holder() : std::string(),
                         .courier = &lines.post()},
      timing_of(settings),
      life::BotProgram{.command = settings.bot_command,
                       .own_command = own_bot(),
                       .image = settings.bot_image,
                       .callback_base = settings.callback_base.empty()
                                            ? host::address_here(c.settings(), c.settings().listen_platform)
                                            : settings.callback_base});
  auto& meetings = c.make<life::Meetings>(
      keeper, c.sealing_key(), drivers,
      life::MeetingOptions{.driver = settings.driver,
                           .bot_name = settings.bot_name,
                           .most_at_once = settings.max_concurrent_bots,
                           .zero_is_unlimited = settings.vexa_strict_a,
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
  const auto& scribe = set_up_threads(c, bell, transcripts);
  c.get<fleet::brains::BotKinds>().add(bot::meetings_kind({.meetings = meetings,
                                                           .scribe = scribe,
                                                           .accounts = c.get<matrix::Accounts>(),
                                                           .principals = c.get<identity::Principals>(),
                                                           .audit = c.get<identity::Audit>()}));
  auto& api =
      c.make<routes::MeetingApi>(routes::MeetingApi{.kit = api::kit_of(c), .meetings = meetings, .scribe = scribe});
  routes::add_meeting_routes(api);
  routes::add_callback_routes(api);
  auto& webhooks = set_up_webhooks(c, bell, lease);
  auto& readers = c.make<routes::Readers>(c.clock());
  routes::add_transcript_routes(
      c.make<routes::TranscriptApi>(routes::TranscriptApi{.kit = api::kit_of(c),
                                                          .meetings = meetings,
                                                          .transcripts = transcripts,
                                                          .bell = bell,
                                                          .readers = readers,
                                                          .streams = api::StreamLimit(routes::kMostLiveTranscripts)}));
  auto& aftercare = c.make<after::Aftercare>(after::Aftercare::Uses{.db = c.db(),
                                                                    .transcripts = transcripts,
                                                                    .clock = c.clock(),
                                                                    .home = c.io().next().get_executor(),
                                                                    .bell = bell,
                                                                    .lease = lease},
                                             after::AfterTiming());
  c.on_start([&aftercare] { return aftercare.start(); });
  c.on_stop([&aftercare] { return aftercare.stop(); });
  TRY(vexa::set_up(
      c, {.meetings = meetings, .transcripts = transcripts, .readers = readers, .webhooks = webhooks, .bell = bell},
      vexa_rules(settings), {.listen = settings.vexa_listen, .admin_token = settings.admin_api_token}));
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
          .sealed_query =
              "SELECT 1 FROM mtg_meeting WHERE sealed_url IS NOT NULL UNION ALL SELECT 1 FROM mtg_webhook WHERE "
              "secret IS NOT NULL LIMIT 1",
          .settings = setting_rows(),
          .review = review_settings};
}

}  // namespace troupe::meetings
