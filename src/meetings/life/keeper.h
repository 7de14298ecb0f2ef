// Looks after every meeting until nothing of it runs any more: starts its bot, watches it by its driver, ends it when
// its time is over, takes its container away, tries again; finds all of it again after a restart of Troupe. What is to
// be done follows from the stored row alone.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>

#include "base/async.h"
#include "base/crypto.h"
#include "host/lease.h"
#include "meetings/life/bot.h"
#include "meetings/life/journal.h"
#include "runtime/task_driver.h"

namespace troupe::meetings::life {

class Keeper {
 public:
  /// All of it outlives this. `home` runs on one thread; `lease`: only its holder looks after meetings, none: nobody
  /// else can be there.
  struct Uses {
    store::Database& db;
    const runtime::Drivers& drivers;
    const base::Clock& clock;
    const base::SealingKey& key;
    asio::any_io_executor home;
    host::Lease* lease = nullptr;
  };
  Keeper(const Uses& uses, Timing timing, BotProgram program);
  ~Keeper();

  Task<Unit> start();
  /// Bots go on.
  Task<Unit> stop();
  /// Something was written about this meeting. Any thread.
  void wake(MeetingId id) const;
  const Timing& timing() const { return timing_; }
  const base::Clock& clock() const { return uses_.clock; }
  store::Database& db() const { return uses_.db; }

 private:
  struct Live;
  using LivePtr = std::shared_ptr<Live>;
  using Wait = std::chrono::milliseconds;

  bool is_mine() const;
  asio::awaitable<void> run();
  Task<Unit> take_over();
  asio::awaitable<void> end_strays(std::vector<MeetingId> cared_for);
  asio::awaitable<void> keep(MeetingId id, LivePtr live);
  /// How long until the next look.
  asio::awaitable<Wait> attend(records::Kept kept, LivePtr live);
  asio::awaitable<Wait> launch(records::Kept kept, LivePtr live);
  Task<runtime::TaskHandle> start_task(records::Kept kept, runtime::TaskDriver* driver);
  asio::awaitable<Wait> watch(records::Kept kept, LivePtr live);
  asio::awaitable<Wait> take_away(records::Kept kept, LivePtr live);
  /// Yields how it ended, and its last lines.
  Task<Notes> end_task(records::Kept kept, LivePtr live);
  Task<Outcome> record(MeetingId id, Happening happening);
  /// Zero when it could be recorded.
  asio::awaitable<Wait> recorded(MeetingId id, Happening happening);
  runtime::TaskDriver* driver_of(const Meeting& meeting) const;
  std::optional<runtime::TaskHandle> handle_of(const Attempt& attempt) const;
  void heard(const runtime::TaskEvent& event) const;

  Uses uses_;
  Timing timing_;
  BotProgram program_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  std::shared_ptr<base::Notify> look_;
  std::map<MeetingId, LivePtr> live_;
  std::vector<base::SubscriptionPtr> listening_;
  std::map<std::string, runtime::TaskHandle> found_;  ///< by task id: what ran when this process took over
  bool has_taken_over_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< events are posted, and may come late
};

}  // namespace troupe::meetings::life
