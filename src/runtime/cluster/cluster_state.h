// What cluster_driver.cc keeps in memory of its tasks, and how the engine's news change it.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

#include "base/mutex.h"
#include "runtime/cluster/cluster_driver.h"
#include "runtime/driver_config.h"
#include "runtime/log_ring.h"

namespace troupe::runtime::cluster {

/// Outlives the driver while something still waits. Everything on `home`, but what has a lock of its own.
struct ClusterState : std::enable_shared_from_this<ClusterState> {
  using Clock = std::chrono::steady_clock;
  struct Entry {
    TaskStatus status;
    Sighting::Phase phase = Sighting::Phase::waiting;
    bool submitted = false;  ///< the engine has it: when it is not listed, it is missing
    std::string trouble;
    bool hopeless = false;
    std::optional<Clock::time_point> missing_since;
    std::shared_ptr<LogRing> ring;
    boost::json::object log_place;
    bool pulling = false;
    std::set<asio::steady_timer*> waiting;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  ClusterState(asio::any_io_executor on, std::shared_ptr<Cluster> engine, base::MetricRegistry& metrics,
               ClusterDriver::Options given);

  Result<EntryPtr> find(const std::string& task_id) const;
  Result<EntryPtr> find_running(const std::string& task_id) const;
  void publish(TaskEventKind kind, const Entry& entry);
  void wake(Entry& entry);
  /// The task has ended, as the engine or this driver says; once.
  void finish(const EntryPtr& entry, TaskState state, ExitResult exit);
  void apply(const EntryPtr& entry, const Sighting& seen);
  void is_well(std::string version);
  void is_unwell(const Error& error);
  EntryPtr adopt(const TaskHandle& handle, const Sighting& seen);

  // Each keeps the state alive by its first parameter.
  static asio::awaitable<void> watch(std::shared_ptr<ClusterState> self);
  static asio::awaitable<void> take(std::shared_ptr<ClusterState> self, std::vector<Sighting> seen);
  static asio::awaitable<void> nap(std::shared_ptr<ClusterState> self, std::chrono::milliseconds time);
  static asio::awaitable<void> sleep(std::shared_ptr<ClusterState> self, EntryPtr entry, Clock::time_point until);
  static asio::awaitable<bool> wait_for_end(std::shared_ptr<ClusterState> self, EntryPtr entry,
                                            Clock::time_point until);
  static Task<std::vector<Sighting>> look(std::shared_ptr<ClusterState> self);
  static Task<Unit> pull(std::shared_ptr<ClusterState> self, EntryPtr entry);
  static Task<Unit> end(std::shared_ptr<ClusterState> self, TaskHandle handle, std::chrono::milliseconds grace,
                        Clock::time_point until);
  static Task<boost::json::object> submit(std::shared_ptr<ClusterState> self, Order order);
  static Task<Unit> make_room(std::shared_ptr<ClusterState> self, std::string task_id);
  static Task<Unit> remove_doubtful(std::shared_ptr<ClusterState> self, std::string task_id);
  void give_back(const EntryPtr& entry, const EntryPtr& before, const Error& error);
  static Task<Unit> run_until_started(std::shared_ptr<ClusterState> self, EntryPtr entry);

  static Task<TaskHandle> start(std::shared_ptr<ClusterState> self, TaskSpec spec);
  static Task<TaskStatus> recover(std::shared_ptr<ClusterState> self, TaskHandle handle);
  static Task<std::vector<TaskHandle>> list(std::shared_ptr<ClusterState> self);
  static Task<ExitResult> wait(std::shared_ptr<ClusterState> self, std::string task_id,
                               std::chrono::milliseconds patience);
  static Task<ExitResult> stop(std::shared_ptr<ClusterState> self, std::string task_id,
                               std::chrono::milliseconds grace);
  static Task<Unit> destroy(std::shared_ptr<ClusterState> self, std::string task_id);
  static Task<TaskStatus> inspect(std::shared_ptr<ClusterState> self, std::string task_id);
  static Task<Unit> signal(std::shared_ptr<ClusterState> self, std::string task_id, int signal);
  static Task<LogPage> follow(std::shared_ptr<ClusterState> self, std::string task_id, std::int64_t after,
                              std::size_t limit, std::chrono::milliseconds patience);

  asio::any_io_executor home;
  std::shared_ptr<Cluster> cluster;
  ClusterDriver::Options options;
  ConfigSchema schema;
  base::Counter& starts;
  base::Family<base::Counter>& exits;
  base::Gauge& running;
  bool over = false;
  std::set<asio::steady_timer*> naps;
  std::map<std::string, EntryPtr> tasks;
  /// Runs, by task, whose order failed half way: the engine may have them, and nobody wants them.
  std::map<std::string, std::set<std::string>> doubtful;
  mutable base::Mutex mutex;
  Fingerprint found GUARDED_BY(mutex);
  base::Observers<const TaskEvent&> events;
};

}  // namespace troupe::runtime::cluster
