// How the driver learns what became of containers: the engine's events say when to look, inspecting says what is.
#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "base/retry.h"
#include "runtime/docker/exit.h"
#include "runtime/docker/impl.h"

namespace troupe::runtime::docker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{5'000};
constexpr milliseconds kOutputPatience{3'000};  ///< for the rest of what an ended container said
constexpr milliseconds kBeforeOutput{200};
constexpr std::int64_t kNotFoundCode = 127;
constexpr std::int64_t kNotRunnableCode = 126;
constexpr std::string_view kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

ExitResult not_known(std::string why) {
  return {.code = -1, .error = std::move(why), .at = base::system_clock().unix_ms()};
}

}  // namespace

void DockerState::begin_running(const ContainerTaskPtr& task) {
  running.add(1);
  publish(TaskEventKind::started, *task);
}

void DockerState::end(const ContainerTaskPtr& task, TaskState state, ExitResult exit) {
  if (!task->runs()) return;
  running.add(-1);
  const bool lost = state == TaskState::lost;
  exits.with({driver(), lost ? "lost" : exit.success() ? "success" : "failure"}).add();
  task->status.state = state;
  task->status.exit = std::move(exit);
  task->status.pid.reset();
  publish(lost ? TaskEventKind::lost : TaskEventKind::exited, *task);
  task->wake();
}

void DockerState::note_engine(Result<engine::Version> version) {
  const base::Lock lock(mutex);
  if (!version) {
    // What it was stays known.
    engine_seen.health = engine_seen.version.empty() ? Fingerprint::Health::missing : Fingerprint::Health::unhealthy;
    engine_seen.text = options.name + ": the engine does not answer: " + version.error().message();
    return;
  }
  is_podman = version->podman;
  engine_seen = {.health = Fingerprint::Health::healthy,
                 .version = (version->podman ? "Podman " : "Docker ") + version->text,
                 .text = {},
                 .attributes = {{"api", version->api}, {"host", options.host}, {"instance", options.instance}}};
}

asio::awaitable<void> DockerState::watch_engine() {
  for (std::int64_t failed = 0;; ++failed) {
    // The events are asked for from the instant before the look, by the engine's clock: nothing falls between the two.
    const auto since = co_await look_at_all();
    if (since) {
      const auto begun = steady_clock::now();
      auto take = [this](const engine::Event& event) {
        heard(event);
        return true;
      };
      auto streamed = co_await api->events(labels_of(), *since, take);
      streams_lost.add();
      if (steady_clock::now() - begun > kLongestPause) failed = 0;
      base::log_debug("runtime", "an engine's event stream ended",
                      {{"driver", options.name}, {"reason", streamed ? "" : streamed.error().message()}});
    }
    co_await nap(base::doubled(kFirstPause, failed, kLongestPause));
  }
}

asio::awaitable<void> DockerState::look_regularly() {
  while (true) {
    co_await nap(options.look_every);
    static_cast<void>(co_await look_at_all());  // the fingerprint tells what is wrong
  }
}

Task<std::int64_t> DockerState::look_at_all() {
  auto version = co_await api->version();
  note_engine(version);
  if (!version) co_return std::unexpected(std::move(version).error());
  auto listed = co_await api->list(labels_of());
  if (!listed) {
    note_engine(std::unexpected(listed.error()));
    co_return std::unexpected(std::move(listed).error());
  }
  std::map<std::string, std::string> status;
  for (const auto& entry : *listed) status[entry.id] = entry.status;
  for (const auto& [id, task] : tasks) {
    if (!task->runs() || task->container.empty()) continue;
    const auto found = status.find(task->container);
    if (found == status.end() || found->second != "running") spawn("look", look_at(task));
  }
  for (const auto& [id, runs] : std::map(doubtful)) static_cast<void>(co_await remove_doubtful(id));  // or next time
  co_return version->engine_now > 0 ? version->engine_now / 1000 - 1 : 0;
}

void DockerState::heard(const engine::Event& event) {
  for (const auto& [id, task] : tasks) {
    if (task->container != event.container || task->container.empty()) continue;
    if (event.action == "oom") task->oom_seen = true;
    if (event.action == "die" || event.action == "died" || event.action == "destroy" || event.action == "remove" ||
        event.action == "cleanup" || event.action == "stop") {
      spawn("look", look_at(task));
    }
  }
}

/// One look at a time; what is told meanwhile is looked at once more.
asio::awaitable<void> DockerState::look_at(ContainerTaskPtr task) {
  if (task->looking) {
    task->look_again = true;
    while (task->looking) co_await doze(task, steady_clock::now() + kLongestPause);
    co_return;
  }
  task->looking = true;
  do {
    task->look_again = false;
    co_await look_once(task);
  } while (task->look_again && task->runs());
  task->looking = false;
  task->wake();
}

asio::awaitable<void> DockerState::look_once(ContainerTaskPtr task) {
  if (!task->runs()) co_return;
  auto found = co_await api->inspect(task->container);
  if (found) {
    if (!found->runs()) co_await settle(task, *std::move(found));
  } else if (found.error().code() == Errc::not_found) {
    co_await look_for_missing(task);
  }
  // Else: an engine that does not answer says nothing about the task.
}

/// That one request was answered with 404 is no proof of a death: the whole list must agree.
asio::awaitable<void> DockerState::look_for_missing(ContainerTaskPtr task) {
  const auto listed = co_await api->list(labels_of(task->status.handle.task_id));
  if (!listed) co_return;
  for (const auto& entry : *listed) {
    if (entry.id == task->container) co_return;
  }
  task->ended_seen = true;
  end(task, TaskState::lost, not_known("The task was lost: its container was removed by somebody else."));
}

asio::awaitable<void> DockerState::settle(ContainerTaskPtr task, engine::Container found) {
  if (found.status == "removing") co_return;  // gone in a moment, or not
  if (!found.has_ended()) {
    // A word that no engine of today says is no end; it is looked at again.
    if (found.status != "created" && found.status != "configured" && found.status != "initialized") co_return;
    // Made and never started: Troupe was killed between the two, or its program could not be run.
    task->ended_seen = true;
    const bool tried = !found.error.empty() || found.exit_code != 0;
    end(task, tried ? TaskState::exited : TaskState::lost,
        not_known(tried ? "The program cannot be started: " + found.error
                        : std::string("The task was lost: its container was never started.")));
    spawn("secrets", empty_secrets(task->status.handle.task_id, std::move(found)));
    co_return;
  }
  task->ended_seen = true;
  task->wake();
  const auto until = steady_clock::now() + kOutputPatience;
  while (!task->log_done && steady_clock::now() < until) co_await doze(task, until);
  auto exit = exit_of(found, {.killed_by_us = task->killed_by_us, .oom_seen = task->oom_seen, .podman = is_podman});
  if (exit.code == kNotFoundCode || exit.code == kNotRunnableCode) {
    const auto lacks = co_await lacks_program(found.id, found.program, found.path);
    if (lacks && *lacks) {
      exit.code = -1;
      exit.error = "The program cannot be started: there is no " + found.program + " in the image.";
    }
  }
  end(task, TaskState::exited, std::move(exit));
  spawn("secrets", empty_secrets(task->status.handle.task_id, std::move(found)));
}

/// A first process of the engine's turns a missing program into an exit code like any other.
Task<bool> DockerState::lacks_program(std::string container, std::string program, std::string path) {
  if (program.empty()) co_return false;
  if (program.find('/') != std::string::npos) {
    CO_TRY(const bool there, co_await api->has_file(container, program));
    co_return !there;
  }
  std::string_view folders = path.empty() ? kUsualPath : std::string_view(path);
  while (!folders.empty()) {
    const auto folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
    if (folder.empty()) continue;
    CO_TRY(const bool there, co_await api->has_file(container, std::string(folder) + "/" + program));
    if (there) co_return false;
  }
  co_return true;
}

asio::awaitable<void> DockerState::empty_secrets(std::string id, engine::Container found) {
  const auto names = found.labels.find(kSecretsLabel);
  const auto uid = uid_of(found.user);
  if (names == found.labels.end() || names->second.empty() || !uid) co_return;
  auto emptied = co_await api->put_archive(found.id, std::string(kTaskMount), emptied_archive(names->second, *uid));
  if (!emptied && emptied.error().code() != Errc::not_found) {
    base::log_warning("runtime",
                      "the secrets of a task that has ended could not be emptied; they go with its next start",
                      {{"task", id}, {"reason", emptied.error().message()}});
  }
}

asio::awaitable<void> DockerState::empty_secrets_of(ContainerTaskPtr task) {
  auto found = co_await api->inspect(task->container);
  if (found) co_await empty_secrets(task->status.handle.task_id, *std::move(found));
}

void DockerState::follow_output(ContainerTaskPtr task, ContainerLog log) {
  task->log_done = false;
  spawn("output", take_output(std::move(task), std::move(log)));
}

asio::awaitable<void> DockerState::take_output(ContainerTaskPtr task, ContainerLog log) {
  for (std::int64_t failed = 0;; ++failed) {
    const bool was_over = task->ended_seen;
    const auto begun = steady_clock::now();
    const auto since = log.begin();
    auto take = [&](engine::Stream stream, std::string_view payload) {
      if (task->forgotten) return false;
      log.take(stream, payload);
      log.flush();
      return true;
    };
    auto read = co_await api->logs(task->container, since, take);
    const bool gone = !read && read.error().code() == Errc::not_found;
    // A stream that ends well while the container runs is an engine that stops, and one 404 is no proof of its end.
    if (task->forgotten || (was_over && (read || gone || failed > 0))) break;
    if (steady_clock::now() - begun > kLongestPause) failed = 0;
    if (!task->ended_seen)
      co_await doze(task, steady_clock::now() + base::doubled(kBeforeOutput, failed, kLongestPause));
  }
  if (!task->forgotten) log.finish();
  task->log_done = true;
  task->wake();
}

}  // namespace troupe::runtime::docker
