#include "runtime/in_process_driver.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <set>
#include <stdexcept>

#include "base/crypto.h"
#include "base/mutex.h"
#include "runtime/driver_config.h"
#include "runtime/driver_words.h"
#include "runtime/homed_verbs.h"
#include "runtime/log_ring.h"

namespace troupe::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kCancelPatience{5'000};
constexpr std::size_t kRunIdLength = 20;
constexpr std::int64_t kMostCode = 255;
constexpr std::string_view kInProcessSchema =
    R"({"type":"object","additionalProperties":false,"required":["kind"],"properties":{
"kind":{"type":"string","description":"A kind of task that is registered with the driver."},
"config":{"type":"object","description":"Given to the task."}}})";

ExitResult exit_now(std::int64_t code, std::int64_t signal, std::string error) {
  return {.code = code,
          .signal = signal,
          .oom_killed = false,
          .error = std::move(error),
          .at = base::system_clock().unix_ms()};
}

/// A task, as it sees itself and as the driver does.
class Running final : public InProcessTask, public std::enable_shared_from_this<Running> {
 public:
  Running(TaskSpec spec, asio::any_io_executor executor, std::shared_ptr<LogRing> ring, std::function<void()> on_log)
      : spec_(std::move(spec)),
        config_(config_of(spec_)),
        executor_(std::move(executor)),
        ring_(std::move(ring)),
        on_log_(std::move(on_log)),
        nap_(executor_) {}

  const TaskSpec& spec() const override { return spec_; }
  const boost::json::object& config() const override { return config_; }
  const std::string* secret(std::string_view name) const override {
    for (const auto& secret : spec_.secrets) {
      if (secret.name == name) return &secret.bytes;
    }
    return nullptr;
  }
  void log(LogSource source, std::string_view text) override {
    ring_->add(source, text, base::system_clock().unix_ms());
    on_log_();
  }
  bool stopping() const override { return stopping_; }
  asio::awaitable<bool> sleep(milliseconds time) override {
    if (stopping_) co_return false;
    nap_.expires_after(time);
    co_await nap_.async_wait(kAsTuple);
    co_return !stopping_;
  }
  void wake() override {
    asio::post(executor_, [self = shared_from_this()] { self->nap_.cancel(); });
  }

  void ask_to_stop() {
    stopping_ = true;
    wake();
  }
  void cancel() {
    stopping_ = true;
    asio::post(executor_, [self = shared_from_this()] { self->cancel_.emit(asio::cancellation_type::terminal); });
  }
  /// `ended` is called on the task's executor.
  void run(const InProcessKind& kind, std::function<void(ExitResult)> ended) {
    auto finished = [self = shared_from_this(), ended = std::move(ended)](std::exception_ptr thrown,
                                                                          Result<std::int64_t> code) {
      ended(self->result_of(thrown, std::move(code)));
    };
    // Posted: the first steps must not run inside start().
    asio::post(executor_,
               [self = shared_from_this(), kind = InProcessKind(kind), finished = std::move(finished)]() mutable {
                 asio::co_spawn(self->executor_, call(std::move(kind), self),
                                asio::bind_cancellation_slot(self->cancel_.slot(), std::move(finished)));
               });
  }

 private:
  /// So that what a kind throws before its first wait is an exit as well.
  static Task<std::int64_t> call(InProcessKind kind, InProcessTaskPtr task) { co_return co_await kind(task); }

  ExitResult result_of(std::exception_ptr thrown, Result<std::int64_t> code) const {
    if (!thrown) {
      if (!code) return exit_now(-1, 0, code.error().message());
      return exit_now(std::clamp<std::int64_t>(*code, 0, kMostCode), 0, {});
    }
    try {
      std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
      if (stopping_ && error.code() == asio::error::operation_aborted) return exit_now(-1, SIGTERM, {});
      return exit_now(-1, 0, std::string("The task broke off: ") + error.what());
    } catch (const std::exception& error) {
      return exit_now(-1, 0, std::string("The task broke off: ") + error.what());
    } catch (...) {
      return exit_now(-1, 0, "The task broke off.");
    }
  }

  static boost::json::object config_of(const TaskSpec& spec) {
    const auto* config = spec.driver_config.if_contains("config");
    return config ? config->get_object() : boost::json::object();
  }

