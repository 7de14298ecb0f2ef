#include "fleet/triggers/scheduler.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/time/cron.h"
#include "fleet/time/when.h"
#include "matrix/ids.h"

namespace troupe::fleet::triggers {
namespace {

constexpr std::int64_t kAtOnce = 200;
/// The wall clock may jump: look at least this often.
constexpr std::chrono::milliseconds kLookAtSchedulesEvery{30'000};
constexpr std::chrono::milliseconds kRetry{1'000};
constexpr base::UnixMs kLateMs = 60'000;
constexpr base::UnixMs kScheduleKeptMs = 7 * 86'400'000LL;
constexpr base::UnixMs kPruneEveryMs = 3'600'000;

time::TimeZone zone_of(const bots::Schedule& schedule) {
  auto zone = time::TimeZone::find(schedule.zone);
  return zone ? *zone : time::TimeZone::utc();
}

}  // namespace

std::optional<base::UnixMs> following(const bots::Schedule& schedule, base::UnixMs now) {
  if (schedule.cron.empty()) return std::nullopt;
  auto cron = time::Cron::parse(schedule.cron);
  if (!cron) return std::nullopt;
  auto next = cron->next_after(zone_of(schedule), now / 1000);
  if (!next) return std::nullopt;
  return *next * 1000;
}

boost::json::array due_contents(const bots::DueSchedule& due, base::UnixMs now) {
  const auto& schedule = due.schedule;
  bool once = schedule.cron.empty();
  auto parts = matrix::parse_user_id(schedule.user_id);
  std::string name(parts ? parts->localpart : std::string_view(schedule.user_id));
  std::string text = once ? "⏰ " + name + ": " + schedule.text : schedule.text;
  if (now - schedule.next_ms >= kLateMs) {
    text += "\n\n(late by " + time::show_duration((now - schedule.next_ms) / 1000) + ": due " +
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
  auto contents = answers::reply_contents(
      {.text = text}, {.bot_id = due.bot_id,
                       .msgtype = "m.text",
                       .event_id = schedule.thread_root.empty() ? schedule.made_by_event : schedule.thread_root,
                       .thread_root = schedule.thread_root,
                       .quote = false,
                       .hops = answers::kMaxHops});
  if (once && !contents.empty()) {
    contents.front().get_object()["m.mentions"] = {{"user_ids", boost::json::array{schedule.user_id}}};
  }
  return contents;
}

Scheduler::Scheduler(term::Term& term, term::TermStore& store, Outbox& outbox, const Uses& uses)
    : term_(term), store_(store), outbox_(outbox), uses_(uses), wakeup_(term.home()) {}

void Scheduler::begin() {
  auto& bus = uses_.bus;
  subscriptions_.push_back(
      bus.subscribe(std::string(bots::kScheduleChannel), [notify = wakeup_.notifier()](auto) { notify(); }));
  // What is due of a bot that was stopped is said when it runs again.
  subscriptions_.push_back(bus.on_ring(bus::Topic::bots, [notify = wakeup_.notifier()](StreamPos) { notify(); }));
  term_.tasks.spawn("schedules", run());
}

asio::awaitable<void> Scheduler::run() {
  while (!term_.stopping()) {
    auto pause = co_await step();
    if (!pause && !term_.stopping())
      base::log_warning("fleet", "Reminders cannot be read.", {{"reason", pause.error().message()}});
    co_await wakeup_.wait(pause ? *pause : kRetry);
  }
}

Task<std::chrono::milliseconds> Scheduler::step() {
  auto now = uses_.clock.unix_ms();
  struct Found {
    std::vector<bots::DueSchedule> due;
    std::optional<base::UnixMs> next;
  };
  auto look = [now](store::Connection& c) -> Result<Found> {
    return Found{bots::due_schedules(c, now, kAtOnce), bots::next_due(c, now)};
  };
  CO_TRY(auto found, co_await store_.look(look));
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
  const auto aged = uses_.ages.unix_ms();
  bool prune = aged - pruned_ms_ > kPruneEveryMs;
  if (!said.empty() || prune) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& one : said) {
        if (bots::advance_schedule(tx, one.id, one.due, one.next, now)) enqueue(tx, one.message, now);
      }
      if (prune) bots::prune_schedules(tx, aged - kScheduleKeptMs);
      return Unit{};
    };
    CO_TRY(co_await store_.write(write));
    if (prune) pruned_ms_ = aged;
    if (!said.empty()) outbox_.wake();
  }
  if (found.due.size() == kAtOnce) co_return std::chrono::milliseconds(0);
  auto pause = kLookAtSchedulesEvery;
  if (found.next) pause = std::min(pause, std::chrono::milliseconds(std::max<std::int64_t>(1, *found.next - now)));
  co_return pause;
}

}  // namespace troupe::fleet::triggers
