#include "runtime/cluster/cluster_driver.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "runtime/cluster/cluster_state.h"
#include "runtime/driver_words.h"
#include "runtime/homed_verbs.h"

namespace troupe::runtime::cluster {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMostKeptLogBytes = 256 * 1024;
constexpr std::size_t kRunBytes = 10;
constexpr int kSubmitTries = 3;
constexpr std::size_t kMostDoubtful = 1'000;
constexpr milliseconds kBetweenTries{500};

bool is_away(const Error& error) { return error.code() == Errc::unavailable || error.code() == Errc::timed_out; }

}  // namespace

/// Ends the run at the engine; while that is away, again and again.
Task<Unit> ClusterState::end(std::shared_ptr<ClusterState> self, TaskHandle handle, milliseconds grace,
                             Clock::time_point until) {
  while (true) {
    const auto ended = co_await self->cluster->end(handle, grace);
    if (ended || !is_away(ended.error()) || Clock::now() + kBetweenTries >= until) co_return ended;
    co_await nap(self, kBetweenTries);
  }
}

/// An ended run of an earlier life of this program stands in the way, or one that nobody wants; one that runs stays.
Task<Unit> ClusterState::make_room(std::shared_ptr<ClusterState> self, std::string task_id) {
  const auto known = self->doubtful.find(task_id);
  const auto unwanted = known == self->doubtful.end() ? std::set<std::string>() : known->second;
  CO_TRY(const auto seen, co_await look(self));
  for (const auto& sighting : seen) {
    if (sighting.task_id != task_id) continue;
    if (sighting.phase != Sighting::Phase::ended && !unwanted.contains(sighting.run)) {
      co_return runs_already(task_id);
    }
    CO_TRY(co_await self->cluster->remove({.driver = std::string(self->cluster->name()),
                                           .task_id = task_id,
                                           .run = sighting.run,
                                           .state = sighting.state}));
  }
  self->doubtful.erase(task_id);
  co_return Unit{};
}

/// What an order that failed half way may have left running, while the task has no other run.
Task<Unit> ClusterState::remove_doubtful(std::shared_ptr<ClusterState> self, std::string task_id) {
  if (!self->doubtful.contains(task_id)) co_return Unit{};
  const auto unwanted = self->doubtful.at(task_id);
  CO_TRY(const auto seen, co_await look(self));
  for (const auto& sighting : seen) {
    if (sighting.task_id != task_id || !unwanted.contains(sighting.run)) continue;
    CO_TRY(co_await self->cluster->remove({.driver = std::string(self->cluster->name()),
                                           .task_id = task_id,
                                           .run = sighting.run,
                                           .state = sighting.state}));
  }
  if (const auto known = self->doubtful.find(task_id); known != self->doubtful.end()) {
    for (const auto& run : unwanted) known->second.erase(run);
    if (known->second.empty()) self->doubtful.erase(known);
  }
  co_return Unit{};
}

/// Whoever waits for the task of a start that failed must hear that there is none.
void ClusterState::give_back(const EntryPtr& entry, const EntryPtr& before, const Error& error) {
  const auto& id = entry->status.handle.task_id;
  if (before) {
    tasks[id] = before;
  } else {
    tasks.erase(id);
  }
  entry->submitted = false;
  entry->status.state = TaskState::lost;
  entry->status.exit = lost_because("The task was not started: " + error.message());
  entry->phase = Sighting::Phase::ended;
  wake(*entry);
}

/// A try whose answer was lost may have reached the engine: the same order again is the same run.
Task<boost::json::object> ClusterState::submit(std::shared_ptr<ClusterState> self, Order order) {
  bool made_room = false;
  for (int tries = 1;; ++tries) {
    auto state = co_await self->cluster->submit(order);
    if (state) co_return state;
    if (state.error().code() == Errc::conflict && !made_room) {
      made_room = true;
      CO_TRY(co_await make_room(self, order.spec.id));
      continue;
    }
    if (!is_away(state.error()) || tries >= kSubmitTries) co_return state;
    co_await nap(self, kBetweenTries);
  }
}

