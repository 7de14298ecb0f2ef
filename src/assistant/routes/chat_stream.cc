#include "assistant/routes/chat_stream.h"

#include <boost/json/parse.hpp>

#include "assistant/executor/executor.h"
#include "assistant/routes/chat_shapes.h"
#include "assistant/routes/follower.h"
#include "assistant/routes/task_shapes.h"

namespace troupe::assistant::routes {
namespace {

using net::http::BodyWriter;

struct Streamed {
  net::route::Caller caller;
  std::string task_id;
  Answering answering;
  std::shared_ptr<void> slot;
};

/// Where the answer comes to: shared, because whoever waits for it may be gone by then.
using Arrived = std::shared_ptr<std::optional<Result<dialogue::Reply>>>;

asio::awaitable<void> arrive(Answering answering, Arrived arrived, std::function<void()> notify) {
  try {
    arrived->emplace(co_await answering());
  } catch (const std::exception& error) {
    arrived->emplace(Error(Errc::internal, std::string(base::info(Errc::internal).title), error.what()));
  }
  notify();
}

std::string last_event(const Result<dialogue::Reply>& reply) {
  if (reply) return api::sse_event("response", 0, api::write(chat_response(*reply)));
  return api::sse_event("error", 0, boost::json::parse(chat_failure(reply.error()).body).as_object());
}

/// What is new in the task's steps; a task that cannot be looked at now has none.
asio::awaitable<std::string> step_events(Follower& follower) {
  std::string text;
  auto change = co_await follower.look();
  if (!change) co_return text;
  for (auto& step : change->steps) {
    const auto number = step.number;
    text += api::sse_event("step", number, api::write(StepNews{.step = std::move(step)}));
  }
  co_return text;
}

Task<Unit> stream(ChatFace& face, BodyWriter& writer, Streamed streamed) {
  const auto executor = co_await asio::this_coro::executor;
  api::StreamLife life(face.api.kit, streamed.caller, executor);
  const auto arrived = std::make_shared<std::optional<Result<dialogue::Reply>>>();
  base::TaskGroup group(executor);
  group.spawn("chat stream", arrive(std::move(streamed.answering), arrived, life.notifier()));
  bus::SubscriptionPtr on_change;
  std::optional<Follower> follower;
  if (!streamed.task_id.empty()) {
    on_change = face.api.kit.bus.subscribe(executor::task_channel(streamed.task_id),
                                           [notify = life.notifier()](std::string_view) { notify(); });
    follower.emplace(face.api.assistant(streamed.caller), streamed.task_id);
  }
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    const bool last = arrived->has_value();  // steps that it stands on are told before it
    std::string text;
    if (follower) text = co_await step_events(*follower);
    if (last) text += last_event(**arrived);
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
    if (last) co_return Unit{};
    CO_TRY(co_await life.wait(writer));
  }
}

}  // namespace

bool wants_stream(const net::http::Request& request, bool stream) {
  return stream || request.headers.get("Accept").find("text/event-stream") != std::string_view::npos;
}

Result<net::http::Response> chat_stream(ChatFace& face, const net::route::Call& call, std::string task_id,
                                        Answering answering) {
  TRY(auto slot, face.api.streams.enter(*call.caller));
  Streamed streamed{.caller = *call.caller,
                    .task_id = std::move(task_id),
                    .answering = std::move(answering),
                    .slot = std::move(slot)};
  return api::event_stream([&face, streamed](BodyWriter& writer) { return stream(face, writer, streamed); });
}

}  // namespace troupe::assistant::routes
