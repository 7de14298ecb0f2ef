#include "assistant/surfaces/schedules.h"

#include <boost/asio/this_coro.hpp>
#include <set>

#include "assistant/tasks/redactor.h"
#include "base/async.h"
#include "base/crypto.h"
#include "base/log.h"
#include "fleet/time/cron.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr std::size_t kScheduleIdLength = 22;
constexpr std::int64_t kSchedulesAtOnce = 500;  ///< that are read; of these each person's first is said
constexpr std::chrono::minutes kScheduleRoundPatience{10};
constexpr std::int64_t kListedSchedules = 50;
constexpr std::chrono::milliseconds kSchedulePatience{60'000};
constexpr std::int64_t kShortestIntervalS = 300;
constexpr int kIntervalsChecked = 60;
constexpr base::UnixMs kAfterTroubleMs = 60'000;

using fleet::time::Cron;
using fleet::time::TimeZone;

std::optional<base::UnixMs> next_of(const Schedule& schedule, base::UnixMs now) {
  auto cron = Cron::parse(schedule.cron);
  auto zone = TimeZone::find(schedule.zone);
  if (!cron) return std::nullopt;
  auto next = cron->next_after(zone ? *zone : TimeZone::utc(), now / 1000);
  if (!next) return std::nullopt;
  return *next * 1000;
}

/// Refuses what comes too often. Error: invalid_param.
Result<base::UnixMs> first_time(const Schedule& draft, base::UnixMs now) {
  TRY(auto cron, Cron::parse(draft.cron));
  TRY(auto zone, TimeZone::find(draft.zone));
  auto first = cron.next_after(zone, now / 1000);
  if (!first) return Error(Errc::invalid_param, "These times never come.");
  auto at = first;
  for (int i = 0; i < kIntervalsChecked; ++i) {
    auto next = cron.next_after(zone, *at);
    if (!next) break;
    if (*next - *at < kShortestIntervalS) {
      return Error(Errc::invalid_param, "A schedule may come every five minutes at most.");
    }
    at = next;
  }
  return *first * 1000;
}

TalkRules rules_of(const Schedule& schedule) {
  TalkRules rules{.services = {}, .auto_run_reads = true, .patience = kSchedulePatience};
  const auto* listed = matrix::find(schedule.rules, "services");
  if (listed == nullptr || !listed->is_array()) return rules;
  for (const auto& name : listed->get_array()) {
    if (name.is_string()) rules.services.emplace_back(name.get_string());
  }
  return rules;
}

}  // namespace

Schedules::Schedules(const Uses& uses, std::string surface, Teller& teller)
    : uses_(uses), surface_(std::move(surface)), teller_(teller) {}

Task<Schedule> Schedules::create(tasks::Who who, Schedule draft) {
  if (draft.text.empty()) co_return Error(Errc::invalid_param, "A schedule needs a sentence.");
  if (draft.text.size() > kMaxScheduleBytes) {
    co_return Error(Errc::invalid_param, "The sentence of a schedule may have 4,000 bytes at most.");
  }
  const auto now = uses_.clock.unix_ms();
  CO_TRY(draft.next_ms, first_time(draft, now));
  draft.id = base::random_alphanumeric(kScheduleIdLength);
  draft.text = tasks::storable(draft.text);
  draft.tenant_id = who.tenant_id;
  draft.owner_id = who.principal_id;
  draft.surface = surface_;
  auto write = [&](store::Tx& tx) -> Result<Schedule> {
    if (auto known = schedule_store::made_by(tx, who, draft.made_by)) return *std::move(known);
    if (schedule_store::count(tx, who) >= kMaxSchedulesOfPerson) {
      return Error(Errc::limit_exceeded, "You have as many schedules as one may have: 25.");
    }
    auto made = draft;
    made.number = schedule_store::last_number(tx, who) + 1;
    schedule_store::insert(tx, made);
    return made;
  };
  co_return co_await uses_.db.write(write);
}

Task<std::vector<Schedule>> Schedules::list(tasks::Who who, Session session) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Schedule>> {
    return schedule_store::of_person(c, who, session, kListedSchedules);
  };
  co_return co_await uses_.db.read(look);
}

Task<bool> Schedules::remove(tasks::Who who, Session session, std::int64_t number) {
  auto write = [&](store::Tx& tx) -> Result<bool> { return schedule_store::remove(tx, who, session, number); };
  co_return co_await uses_.db.write(write);
}

