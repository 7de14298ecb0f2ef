#include "runtime/cluster/cluster_state.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "runtime/driver_words.h"

namespace troupe::runtime::cluster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMostRetry{10'000};
constexpr std::int64_t kFirstSignalCode = 129;
constexpr std::int64_t kLastSignalCode = 159;
constexpr std::int64_t kMostExitCode = 255;

}  // namespace

ExitResult exit_of(std::int64_t code, std::int64_t signal, bool oom_killed, base::UnixMs at) {
  if (signal == 0 && code >= kFirstSignalCode && code <= kLastSignalCode) signal = code - kFirstSignalCode + 1;
  if (signal != 0) return {.code = -1, .signal = signal, .oom_killed = oom_killed, .error = {}, .at = at};
  return {.code = std::clamp<std::int64_t>(code, 0, kMostExitCode),
          .signal = 0,
          .oom_killed = oom_killed,
          .error = {},
          .at = at};
}

ClusterState::ClusterState(asio::any_io_executor on, std::shared_ptr<Cluster> engine, base::MetricRegistry& metrics,
                           ClusterDriver::Options given)
    : home(std::move(on)),
      cluster(std::move(engine)),
      options(given),
      schema(cluster->config_schema()),
      starts(starts_of(metrics).with({std::string(cluster->name()), "started"})),
      exits(exits_of(metrics)),
      running(running_of(metrics, cluster->name())) {
  found.text = std::string(cluster->title()) + " has not answered yet";
}

Result<ClusterState::EntryPtr> ClusterState::find(const std::string& task_id) const {
  auto known = tasks.find(task_id);
  if (known == tasks.end()) return no_such_task(task_id);
  return known->second;
}

Result<ClusterState::EntryPtr> ClusterState::find_running(const std::string& task_id) const {
  TRY(auto entry, find(task_id));
  if (entry->status.state == TaskState::running) return entry;
  return does_not_run(task_id);
}

void ClusterState::publish(TaskEventKind kind, const Entry& entry) { events.tell(event_of(kind, entry.status)); }

void ClusterState::wake(Entry& entry) {
  for (auto* timer : entry.waiting) timer->cancel();
}

void ClusterState::finish(const EntryPtr& entry, TaskState state, ExitResult exit) {
  if (entry->status.state != TaskState::running) return;
  if (exit.at == 0) exit.at = base::system_clock().unix_ms();
  running.add(-1);
  exits.with({std::string(cluster->name()), exit.success() ? "success" : "failure"}).add();
  if (!exit.error.empty()) entry->ring->add(LogSource::system, exit.error, exit.at);
  entry->status.state = state;
  entry->status.exit = std::move(exit);
  entry->phase = Sighting::Phase::ended;
  publish(state == TaskState::lost ? TaskEventKind::lost : TaskEventKind::exited, *entry);
  wake(*entry);
}

void ClusterState::apply(const EntryPtr& entry, const Sighting& seen) {
  entry->missing_since.reset();
  entry->submitted = true;
  // The watch may see a run before its order has been answered.
  for (const auto& member : seen.state) entry->status.handle.state.emplace(member.key(), member.value());
  if (entry->status.state != TaskState::running) return;
  entry->trouble = seen.trouble;
  entry->hopeless = seen.hopeless;
  if (seen.phase == Sighting::Phase::waiting) {
    if (seen.hopeless) wake(*entry);
    return;
  }
  if (seen.started_at != 0) entry->status.started_at = seen.started_at;
  if (entry->phase == Sighting::Phase::waiting) {
    entry->phase = Sighting::Phase::running;
    publish(TaskEventKind::started, *entry);
    wake(*entry);
  }
  if (seen.phase == Sighting::Phase::ended) {
    finish(entry, seen.unknown_end ? TaskState::lost : TaskState::exited, seen.exit);
  }
}

void ClusterState::is_well(std::string version) {
  const base::Lock lock(mutex);
  found.health = Fingerprint::Health::healthy;
  found.text.clear();
  if (!version.empty()) found.version = std::move(version);
}

void ClusterState::is_unwell(const Error& error) {
  const base::Lock lock(mutex);
  found.health = Fingerprint::Health::unhealthy;
  found.text = std::string(cluster->title()) + ": " + error.message();
}

asio::awaitable<void> ClusterState::nap(std::shared_ptr<ClusterState> self, milliseconds time) {
  asio::steady_timer timer(self->home, time);
  if (self->over) co_return;
  self->naps.insert(&timer);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  self->naps.erase(&timer);
}

