#include "runtime/docker/driver.h"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

#include "base/log.h"
#include "runtime/docker/impl.h"
#include "runtime/engine/host_address.h"
#include "runtime/task_log.h"

namespace troupe::runtime::docker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMostContainerGrace{3'600'000};
constexpr milliseconds kLookAtStopped{500};  ///< the event that tells of its end may be lost
constexpr milliseconds kBeforeVolume{200};
constexpr int kVolumeTries = 10;
constexpr Capabilities kContainerCapabilities{.programs = true,
                                              .signals = true,
                                              .logs = true,
                                              .limits = true,
                                              .no_network = true,
                                              .adopts = true,
                                              .sandbox = Sandbox::container};

engine::HostAddress address_of(const DockerDriver::Options& options) {
  auto address = engine::read_host(options.host, !options.certificates.empty());
  if (!address) throw std::invalid_argument(options.name + ".host " + address.error().message());
  return *std::move(address);
}

std::unique_ptr<net::client::HttpClient> client_of(const DockerDriver::Options& options) {
  net::client::ClientOptions wanted{.unix_socket = address_of(options).unix_socket};
  if (!options.certificates.empty()) {
    const std::filesystem::path folder(options.certificates);
    wanted.ca_file = (folder / "ca.pem").string();
    wanted.certificate.certificate_chain_file = (folder / "cert.pem").string();
    wanted.certificate.private_key_file = (folder / "key.pem").string();
  }
  return net::client::HttpClient::make(std::move(wanted));
}

}  // namespace

DockerDriver::Impl::Impl(Options given, base::MetricRegistry& metrics)
    : http(client_of(given)),
      options(std::move(given)),
      api(std::make_unique<engine::Api>(*http, address_of(options).url)),
      starts(metrics.counter("troupe_runtime_starts_total", "Tasks started", {"driver", "outcome"})),
      exits(metrics.counter("troupe_runtime_exits_total", "Tasks that ended", {"driver", "how"})),
      running(metrics.gauge("troupe_runtime_tasks", "Tasks that run now", {"driver"}).with({options.name})),
      start_seconds(
          metrics.histogram("troupe_runtime_start_seconds", "Time from the order to a running task", {"driver"})
              .with({options.name})),
      streams_lost(metrics
                       .counter("troupe_runtime_engine_streams_lost_total",
                                "Event streams of an engine that ended or could not be opened", {"driver"})
                       .with({options.name})),
      watch(home.get_executor()) {
  options.folder = std::filesystem::absolute(options.folder);
  std::error_code failed;
  std::filesystem::create_directories(options.folder, failed);
  ::chmod(options.folder.c_str(), 0700);
  {
    const base::Lock lock(mutex);
    engine_seen = {.health = Fingerprint::Health::missing, .text = options.name + ": the engine was not asked yet"};
  }
  spawn("events", watch_engine());
  spawn("look", look_regularly());
  thread = std::thread([this] { home.run(); });
}

DockerDriver::Impl::~Impl() {
  home.stop();
  thread.join();
  tasks.clear();
}

void DockerDriver::Impl::spawn(const char* what, asio::awaitable<void> work_to_do) {
  asio::co_spawn(home, std::move(work_to_do), [what](std::exception_ptr error) {
    if (error) base::log_error("runtime", "work for containers broke off", {{"what", what}});
  });
}

void DockerDriver::Impl::publish(TaskEventKind kind, const ContainerTask& task) {
  events.tell({.kind = kind,
               .driver = driver(),
               .task_id = task.status.handle.task_id,
               .run = task.status.handle.run,
               .exit = task.status.exit});
}

asio::awaitable<void> DockerDriver::Impl::nap(milliseconds time) {
  asio::steady_timer timer(home, time);
  co_await timer.async_wait(kNoThrow);
}

asio::awaitable<void> DockerDriver::Impl::doze(ContainerTaskPtr task, steady_clock::time_point until) {
  asio::steady_timer timer(home, until);
  task->waiting.insert(&timer);
  co_await timer.async_wait(kNoThrow);
  task->waiting.erase(&timer);
}

