// What the stand-ins for engines have in common: they take requests in place of the network, check them, and can
// misbehave. Everything runs on the thread of the driver they serve.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "net/client/client.h"

namespace troupe::contract {

using net::client::ClientRequest;
using net::client::ClientResponse;

/// A request, taken apart.
struct Asked {
  std::string method;
  std::vector<std::string> path;  ///< decoded segments
  std::map<std::string, std::string> query;
  boost::json::value body;
  std::string line;  ///< "GET /v1/jobs?…"
};

class EngineStandIn : public net::client::HttpClient {
 public:
  enum class Mischief {
    error_500,
    forbidden,
    slow,        ///< the answer takes 300 ms
    cut_before,  ///< nothing arrives
    cut_after,   ///< it acts, and the answer is lost
  };
  struct Plan {
    std::string needle;  ///< in the request's line
    Mischief what;
    int times;
  };
  std::vector<Plan> plans;
  std::vector<std::string> complaints;  ///< what requests did that the engine's contract does not say
  std::vector<std::string> lines;       ///< of all requests

  Task<ClientResponse> send(ClientRequest request) override {
    const auto asked = take_apart(request);
    lines.push_back(asked.line);
    const auto mischief = next_mischief(asked.line);
    if (mischief == Mischief::error_500) co_return answer(500, "rpc error: no leader");
    if (mischief == Mischief::forbidden) co_return answer(403, "not you");
    if (mischief == Mischief::cut_before) co_return Error(Errc::unavailable, "the connection was cut");
    if (mischief == Mischief::slow) co_await pause(std::chrono::milliseconds(300));
    check_credential(request);
    auto serving = serve(asked);
    auto response = co_await std::move(serving);
    if (mischief == Mischief::cut_after) co_return Error(Errc::unavailable, "the connection was cut");
    co_return response;
  }
  Task<ClientResponse> stream_events(ClientRequest, std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::unsupported, "no such stream");
  }

 protected:
  virtual void check_credential(const ClientRequest& request) = 0;
  virtual asio::awaitable<ClientResponse> serve(Asked asked) = 0;

  void expect(bool kept, const std::string& rule) {
    if (!kept) complaints.push_back(rule);
  }
  /// Every member is one that the contract names.
  void expect_known(const boost::json::value& value, std::string_view what, const std::set<std::string_view>& known) {
    const auto* object = value.if_object();
    if (!object) return expect(false, std::string(what) + " is no object");
    for (const auto& member : *object) {
      expect(known.contains(std::string_view(member.key())),
             std::string(what) + " has no " + std::string(member.key()));
    }
  }
  static ClientResponse answer(int status, std::string body, std::string type = "text/plain") {
    ClientResponse response{.status = status, .headers = {}, .body = std::move(body)};
    response.headers.add("Content-Type", std::move(type));
    return response;
  }
  static ClientResponse json(const boost::json::value& body, int status = 200) {
    return answer(status, boost::json::serialize(body), "application/json");
  }
  static asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
  }
  std::optional<Mischief> next_mischief(const std::string& line) {
    for (auto& plan : plans) {
      if (plan.times < 1 || line.find(plan.needle) == std::string::npos) continue;
      --plan.times;
      return plan.what;
    }
    return std::nullopt;
  }
  Asked take_apart(const ClientRequest& request) {
    Asked asked{.method = request.method, .path = {}, .query = {}, .body = {}, .line = {}};
    const auto begin = request.url.find('/', request.url.find("://") + 3);
    const auto target = request.url.substr(begin);
    asked.line = request.method + " " + target;
    const auto mark = target.find('?');
    std::string_view path = std::string_view(target).substr(1, mark == std::string::npos ? mark : mark - 1);
    while (true) {
      const auto slash = path.find('/');
      asked.path.push_back(base::percent_decode(path.substr(0, slash)).value_or("?"));
      if (slash == std::string_view::npos) break;
      path.remove_prefix(slash + 1);
    }
    std::string_view query = mark == std::string::npos ? "" : std::string_view(target).substr(mark + 1);
    while (!query.empty()) {
      const auto end = query.find('&');
      const auto pair = query.substr(0, end);
      const auto equals = pair.find('=');
      asked.query[base::percent_decode(pair.substr(0, equals)).value_or("?")] =
          base::percent_decode(pair.substr(equals + 1)).value_or("?");
      query = end == std::string_view::npos ? "" : query.substr(end + 1);
    }
    boost::system::error_code broken;
    if (!request.body.empty()) asked.body = boost::json::parse(request.body, broken);
    expect(!broken, "a body is no JSON: " + asked.line);
    expect(request.body.empty() || request.headers.get("content-type").starts_with("application/"),
           "a body without a content type");
    return asked;
  }
};

}  // namespace troupe::contract
