// For tests of one brain without a fleet: a web service that does what the test says, a stream that keeps what it was
// shown, a memory. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>

#include "base/clock.h"
#include "fleet/brains/brain.h"
#include "net/client/sse.h"

namespace troupe::fleet {

/// One answer of the service: events are handed out as they would come, `broken` is how the connection ends.
struct ServiceAnswer {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::optional<Error> broken = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

class ServiceStandIn : public net::HttpClient {
 public:
  std::deque<ServiceAnswer> answers;  ///< taken one after the other; the last stays
  std::vector<net::ClientRequest> requests;

  Task<net::ClientResponse> send(net::ClientRequest request) override {
    requests.push_back(request);
    auto answer = next();
    if (answer.broken) co_return *std::move(answer.broken);
    co_return response(answer, answer.body);
  }
  Task<net::ClientResponse> stream_events(net::ClientRequest request,
                                          std::function<bool(const net::ServerSentEvent&)> receive) override {
    requests.push_back(request);
    auto answer = next();
    if (answer.status != 200 || !answer.type.starts_with("text/event-stream")) {
      if (answer.broken) co_return *std::move(answer.broken);
      co_return response(answer, answer.body);
    }
    net::SseParser parser(1 << 20);
    auto more = parser.feed(answer.body, receive);
    if (!more) co_return std::unexpected(more.error());
    if (*more && answer.broken) co_return *std::move(answer.broken);
    co_return response(answer, "");
  }

 private:
  ServiceAnswer next() {
    if (answers.empty()) return {.status = 500, .body = "the test gave no answer", .broken = std::nullopt};
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  static net::ClientResponse response(const ServiceAnswer& answer, std::string body) {
    net::ClientResponse made{answer.status, {}, std::move(body)};
    made.headers.add("Content-Type", answer.type);
    for (const auto& [name, value] : answer.headers) made.headers.add(name, value);
    return made;
  }
};

class KeptStream : public ReplyStream {
 public:
  void update(std::string_view text) override { shown.emplace_back(text); }
  bool wanted() const override { return still_wanted; }
  std::vector<std::string> shown;
  bool still_wanted = true;
};

class KeptMemory : public SessionMemory {
 public:
  std::map<std::string, boost::json::value> values;
  Task<std::optional<boost::json::value>> get(std::string key) override {
    auto found = values.find(key);
    co_return found == values.end() ? std::nullopt : std::optional(found->second);
  }
  Task<Unit> put(std::string key, boost::json::value value) override {
    values[key] = std::move(value);
    co_return Unit{};
  }
  Task<Unit> erase(std::string key) override {
    values.erase(key);
    co_return Unit{};
  }
  Task<Unit> reset() override {
    values.clear();
    co_return Unit{};
  }
  /// What the core does with a reply.
  void keep(const Reply& reply) {
    for (const auto& member : reply.remember) values[std::string(member.key())] = member.value();
  }
};

/// Runs the task to its end on a thread of its own making: this one.
template <class T>
Result<T> run_alone(Task<T> task) {
  asio::io_context io;
  Result<T> outcome = Error(Errc::internal, "the task did not end");
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr failed, Result<T> result) {
    if (failed) std::rethrow_exception(failed);
    outcome = std::move(result);
  });
  io.run_for(std::chrono::seconds(20));
  return outcome;
}

}  // namespace troupe::fleet
