// The start of a container, in steps that each may fail or lose its answer.
#include <algorithm>
#include <filesystem>

#include "base/crypto.h"
#include "base/log.h"
#include "runtime/docker/exit.h"
#include "runtime/docker/impl.h"
#include "runtime/driver_words.h"

namespace troupe::runtime::docker {
namespace {

constexpr std::size_t kRunIdLetters = 20;
constexpr std::chrono::milliseconds kBetweenRemovals{100};
constexpr int kRemovalTries = 50;
constexpr std::size_t kMostDoubtfulTasks = 1'000;

bool may_have_happened(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::timed_out;
}

Error stopped_meanwhile(const ContainerTask& task) {
  return Error(Errc::unavailable,
               "The task " + task.status.handle.task_id + " was stopped while it was being started.");
}

std::string run_of(const engine::Container& container) {
  const auto label = container.labels.find(kRunLabel);
  return label == container.labels.end() ? std::string() : label->second;
}

bool is_of_run(const engine::Container& container, const std::string& run) { return run_of(container) == run; }

}  // namespace

Task<TaskHandle> DockerState::start(TaskSpec spec) {
  CO_TRY(check_for_driver(spec, driver(), kContainerCapabilities, schema));
  const auto run = base::random_alphanumeric(kRunIdLetters);
  CO_TRY(auto plan, plan_container(spec, options.defaults, options.instance, run));
  plan.body.at("Labels").as_object()[kDriverLabel] = driver();
  const auto began = steady_clock::now();
  const auto id = spec.id;
  auto known = tasks.find(id);
  const auto before = known == tasks.end() ? nullptr : known->second;
  if (before && before->runs()) co_return runs_already(id);
  auto task = std::make_shared<ContainerTask>();
  task->folder = folder_of(id);
  task->status.handle = {.driver = driver(), .task_id = id, .run = run, .state = {}};
  task->status.started_at = base::system_clock().unix_ms();
  tasks[id] = task;  // from here on nobody else starts it
  auto launched = co_await launch(task, std::move(spec), std::move(plan));
  if (!launched) {
    starts.with({driver(), "failed"}).add();
    if (before) {
      tasks[id] = before;
    } else {
      tasks.erase(id);
    }
    task->status.state = TaskState::lost;
    task->status.exit = ExitResult{.code = -1, .error = launched.error().message()};
    task->wake();
    co_return std::unexpected(std::move(launched).error());
  }
  if (before) before->forgotten = true;
  start_seconds.observe(std::chrono::duration<double>(steady_clock::now() - began).count());
  starts.with({driver(), "started"}).add();
  co_return task->status.handle;
}

Task<Unit> DockerState::launch(ContainerTaskPtr task, TaskSpec spec, ContainerPlan plan) {
  std::error_code failed;
  std::filesystem::create_directories(task->folder, failed);
  if (failed) co_return Error(Errc::unavailable, "The task's folder cannot be made.", failed.message());
  if (plan.pull == ContainerPlan::Pull::always) {
    CO_TRY(co_await fetch_image(task, plan.image));
  }
  CO_TRY(const auto container, co_await create(task, std::move(plan)));
  task->status.handle.state = {{"container", container}};
  // Until it is started nobody may ask how it does: `container` stays empty.
  auto ready = std::make_shared<ContainerTask>();
  ready->container = container;
  ready->status.handle = task->status.handle;
  auto given = task->unwanted ? Result<Unit>(stopped_meanwhile(*task)) : co_await give_files(ready, &spec);
  if (task->unwanted) given = stopped_meanwhile(*task);
  Result<std::string> trouble = std::string();
  if (given) trouble = co_await start_container(ready);
  if (!given || !trouble) {
    if (given) co_await empty_secrets_of(ready);  // the volume outlives the container
    auto error = given ? std::move(trouble).error() : std::move(given).error();
    if (auto removed = co_await api->remove(container); !removed) {
      base::log_warning("runtime", "a container that was not started could not be removed",
                        {{"container", container}, {"reason", removed.error().message()}});
      const auto& handle = task->status.handle;
      if (doubtful.contains(handle.task_id) || doubtful.size() < kMostDoubtfulTasks) {
        doubtful[handle.task_id].insert(handle.run);
      }
    }
    co_return error;
  }
  task->container = container;
  task->status.pid = ready->status.pid;
  if (ready->status.started_at > 0) task->status.started_at = ready->status.started_at;
  begin_running(task);
  task->wake();  // a stop may wait for the container
  if (!trouble->empty()) {
    end(task, TaskState::exited,
        {.code = -1, .error = "The program cannot be started: " + *trouble, .at = base::system_clock().unix_ms()});
    spawn("secrets", empty_secrets_of(task));
    co_return Unit{};
  }
  follow_output(task, ContainerLog(task->folder, container, spec.output));
  co_await look_at(task);  // it may have ended before anybody listened
  co_return Unit{};
}

Task<Unit> DockerState::fetch_image(ContainerTaskPtr task, std::string image) {
  auto pulled = co_await api->pull(image, [task] { return !task->unwanted; });
  if (task->unwanted) co_return stopped_meanwhile(*task);
  if (pulled) co_return Unit{};
  co_return Error(Errc::unavailable, "The image " + image + " cannot be fetched: " + pulled.error().message());
}

Task<std::string> DockerState::create(ContainerTaskPtr task, ContainerPlan plan) {
  auto made = co_await create_once(task, &plan);
  if (!made && made.error().code() == Errc::conflict) {
    CO_TRY(co_await make_room(task));
    made = co_await create_once(task, &plan);
  }
  if (!made && made.error().code() == Errc::not_found) {
    CO_TRY(const bool there, co_await api->has_image(plan.image));
    if (there) co_return Error(Errc::unavailable, "The container cannot be made: " + made.error().message());
    if (plan.pull == ContainerPlan::Pull::never) {
      co_return Error(Errc::invalid_param,
                      "driver_config/image: " + plan.image + " is not on the engine, and may not be fetched");
    }
    CO_TRY(co_await fetch_image(task, plan.image));
    made = co_await create_once(task, &plan);
  }
  if (!made && made.error().code() == Errc::not_found) {
    co_return Error(Errc::unavailable, "The container cannot be made: " + made.error().message());
  }
  co_return made;
}

/// An answer that was lost is looked for: two containers of one run cannot be, as their name is one.
Task<std::string> DockerState::create_once(ContainerTaskPtr task, const ContainerPlan* plan) {
  const auto name = container_name(options.instance, task->status.handle.task_id);
  auto made = co_await api->create(name, plan->body);
  if (made || (!may_have_happened(made.error()) && made.error().code() != Errc::conflict)) co_return made;
  auto found = co_await api->inspect(name);
  if (found && is_of_run(*found, task->status.handle.run)) co_return found->id;
  // Podman says 500 to a name that is taken.
  if (found) co_return Error(Errc::conflict, made.error().message());
  co_return made;
}

/// Removes the container that has our name, if it is an earlier run of this task that has ended.
Task<Unit> DockerState::make_room(ContainerTaskPtr task) {
  const auto& id = task->status.handle.task_id;
  const auto name = container_name(options.instance, id);
  for (int i = 0; i < kRemovalTries; ++i) {
    auto found = co_await api->inspect(name);
    if (!found && found.error().code() == Errc::not_found) {
      doubtful.erase(id);
      co_return Unit{};
    }
    if (!found) co_return std::unexpected(std::move(found).error());
    const auto ours = labels_of(id);
    if (!std::ranges::includes(found->labels, ours)) {
      co_return Error(Errc::conflict, "A container that is not ours is called " + name + ": it is left alone.");
    }
    const auto unwanted = doubtful.find(id);
    if (found->runs() && (unwanted == doubtful.end() || !unwanted->second.contains(run_of(*found)))) {
      co_return runs_already(id);
    }
    CO_TRY(co_await api->remove(found->id));
    co_await nap(kBetweenRemovals);
  }
  co_return Error(Errc::unavailable, "The container " + name + " does not go away.");
}

Task<Unit> DockerState::remove_doubtful(std::string task_id) {
  if (!doubtful.contains(task_id)) co_return Unit{};
  auto found = co_await api->inspect(container_name(options.instance, task_id));
  if (!found && found.error().code() != Errc::not_found) co_return std::unexpected(std::move(found).error());
  const auto unwanted = doubtful.find(task_id);
  if (unwanted == doubtful.end()) co_return Unit{};
  if (found && unwanted->second.contains(run_of(*found))) CO_TRY(co_await api->remove(found->id));
  doubtful.erase(task_id);
  co_return Unit{};
}

/// Secrets are in files of the container's user, in a volume: neither its environment nor `inspect` shows them.
Task<Unit> DockerState::give_files(ContainerTaskPtr task, const TaskSpec* spec) {
  CO_TRY(const auto made, co_await api->inspect(task->container));
  const auto uid = uid_of(made.user);
  if (!uid) {
    co_return Error(
        Errc::invalid_param,
        "driver_config/user must be given as a number: the image's user is the name '" + made.user.substr(0, 64) + "'");
  }
  co_return co_await api->put_archive(task->container, std::string(kTaskMount), task_archive(*spec, *uid));
}

Task<std::string> DockerState::start_container(ContainerTaskPtr task) {
  for (int tries = 2; tries > 0; --tries) {
    auto started = co_await api->start(task->container);
    auto found = co_await api->inspect(task->container);
    if (found && (found->runs() || found->has_ended())) {
      task->status.pid = found->pid > 0 ? std::optional(found->pid) : std::nullopt;
      task->status.started_at = found->started_at;
      // An answer that was lost: it has run. A second start would run it twice.
      const bool was_lost =
          !started && may_have_happened(started.error()) && !is_about_program(started.error().message());
      if (started || was_lost || found->runs()) co_return std::string();
    }
    if (started) co_return std::string();  // whoever looks next hears how it does
    const auto& error = started.error();
    const bool never_ran = found && (found->exit_code == 126 || found->exit_code == 127 || !found->has_ended());
    if (never_ran && is_about_program(error.message())) co_return error.message();
    if (!may_have_happened(error) || !found || tries == 1) co_return std::unexpected(error);
  }
  co_return Error(Errc::unavailable, "The container cannot be started.");
}

}  // namespace troupe::runtime::docker
