// Sentences that come again by the clock: each time they are said to the assistant in the name of whoever made them.
#pragma once
#include <functional>

#include "assistant/surfaces/people.h"
#include "assistant/surfaces/schedule_store.h"
#include "assistant/surfaces/talk.h"
#include "assistant/surfaces/watcher.h"

namespace troupe::assistant::surfaces {

inline constexpr std::int64_t kMaxSchedulesOfPerson = 25;
inline constexpr std::size_t kMaxScheduleBytes = 4'000;

/// One per program; callable from any thread.
///
/// What only reads runs at once; what writes is put before whoever made the schedule, who answers as to anything else.
/// The person's right is asked for each time: without an account there, the schedule ends.
class Schedules {
 public:
  static constexpr std::chrono::seconds kEvery{10};
  struct Uses {
    const People& people;
    const Talk& talk;
    store::Database& db;
    const base::Clock& clock;
  };
  Schedules(const Uses& uses, std::string surface, Teller& teller);

  /// `draft` has place, text, cron and zone; the rest is filled in. The same `made_by` makes one. Errors: invalid_param
  /// (cron, zone, no text), limit_exceeded.
  Task<Schedule> create(tasks::Who who, Schedule draft);
  /// Of this person in this session, the next first.
  Task<std::vector<Schedule>> list(tasks::Who who, Session session);
  /// False: there is none of this number.
  Task<bool> remove(tasks::Who who, Session session, std::int64_t number);
  /// Says what is due, of each person one: a job of one process. Each time is said once, whatever is killed when; of
  /// several that fell into a time when nothing ran, one.
  Task<Unit> round();

 private:
  Task<Unit> say(Schedule schedule);
  asio::awaitable<void> say_or_put_off(Schedule schedule);
  Task<Unit> end(const std::string& id);
  Task<Unit> put_off(const std::string& id);

  Uses uses_;
  std::string surface_;
  Teller& teller_;
};

}  // namespace troupe::assistant::surfaces