asio::awaitable<bool> DockerDriver::Impl::wait_for_end(ContainerTaskPtr task, steady_clock::time_point until) {
  while (task->runs() && steady_clock::now() < until) co_await doze(task, until);
  co_return !task->runs();
}

Result<ContainerTaskPtr> DockerDriver::Impl::find(const std::string& task_id) const {
  auto found = tasks.find(task_id);
  if (found == tasks.end()) return Error(Errc::not_found, "There is no task " + task_id + ".");
  return found->second;
}

engine::Labels DockerDriver::Impl::labels_of(const std::string& task_id) const {
  engine::Labels labels{{kInstanceLabel, options.instance}, {kDriverLabel, options.name}};
  if (!task_id.empty()) labels[kTaskLabel] = task_id;
  return labels;
}

ContainerTaskPtr DockerDriver::Impl::lost_task(TaskHandle handle, std::string why) const {
  auto task = std::make_shared<ContainerTask>();
  task->folder = folder_of(handle.task_id);
  task->status.handle = std::move(handle);
  task->status.state = TaskState::lost;
  task->status.exit = ExitResult{.code = -1, .error = std::move(why), .at = base::system_clock().unix_ms()};
  return task;
}

Task<TaskStatus> DockerDriver::Impl::recover(TaskHandle handle) {
  if (handle.driver != driver() || !is_task_id(handle.task_id) || handle.run.empty()) {
    co_return Error(Errc::invalid_param, "This is not a handle of a task of the driver '" + driver() + "'.");
  }
  if (auto known = find(handle.task_id)) {
    if ((*known)->status.handle.run == handle.run) co_return (*known)->status;
    co_return lost_task(std::move(handle), "This run was followed by a newer one.")->status;
  }
  CO_TRY(const auto listed, co_await api->list(labels_of(handle.task_id)));
  if (listed.empty()) {
    auto task = lost_task(std::move(handle), "The task was lost: its container is not there any more.");
    co_return tasks.try_emplace(task->status.handle.task_id, task).first->second->status;
  }
  CO_TRY(const auto found, co_await api->inspect(listed.front().id));
  if (auto known = find(handle.task_id); known && (*known)->status.handle.run == handle.run) {
    co_return (*known)->status;  // somebody else was faster
  }
  const auto run = found.labels.find(kRunLabel);
  if (run == found.labels.end() || run->second != handle.run) {
    co_return lost_task(std::move(handle), "This run was followed by a newer one.")->status;
  }
  auto task = std::make_shared<ContainerTask>();
  task->folder = folder_of(handle.task_id);
  task->container = found.id;
  task->status.handle = handle;
  task->status.started_at = found.started_at;
  tasks[handle.task_id] = task;
  running.add(1);
  if (found.runs()) task->status.pid = found.pid;
  std::error_code failed;
  std::filesystem::create_directories(task->folder, failed);
  auto log = ContainerLog::reopen(task->folder, task->container);
  follow_output(task, log ? *std::move(log) : ContainerLog(task->folder, task->container, OutputLimits{}));
  if (!found.runs()) co_await settle(task, found);
  co_return task->status;
}

Task<std::vector<TaskHandle>> DockerDriver::Impl::list() {
  CO_TRY(const auto listed, co_await api->list(labels_of()));
  std::vector<TaskHandle> out;
  for (const auto& entry : listed) {
    const auto id = entry.labels.find(kTaskLabel), run = entry.labels.find(kRunLabel);
    if (id == entry.labels.end() || run == entry.labels.end() || !is_task_id(id->second)) continue;
    out.push_back({.driver = driver(), .task_id = id->second, .run = run->second, .state = {{"container", entry.id}}});
  }
  co_return out;
}

Task<ExitResult> DockerDriver::Impl::wait(std::string task_id, milliseconds patience) {
  CO_TRY(auto task, find(task_id));
  if (!co_await wait_for_end(task, steady_clock::now() + patience)) {
    co_return Error(Errc::timed_out, "The task " + task_id + " still runs.");
  }
  co_return *task->status.exit;
}

