// A router with two listeners, and routes that answer with what they were given.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <deque>

#include "net/route/router.h"

namespace troupe::net::route::testing_router {

namespace json = boost::json;
using namespace std::chrono_literals;

/// The token names the caller: "admin", "operator", "cookie", "bot" (scope read), "metrics", "free" (unlimited),
/// "guest…" (rated by address, with three messages), or a member.
class Names final : public Scheme {
 public:
  Task<std::optional<Caller>> admit(const http::Request& request) override {
    ++asked;
    const std::string token(request.headers.get("Authorization"));
    if (token.empty()) co_return std::optional<Caller>();
    if (token == "bad" || (ends_after_first && asked > 1)) co_return Error(Errc::unknown_token);
    if (token == "boom") throw std::runtime_error("database is gone");
    Caller caller;
    caller.user_id = "@" + token + ":x";
    caller.by_cookie = token == "cookie";
    if (token == "admin") caller.role = Role::admin;
    if (token == "operator") caller.role = Role::operator_;
    if (token == "bot") caller.scopes = {"read"};
    if (token == "metrics") caller.scopes = {"metrics"};
    if (token == "free") caller.scopes = {"unlimited"};
    if (token.starts_with("guest")) {
      caller.rated_by_address = true;
      caller.messages = RateClass{.per_s = 0.001, .burst = 3};
    }
    co_return caller;
  }
  int asked = 0;
  bool ends_after_first = false;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() : router_(metrics_) {
    router_.add_scheme("names", names_);
    router_.add_listener({.name = std::string(kPlatformListener),
                          .scheme = "names",
                          .fallbacks = {{"/other/", Dialect::matrix}, {"/oldest/", Dialect::detail}},
                          .not_found_page = "<a href=\"/\">home</a>"});
    router_.add_listener({.name = "other",
                          .dialect = Dialect::matrix,
                          .scheme = "names",
                          .aliases = {{"/other/v1/", "/other/v3/"}, {"/other/", "/elsewhere/"}},
                          .cors = true});
  }

  Route& add(std::string method, std::string path, std::string listener = std::string(kPlatformListener),
             Dialect dialect = Dialect::problem) {
    Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.listener = std::move(listener);
    route.dialect = dialect;
    route.needs = Access::open;
    route.rate = Rate::none;
    route.run = [](Call& call) -> Task<http::Response> {
      json::object seen;
      for (const auto& [name, value] : call.params) seen[name] = value;
      seen["body"] = call.body;
      if (call.caller) seen["caller"] = call.caller->user_id;
      co_return http::Response::json(json::serialize(seen));
    };
    pending_.push_back(std::move(route));
    return pending_.back();
  }

  struct Ask {
    std::string method = "GET";
    std::string target = "/";
    std::string token = {};
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string listener = std::string(kPlatformListener);
    std::string from = "10.0.0.1";
  };

  http::Response ask(Ask question) {
    freeze();
    http::Request request;
    request.method = question.method;
    EXPECT_TRUE(request.set_target(question.target));
    request.body = question.body;
    request.remote_address = question.from;
    request.request_id = "r1";
    if (!question.token.empty()) request.headers.add("Authorization", question.token);
    for (auto& [name, value] : question.headers) request.headers.add(name, value);
    http::Response response = http::Response::empty(0);
    context_.restart();
    asio::co_spawn(context_, router_.dispatch(question.listener, request),
                   [&](std::exception_ptr failed, http::Response answer) {
                     EXPECT_FALSE(failed);
                     response = std::move(answer);
                   });
    context_.run();
    return response;
  }
  int status(Ask question) { return ask(std::move(question)).status; }
  json::value body(Ask question) { return json::parse(ask(std::move(question)).body); }

  void freeze() {
    if (std::exchange(frozen_, true)) return;
    for (auto& route : pending_) router_.add(route);
    router_.freeze();
  }

  base::MetricRegistry metrics_;
  Router router_;
  Names names_;
  std::deque<Route> pending_;
  asio::io_context context_;
  bool frozen_ = false;
};

}  // namespace troupe::net::route::testing_router