  const TaskSpec spec_;
  const boost::json::object config_;
  asio::any_io_executor executor_;
  std::shared_ptr<LogRing> ring_;
  std::function<void()> on_log_;
  std::atomic<bool> stopping_{false};
  asio::steady_timer nap_;            // on the executor
  asio::cancellation_signal cancel_;  // on the executor
};

}  // namespace

/// Outlives the driver while something still waits. Everything but the rings belongs to `home`.
struct InProcessState : std::enable_shared_from_this<InProcessState> {
  struct Entry {
    TaskStatus status;
    std::shared_ptr<Running> task;
    std::shared_ptr<LogRing> ring;
    std::set<asio::steady_timer*> waiting;    ///< for the end
    std::set<asio::steady_timer*> following;  ///< for a line
    std::atomic<bool> told{false};            ///< many lines, one post
  };
  using EntryPtr = std::shared_ptr<Entry>;

  InProcessState(asio::any_io_executor on, std::function<asio::any_io_executor()> next, base::MetricRegistry& metrics)
      : home(std::move(on)),
        executor_for_next(std::move(next)),
        starts(starts_of(metrics).with({std::string(kInProcessDriver), "started"})),
        exits(exits_of(metrics)),
        running(running_of(metrics, kInProcessDriver)) {}

  Result<EntryPtr> find(const std::string& task_id) const {
    auto found = tasks.find(task_id);
    if (found == tasks.end()) return no_such_task(task_id);
    return found->second;
  }
  void publish(TaskEventKind kind, const Entry& entry) { events.tell(event_of(kind, entry.status)); }
  void ended(const EntryPtr& entry, ExitResult result) {
    running.add(-1);
    exits.with({std::string(kInProcessDriver), result.success() ? "success" : "failure"}).add();
    if (!result.error.empty()) entry->ring->add(LogSource::system, result.error, result.at);
    entry->status.state = TaskState::exited;
    entry->status.exit = std::move(result);
    entry->task.reset();
    for (auto* timer : entry->waiting) timer->cancel();
    for (auto* timer : entry->following) timer->cancel();
    publish(TaskEventKind::exited, *entry);
  }
  /// A line was written, on any thread.
  void on_log(const EntryPtr& entry) {
    if (entry->told.exchange(true)) return;
    asio::post(home, [entry] {
      entry->told = false;
      for (auto* timer : entry->following) timer->cancel();
    });
  }

  // Each keeps the state alive by its first parameter.
  static Task<TaskHandle> start(std::shared_ptr<InProcessState> self, TaskSpec spec);
  static Task<TaskStatus> recover(std::shared_ptr<InProcessState> self, TaskHandle handle);
  static Task<std::vector<TaskHandle>> list(std::shared_ptr<InProcessState> self);
  static asio::awaitable<bool> wait_for_end(std::shared_ptr<InProcessState> self, EntryPtr entry,
                                            steady_clock::time_point until);
  static Task<ExitResult> wait(std::shared_ptr<InProcessState> self, std::string task_id, milliseconds patience);
  static Task<ExitResult> stop(std::shared_ptr<InProcessState> self, std::string task_id, milliseconds grace);
  static Task<Unit> destroy(std::shared_ptr<InProcessState> self, std::string task_id);
  static Task<TaskStatus> inspect(std::shared_ptr<InProcessState> self, std::string task_id);
  static Task<LogPage> follow(std::shared_ptr<InProcessState> self, std::string task_id, std::int64_t after,
                              std::size_t limit, milliseconds patience);
  static Task<Unit> stop_all(std::shared_ptr<InProcessState> self, milliseconds grace);

  asio::any_io_executor home;
  std::function<asio::any_io_executor()> executor_for_next;
  base::Counter& starts;
  base::Family<base::Counter>& exits;
  base::Gauge& running;
  struct Kind {
    InProcessKind run;
    std::optional<asio::any_io_executor> executor;
  };
  std::optional<Kind> find_kind(std::string_view wanted) {
    const base::Lock lock(kinds_mutex);
    auto found = kinds.find(wanted);
    return found == kinds.end() ? std::nullopt : std::optional(found->second);
  }
  ConfigSchema schema{kInProcessSchema};
  base::Mutex kinds_mutex;
  std::map<std::string, Kind, std::less<>> kinds GUARDED_BY(kinds_mutex);
  std::map<std::string, EntryPtr> tasks;
  base::Observers<const TaskEvent&> events;
};