asio::awaitable<void> ClusterState::sleep(std::shared_ptr<ClusterState> self, EntryPtr entry, Clock::time_point until) {
  asio::steady_timer timer(self->home, until);
  entry->waiting.insert(&timer);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  entry->waiting.erase(&timer);
}

asio::awaitable<bool> ClusterState::wait_for_end(std::shared_ptr<ClusterState> self, EntryPtr entry,
                                                 Clock::time_point until) {
  while (entry->status.state == TaskState::running && Clock::now() < until) co_await sleep(self, entry, until);
  co_return entry->status.state != TaskState::running;
}

asio::awaitable<void> ClusterState::watch(std::shared_ptr<ClusterState> self) {
  auto watching = self->cluster->watch();
  auto pause = self->options.first_retry;
  std::string version;
  while (!self->over) {
    const bool missing =
        std::ranges::any_of(self->tasks, [](const auto& task) { return task.second->missing_since.has_value(); });
    auto seen = co_await watching->next(missing ? self->options.vanish_patience / 4 : self->options.watch_patience);
    if (self->over) break;
    if (!seen) {
      base::log_warning(
          "runtime", "the watch of tasks broke off; everything is asked for anew",
          {{"driver", self->cluster->name()}, {"error", seen.error().message()}, {"detail", seen.error().detail()}});
      self->is_unwell(seen.error());
      co_await nap(self, pause);
      pause = std::min(pause * 2, kMostRetry);
      watching = self->cluster->watch();
      continue;
    }
    pause = self->options.first_retry;
    if (version.empty()) version = (co_await self->cluster->version()).value_or("");
    self->is_well(version);
    co_await take(self, *std::move(seen));
  }
}

asio::awaitable<void> ClusterState::take(std::shared_ptr<ClusterState> self, std::vector<Sighting> seen) {
  std::map<std::string_view, const Sighting*> by_run;
  for (const auto& sighting : seen) by_run.emplace(sighting.run, &sighting);
  std::vector<EntryPtr> missing;
  for (const auto& entry : std::map(self->tasks)) {
    const auto it = by_run.find(entry.second->status.handle.run);
    if (it != by_run.end()) {
      self->apply(entry.second, *it->second);
    } else if (entry.second->submitted && entry.second->status.state == TaskState::running) {
      missing.push_back(entry.second);
    }
  }
  // Again at each look, until it has gone.
  for (const auto& sighting : seen) {
    const auto unwanted = self->doubtful.find(sighting.task_id);
    if (sighting.phase == Sighting::Phase::ended || unwanted == self->doubtful.end() ||
        !unwanted->second.contains(sighting.run))
      continue;
    const auto ended = co_await self->cluster->end({.driver = std::string(self->cluster->name()),
                                                    .task_id = sighting.task_id,
                                                    .run = sighting.run,
                                                    .state = sighting.state},
                                                   milliseconds(0));
    base::log_warning("runtime", "a run of a start that failed is ended",
                      {{"driver", self->cluster->name()},
                       {"task", sighting.task_id},
                       {"error", ended ? "" : ended.error().message()}});
  }
  // That a list lacks a run proves nothing: it may be older than the order, or the engine may be just restarting.
  for (const auto& entry : missing) {
    const auto now = Clock::now();
    if (!entry->missing_since) entry->missing_since = now;
    if (now - *entry->missing_since < self->options.vanish_patience) continue;
    const auto gone = co_await self->cluster->is_gone(entry->status.handle);
    if (!gone || !*gone) continue;
    self->finish(entry, TaskState::lost,
                 {.code = -1,
                  .error = std::string(self->cluster->title()) +
                           " does not know the task any more, and nobody knows how it ended."});
  }
}

Task<std::vector<Sighting>> ClusterState::look(std::shared_ptr<ClusterState> self) {
  auto watching = self->cluster->watch();
  co_return co_await watching->next(milliseconds(0));
}

Task<Unit> ClusterState::pull(std::shared_ptr<ClusterState> self, EntryPtr entry) {
  if (entry->pulling || !entry->submitted) co_return Unit{};
  entry->pulling = true;
  auto piece = co_await self->cluster->log(entry->status.handle, entry->log_place);
  entry->pulling = false;
  if (!piece) co_return std::unexpected(piece.error());
  for (const auto& line : piece->lines) entry->ring->add(line.source, line.text, line.at);
  entry->log_place = std::move(piece->place);
  if (!piece->lines.empty()) self->wake(*entry);
  co_return Unit{};
}

}  // namespace troupe::runtime::cluster
