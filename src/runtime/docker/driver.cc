#include "runtime/docker/driver.h"

#include <sys/stat.h>

#include <stdexcept>

#include "base/log.h"
#include "runtime/docker/impl.h"
#include "runtime/driver_words.h"
#include "runtime/engine/host_address.h"
#include "runtime/homed_verbs.h"

namespace troupe::runtime::docker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAtStopped{500};  ///< the event that tells of its end may be lost
constexpr milliseconds kBeforeVolume{200};
constexpr int kVolumeTries = 10;

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

DockerState::DockerState(DockerDriver::Options given, base::MetricRegistry& metrics)
    : http(client_of(given)),
      options(std::move(given)),
      api(std::make_unique<engine::Api>(*http, address_of(options).url)),
      starts(starts_of(metrics)),
      exits(exits_of(metrics)),
      running(running_of(metrics, options.name)),
      start_seconds(start_seconds_of(metrics, options.name)),
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

DockerState::~DockerState() {
  home.stop();
  thread.join();
  tasks.clear();
}

void DockerState::spawn(const char* what, asio::awaitable<void> work_to_do) {
  asio::co_spawn(home, std::move(work_to_do), [what](std::exception_ptr error) {
    if (error) base::log_error("runtime", "work for containers broke off", {{"what", what}});
  });
}

void DockerState::publish(TaskEventKind kind, const ContainerTask& task) { events.tell(event_of(kind, task.status)); }

asio::awaitable<void> DockerState::nap(milliseconds time) {
  asio::steady_timer timer(home, time);
  co_await timer.async_wait(kNoThrow);
}

asio::awaitable<void> DockerState::doze(ContainerTaskPtr task, steady_clock::time_point until) {
  asio::steady_timer timer(home, until);
  task->waiting.insert(&timer);
  co_await timer.async_wait(kNoThrow);
  task->waiting.erase(&timer);
}

asio::awaitable<bool> DockerState::wait_for_end(ContainerTaskPtr task, steady_clock::time_point until) {
  while (task->runs() && steady_clock::now() < until) co_await doze(task, until);
  co_return !task->runs();
}

Result<ContainerTaskPtr> DockerState::find(const std::string& task_id) const {
  auto found = tasks.find(task_id);
  if (found == tasks.end()) return no_such_task(task_id);
  return found->second;
}

engine::Labels DockerState::labels_of(const std::string& task_id) const {
  engine::Labels labels{{kInstanceLabel, options.instance}, {kDriverLabel, options.name}};
  if (!task_id.empty()) labels[kTaskLabel] = task_id;
  return labels;
}

ContainerTaskPtr DockerState::lost_task(TaskHandle handle, std::string why) const {
  auto task = std::make_shared<ContainerTask>();
  task->folder = folder_of(handle.task_id);
  task->status.handle = std::move(handle);
  task->status.state = TaskState::lost;
  task->status.exit = lost_because(std::move(why));
  return task;
}

Task<TaskStatus> DockerState::recover(TaskHandle handle) {
  if (handle.driver != driver() || !is_task_id(handle.task_id) || handle.run.empty()) {
    co_return Error(Errc::invalid_param, "This is not a handle of a task of the driver '" + driver() + "'.");
  }
  if (auto known = find(handle.task_id)) {
    if ((*known)->status.handle.run == handle.run) co_return (*known)->status;
    co_return lost_task(std::move(handle), std::string(kNewerRun))->status;
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
    co_return lost_task(std::move(handle), std::string(kNewerRun))->status;
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

Task<std::vector<TaskHandle>> DockerState::list() {
  CO_TRY(const auto listed, co_await api->list(labels_of()));
  std::vector<TaskHandle> out;
  for (const auto& entry : listed) {
    const auto id = entry.labels.find(kTaskLabel), run = entry.labels.find(kRunLabel);
    if (id == entry.labels.end() || run == entry.labels.end() || !is_task_id(id->second)) continue;
    out.push_back({.driver = driver(), .task_id = id->second, .run = run->second, .state = {{"container", entry.id}}});
  }
  co_return out;
}

Task<ExitResult> DockerState::wait(std::string task_id, milliseconds patience) {
  CO_TRY(auto task, find(task_id));
  if (!co_await wait_for_end(task, steady_clock::now() + patience)) {
    co_return still_runs(task_id);
  }
  co_return *task->status.exit;
}

Task<ExitResult> DockerState::stop(std::string task_id, milliseconds grace) {
  const auto known = find(task_id);
  if (!known || !(*known)->runs()) CO_TRY(co_await remove_doubtful(task_id));
  CO_TRY(auto task, find(task_id));
  CO_TRY(check_grace(grace));
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

Task<Unit> DockerState::destroy(std::string task_id) {
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

Task<TaskStatus> DockerState::inspect(std::string task_id) {
  CO_TRY(auto task, find(task_id));
  co_return task->status;
}

Task<Unit> DockerState::signal(std::string task_id, int signal) {
  CO_TRY(check_signal(signal));
  CO_TRY(auto task, find(task_id));
  auto sent = task->runs() && !task->container.empty() ? co_await api->kill(task->container, std::to_string(signal))
                                                       : Result<Unit>(Error(Errc::conflict, "it does not run"));
  if (!sent && task->runs()) co_await look_at(task);
  const bool is_over = !sent && (sent.error().code() == Errc::conflict || sent.error().code() == Errc::not_found);
  if (is_over || (!sent && !task->runs())) {
    co_return does_not_run(task_id);
  }
  co_return sent;
}

DockerDriver::DockerDriver(Options options, base::MetricRegistry& metrics)
    : HomedDriver(std::make_shared<DockerState>(std::move(options), metrics)) {}
DockerDriver::~DockerDriver() = default;

std::string_view DockerDriver::name() const { return state_->options.name; }
Capabilities DockerDriver::capabilities() const { return kContainerCapabilities; }
std::string_view DockerDriver::config_schema() const { return state_->schema.text(); }
Fingerprint DockerDriver::fingerprint() const {
  const base::Lock lock(state_->mutex);
  return state_->engine_seen;
}

}  // namespace troupe::runtime::docker

template class troupe::runtime::HomedDriver<troupe::runtime::docker::DockerState>;
