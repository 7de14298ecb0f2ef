#include "fleet/module.h"

#include "fleet/brains/flowise/flowise_brain.h"
#include "fleet/brains/openai/openai_brain.h"
#include "fleet/brains/program_brain.h"
#include "fleet/life/program_launcher.h"
#include "fleet/migrations.gen.h"
#include "fleet/models/models.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/service/bot_service.h"
#include "fleet/settings.h"
#include "fleet/time/time_zone.h"
#include "fleet/triggers/triggers.h"
#include "host/address_here.h"
#include "host/age_clock.h"
#include "host/lease.h"
#include "runtime/in_process_driver.h"

namespace troupe::fleet {
namespace {

constexpr host::Bounds kDaysOrNothing{
    .least = 0, .most = 36'500, .takes = "a number of days from 0 (nothing is kept) to 36500"};

/// Schedules name zones; all of them come from the system.
host::Finding examine_time_zones(const host::Examination&) {
  const auto found = time::TimeZone::find("Europe/Berlin");
  if (found) return host::ok("the system has time zones");
  return host::trouble(found.error().message(), "install tzdata: schedules in a time zone do not run");
}

models::Models& set_up_models(host::Context& c) {
  const auto& settings = c.settings().of<models::ModelSettings>();
  auto& made = c.make<models::Models>(
      models::Spending::Uses{
          .db = c.db(), .clock = c.clock(), .metrics = c.metrics(), .home = c.io().next().get_executor()},
      settings);
  const auto& ages = host::age_clock(c);
  c.every({.name = "fleet.expire_reservations",
           .every = std::chrono::minutes(1),
           .run = [&made] { return made.spending().expire(); },
           .singleton = true});
  c.every({.name = "fleet.tidy_spending",
           .every = std::chrono::hours(1),
           .run = [&made, &ages, days = settings.keep_days] { return made.spending().tidy(ages.unix_ms(), days); },
           .singleton = true});
  c.offer(made);
  return made;
}

std::vector<host::Setting> settings_of_fleet() {
  std::vector<host::Setting> rows{{.key = "bots.encryption",
                                   .value = host::flag(&matrix::EncryptionOptions::bots),
                                   .help = "on: bots read and write in encrypted rooms, each with a device of its own"},
                                  {.key = "keep.answered_from_days",
                                   .value = host::number(&FleetSettings::keep_answered_from_days, kDaysOrNothing),
                                   .help = "what bots answered messages from, 1 to 36500 days; 0: nothing is kept"},
                                  {.key = "programs.allow",
                                   .environment = {"TROUPE_ALLOW_PROGRAMS"},
                                   .value = host::flag(&FleetSettings::allow_programs),
                                   .help = "on: administrators may make bots that run programs as Troupe's user"}};
  auto of_models = models::setting_rows();
  std::ranges::move(of_models, std::back_inserter(rows));
  return rows;
}

Result<Unit> setup(host::Context& c) {
  auto& kinds = c.make<brains::BotKinds>();
  kinds.add(brains::echo_brain());
  kinds.add(brains::flowise_brain());
  auto& language_models = set_up_models(c);
  kinds.add(brains::openai_brain(&language_models));
  const auto triggers = triggers::set_up_triggers(c, kinds);
  kinds.add(life::program_kind(c.settings().of<FleetSettings>().allow_programs ? std::string()
                                                                               : std::string(brains::kProgramsOff)));
  c.offer(kinds);
  auto& transcribers = c.make<TranscriberRegistry>();
  c.offer(transcribers);
  auto* leases = c.find<host::Leases>();
  const auto& settings = c.settings();
  auto& bots = c.make<service::BotService>(service::Deps{
      .server = {.accounts = c.get<matrix::Accounts>(),
                 .rooms = c.get<matrix::RoomActions>(),
                 .feed = c.get<matrix::Feed>(),
                 .media = c.get<matrix::MediaRepository>(),
                 .streams = c.find<matrix::EventStreams>(),
                 .keys = settings.of<matrix::EncryptionOptions>().bots ? c.find<matrix::KeyExchange>() : nullptr},
      .data =
          {.db = c.db(), .bus = c.bus(), .principals = c.get<identity::Principals>(), .sealing_key = c.sealing_key()},
      .process = {.home = c.io().next().get_executor(),
                  .clock = c.clock(),
                  .ages = host::age_clock(c),
                  .metrics = c.metrics(),
                  .http = c.http(),
                  .transcribers = &transcribers},
      .tasks = {.kinds = kinds,
                .drivers = c.get<runtime::Drivers>(),
                .in_process = c.get<runtime::InProcessDriver>(),
                .state_dir = std::filesystem::absolute(settings.data_dir) / "bots",
                .matrix_address = host::address_here(settings, settings.listen_matrix)},
      .steps = c.make<term::Steps>(),
      .limits = {.records_kept = std::chrono::days(settings.of<FleetSettings>().keep_answered_from_days)},
      .lease = leases ? &leases->get(service::kFleetLease) : nullptr});
  routes::add_fleet_routes(c, bots, triggers.hooks, triggers.late);
  routes::add_spending_routes(c, language_models.spending());
  c.offer(bots);
  c.health("fleet", [&bots] { return bots.health(); });
  c.on_start([&bots] { return bots.start_fleet(); });
  c.on_stop([&bots] { return bots.stop_fleet(); });
  return Unit{};
}

}  // namespace

host::Module fleet_module() {
  const auto all = migrations();
  return {.name = "fleet",
          .migrations = {all.begin(), all.end()},
          .setup = setup,
          .sealed_query =
              "SELECT 1 FROM fleet_bot WHERE sealed_secrets IS NOT NULL OR sealed_password IS NOT NULL "
              "UNION ALL SELECT 1 FROM fleet_device LIMIT 1",
          .settings = settings_of_fleet(),
          .review = models::review_settings,
          .doctor = {{.name = "time zones", .run = examine_time_zones}},
          .backup = {host::backup_of_files(
              "bots", "what bots keep in folders of their own",
              [](const host::Settings& s) -> std::vector<std::filesystem::path> { return {s.data_dir / "bots"}; })}};
}

}  // namespace troupe::fleet