Task<ExitResult> DockerDriver::Impl::stop(std::string task_id, milliseconds grace) {
  const auto known = find(task_id);
  if (!known || !(*known)->runs()) CO_TRY(co_await remove_doubtful(task_id));
  CO_TRY(auto task, find(task_id));
  if (grace < milliseconds(0) || grace > kMostContainerGrace) {
    co_return Error(Errc::invalid_param, "grace must be from 0 to one hour");
  }
  task->kill_at = std::min(task->kill_at, steady_clock::now() + grace);
  // From now on: the kill of a stop that failed may be long past.
  const auto too_late = std::max(task->kill_at, steady_clock::now()) + options.kill_patience;
  task->unwanted = task->runs() && task->container.empty();
  task->wake();  // an earlier stop may have less time now
  while (task->runs() && task->container.empty() && steady_clock::now() < too_late) co_await doze(task, too_late);
  if (task->runs() && task->container.empty()) {
    co_return Error(Errc::timed_out, "The task " + task_id + " is still being started.");
  }
  while (task->runs()) {
    const auto now = steady_clock::now();
    if (now > too_late) co_return Error(Errc::timed_out, "The task " + task_id + " cannot be killed.");
    Result<Unit> sent = Unit{};
    if (now >= task->kill_at) {
      task->killed_by_us = true;
      sent = co_await api->kill(task->container, "SIGKILL");
    } else if (!std::exchange(task->asked_to_end, true)) {
      const auto found = co_await api->inspect(task->container);
      sent = found ? co_await api->kill(task->container, found->stop_signal.empty() ? "SIGTERM" : found->stop_signal)
                   : Result<Unit>(std::unexpected(found.error()));
      if (!sent) task->asked_to_end = false;
    }
    // It may have ended before, which engines say in several ways: the look says how.
    co_await look_at(task);
    const bool was_over = !sent && (sent.error().code() == Errc::conflict || sent.error().code() == Errc::not_found);
    if (task->runs() && !sent && !was_over) co_return std::unexpected(std::move(sent).error());
    if (task->runs()) {
      const auto look = steady_clock::now() + kLookAtStopped;
      co_await doze(task, task->kill_at > now ? std::min(look, task->kill_at) : look);
    }
  }
  co_return *task->status.exit;
}

Task<Unit> DockerDriver::Impl::destroy(std::string task_id) {
  if (!is_task_id(task_id)) co_return Unit{};
  if (const auto now = find(task_id); now && (*now)->runs()) {
    auto stopped = co_await stop(task_id, milliseconds(0));
    if (!stopped) co_return std::unexpected(std::move(stopped).error());
  }
  const auto known = tasks.find(task_id);  // a start that failed meanwhile has given it back
  const auto task = known == tasks.end() ? nullptr : known->second;
  CO_TRY(const auto listed, co_await api->list(labels_of(task_id)));
  for (const auto& entry : listed) {
    CO_TRY(co_await api->remove(entry.id));
  }
  for (int i = 0; i < kVolumeTries; ++i) {
    auto gone = co_await api->remove_volume(container_name(options.instance, task_id));
    if (gone) break;
    // The container is on its way out still.
    if (gone.error().code() != Errc::conflict || i + 1 == kVolumeTries) co_return gone;
    co_await nap(kBeforeVolume);
  }
  if (task) task->forgotten = true;
  doubtful.erase(task_id);
  std::error_code failed;
  std::filesystem::remove_all(folder_of(task_id), failed);
  if (failed) co_return Error(Errc::unavailable, "The task's folder cannot be removed.", failed.message());
  if (auto now = tasks.find(task_id); now != tasks.end() && now->second == task) tasks.erase(now);
  if (task) publish(TaskEventKind::destroyed, *task);
  co_return Unit{};
}

Task<TaskStatus> DockerDriver::Impl::inspect(std::string task_id) {
  CO_TRY(auto task, find(task_id));
  co_return task->status;
}

Task<Unit> DockerDriver::Impl::signal(std::string task_id, int signal) {
  CO_TRY(check_signal(signal));
  CO_TRY(auto task, find(task_id));
  auto sent = task->runs() && !task->container.empty() ? co_await api->kill(task->container, std::to_string(signal))
                                                       : Result<Unit>(Error(Errc::conflict, "it does not run"));
  if (!sent && task->runs()) co_await look_at(task);
  const bool is_over = !sent && (sent.error().code() == Errc::conflict || sent.error().code() == Errc::not_found);
  if (is_over || (!sent && !task->runs())) {
    co_return Error(Errc::conflict, "The task " + task_id + " does not run.");
  }
  co_return sent;
}

