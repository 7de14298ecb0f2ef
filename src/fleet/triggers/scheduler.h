// Says what is due. A due row becomes a message of the outbox and moves to its next time in one transaction, so each
// time is said once, whatever is killed when. What fell into a time when the bot did not run is said late, once, with a
// note.
#pragma once
#include "fleet/bots/schedule_store.h"
#include "fleet/triggers/outbox.h"

namespace troupe::fleet::triggers {

/// What a due reminder says; pure. `now` decides whether it is late and how many times of a cron were missed.
boost::json::array due_contents(const bots::DueSchedule& due, base::UnixMs now);
/// Its next time after `now`; nothing for reminders, and for a cron without one.
std::optional<base::UnixMs> following(const bots::Schedule& schedule, base::UnixMs now);

/// One per term of the fleet, on its executor.
class Scheduler {
 public:
  struct Uses {
    bus::Bus& bus;
    const base::Clock& clock;
    const base::Clock& ages;
  };
  Scheduler(term::Term& term, term::TermStore& store, Outbox& outbox, const Uses& uses);
  /// Says what is due until the fleet stops.
  void begin();
  /// There is something new, or the fleet stops.
  void wake() const { wakeup_.notify(); }

 private:
  asio::awaitable<void> run();
  /// How long until the next look.
  Task<std::chrono::milliseconds> step();

  term::Term& term_;
  term::TermStore& store_;
  Outbox& outbox_;
  Uses uses_;
  base::Notify wakeup_;
  std::vector<bus::SubscriptionPtr> subscriptions_;
  base::UnixMs pruned_ms_ = 0;
};

}  // namespace troupe::fleet::triggers
