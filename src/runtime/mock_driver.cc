#include "runtime/mock_driver.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <limits>
#include <map>
#include <set>

#include "runtime/driver_config.h"
#include "runtime/driver_words.h"
#include "runtime/log_ring.h"

namespace troupe::runtime {
namespace {

using std::chrono::milliseconds;

constexpr base::UnixMs kNever = std::numeric_limits<base::UnixMs>::max();
constexpr std::int64_t kRingBytes = 256 * 1024;
/// What those take that it may stand in for.
constexpr std::string_view kMockSchema =
    R"({"type":"object","additionalProperties":false,"properties":{
"working_dir":{"type":"string"},"kind":{"type":"string"},"config":{"type":"object"}}})";

}  // namespace

struct MockDriver::State : std::enable_shared_from_this<State> {
  struct Entry {
    explicit Entry(MockBehaviour given) : behaviour(std::move(given)) {}
    MockBehaviour behaviour;
    TaskStatus status;
    std::shared_ptr<LogRing> ring = std::make_shared<LogRing>(kRingBytes, OutputLimits{}.line_bytes);
    bool known = true;  ///< by this life of the program
    base::UnixMs ends_at = kNever;
    ExitResult end{};
  };
  using EntryPtr = std::shared_ptr<Entry>;
  struct Sleeper {
    asio::steady_timer timer;
    base::UnixMs until = kNever;
  };

  State(asio::any_io_executor on, const base::ManualClock& time, std::string called, bool lasts)
      : home(std::move(on)), clock(time), name(std::move(called)), survives(lasts) {}

  /// Until something changes or the time has come.
  static asio::awaitable<void> sleep(std::shared_ptr<State> self, base::UnixMs until) {
    Sleeper sleeper{.timer = asio::steady_timer(self->home, asio::steady_timer::time_point::max()), .until = until};
    self->sleepers.insert(&sleeper);
    co_await sleeper.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    self->sleepers.erase(&sleeper);
  }
  void wake(bool all) {
    for (auto* sleeper : sleepers) {
      if (all || sleeper->until <= clock.unix_ms()) sleeper->timer.cancel();
    }
  }
  Result<EntryPtr> find(const std::string& task_id) const {
    auto found = tasks.find(task_id);
    if (found == tasks.end() || !found->second->known) {
      return no_such_task(task_id);
    }
    return found->second;
  }
  void publish(TaskEventKind kind, const Entry& entry) { events.tell(event_of(kind, entry.status)); }
  void end(Entry& entry, TaskState state, ExitResult result) {
    if (entry.status.state != TaskState::running) return;
    result.at = clock.unix_ms();
    entry.status.state = state;
    entry.status.exit = std::move(result);
    entry.status.pid.reset();
    entry.ends_at = kNever;
    if (entry.known) publish(state == TaskState::lost ? TaskEventKind::lost : TaskEventKind::exited, entry);
    wake(true);
  }
  void end_at(Entry& entry, base::UnixMs at, ExitResult result) {
    if (at >= entry.ends_at) return;
    entry.ends_at = at;
    entry.end = std::move(result);
  }
  void apply_due() {
    for (auto& [id, entry] : tasks) {
      if (entry->ends_at <= clock.unix_ms()) end(*entry, TaskState::exited, entry->end);
    }
  }
  static asio::awaitable<bool> wait_for_end(std::shared_ptr<State> self, EntryPtr entry, base::UnixMs until) {
    self->apply_due();
    while (entry->status.state == TaskState::running && self->clock.unix_ms() < until) co_await sleep(self, until);
    co_return entry->status.state != TaskState::running;
  }

  Capabilities capabilities() const {
    return {.programs = true,
            .exec = true,
            .signals = true,
            .logs = true,
            .limits = true,
            .no_network = true,
            .adopts = survives,
            .sandbox = Sandbox::container};
  }
  Result<EntryPtr> find_running(const std::string& task_id) const {
    TRY(auto entry, find(task_id));
    if (entry->status.state == TaskState::running) return entry;
    return does_not_run(task_id);
  }

  asio::any_io_executor home;
  ConfigSchema schema{kMockSchema};
  Fingerprint fingerprint{.health = Fingerprint::Health::healthy, .version = "1"};
  const base::ManualClock& clock;
  std::string name;
  bool survives;
  std::map<std::string, MockBehaviour> behaviours;
  std::map<std::string, EntryPtr> tasks;
  std::set<Sleeper*> sleepers;
  std::vector<std::string> calls;
  std::int64_t runs = 0;
  int silent_lists = 0;
  base::Observers<const TaskEvent&> events;
};

MockDriver::MockDriver(asio::any_io_executor home, const base::ManualClock& clock, std::string name, bool survives)
    : state_(std::make_shared<State>(std::move(home), clock, std::move(name), survives)) {}