Task<Unit> ClusterState::run_until_started(std::shared_ptr<ClusterState> self, EntryPtr entry) {
  const auto until = Clock::now() + self->options.start_patience;
  while (entry->phase == Sighting::Phase::waiting && !entry->hopeless && Clock::now() < until) {
    co_await sleep(self, entry, until);
  }
  if (entry->phase != Sighting::Phase::waiting || entry->status.state != TaskState::running) co_return Unit{};
  auto why = entry->trouble;
  const auto handle = entry->status.handle;
  if (why.empty()) why = (co_await self->cluster->why_waiting(handle)).value_or("");
  if (entry->phase != Sighting::Phase::waiting) co_return Unit{};  // it has come to life meanwhile
  const auto removed = co_await self->cluster->remove(handle);
  if (!removed) {
    base::log_warning(
        "runtime", "a task that did not start could not be removed",
        {{"driver", self->cluster->name()}, {"task", handle.task_id}, {"error", removed.error().message()}});
  }
  self->finish(entry, TaskState::exited,
               {.code = -1, .error = "The task did not start: " + (why.empty() ? "it was not placed in time" : why)});
  co_return Unit{};
}

Task<TaskHandle> ClusterState::start(std::shared_ptr<ClusterState> self, TaskSpec spec) {
  CO_TRY(check_for_driver(spec, self->cluster->name(), self->cluster->capabilities(), self->schema));
  CO_TRY(self->cluster->check(spec));
  const auto id = spec.id;
  const auto known = self->tasks.find(id);
  const auto before = known == self->tasks.end() ? nullptr : known->second;
  if (before && before->status.state == TaskState::running) {
    co_return runs_already(id);
  }
  auto entry = std::make_shared<Entry>();
  entry->status.handle = {.driver = std::string(self->cluster->name()),
                          .task_id = id,
                          .run = base::hex(base::as_bytes(base::random_bytes(kRunBytes))),
                          .state = {}};
  entry->status.started_at = base::system_clock().unix_ms();
  const auto most = std::min(spec.output.file_bytes * spec.output.files, kMostKeptLogBytes);
  entry->ring = std::make_shared<LogRing>(most, spec.output.line_bytes);
  self->tasks[id] = entry;  // from here on a second start is a conflict
  Order order{.spec = std::move(spec), .run = entry->status.handle.run};
  if (before) {
    [[maybe_unused]] const auto last_lines = co_await pull(self, before);
    const auto newest = before->ring->read(-1, 1);
    order.log_after = newest.lines.empty() ? 0 : newest.lines.back().seq;
    entry->ring = before->ring;
    entry->ring->resize(most, order.spec.output.line_bytes);
    const auto removed = co_await self->cluster->remove(before->status.handle);
    if (!removed) {
      self->give_back(entry, before, removed.error());
      co_return std::unexpected(removed.error());
    }
  }
  if (!before || self->doubtful.contains(id)) {
    // A run that an earlier life of this program or an order without an answer has left: where this order differs from
    // that one, the engine may take both.
    const auto room = co_await make_room(self, id);
    if (!room) {
      self->give_back(entry, before, room.error());
      co_return std::unexpected(room.error());
    }
  }
  entry->status.handle.state["log_after"] = order.log_after;
  auto state = co_await submit(self, std::move(order));
  if (!state) {
    // Whatever the error is: an order of several steps may have failed at a later one.
    if (self->doubtful.contains(id) || self->doubtful.size() < kMostDoubtful) {
      self->doubtful[id].insert(entry->status.handle.run);
    }
    self->give_back(entry, before, state.error());
    co_return std::unexpected(state.error());
  }
  for (auto& member : *state) entry->status.handle.state.insert_or_assign(member.key(), member.value());
  entry->submitted = true;
  self->running.add(1);
  self->starts.add();
  CO_TRY(co_await run_until_started(self, entry));
  co_return entry->status.handle;
}

ClusterState::EntryPtr ClusterState::adopt(const TaskHandle& handle, const Sighting& seen) {
  auto entry = std::make_shared<Entry>();
  entry->status.handle = handle;
  for (const auto& member : seen.state) entry->status.handle.state.insert_or_assign(member.key(), member.value());
  entry->status.started_at = seen.started_at;
  entry->ring = std::make_shared<LogRing>(kMostKeptLogBytes, OutputLimits{}.line_bytes, seen.log_after);
  // It was told as started by the life of this program that did so.
  entry->phase = Sighting::Phase::running;
  entry->submitted = true;
  running.add(1);
  tasks[handle.task_id] = entry;
  apply(entry, seen);
  return entry;
}

