// A web that does what the test says, in place of the network.
#pragma once
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/client/client.h"
#include "net/client/sse.h"

namespace troupe::kit {

/// One answer of a service. Of an event stream the body's events are handed out as they would come, and `broken` is how
/// the connection ends; of any other answer `broken` comes instead of it.
struct HttpAnswer {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::optional<Error> broken = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Keeps every request. Who answers: `answer` and `stream` when they are set, else the next of `answers`, else nobody.
class FakeHttp : public net::client::HttpClient {
 public:
  using Receive = std::function<bool(const net::client::ServerSentEvent&)>;

  std::vector<net::client::ClientRequest> requests;
  std::deque<HttpAnswer> answers;  ///< taken one after the other; the last stays
  std::function<Result<net::client::ClientResponse>(const net::client::ClientRequest&)> answer;
  /// Answers a request for a stream; calls its second argument for each event.
  std::function<Result<net::client::ClientResponse>(const net::client::ClientRequest&, const Receive&)> stream;
  std::atomic<bool> hang{false};  ///< streams stay open after their events
  /// As long as it says so the answer to this request is under way; asked each millisecond.
  std::function<bool(const net::client::ClientRequest&)> holds;

  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    requests.push_back(request);
    if (answer) co_return answer(request);
    co_return plain(next());
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest request, Receive receive) override {
    requests.push_back(request);
    auto outcome = stream ? stream(request, receive) : streamed(next(), receive);
    const auto executor = co_await asio::this_coro::executor;
    while (hang || (holds && holds(request))) {
      asio::steady_timer timer(executor, std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return outcome;
  }

 private:
  HttpAnswer next() {
    if (answers.empty()) return {.broken = Error(Errc::unavailable, "nobody listens")};
    auto first = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return first;
  }
  static net::client::ClientResponse response(const HttpAnswer& given, std::string body) {
    net::client::ClientResponse made{.status = given.status, .headers = {}, .body = std::move(body)};
    made.headers.add("Content-Type", given.type);
    for (const auto& [name, value] : given.headers) made.headers.add(name, value);
    return made;
  }
  static Result<net::client::ClientResponse> plain(HttpAnswer given) {
    if (given.broken) return *std::move(given.broken);
    return response(given, given.body);
  }
  static Result<net::client::ClientResponse> streamed(HttpAnswer given, const Receive& receive) {
    if (given.status != 200 || !given.type.starts_with("text/event-stream")) return plain(std::move(given));
    net::client::SseParser parser(1 << 20);
    TRY(const bool more, parser.feed(given.body, receive));
    if (more && given.broken) return *std::move(given.broken);
    return response(given, "");
  }
};

}  // namespace troupe::kit
