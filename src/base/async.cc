#include "base/async.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace troupe::base {

struct Notify::State {
  explicit State(const asio::any_io_executor& on) : executor(on), timer(on) {}
  asio::any_io_executor executor;
  asio::steady_timer timer;         // on the executor only
  bool notified = false;            // on the executor only
  std::atomic<bool> posted{false};  // many calls, one post
};

Notify::Notify(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}
Notify::~Notify() = default;

void Notify::notify(const std::shared_ptr<State>& state) {
  if (state->posted.exchange(true)) return;
  asio::post(state->executor, [state] {
    state->posted = false;
    state->notified = true;
    state->timer.cancel();
  });
}

std::function<void()> Notify::notifier() const {
  return [weak = std::weak_ptr(state_)] {
    if (auto state = weak.lock()) notify(state);
  };
}

asio::awaitable<bool> Notify::wait(std::chrono::milliseconds at_most) {
  auto state = state_;
  if (!state->notified) {
    state->timer.expires_after(at_most);
    co_await state->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return std::exchange(state->notified, false);
}

struct TaskGroup::State {
  explicit State(const asio::any_io_executor& on) : executor(on), empty(on) {}
  asio::any_io_executor executor;
  asio::steady_timer empty;
  std::size_t running = 0;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

std::size_t TaskGroup::size() const { return state_->running; }

void TaskGroup::spawn(std::string what, asio::awaitable<void> task) {
  ++state_->running;
  auto ended = [state = state_, what = std::move(what)](std::exception_ptr error) {
    --state->running;
    if (state->running == 0) state->empty.cancel();
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      base::log_error("fleet", "A task ended with an exception.", {{"task", what}, {"reason", e.what()}});
    }
  };
  // Posted: co_spawn alone would run the task's first steps inside the caller's.
  asio::post(state_->executor,
             [executor = state_->executor, task = std::move(task), ended = std::move(ended)]() mutable {
               asio::co_spawn(executor, std::move(task), std::move(ended));
             });
}

asio::awaitable<bool> TaskGroup::join(std::chrono::milliseconds patience) {
  auto state = state_;
  auto until = std::chrono::steady_clock::now() + patience;
  while (state->running > 0 && std::chrono::steady_clock::now() < until) {
    state->empty.expires_at(until);
    co_await state->empty.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return state->running == 0;
}

asio::awaitable<bool> StopSource::sleep(std::chrono::milliseconds time) {
  if (stop_requested_) co_return false;
  asio::steady_timer timer(executor_, time);
  asleep_.insert(&timer);
  auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  asleep_.erase(&timer);
  co_return !error && !stop_requested_;
}

void StopSource::request_stop() {
  stop_requested_ = true;
  for (auto* timer : asleep_) timer->cancel();
}

}  // namespace troupe::base
