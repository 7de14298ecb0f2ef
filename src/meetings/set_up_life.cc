#include <boost/json/parse.hpp>

#include "host/address_here.h"
#include "host/worker_program.h"
#include "meetings/set_up.h"
#include "meetings/whisper/hearing.h"

namespace troupe::meetings {
namespace {

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

/// The bot that comes with this program. Empty: it does not, or nothing runs it.
std::vector<std::string> own_bot() {
  const auto worker = host::find_worker("meeting-bot");
  return worker ? host::node_command(*worker, "src/main.ts").value_or(std::vector<std::string>())
                : std::vector<std::string>();
}

/// The configuration's check has looked at it.
boost::json::object object_of(const std::string& text) {
  return text.empty() ? boost::json::object() : boost::json::parse(text).as_object();
}

/// Where bots reach the platform.
std::string callback_base_of(const Ground& ground) {
  const auto& configured = ground.settings.callback_base;
  if (!configured.empty()) return configured;
  return host::address_here(ground.c.settings(), ground.c.settings().listen_platform);
}

/// Where bots speak WhisperLive.
std::string whisper_url_of(const Ground& ground) {
  const auto& listen = ground.settings.whisper_listen;
  return whisper::bots_address(ground.settings.whisper_base,
                               listen.empty() ? std::string() : host::address_here(ground.c.settings(), listen),
                               callback_base_of(ground));
}

}  // namespace

life::Meetings& set_up_life(const Ground& ground, commands::Lines& lines, life::CallDesk& desk,
                            const summary::Model* model) {
  auto& [c, settings, bell, lease] = ground;
  auto& drivers = c.get<runtime::Drivers>();
  const auto* leases = c.find<host::Leases>();
  auto& keeper =
      c.make<life::Keeper>(life::Keeper::Uses{.db = c.db(),
                                              .drivers = drivers,
                                              .clock = c.clock(),
                                              .key = c.sealing_key(),
                                              .home = c.io().next().get_executor(),
                                              .bell = bell,
                                              .lease = lease,
                                              .name = leases && c.db().shared() ? leases->holder() : std::string(),
                                              .courier = &lines.post(),
                                              .calls = &desk},
                           timing_of(settings),
                           life::BotProgram{.command = settings.bot_command,
                                            .own_command = own_bot(),
                                            .image = settings.bot_image,
                                            .driver = settings.driver,
                                            .driver_config = object_of(settings.bot_driver_config),
                                            .memory_bytes = settings.bot_memory_mib << 20,
                                            .callback_base = callback_base_of(ground),
                                            .notice = settings.notice,
                                            .whisper_url = whisper_url_of(ground)});
  c.health("meetings", [&keeper] { return keeper.trouble(); });
  c.on_start([&keeper] { return keeper.start(); });
  c.on_stop([&keeper] { return keeper.stop(); });
  return c.make<life::Meetings>(
      keeper, c.sealing_key(), drivers,
      life::MeetingOptions{
          .driver = settings.driver,
          .bot_name = settings.bot_name,
          .most_at_once = settings.max_concurrent_bots,
          .zero_is_unlimited = settings.vexa_strict_a,
          .hosts = {.jitsi = settings.jitsi_hosts, .matrix = settings.matrix_hosts},
          .may_record = settings.recordings,
          .sums_up = [model](std::int64_t tenant_id) { return model != nullptr && model->serves(tenant_id); }});
}

}  // namespace troupe::meetings
