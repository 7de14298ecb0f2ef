// What the runs of all tasks share.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "assistant/calls/caller.h"
#include "assistant/executor/stop.h"
#include "assistant/own/own_client.h"
#include "assistant/services/services.h"
#include "assistant/tasks/lives.h"
#include "assistant/tasks/tasks.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "runtime/sandbox/commands.h"

namespace troupe::assistant::executor {

/// What a run passes on its way; a test lets the program end there.
enum class Point : std::uint8_t {
  storing,   ///< before something becomes durable
  stored,    ///< after it
  sending,   ///< before a request goes out
  received,  ///< after its answer
};

struct Meters {
  explicit Meters(base::MetricRegistry& registry);
  base::Family<base::Counter>& tasks;  ///< by how they ended, or left off
  base::Family<base::Counter>& steps;  ///< by outcome
  base::Histogram& added;              ///< seconds that storing adds to a step
  base::Gauge& running;
  base::Gauge& waiting;
};

struct Parts {
  tasks::Tasks& tasks;
  services::Services& services;
  calls::Caller& caller;
  own::OwnClient* own;  ///< nullptr: Troupe's own pack has the keys that it was given
  /// Whether anything may still be done for a person; empty: for everybody. Error: not_found, said to people.
  std::function<Task<Unit>(tasks::Who)> may_act;
  bus::Bus& bus;
  const base::Clock& clock;
  runtime::sandbox::Commands* commands;  ///< nullptr: there are none
  tasks::Lives* lives;                   ///< nullptr: whether the database is an older one is not watched
  Meters& meters;
  /// Empty outside tests. One that yields false ends the program there: the run never goes on.
  std::function<bool(Point)> probe;
  std::atomic<int>& under_way;  ///< how often the database is waited for just now
};

/// What others may tell a run.
struct Control {
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> stopping{false};  ///< it is the program that ends, and no person
};

/// In whose name a task runs, and with what right.
inline tasks::Who asker_of(const tasks::TaskRecord& task) {
  return {.tenant_id = task.tenant_id,
          .principal_id = task.owner_id,
          .label = task.owner,
          .role = static_cast<net::route::Role>(task.role),
          .key_id = task.key_id};
}

/// Goes on unless the probe says otherwise. Where there is none, whoever is asked often leaves the coroutine out.
asio::awaitable<void> pass(const Parts& parts, Point point);

}  // namespace troupe::assistant::executor