Task<TaskStatus> ClusterState::recover(std::shared_ptr<ClusterState> self, TaskHandle handle) {
  if (handle.driver != self->cluster->name() || !is_task_id(handle.task_id) || handle.run.empty()) {
    co_return Error(Errc::invalid_param,
                    "This is not a handle of a task of the driver '" + std::string(self->cluster->name()) + "'.");
  }
  const auto is_known = [&]() -> EntryPtr {
    const auto known = self->tasks.find(handle.task_id);
    return known != self->tasks.end() && known->second->status.handle.run == handle.run ? known->second : nullptr;
  };
  if (const auto known = is_known()) co_return known->status;
  CO_TRY(const auto seen, co_await look(self));
  if (const auto known = is_known()) co_return known->status;
  const auto is_free = !self->tasks.contains(handle.task_id);
  for (const auto& sighting : seen) {
    if (is_free && sighting.task_id == handle.task_id && sighting.run == handle.run) {
      co_return self->adopt(handle, sighting)->status;
    }
  }
  if (is_free) {
    CO_TRY(const auto gone, co_await self->cluster->is_gone(handle));
    if (!gone)
      co_return Error(Errc::unavailable, "The engine lists the task " + handle.task_id + " not, and knows it.");
  }
  auto entry = std::make_shared<Entry>();
  entry->status.handle = std::move(handle);
  entry->status.state = TaskState::lost;
  entry->status.exit = lost_because(std::string(self->cluster->title()) +
                                    " does not know the task any more, and nobody knows how it ended.");
  entry->phase = Sighting::Phase::ended;
  entry->ring = std::make_shared<LogRing>(kMostKeptLogBytes, OutputLimits{}.line_bytes);
  self->tasks.try_emplace(entry->status.handle.task_id, entry);
  co_return entry->status;
}

Task<std::vector<TaskHandle>> ClusterState::list(std::shared_ptr<ClusterState> self) {
  CO_TRY(auto seen, co_await look(self));
  std::map<std::string, TaskHandle> handles;
  for (auto& sighting : seen) {
    sighting.state["log_after"] = sighting.log_after;
    TaskHandle handle{.driver = std::string(self->cluster->name()),
                      .task_id = std::move(sighting.task_id),
                      .run = std::move(sighting.run),
                      .state = std::move(sighting.state)};
    handles.try_emplace(handle.run, std::move(handle));
  }
  for (const auto& [id, entry] : self->tasks) handles.insert_or_assign(entry->status.handle.run, entry->status.handle);
  std::vector<TaskHandle> found;
  for (auto& [run, handle] : handles) found.push_back(std::move(handle));
  co_return found;
}

Task<ExitResult> ClusterState::wait(std::shared_ptr<ClusterState> self, std::string task_id, milliseconds patience) {
  CO_TRY(auto entry, self->find(task_id));
  if (!co_await wait_for_end(self, entry, Clock::now() + patience)) {
    co_return still_runs(task_id);
  }
  co_return *entry->status.exit;
}

Task<ExitResult> ClusterState::stop(std::shared_ptr<ClusterState> self, std::string task_id, milliseconds grace) {
  const auto known = self->find(task_id);
  if (!known || (*known)->status.state != TaskState::running) CO_TRY(co_await remove_doubtful(self, task_id));
  CO_TRY(auto entry, self->find(task_id));
  CO_TRY(check_grace(grace));
  if (entry->status.state != TaskState::running) co_return *entry->status.exit;
  [[maybe_unused]] const auto last_lines = co_await pull(self, entry);  // an engine may drop them with the run
  const auto graceful = Clock::now() + grace;
  const auto last = graceful + self->options.kill_patience;
  if (grace > milliseconds(0) && entry->submitted) {
    CO_TRY(co_await end(self, entry->status.handle, grace, last));
    if (co_await wait_for_end(self, entry, graceful)) co_return *entry->status.exit;
  }
  // A start that is still under way hands the order over meanwhile.
  while (!entry->submitted && entry->status.state == TaskState::running && Clock::now() < last) {
    co_await sleep(self, entry, std::min(last, Clock::now() + self->options.poll));
  }
  if (entry->status.state == TaskState::running) {
    // Nothing is ended of which the engine has told no name.
    if (!entry->submitted) co_return Error(Errc::timed_out, "The task " + task_id + " is still being started.");
    CO_TRY(co_await end(self, entry->status.handle, milliseconds(0), last));
  }
  if (co_await wait_for_end(self, entry, last)) co_return *entry->status.exit;
  co_return Error(Errc::timed_out, "The task " + task_id + " was killed, and " + std::string(self->cluster->title()) +
                                       " does not say that it is dead.");
}