MockDriver::~MockDriver() = default;

std::string_view MockDriver::name() const { return state_->name; }
Capabilities MockDriver::capabilities() const { return state_->capabilities(); }
Fingerprint MockDriver::fingerprint() const { return state_->fingerprint; }
std::string_view MockDriver::config_schema() const { return state_->schema.text(); }
void MockDriver::fingerprint_is(Fingerprint fingerprint) { state_->fingerprint = std::move(fingerprint); }
const std::vector<std::string>& MockDriver::calls() const { return state_->calls; }

void MockDriver::behave(std::string task_id, MockBehaviour behaviour) {
  state_->behaviours.insert_or_assign(std::move(task_id), std::move(behaviour));
}

void MockDriver::tick() {
  state_->apply_due();
  state_->wake(false);
}

void MockDriver::exit_now(const std::string& task_id, ExitResult result) {
  auto found = state_->tasks.find(task_id);
  if (found != state_->tasks.end()) state_->end(*found->second, TaskState::exited, std::move(result));
}

void MockDriver::lose_now(const std::string& task_id) {
  auto found = state_->tasks.find(task_id);
  if (found == state_->tasks.end()) return;
  state_->end(*found->second, TaskState::lost, {.code = -1, .error = "The task was lost."});
}

void MockDriver::say(const std::string& task_id, LogSource source, std::string_view text) {
  auto found = state_->tasks.find(task_id);
  if (found == state_->tasks.end()) return;
  found->second->ring->add(source, text, state_->clock.unix_ms());
  state_->wake(true);
}

void MockDriver::restart() {
  for (auto& [id, entry] : state_->tasks) {
    entry->known = false;
    if (entry->behaviour.lost_at_recover || !state_->survives) {
      state_->end(*entry, TaskState::lost, {.code = -1, .error = "The task was lost."});
    } else if (entry->behaviour.exits_meanwhile) {
      state_->end(*entry, TaskState::exited, *entry->behaviour.exits_meanwhile);
    }
  }
}

std::size_t MockDriver::running() const {
  std::size_t count = 0;
  for (const auto& [id, entry] : state_->tasks) count += entry->status.state == TaskState::running ? 1 : 0;
  return count;
}

Task<TaskHandle> MockDriver::start(TaskSpec spec) {
  auto state = state_;
  state->calls.push_back("start " + spec.id);
  CO_TRY(check_for_driver(spec, state->name, state->capabilities(), state->schema));
  auto known = state->tasks.find(spec.id);
  if (known != state->tasks.end() && known->second->status.state == TaskState::running) {
    co_return runs_already(spec.id);
  }
  auto behaviour = state->behaviours.find(spec.id);
  if (behaviour == state->behaviours.end()) behaviour = state->behaviours.find("");
  auto entry =
      std::make_shared<State::Entry>(behaviour == state->behaviours.end() ? MockBehaviour{} : behaviour->second);
  const auto before = known == state->tasks.end() ? nullptr : known->second;
  if (before) entry->ring = before->ring;
  entry->status.handle = {
      .driver = state->name, .task_id = spec.id, .run = "run" + std::to_string(++state->runs), .state = {}};
  state->tasks[spec.id] = entry;
  const auto ready_at = state->clock.unix_ms() + entry->behaviour.start_takes.count();
  while (state->clock.unix_ms() < ready_at) co_await State::sleep(state, ready_at);
  if (!entry->behaviour.start_error.empty()) {
    if (before) {
      state->tasks[spec.id] = before;
    } else {
      state->tasks.erase(spec.id);
    }
    co_return Error(Errc::unavailable, entry->behaviour.start_error);
  }
  entry->status.started_at = state->clock.unix_ms();
  entry->status.pid = 1000 + state->runs;
  for (const auto& line : entry->behaviour.says) entry->ring->add(LogSource::out, line, state->clock.unix_ms());
  if (entry->behaviour.exits_after) {
    state->end_at(*entry, state->clock.unix_ms() + entry->behaviour.exits_after->count(), entry->behaviour.exit);
  }
  state->publish(TaskEventKind::started, *entry);
  state->apply_due();
  state->wake(true);
  co_return entry->status.handle;
}

Task<TaskStatus> MockDriver::recover(TaskHandle handle) {
  state_->calls.push_back("recover " + handle.task_id);
  if (handle.driver != state_->name) co_return Error(Errc::invalid_param, "This is not a handle of this driver.");
  auto found = state_->tasks.find(handle.task_id);
  if (found != state_->tasks.end() && found->second->status.handle.run == handle.run) {
    found->second->known = true;
    co_return found->second->status;
  }
  TaskStatus lost;
  lost.handle = std::move(handle);
  lost.state = TaskState::lost;
  lost.exit = ExitResult{.code = -1, .error = "The task was lost.", .at = state_->clock.unix_ms()};
  if (found == state_->tasks.end()) {
    auto entry = std::make_shared<State::Entry>(MockBehaviour{});
    entry->status = lost;
    state_->tasks[lost.handle.task_id] = std::move(entry);
  }
  co_return lost;
}