Task<LogPage> DockerDriver::Impl::logs(std::string task_id, std::int64_t after, std::size_t limit) {
  CO_TRY(auto task, find(task_id));
  if (limit < 1 || limit > kMaxLogLines) co_return Error(Errc::invalid_param, "limit must be from 1 to 1000");
  co_return read_task_log(task->folder, after, limit);
}

Task<LogPage> DockerDriver::Impl::follow(std::string task_id, std::int64_t after, std::size_t limit,
                                         milliseconds patience) {
  CO_TRY(auto task, find(task_id));
  const auto until = steady_clock::now() + patience;
  auto changes = watch.watch(task->folder + "/" + shim::kLogDir);
  while (true) {
    CO_TRY(auto page, co_await logs(task_id, after, limit));
    if (!page.lines.empty() || !co_await changes.wait(until)) co_return page;
  }
}

DockerDriver::DockerDriver(Options options, base::MetricRegistry& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}
DockerDriver::~DockerDriver() = default;

std::string_view DockerDriver::name() const { return impl_->options.name; }
Capabilities DockerDriver::capabilities() const { return kContainerCapabilities; }
std::string_view DockerDriver::config_schema() const { return impl_->schema.text(); }
Fingerprint DockerDriver::fingerprint() const {
  const base::Lock lock(impl_->mutex);
  return impl_->engine_seen;
}

Task<TaskHandle> DockerDriver::start(TaskSpec spec) {
  auto checked = check_for_driver(spec, name(), kContainerCapabilities, impl_->schema);
  if (!checked)
    return [](Error error) -> Task<TaskHandle> {
      co_return std::unexpected(std::move(error));
    }(std::move(checked).error());
  return asio::co_spawn(impl_->home, impl_->start(std::move(spec)), asio::use_awaitable);
}
Task<TaskStatus> DockerDriver::recover(TaskHandle handle) {
  return asio::co_spawn(impl_->home, impl_->recover(std::move(handle)), asio::use_awaitable);
}
Task<std::vector<TaskHandle>> DockerDriver::list() {
  return asio::co_spawn(impl_->home, impl_->list(), asio::use_awaitable);
}
Task<ExitResult> DockerDriver::wait(std::string task_id, milliseconds patience) {
  return asio::co_spawn(impl_->home, impl_->wait(std::move(task_id), patience), asio::use_awaitable);
}
Task<ExitResult> DockerDriver::stop(std::string task_id, milliseconds grace) {
  return asio::co_spawn(impl_->home, impl_->stop(std::move(task_id), grace), asio::use_awaitable);
}
Task<Unit> DockerDriver::destroy(std::string task_id) {
  return asio::co_spawn(impl_->home, impl_->destroy(std::move(task_id)), asio::use_awaitable);
}
Task<TaskStatus> DockerDriver::inspect(std::string task_id) {
  return asio::co_spawn(impl_->home, impl_->inspect(std::move(task_id)), asio::use_awaitable);
}
Task<Unit> DockerDriver::signal(std::string task_id, int signal) {
  return asio::co_spawn(impl_->home, impl_->signal(std::move(task_id), signal), asio::use_awaitable);
}
Task<LogPage> DockerDriver::logs(std::string task_id, std::int64_t after, std::size_t limit) {
  return asio::co_spawn(impl_->home, impl_->logs(std::move(task_id), after, limit), asio::use_awaitable);
}
Task<LogPage> DockerDriver::follow(std::string task_id, std::int64_t after, std::size_t limit, milliseconds patience) {
  return asio::co_spawn(impl_->home, impl_->follow(std::move(task_id), after, limit, patience), asio::use_awaitable);
}
base::SubscriptionPtr DockerDriver::on_event(std::function<void(const TaskEvent&)> listener) {
  return impl_->events.add(std::move(listener));
}

}  // namespace troupe::runtime::docker
