// /api/v1/tasks/{task_id}/live: a task as server-sent events, while it runs.
#include "api/words.h"
#include "assistant/executor/executor.h"
#include "assistant/routes/follower.h"
#include "assistant/routes/routes.h"
#include "assistant/routes/task_shapes.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

struct Watched {
  net::route::Caller caller;
  std::string task_id;
  std::shared_ptr<void> slot;
};

/// `step` for each that is new or has changed, without arguments and output; `task` where its phase has.
std::string events_of(Follower::Change change) {
  std::string text;
  for (auto& step : change.steps) {
    const auto number = step.number;
    text += api::sse_event("step", number, api::write(StepNews{.step = std::move(step)}));
  }
  if (change.task) text += api::sse_event("task", change.task->steps, api::write(*change.task));
  if (change.ended) text += api::sse_event("end", 0, {});
  return text;
}

Task<Unit> watch(AssistantApi& api, net::http::BodyWriter& writer, Watched watched) {
  api::StreamLife life(api.kit, watched.caller, co_await asio::this_coro::executor);
  const auto on_change = api.kit.bus.subscribe(executor::task_channel(watched.task_id),
                                               [notify = life.notifier()](std::string_view) { notify(); });
  Follower follower(api.assistant(watched.caller), watched.task_id);
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    auto change = co_await follower.look();
    if (!change) co_return std::unexpected(std::move(change).error());
    const bool ended = change->ended;
    auto text = events_of(*std::move(change));
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
    if (ended) co_return Unit{};
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> watch_task(AssistantApi& api, Call& call) {
  auto task_id = call.param("task_id");
  CO_TRY(const auto found, co_await api.assistant(call).find(task_id));
  CO_TRY(auto slot, api.streams.enter(*call.caller));
  Watched watched{.caller = *call.caller, .task_id = found.task.id, .slot = std::move(slot)};
  co_return api::event_stream([&api, watched](net::http::BodyWriter& writer) { return watch(api, writer, watched); });
}

}  // namespace

void add_watch_routes(const api::Group& group, AssistantApi& api) {
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/live",
             .summary = "A task as server-sent events: step, task, and end where it has ended; all there is at first",
             .reply = R"({"type":"string"})",
             .reply_type = "text/event-stream",
             .run = api::bind(watch_task, api)});
}

}  // namespace troupe::assistant::routes
