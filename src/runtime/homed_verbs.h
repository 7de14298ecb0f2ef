// The verbs of HomedDriver, for the .cc file of a driver: behind its State it says at global scope
//   template class troupe::runtime::HomedDriver<…::State>;
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "runtime/homed_driver.h"
#include "runtime/task_log.h"

namespace troupe::runtime {

template <class State>
template <class Verb, class... Arguments>
auto HomedDriver<State>::at_home(Verb verb, Arguments... arguments) {
  return asio::co_spawn(state_->home, std::invoke(verb, state_, std::move(arguments)...), asio::use_awaitable);
}

template <class State>
Task<TaskHandle> HomedDriver<State>::start(TaskSpec spec) {
  return at_home(&State::start, std::move(spec));
}

template <class State>
Task<TaskStatus> HomedDriver<State>::recover(TaskHandle handle) {
  return at_home(&State::recover, std::move(handle));
}

template <class State>
Task<std::vector<TaskHandle>> HomedDriver<State>::list() {
  return at_home(&State::list);
}

template <class State>
Task<ExitResult> HomedDriver<State>::wait(std::string task_id, std::chrono::milliseconds patience) {
  return at_home(&State::wait, std::move(task_id), patience);
}

template <class State>
Task<ExitResult> HomedDriver<State>::stop(std::string task_id, std::chrono::milliseconds grace) {
  return at_home(&State::stop, std::move(task_id), grace);
}

template <class State>
Task<Unit> HomedDriver<State>::destroy(std::string task_id) {
  return at_home(&State::destroy, std::move(task_id));
}

template <class State>
Task<TaskStatus> HomedDriver<State>::inspect(std::string task_id) {
  return at_home(&State::inspect, std::move(task_id));
}

template <class State>
Task<ExecResult> HomedDriver<State>::exec(std::string task_id, ExecOrder order) {
  if constexpr (requires { &State::exec; }) {
    return at_home(&State::exec, std::move(task_id), std::move(order));
  } else {
    return TaskDriver::exec(std::move(task_id), std::move(order));
  }
}

template <class State>
Task<Unit> HomedDriver<State>::signal(std::string task_id, int signal) {
  if constexpr (requires { &State::signal; }) {
    return at_home(&State::signal, std::move(task_id), signal);
  } else {
    return TaskDriver::signal(std::move(task_id), signal);
  }
}

template <class State>
Task<LogPage> HomedDriver<State>::logs(std::string task_id, std::int64_t after, std::size_t limit) {
  if constexpr (requires { &State::logs; }) {
    return at_home(&State::logs, std::move(task_id), after, limit);
  } else if constexpr (!requires { &State::follow; }) {
    return at_home(&page_of_folder<State>, std::move(task_id), after, limit);
  } else {
    return follow(std::move(task_id), after, limit, std::chrono::milliseconds(0));
  }
}

template <class State>
Task<LogPage> HomedDriver<State>::follow(std::string task_id, std::int64_t after, std::size_t limit,
                                         std::chrono::milliseconds patience) {
  if constexpr (requires { &State::follow; }) {
    return at_home(&State::follow, std::move(task_id), after, limit, patience);
  } else {
    return at_home(&follow_folder<State>, std::move(task_id), after, limit, patience);
  }
}

template <class State>
base::SubscriptionPtr HomedDriver<State>::on_event(std::function<void(const TaskEvent&)> listener) {
  return state_->events.add(std::move(listener));
}

}  // namespace troupe::runtime