Task<TaskHandle> InProcessState::start(std::shared_ptr<InProcessState> self, TaskSpec spec) {
  CO_TRY(check_for_driver(spec, kInProcessDriver, {.logs = true}, self->schema));
  const auto kind = self->find_kind(spec.driver_config.at("kind").get_string());
  if (!kind) co_return Error(Errc::invalid_param, "driver_config/kind names no kind of task there is");
  auto known = self->tasks.find(spec.id);
  if (known != self->tasks.end() && known->second->status.state == TaskState::running) {
    co_return runs_already(spec.id);
  }
  auto entry = std::make_shared<Entry>();
  const auto most = std::min(spec.output.file_bytes * spec.output.files, InProcessDriver::kMostLogBytes);
  if (known != self->tasks.end()) {
    entry->ring = known->second->ring;
    entry->ring->resize(most, spec.output.line_bytes);
  } else {
    entry->ring = std::make_shared<LogRing>(most, spec.output.line_bytes);
  }
  entry->status.handle = {.driver = std::string(kInProcessDriver),
                          .task_id = spec.id,
                          .run = base::random_alphanumeric(kRunIdLength),
                          .state = {}};
  entry->status.started_at = base::system_clock().unix_ms();
  auto on_log = [weak_state = std::weak_ptr(self), weak_entry = std::weak_ptr(entry)] {
    auto state = weak_state.lock();
    auto entry = weak_entry.lock();
    if (state && entry) state->on_log(entry);
  };
  auto executor = kind->executor ? *kind->executor : self->executor_for_next();
  entry->task = std::make_shared<Running>(std::move(spec), std::move(executor), entry->ring, std::move(on_log));
  self->tasks[entry->status.handle.task_id] = entry;
  self->running.add(1);
  self->starts.add();
  self->publish(TaskEventKind::started, *entry);
  entry->task->run(kind->run, [self, entry](ExitResult result) {
    asio::post(self->home, [self, entry, result = std::move(result)] { self->ended(entry, result); });
  });
  co_return entry->status.handle;
}

Task<TaskStatus> InProcessState::recover(std::shared_ptr<InProcessState> self, TaskHandle handle) {
  if (handle.driver != kInProcessDriver || !is_task_id(handle.task_id) || handle.run.empty()) {
    co_return Error(Errc::invalid_param, "This is not a handle of an in-process task.");
  }
  auto known = self->tasks.find(handle.task_id);
  if (known != self->tasks.end() && known->second->status.handle.run == handle.run) co_return known->second->status;
  auto entry = std::make_shared<Entry>();
  entry->status.handle = std::move(handle);
  entry->status.state = TaskState::lost;
  entry->status.exit = lost_because("The task ended with the program that ran it.");
  entry->ring = std::make_shared<LogRing>(InProcessDriver::kMostLogBytes, OutputLimits{}.line_bytes);
  if (known == self->tasks.end()) self->tasks[entry->status.handle.task_id] = entry;
  co_return entry->status;
}

Task<std::vector<TaskHandle>> InProcessState::list(std::shared_ptr<InProcessState> self) {
  std::vector<TaskHandle> found;
  for (const auto& [id, entry] : self->tasks) found.push_back(entry->status.handle);
  co_return found;
}

asio::awaitable<bool> InProcessState::wait_for_end(std::shared_ptr<InProcessState> self, EntryPtr entry,
                                                   steady_clock::time_point until) {
  while (entry->status.state == TaskState::running) {
    asio::steady_timer timer(self->home, until);
    entry->waiting.insert(&timer);
    auto [cut] = co_await timer.async_wait(kAsTuple);
    entry->waiting.erase(&timer);
    if (!cut) break;
  }
  co_return entry->status.state != TaskState::running;
}

Task<ExitResult> InProcessState::wait(std::shared_ptr<InProcessState> self, std::string task_id,
                                      milliseconds patience) {
  CO_TRY(auto entry, self->find(task_id));
  if (!co_await wait_for_end(self, entry, steady_clock::now() + patience)) {
    co_return still_runs(task_id);
  }
  co_return *entry->status.exit;
}

