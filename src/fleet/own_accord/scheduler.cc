#include "fleet/own_accord/scheduler.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/time/cron.h"
#include "fleet/time/when.h"
#include "fleet/turns/rules.h"
#include "matrix/ids.h"

namespace troupe::fleet {
namespace {

constexpr std::int64_t kAtOnce = 200;
/// The wall clock may jump: look at least this often.
constexpr std::chrono::milliseconds kLookEvery{30'000};
constexpr std::chrono::milliseconds kRetry{1'000};
constexpr base::UnixMs kLateMs = 60'000;
constexpr base::UnixMs kKeptMs = 7 * 86'400'000LL;
constexpr base::UnixMs kPruneEveryMs = 3'600'000;

TimeZone zone_of(const Schedule& schedule) {
  auto zone = TimeZone::find(schedule.zone);
  return zone ? *zone : TimeZone::utc();
}

}  // namespace

std::optional<base::UnixMs> following(const Schedule& schedule, base::UnixMs now) {
  if (schedule.cron.empty()) return std::nullopt;
  auto cron = Cron::parse(schedule.cron);
  if (!cron) return std::nullopt;
  auto next = cron->next_after(zone_of(schedule), now / 1000);
  if (!next) return std::nullopt;
  return *next * 1000;
}

boost::json::array due_contents(const DueSchedule& due, base::UnixMs now) {
  const auto& schedule = due.schedule;
  bool once = schedule.cron.empty();
  auto parts = matrix::parse_user_id(schedule.user_id);
  std::string name(parts ? parts->localpart : std::string_view(schedule.user_id));
  std::string text = once ? "⏰ " + name + ": " + schedule.text : schedule.text;
  if (now - schedule.next_ms >= kLateMs) {
    text += "\n\n(late by " + show_duration((now - schedule.next_ms) / 1000) + ": due " +
            zone_of(schedule).show(schedule.next_ms / 1000);
    if (!once) {
      // How many more fell into the same gap; a hundred is enough to say.
      int missed = 0;
      auto at = following(schedule, schedule.next_ms);
      while (at && *at <= now && missed < 100) {
        ++missed;
        at = following(schedule, *at);
      }
      if (missed > 0)
        text += "; " + std::to_string(missed) + (missed == 100 ? " or more" : "") + " later ones left out";
    }
    text += ")";
  }
  // A text, since clients do not notify of notices; so far from a person that no other bot answers it.
  auto contents = reply_contents(
      {.text = text}, {.bot_id = due.bot_id,
                       .msgtype = "m.text",
                       .event_id = schedule.thread_root.empty() ? schedule.made_by_event : schedule.thread_root,
                       .thread_root = schedule.thread_root,
                       .quote = false,
                       .hops = kMaxHops});
  if (once && !contents.empty()) {
    contents.front().get_object()["m.mentions"] = {{"user_ids", boost::json::array{schedule.user_id}}};
  }
  return contents;
}

Scheduler::Scheduler(Shared& shared, Outbox& outbox) : shared_(shared), outbox_(outbox), bell_(shared.deps.home) {}

void Scheduler::begin() {
  auto& bus = shared_.deps.bus;
  subscriptions_.push_back(bus.subscribe(std::string(kScheduleChannel), [ring = bell_.ringer()](auto) { ring(); }));
  // What is due of a bot that was stopped is said when it runs again.
  subscriptions_.push_back(bus.on_ring(bus::Topic::bots, [ring = bell_.ringer()](StreamPos) { ring(); }));
  shared_.tasks.spawn("schedules", run());
}

asio::awaitable<void> Scheduler::run() {
  while (!shared_.stopping()) {
    auto pause = co_await step();
    if (!pause && !shared_.stopping())
      base::log_warning("fleet", "Reminders cannot be read.", {{"reason", pause.error().message()}});
    co_await bell_.wait(pause ? *pause : kRetry);
  }
}

Task<std::chrono::milliseconds> Scheduler::step() {
  auto now = shared_.deps.clock.unix_ms();
  struct Found {
    std::vector<DueSchedule> due;
    std::optional<base::UnixMs> next;
  };
  auto look = [now](store::Connection& c) -> Result<Found> {
    return Found{due_schedules(c, now, kAtOnce), next_due(c, now)};
  };
  CO_TRY(auto found, co_await shared_.deps.db.read(look));
  struct Said {
    Outgoing message;
    std::optional<base::UnixMs> next;
    base::UnixMs due = 0;
    std::int64_t id = 0;
  };
  std::vector<Said> said;
  for (const auto& due : found.due) {
    const auto& schedule = due.schedule;
    said.push_back(
        {.message = {.id = 0,
                     .bot = schedule.bot,
                     .tenant_id = schedule.tenant_id,
                     .room_id = schedule.room_id,
                     .origin = schedule.cron.empty() ? "reminder" : "schedule",
                     .dedup_key = "schedule:" + std::to_string(schedule.id) + ":" + std::to_string(schedule.next_ms),
                     .contents = due_contents(due, now)},
         .next = following(schedule, now),
         .due = schedule.next_ms,
         .id = schedule.id});
  }
  const auto aged = shared_.deps.ages.unix_ms();
  bool prune = aged - pruned_ms_ > kPruneEveryMs;
  if (!said.empty() || prune) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& one : said) {
        if (advance_schedule(tx, one.id, one.due, one.next, now)) enqueue(tx, one.message, now);
      }
      if (prune) prune_schedules(tx, aged - kKeptMs);
      return Unit{};
    };
    CO_TRY(co_await shared_.write(write));
    if (prune) pruned_ms_ = aged;
    if (!said.empty()) outbox_.wake();
  }
  if (found.due.size() == kAtOnce) co_return std::chrono::milliseconds(0);
  auto pause = kLookEvery;
  if (found.next) pause = std::min(pause, std::chrono::milliseconds(std::max<std::int64_t>(1, *found.next - now)));
  co_return pause;
}

}  // namespace troupe::fleet