Task<Unit> ClusterState::destroy(std::shared_ptr<ClusterState> self, std::string task_id) {
  if (const auto now = self->find(task_id); now && (*now)->status.state == TaskState::running) {
    CO_TRY(co_await stop(self, task_id, milliseconds(0)));
  }
  const auto known = self->find(task_id);  // a start that failed meanwhile has given it back
  if (known) CO_TRY(co_await self->cluster->remove((*known)->status.handle));
  // What an earlier life of this program has left behind.
  CO_TRY(const auto seen, co_await look(self));
  for (const auto& sighting : seen) {
    if (sighting.task_id != task_id) continue;
    CO_TRY(co_await self->cluster->remove({.driver = std::string(self->cluster->name()),
                                           .task_id = task_id,
                                           .run = sighting.run,
                                           .state = sighting.state}));
  }
  self->doubtful.erase(task_id);
  if (known && self->find(task_id).value_or(nullptr) == *known) {
    self->tasks.erase(task_id);
    self->publish(TaskEventKind::destroyed, **known);
  }
  co_return Unit{};
}

Task<TaskStatus> ClusterState::inspect(std::shared_ptr<ClusterState> self, std::string task_id) {
  CO_TRY(auto entry, self->find(task_id));
  co_return entry->status;
}

Task<Unit> ClusterState::signal(std::shared_ptr<ClusterState> self, std::string task_id, int signal) {
  if (!self->cluster->capabilities().signals) {
    co_return Error(Errc::unsupported,
                    "The task driver '" + std::string(self->cluster->name()) + "' sends no signals.");
  }
  CO_TRY(check_signal(signal));
  CO_TRY(auto entry, self->find_running(task_id));
  co_return co_await self->cluster->signal(entry->status.handle, signal);
}

Task<LogPage> ClusterState::follow(std::shared_ptr<ClusterState> self, std::string task_id, std::int64_t after,
                                   std::size_t limit, milliseconds patience) {
  CO_TRY(auto entry, self->find(task_id));
  CO_TRY(check_log_limit(limit));
  const auto until = Clock::now() + patience;
  while (true) {
    const auto pulled = co_await pull(self, entry);
    auto page = entry->ring->read(after, limit);
    const auto now = Clock::now();
    if (!page.lines.empty()) co_return page;
    if (now >= until) {
      // What is in memory is as much as can be told of a run that the engine has forgotten.
      if (!pulled && entry->status.state == TaskState::running && is_away(pulled.error()))
        co_return std::unexpected(pulled.error());
      co_return page;
    }
    co_await sleep(self, entry, std::min(until, now + self->options.poll));
  }
}

ClusterDriver::ClusterDriver(asio::any_io_executor home, std::shared_ptr<Cluster> cluster,
                             base::MetricRegistry& metrics, Options options)
    : HomedDriver(std::make_shared<ClusterState>(std::move(home), std::move(cluster), metrics, options)) {
  asio::co_spawn(state_->home, ClusterState::watch(state_), [state = state_](std::exception_ptr thrown) {
    if (!thrown) return;
    state->is_unwell(Error(Errc::internal, "the watch of tasks broke down; restart Troupe"));
    base::log_error("runtime", "the watch of tasks broke down", {{"driver", state->cluster->name()}});
  });
}

ClusterDriver::~ClusterDriver() {
  asio::post(state_->home, [state = state_] {
    state->over = true;
    for (auto* timer : state->naps) timer->cancel();
  });
}

std::string_view ClusterDriver::name() const { return state_->cluster->name(); }
Capabilities ClusterDriver::capabilities() const { return state_->cluster->capabilities(); }
std::string_view ClusterDriver::config_schema() const { return state_->schema.text(); }
Fingerprint ClusterDriver::fingerprint() const {
  const base::Lock lock(state_->mutex);
  return state_->found;
}

}  // namespace troupe::runtime::cluster

template class troupe::runtime::HomedDriver<troupe::runtime::cluster::ClusterState>;