Task<Unit> Schedules::round() {
  const auto now = uses_.clock.unix_ms();
  auto find = [&](store::Connection& c) -> Result<std::vector<Schedule>> {
    return schedule_store::due(c, surface_, now, kSchedulesAtOnce);
  };
  CO_TRY(auto due, co_await uses_.db.read(find));
  if (due.empty()) co_return Unit{};
  // Nobody waits for what somebody else's take.
  base::TaskGroup group(co_await asio::this_coro::executor);
  std::set<std::pair<std::int64_t, std::int64_t>> people;
  for (auto& schedule : due) {
    if (!people.emplace(schedule.tenant_id, schedule.owner_id).second) continue;
    group.spawn("assistant: a schedule", say_or_put_off(std::move(schedule)));
  }
  (void)co_await group.join(kScheduleRoundPatience);
  co_return Unit{};
}

asio::awaitable<void> Schedules::say_or_put_off(Schedule schedule) {
  const auto id = schedule.id;
  const auto said = co_await say(std::move(schedule));
  if (said) co_return;
  base::log_warning("assistant", "A schedule could not be said to the assistant.",
                    {{"schedule", id}, {"reason", said.error().message()}});
  // It is not to hold up the person's others: its time comes again.
  (void)co_await put_off(id);
}

Task<Unit> Schedules::end(const std::string& id) {
  auto remove = [&](store::Tx& tx) -> Result<Unit> {
    schedule_store::remove(tx, id);
    return Unit{};
  };
  co_return co_await uses_.db.write(remove);
}

Task<Unit> Schedules::put_off(const std::string& id) {
  const auto until = uses_.clock.unix_ms() + kAfterTroubleMs;
  auto wait = [&](store::Tx& tx) -> Result<Unit> {
    schedule_store::put_off(tx, id, until);
    return Unit{};
  };
  co_return co_await uses_.db.write(wait);
}

Task<Unit> Schedules::say(Schedule schedule) {
  auto look = [&](store::Connection& c) -> Result<bool> { return teller_.is_open(c, schedule.place); };
  auto open = co_await uses_.db.read(look);
  if (!open && open.error().code() == Errc::not_found) co_return co_await end(schedule.id);
  if (!open) co_return std::unexpected(std::move(open).error());
  if (!*open) co_return co_await put_off(schedule.id);
  auto who = co_await uses_.people.of(schedule.person, schedule.tenant_id);
  if (!who && who.error().code() == Errc::forbidden) co_return co_await end(schedule.id);
  if (!who) co_return std::unexpected(std::move(who).error());
  const auto key = "schedule:" + schedule.id + ":" + std::to_string(schedule.next_ms);
  auto thread = thread_from(schedule.thread);
  auto keep = [&](Thread begun) -> Task<Unit> {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      schedule_store::keep_thread(tx, schedule.id, to_json(begun));
      return Unit{};
    };
    co_return co_await uses_.db.write(write);
  };
  Heard heard{.who = *who,
              .session = {.surface = surface_, .name = schedule.session},
              .person = schedule.person,
              .text = schedule.text,
              .message = key,
              .key = key,
              .place = schedule.place,
              .matrix_user = schedule.person};
  CO_TRY(auto said, co_await uses_.talk.say(std::move(heard), thread, rules_of(schedule),
                                            {.wanted = [] { return true; }, .doing = {}, .keep = keep}));
  auto put = said.reply ? shown(*said.reply) : Shown{};
  if (said.reply) co_await teller_.show_files(*who, schedule.place, *said.reply, put);
  put.text = "⏰ " + schedule.text + "\n\n" + (said.words.empty() ? "" : said.words + "\n\n") + put.text;
  const auto now = uses_.clock.unix_ms();
  const auto next = next_of(schedule, now);
  const Watch place{.tenant_id = schedule.tenant_id,
                    .owner_id = schedule.owner_id,
                    .surface = surface_,
                    .session = schedule.session,
                    .person = schedule.person,
                    .place = schedule.place};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    auto row = schedule_store::find(tx, schedule.id);
    if (!row || row->next_ms != schedule.next_ms) return Unit{};
    TRY(teller_.tell(tx, place, put, key, now));
    schedule_store::keep_thread(tx, schedule.id, to_json(thread));
    if (next) {
      schedule_store::advance(tx, schedule.id, schedule.next_ms, *next);
    } else {
      schedule_store::remove(tx, schedule.id);
    }
    return Unit{};
  };
  auto done = co_await uses_.db.write(write, {.savepoint = true});
  if (done) teller_.ring();
  co_return done;
}

}  // namespace troupe::assistant::surfaces