Task<ExitResult> InProcessState::stop(std::shared_ptr<InProcessState> self, std::string task_id, milliseconds grace) {
  CO_TRY(auto entry, self->find(task_id));
  CO_TRY(check_grace(grace));
  if (entry->task) entry->task->ask_to_stop();
  if (grace == milliseconds(0) || !co_await wait_for_end(self, entry, steady_clock::now() + grace)) {
    if (entry->task) entry->task->cancel();
    if (!co_await wait_for_end(self, entry, steady_clock::now() + kCancelPatience)) {
      co_return Error(Errc::timed_out, "The task " + task_id + " does not end, and cannot be killed.");
    }
  }
  co_return *entry->status.exit;
}

Task<Unit> InProcessState::destroy(std::shared_ptr<InProcessState> self, std::string task_id) {
  auto found = self->find(task_id);
  if (!found) co_return Unit{};
  CO_TRY(co_await stop(self, task_id, milliseconds(0)));
  self->tasks.erase(task_id);
  self->publish(TaskEventKind::destroyed, **found);
  co_return Unit{};
}

Task<TaskStatus> InProcessState::inspect(std::shared_ptr<InProcessState> self, std::string task_id) {
  CO_TRY(auto entry, self->find(task_id));
  co_return entry->status;
}

Task<LogPage> InProcessState::follow(std::shared_ptr<InProcessState> self, std::string task_id, std::int64_t after,
                                     std::size_t limit, milliseconds patience) {
  CO_TRY(auto entry, self->find(task_id));
  CO_TRY(check_log_limit(limit));
  const auto until = steady_clock::now() + patience;
  while (true) {
    auto page = entry->ring->read(after, limit);
    if (!page.lines.empty() || steady_clock::now() >= until) co_return page;
    asio::steady_timer timer(self->home, until);
    entry->following.insert(&timer);
    co_await timer.async_wait(kAsTuple);
    entry->following.erase(&timer);
  }
}

Task<Unit> InProcessState::stop_all(std::shared_ptr<InProcessState> self, milliseconds grace) {
  std::vector<EntryPtr> entries;
  for (const auto& [id, entry] : self->tasks) {
    if (entry->task) entries.push_back(entry);
  }
  for (const auto& entry : entries) entry->task->ask_to_stop();
  const auto until = steady_clock::now() + grace;
  for (const auto& entry : entries) {
    if (!co_await wait_for_end(self, entry, until) && entry->task) entry->task->cancel();
  }
  const auto last = steady_clock::now() + kCancelPatience;
  std::size_t left = 0;
  for (const auto& entry : entries) left += co_await wait_for_end(self, entry, last) ? 0 : 1;
  if (left > 0) co_return Error(Errc::timed_out, std::to_string(left) + " tasks did not end");
  co_return Unit{};
}

InProcessDriver::InProcessDriver(asio::any_io_executor home, std::function<asio::any_io_executor()> executor_for_next,
                                 base::MetricRegistry& metrics)
    : HomedDriver(std::make_shared<InProcessState>(std::move(home), std::move(executor_for_next), metrics)) {}
InProcessDriver::~InProcessDriver() = default;

void InProcessDriver::add_kind(std::string name, InProcessKind kind, std::optional<asio::any_io_executor> executor) {
  const base::Lock lock(state_->kinds_mutex);
  if (!state_->kinds.emplace(std::move(name), InProcessState::Kind{std::move(kind), std::move(executor)}).second) {
    throw std::logic_error("kind of task added twice");
  }
}

void InProcessDriver::set_kind(std::string name, InProcessKind kind, std::optional<asio::any_io_executor> executor) {
  const base::Lock lock(state_->kinds_mutex);
  state_->kinds.insert_or_assign(std::move(name), InProcessState::Kind{std::move(kind), std::move(executor)});
}

std::string_view InProcessDriver::config_schema() const { return state_->schema.text(); }

Task<Unit> InProcessDriver::stop_all(milliseconds grace) { return at_home(&InProcessState::stop_all, grace); }

}  // namespace troupe::runtime

template class troupe::runtime::HomedDriver<troupe::runtime::InProcessState>;
