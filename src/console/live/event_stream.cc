#include "console/live/event_stream.h"

#include <boost/json/serialize.hpp>
#include <charconv>

namespace troupe::console {

std::string sse_event(std::string_view name, std::int64_t id, const boost::json::object& data) {
  std::string text = "event: ";
  text += name;
  text += "\nid: " + std::to_string(id) + "\ndata: " + boost::json::serialize(data) + "\n\n";
  return text;
}

Result<std::optional<std::int64_t>> resume_from(const net::Request& request, std::string_view name) {
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

Result<std::shared_ptr<void>> StreamLimit::enter() const {
  if (count_->fetch_add(1) >= most_) {
    count_->fetch_sub(1);
    return Error(Errc::unavailable, "Too many live views are open. Try again in a moment.")
        .with_retry_after(std::chrono::seconds(5));
  }
  return std::shared_ptr<void>(nullptr, [count = count_](void*) { count->fetch_sub(1); });
}

net::Route stream_route(std::string path, net::Access needs, std::string tag, std::string summary,
                        net::QueryParam number) {
  net::Route route;
  route.method = "GET";
  route.path = std::move(path);
  route.needs = needs;
  route.scope = "bots";
  route.tag = std::move(tag);
  route.summary = std::move(summary);
  route.query = {std::move(number)};
  route.reply_schema = R"({"type":"string"})";
  route.reply_type = "text/event-stream";
  return route;
}

net::QueryParam since_parameter() {
  return {.name = "since",
          .description = "Go on after this event; Last-Event-ID counts more",
          .schema = R"({"type":"integer","minimum":0})"};
}

net::Response event_stream(std::function<Task<Unit>(net::BodyWriter&)> stream) {
  net::Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("X-Accel-Buffering", "no");
  response.stream = std::move(stream);
  return response;
}

}  // namespace troupe::console
