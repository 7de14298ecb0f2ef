#include "assistant/executor/parts.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace troupe::assistant::executor {

Meters::Meters(base::MetricRegistry& registry)
    : tasks(
          registry.counter("troupe_assistant_tasks_total", "Rounds of tasks, by how they ended or left off.", {"end"})),
      steps(registry.counter("troupe_assistant_steps_total", "Steps of tasks that were run, by outcome.", {"outcome"})),
      added(registry
                .histogram("troupe_assistant_step_added_seconds",
                           "What making steps durable takes, besides what the services take.", {})
                .with({})),
      running(registry.gauge("troupe_assistant_tasks_running", "Tasks that run in this process.")),
      waiting(registry.gauge("troupe_assistant_tasks_waiting", "Tasks that wait for a place in this process.")) {}

asio::awaitable<void> pass(const Parts& parts, Point point) {
  if (!parts.probe || parts.probe(point)) co_return;
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

}  // namespace troupe::assistant::executor
