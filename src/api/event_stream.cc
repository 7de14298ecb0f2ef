#include "api/event_stream.h"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>

#include "base/mutex.h"

namespace troupe::api {

std::string sse_event(std::string_view name, std::int64_t id, const boost::json::object& data) {
  std::string text = "event: ";
  text += name;
  text += "\nid: " + std::to_string(id) + "\ndata: " + boost::json::serialize(data) + "\n\n";
  return text;
}

Result<std::optional<std::int64_t>> resume_from(const net::http::Request& request, std::string_view name) {
  auto given = request.headers.get("Last-Event-ID");
  if (given.empty()) given = request.query_value(name).value_or("");
  if (given.empty()) return std::nullopt;
  std::int64_t after = 0;
  auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), after);
  if (error != std::errc() || end != given.data() + given.size() || after < 0) {
    return Error(Errc::invalid_param, "Last-Event-ID must be the id of an event of this stream.");
  }
  return after;
}

struct StreamLimit::Open {
  base::Mutex mutex;
  std::map<std::int64_t, int> each GUARDED_BY(mutex);  ///< by principal; none with 0
  int all GUARDED_BY(mutex) = 0;

  void leave(std::int64_t who) {
    const base::Lock lock(mutex);
    --all;
    if (--each[who] == 0) each.erase(who);
  }
};

StreamLimit::StreamLimit(int most) : open_(std::make_shared<Open>()), most_(most) {}

Result<std::shared_ptr<void>> StreamLimit::enter(const net::route::Caller& caller) const {
  const auto who = caller.principal_id;
  const base::Lock lock(open_->mutex);
  auto own = open_->each.find(who);
  if (own != open_->each.end() && own->second >= kMaxStreamsEach) {
    return Error(Errc::limit_exceeded, "You have " + std::to_string(kMaxStreamsEach) +
                                           " live views of this kind open. Close one and try again.")
        .with_retry_after(std::chrono::seconds(5));
  }
  if (open_->all >= most_) {
    return Error(Errc::unavailable, "Too many live views are open. Try again in a moment.")
        .with_retry_after(std::chrono::seconds(5));
  }
  ++open_->all;
  ++open_->each[who];
  return std::shared_ptr<void>(nullptr, [open = open_, who](void*) { open->leave(who); });
}

int StreamLimit::open() const {
  const base::Lock lock(open_->mutex);
  return open_->all;
}

StreamLife::StreamLife(const Kit& kit, net::route::Caller caller, const asio::any_io_executor& executor)
    : kit_(kit), caller_(std::move(caller)), wakeup_(executor) {
  on_users_ = kit.bus.on_ring(bus::Topic::users, [notify = wakeup_.notifier(), doubt = doubt_](StreamPos) {
    *doubt = true;
    notify();
  });
  on_draining_ = kit.bus.subscribe(std::string(host::kDrainingChannel),
                                   [notify = wakeup_.notifier(), ending = ending_](std::string_view) {
                                     *ending = true;
                                     notify();
                                   });
}

Task<bool> StreamLife::goes_on() {
  if (*ending_ || std::chrono::steady_clock::now() >= until_) co_return false;
  if (!doubt_->exchange(false)) co_return true;
  co_return co_await kit_.authenticator.still_good(caller_);
}

Task<Unit> StreamLife::wait(net::http::BodyWriter& writer) {
  if (co_await wakeup_.wait(kStreamHeartbeat)) co_return Unit{};
  *doubt_ = true;
  co_return co_await writer.write(sse_heartbeat());
}

Operation stream_operation(std::string_view path, std::string_view summary, net::route::QueryParam number,
                           net::route::Handler run) {
  return {.method = "GET",
          .path = path,
          .summary = summary,
          .reply = R"({"type":"string"})",
          .query = {std::move(number)},
          .reply_type = "text/event-stream",
          .run = std::move(run)};
}

net::route::QueryParam since_parameter() {
  return {.name = "since",
          .description = "Go on after this event; Last-Event-ID counts more",
          .schema = R"({"type":"integer","minimum":0})"};
}

net::http::Response event_stream(std::function<Task<Unit>(net::http::BodyWriter&)> stream) {
  net::http::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");
  response.stream = std::move(stream);
  return response;
}

}  // namespace troupe::api
