// Work that only one of several processes on one database may do at a time: the fleet, sweeping jobs.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/task.h"
#include "store/database.h"

namespace troupe::host {

/// The lease under which singleton jobs run.
inline constexpr std::string_view kJobsLease = "jobs";

struct LeaseOptions {
  /// Names this process in the rows. The same at each start on the same data folder: a process that was killed takes
  /// its own lease back at once.
  std::string holder;
  /// After this long without a renewal another process may take a lease.
  std::chrono::milliseconds term{10'000};
  /// No other process can be there (SQLite): everything is taken at once and never renewed.
  bool alone = false;
};

/// Why a lease is not held any more.
enum class LeaseLoss {
  none,     ///< it is held, or never was
  overdue,  ///< it could not be renewed in time: the database did not answer. Nobody may have it
  taken,    ///< another process holds it
};

/// One lease of this process, held or not. Callable from any thread.
class Lease {
 public:
  Lease(std::string name, const base::Clock& clock, bool alone);
  const std::string& name() const { return name_; }

  /// The epoch while this process holds the lease; nothing otherwise, also when the last renewal is too long ago.
  std::optional<std::int64_t> held() const;
  /// What became of it, as far as this process knows.
  LeaseLoss loss() const;
  /// Inside a write that only the holder of `epoch` may make: holds until the commit, because batches of all processes
  /// are ordered. Error: conflict (another process has taken the lease).
  Result<Unit> check(store::Tx& tx, std::int64_t epoch) const;
  /// Called with the new held() after each change, soon after it, from the leases' executor. Must be quick. Before
  /// start().
  void on_change(std::function<void(std::optional<std::int64_t>)> tell);

 private:
  friend class Leases;
  struct Inside;
  std::string name_;
  std::shared_ptr<Inside> inside_;
};

/// All leases of this process; one per program.
///
/// Wall clocks are not compared. The holder renews by counting `beat` up. Whoever wants the lease waits until it has
/// seen the same beat for a whole term by its own monotonic clock, then takes it with the next epoch, in a write that
/// finds the row unchanged. A lease that ran out because the database was away is taken again at once when nobody else
/// has taken it meanwhile. The holder counts its term from before the renewal was sent and gives up a tenth earlier;
/// the other one counts from after it saw it. So held() overlaps only when the monotonic clocks' rates differ by more
/// than a tenth; and whatever the clocks do, check() refuses writes of an old epoch, in the order of commits.
class Leases {
 public:
  Leases(store::Database& db, const base::Clock& clock, LeaseOptions options, base::MetricRegistry& metrics);
  ~Leases();

  /// The name of this process in the rows.
  const std::string& holder() const;
  /// The lease of this name; this process tries to hold it from now on. Lives as long as this object.
  Lease& get(std::string_view name);

  /// One look at all leases: renews those held, takes those that are free. One at a time. Errors: of the database.
  Task<Unit> step();
  /// step() at once, then again and again on the executor. What is free is held when it completes.
  Task<Unit> start(asio::any_io_executor executor);
  /// Gives everything back, so that another process need not wait. Idempotent.
  Task<Unit> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace troupe::host
