// All tasks that run in this process: who runs, who waits for a place, and whoever waits for one to end.
#pragma once
#include <map>
#include <vector>

#include "assistant/executor/executor.h"
#include "assistant/executor/fair_queue.h"
#include "assistant/executor/parts.h"
#include "assistant/executor/run.h"
#include "base/mutex.h"
#include "net/server/server.h"

namespace troupe::assistant::executor {

/// How many at once. People take turns for the places.
struct RunLimits {
  std::size_t running = 1'000;
  std::size_t of_person = 500;
  std::size_t taken_over = 400;        ///< of `running`: what came from processes that are gone
  std::size_t waiting = 20'000;        ///< taken over and not begun: more stay where they are
  std::int64_t at_a_time = 500;        ///< that are taken over by one write
  std::chrono::seconds wait_long{60};  ///< for a place: then it is a finding
};

class Runs final : public Executor {
 public:
  struct Uses {
    tasks::Tasks& tasks;
    services::Services& services;
    calls::Caller& caller;
    own::OwnClient* own = nullptr;                       ///< as Parts has it
    std::function<Task<Unit>(tasks::Who)> may_act = {};  ///< as Parts has it
    bus::Bus& bus;
    const base::Clock& clock;
    runtime::sandbox::Commands* commands;  ///< nullptr: there are none
    tasks::Lives* lives = nullptr;         ///< as Parts has it
    base::MetricRegistry& metrics;
    net::server::IoThreads& io;  ///< where tasks run: each on one of its threads
    RunLimits limits = {};
    std::function<bool(Point)> probe = {};  ///< tests end the program there
  };
  /// What it uses, the threads too, outlives it; but for tests the threads end after stop().
  explicit Runs(Uses uses);

  void start(tasks::Taken taken) override;
  Task<bool> settled(std::string task_id, std::chrono::milliseconds patience) override;
  void wake(const std::string& task_id) override;
  Task<std::vector<Preview>> preview(tasks::Who who, tasks::TaskSpec spec) override;

  /// A job and the first thing at the start: goes on with what processes left that are gone.
  Task<Unit> take_over();
  /// A job: what came to this process without anybody's start().
  Task<Unit> look_for_held();
  /// Ends what can be ended soon, and waits for it. Nothing is started any more.
  Task<Unit> stop();

  /// Nothing when all is well.
  std::optional<std::string> trouble() const;
  /// For tests: how many wait for the database.
  int under_way() const { return under_way_; }
  std::size_t running() const;

 private:
  struct Slot {
    tasks::Claim claim;
    Person person;
    std::int64_t attempt = 0;
    bool taken_over = false;
    bool running = false;
    std::chrono::steady_clock::time_point since;
    std::shared_ptr<Control> control = std::make_shared<Control>();
    std::map<std::uint64_t, std::function<void()>> waiters;
    std::optional<tasks::Taken> next;  ///< it was taken again before this run was over
  };

  void add(tasks::Taken taken, bool taken_over) REQUIRES(mutex_);
  /// Gives free places away.
  void pump();
  std::optional<std::string> next_of(FairQueue& queue) REQUIRES(mutex_);
  void take_place(Slot& slot) REQUIRES(mutex_);
  void begin(std::string task_id);
  asio::awaitable<void> run(std::string task_id, tasks::Claim claim, std::shared_ptr<Control> control);
  void ended(const std::string& task_id, End end);
  std::size_t room() const;

  Meters meters_;
  std::atomic<int> under_way_{0};
  const Parts parts_;
  net::server::IoThreads& io_;
  const RunLimits limits_;

  mutable base::Mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_ GUARDED_BY(mutex_);
  FairQueue asked_ GUARDED_BY(mutex_);                          ///< people wait for these
  FairQueue taken_over_ GUARDED_BY(mutex_);                     ///< nobody does
  std::map<Person, std::size_t> of_person_ GUARDED_BY(mutex_);  ///< that run
  std::size_t running_ GUARDED_BY(mutex_) = 0;
  std::size_t running_taken_over_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::uint64_t waiters_ GUARDED_BY(mutex_) = 0;  ///< there have ever been
};

}  // namespace troupe::assistant::executor