void MockDriver::cannot_list(int times) { state_->silent_lists = times; }

Task<std::vector<TaskHandle>> MockDriver::list() {
  if (state_->silent_lists > 0) {
    --state_->silent_lists;
    co_return Error(Errc::unavailable, "The mock driver does not say what runs.");
  }
  std::vector<TaskHandle> found;
  for (const auto& [id, entry] : state_->tasks) found.push_back(entry->status.handle);
  co_return found;
}

Task<ExitResult> MockDriver::wait(std::string task_id, milliseconds patience) {
  auto state = state_;
  CO_TRY(auto entry, state->find(task_id));
  if (!co_await State::wait_for_end(state, entry, state->clock.unix_ms() + patience.count())) {
    co_return still_runs(task_id);
  }
  co_return *entry->status.exit;
}

Task<ExitResult> MockDriver::stop(std::string task_id, milliseconds grace) {
  auto state = state_;
  state->calls.push_back("stop " + task_id);
  CO_TRY(auto entry, state->find(task_id));
  const auto now = state->clock.unix_ms();
  if (!entry->behaviour.cannot_be_killed) {
    const auto by_itself = now + entry->behaviour.stop_takes.count();
    if (!entry->behaviour.ignores_stop && by_itself < now + std::max<std::int64_t>(grace.count(), 1)) {
      state->end_at(*entry, by_itself, entry->behaviour.exit_when_stopped);
    } else {
      state->end_at(*entry, now + grace.count(), {.code = -1, .signal = SIGKILL});
    }
  }
  if (!co_await State::wait_for_end(state, entry, now + grace.count() + 1)) {
    co_return Error(Errc::timed_out, "The task " + task_id + " cannot be killed.");
  }
  co_return *entry->status.exit;
}

Task<Unit> MockDriver::destroy(std::string task_id) {
  auto state = state_;
  state->calls.push_back("destroy " + task_id);
  auto found = state->tasks.find(task_id);
  if (found == state->tasks.end()) co_return Unit{};
  auto entry = found->second;
  if (entry->behaviour.cannot_be_killed && entry->status.state == TaskState::running) {
    co_return Error(Errc::timed_out, "The task " + task_id + " cannot be killed.");
  }
  state->end(*entry, TaskState::exited, {.code = -1, .signal = SIGKILL});
  const auto done_at = state->clock.unix_ms() + entry->behaviour.destroy_takes.count();
  while (state->clock.unix_ms() < done_at) co_await State::sleep(state, done_at);
  state->tasks.erase(task_id);
  state->publish(TaskEventKind::destroyed, *entry);
  co_return Unit{};
}

Task<TaskStatus> MockDriver::inspect(std::string task_id) {
  CO_TRY(auto entry, state_->find(task_id));
  state_->apply_due();
  co_return entry->status;
}

Task<ExecResult> MockDriver::exec(std::string task_id, ExecOrder order) {
  state_->calls.push_back("exec " + task_id);
  CO_TRY(check_order(order));
  CO_TRY(auto entry, state_->find_running(task_id));
  co_return entry->behaviour.exec;
}

Task<Unit> MockDriver::signal(std::string task_id, int signal) {
  state_->calls.push_back("signal " + task_id + " " + std::to_string(signal));
  CO_TRY(check_signal(signal));
  CO_TRY(auto entry, state_->find_running(task_id));
  if (signal == SIGKILL || (signal == SIGTERM && !entry->behaviour.ignores_stop)) {
    state_->end(*entry, TaskState::exited, {.code = -1, .signal = signal});
  }
  co_return Unit{};
}

Task<LogPage> MockDriver::logs(std::string task_id, std::int64_t after, std::size_t limit) {
  CO_TRY(auto entry, state_->find(task_id));
  CO_TRY(check_log_limit(limit));
  co_return entry->ring->read(after, limit);
}

Task<LogPage> MockDriver::follow(std::string task_id, std::int64_t after, std::size_t limit, milliseconds patience) {
  auto state = state_;
  const auto until = state->clock.unix_ms() + patience.count();
  while (true) {
    CO_TRY(auto page, co_await logs(task_id, after, limit));
    if (!page.lines.empty() || state->clock.unix_ms() >= until) co_return page;
    co_await State::sleep(state, until);
  }
}

base::SubscriptionPtr MockDriver::on_event(std::function<void(const TaskEvent&)> listener) {
  return state_->events.add(std::move(listener));
}

}  // namespace troupe::runtime
