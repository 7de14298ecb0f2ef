// Looks after every meeting until nothing of it runs any more: starts its bot, watches it by its driver, ends it when
// its time is over, takes its container away, tries again; finds all of it again after a restart of Troupe. What is to
// be done follows from the stored row alone.
#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <set>

#include "base/async.h"
#include "base/crypto.h"
#include "base/mutex.h"
#include "host/lease.h"
#include "meetings/life/bot.h"
#include "meetings/life/call_desk.h"
#include "meetings/life/courier.h"
#include "meetings/life/journal.h"
#include "meetings/records/bell.h"
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
    const records::Bell& bell;
    host::Lease* lease = nullptr;
    /// Of this process among those on this database, the same at each start; empty: there is no other.
    std::string name{};
    Courier* courier = nullptr;  ///< none: bots are told nothing but signals
    CallDesk* calls = nullptr;   ///< none: bots go into Matrix calls as guests
  };
  Keeper(const Uses& uses, Timing timing, BotProgram program);
  ~Keeper();

  Task<Unit> start();
  /// Bots go on.
  Task<Unit> stop();
  /// Something was written about this meeting: looks at it, and tells who follows it. Any thread.
  void wake(MeetingId id) const;
  /// For a health check: why meetings are not looked after; nothing: they are, or another process does. Any thread.
  std::optional<std::string> trouble() const;
  /// What was decided outside of this Keeper, for those who follow meetings by Redis. Any thread.
  void announce(const Outcome& outcome) const;
  /// Whether there is a way on which bots could hear commands. Any thread.
  bool reaches_bots() const { return uses_.courier && !uses_.courier->address_for({}).empty(); }
  const Timing& timing() const { return timing_; }
  const base::Clock& clock() const { return uses_.clock; }
  store::Database& db() const { return uses_.db; }

 private:
  struct Live;
  using LivePtr = std::shared_ptr<Live>;
  using Wait = std::chrono::milliseconds;

  bool is_mine() const;
  /// What can be done just now by this process; what a start, stop or removal asks first.
  Result<Unit> may_act() const;
  asio::awaitable<void> run();
  Task<Unit> look_after();
  void look_for_strays(std::vector<std::string> drivers);
  asio::awaitable<void> end_strays(runtime::TaskDriver* driver);
  /// The lease is another process's: what this one started on its own machine nobody else can stop.
  void watch_others();
  asio::awaitable<void> let_go();
  Task<Unit> let_go_of(records::Kept kept);
  asio::awaitable<void> keep(MeetingId id, LivePtr live);
  /// Nothing: it needs no care any more.
  asio::awaitable<std::optional<Wait>> one_round(MeetingId id, LivePtr live);
  /// How long until the next look.
  asio::awaitable<Wait> attend(records::Kept kept, LivePtr live);
  asio::awaitable<Wait> launch(records::Kept kept, LivePtr live);
  asio::awaitable<Wait> has_started(records::Kept kept, LivePtr live, runtime::TaskHandle handle);
  /// What its driver knows of it. Nothing: it was asked by the handle and for all it has, and does not know it. Errors:
  /// it could not be asked, which proves nothing.
  Task<std::optional<runtime::TaskStatus>> find_task(records::Kept kept, runtime::TaskDriver* driver);
  /// Another process started it on a machine of its own: that nobody here knows it is no proof.
  bool is_elsewhere(const records::Kept& kept, const std::optional<runtime::TaskStatus>& status) const;
  asio::awaitable<void> note_elsewhere(records::Kept kept, LivePtr live);
  /// Whether its driver has not known it for so long that it is believed.
  bool is_long_unknown(Live& live, std::int64_t attempt, Wait patience) const;
  /// Whether a start may be tried: fails where the driver's engine is known to be unwell, and cannot be asked either.
  Task<Unit> is_there(const records::Kept& kept, runtime::TaskDriver* driver);
  Task<runtime::TaskHandle> start_task(records::Kept kept, runtime::TaskDriver* driver);
  asio::awaitable<Wait> watch(records::Kept kept, LivePtr live);
  asio::awaitable<Wait> take_away(records::Kept kept, LivePtr live);
  /// Whether somebody heard it.
  asio::awaitable<bool> is_told(const records::Kept& kept, std::string body);
  /// Has it told, and watches it until it has followed or its time for that is over.
  asio::awaitable<Wait> reconfigure(records::Kept kept, LivePtr live);
  /// How long until the next look at one that was told to leave. Nothing: what ends it otherwise comes now.
  asio::awaitable<std::optional<Wait>> ask_to_leave(const records::Kept& kept, LivePtr live);
  /// Yields how it ended, and its last lines.
  Task<Notes> end_task(records::Kept kept, LivePtr live);
  Task<Outcome> record(MeetingId id, Happening happening);
  /// Zero when it could be recorded.
  asio::awaitable<Wait> recorded(MeetingId id, Happening happening);
  runtime::TaskDriver* driver_of(const Meeting& meeting) const;
  std::optional<runtime::TaskHandle> handle_of(const Attempt& attempt) const;
  void heard(const runtime::TaskEvent& event) const;
  void set_trouble(std::string text);
  void set_failing(Live& live, bool is_failing);

  Uses uses_;
  Timing timing_;
  BotProgram program_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  std::shared_ptr<base::Notify> look_;
  std::map<MeetingId, LivePtr> live_;
  std::vector<base::SubscriptionPtr> listening_;
  std::optional<std::chrono::steady_clock::time_point> lets_go_at_;  ///< while the lease is another's
  bool is_letting_go_ = false;
  std::set<std::string> sweeping_;  ///< drivers that are asked for strays just now
  std::optional<std::chrono::steady_clock::time_point> swept_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< events are posted, and may come late
  const std::weak_ptr<bool> still_there_ = alive_;              ///< for other threads: it never changes
  std::atomic<int> failing_ = 0;
  mutable base::Mutex trouble_mutex_;
  std::string trouble_ GUARDED_BY(trouble_mutex_);
};

}  // namespace troupe::meetings::life
