// Runs the modules' repeating work.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/metrics.h"
#include "host/lease.h"
#include "host/module.h"

namespace troupe::host {

/// Each job waits `every` (up to 5 % more or less, so that jobs of equal length drift apart), runs, and waits again; it
/// never overlaps itself. An Error or an exception is logged and counted, and the next round comes all the same.
/// start() and stop() belong to one thread that is not an I/O thread.
class Jobs {
 public:
  /// `executor_for_next` names the executor of the next job: each must belong to one thread. Singletons leave out the
  /// rounds in which `lease` is not held; without a lease they run always. The lease must outlive the jobs.
  Jobs(std::vector<Job> jobs, std::function<asio::any_io_executor()> executor_for_next, base::MetricRegistry& metrics,
       const Lease* lease = nullptr);
  /// Spreads the jobs over the I/O threads.
  Jobs(std::vector<Job> jobs, net::server::IoThreads& io, base::MetricRegistry& metrics, const Lease* lease = nullptr)
      : Jobs(std::move(jobs), [&io]() -> asio::any_io_executor { return io.next().get_executor(); }, metrics, lease) {}
  /// Stops with a patience of 10 s.
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  void start();
  /// Starts no further round and waits for those that run; the executors must still run. False when some did not end
  /// in time (their names are logged). Idempotent.
  bool stop(std::chrono::milliseconds patience);

 private:
  struct Shared;
  struct Round;
  static asio::awaitable<void> loop(std::shared_ptr<Shared> shared, std::shared_ptr<Round> round);
  std::shared_ptr<Shared> shared_;
};

}  // namespace troupe::host
