// What the tests of the server share: a raw client, an authenticator, and a server with a few routes.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <future>

#include "base/metrics.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"
#include "net/server/server.h"

namespace troupe::net::server::testing_server {

using namespace std::chrono_literals;
using Tcp = asio::ip::tcp;

/// A raw client with a deadline on every read, so that a hanging server fails the test instead of stopping it.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // the server may have hung up already, which is what some tests want
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void end_sending() { socket_.shutdown(Tcp::socket::shutdown_send); }
  /// Everything until the server closes.
  std::string read_to_end() {
    std::array<char, 4096> piece;
    for (;;) {
      boost::system::error_code failed;
      const auto count = socket_.read_some(asio::buffer(piece), failed);
      seen_.append(piece.data(), count);
      if (failed) {
        end_ = failed;
        return std::exchange(seen_, {});
      }
    }
  }
  /// One answer with Content-Length.
  std::string read_answer() {
    const auto head_end = read_past("\r\n\r\n");
    const auto at = seen_.find("Content-Length: ");
    const auto length = at < head_end ? std::stoul(seen_.substr(at + 16)) : 0;
    while (seen_.size() < head_end + length && read_piece()) {
    }
    auto answer = seen_.substr(0, head_end + length);
    seen_.erase(0, answer.size());
    return answer;
  }
  /// Where `mark` ends in what came so far.
  std::size_t read_past(std::string_view mark) {
    for (;;) {
      if (auto at = seen_.find(mark); at != seen_.npos) return at + mark.size();
      if (!read_piece()) return seen_.size();
    }
  }
  bool closed_cleanly() const { return end_ == asio::error::eof; }
  std::string take(std::size_t count) {
    auto out = seen_.substr(0, count);
    seen_.erase(0, count);
    return out;
  }

 private:
  bool read_piece() {
    std::array<char, 4096> piece;
    boost::system::error_code failed;
    const auto count = socket_.read_some(asio::buffer(piece), failed);
    seen_.append(piece.data(), count);
    end_ = failed;
    return !failed;
  }
  asio::io_context context_;
  Tcp::socket socket_;
  std::string seen_;
  boost::system::error_code end_;
};

class TokenAuthenticator final : public route::Scheme {
 public:
  Task<std::optional<route::Caller>> admit(const http::Request& request) override {
    const auto token = request.headers.get("Authorization");
    if (token.empty() && request.headers.get("Cookie") == "troupe_session=good") {
      route::Caller caller;
      caller.user_id = "@cookie:x";
      caller.by_cookie = true;
      co_return caller;
    }
    if (token.empty()) co_return std::optional<route::Caller>();
    if (token != "Bearer good") co_return Error(Errc::unknown_token).with_member("soft_logout", false);
    route::Caller caller;
    caller.user_id = "@anna:x";
    co_return caller;
  }
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : router_(metrics_) {
    route::RateLimits limits;
    limits.enabled = false;
    router_.set_rate_limits(limits);
    // Longer than a busy machine keeps a test from its next line; who tests them makes them short.
    options_.limits.head_timeout = 30s;
    options_.limits.body_timeout = 30s;
    options_.limits.idle_timeout = 60s;
    options_.limits.write_timeout = 30s;
    add("GET", "/hello", route::Body::none,
        [](route::Call&) -> Task<http::Response> { co_return http::Response::json(R"({"hello":true})"); });
    add("POST", "/echo", route::Body::json_object, [](route::Call& call) -> Task<http::Response> {
      co_return http::Response::json(call.request.body.empty() ? "empty" : call.request.body);
    });
    add("POST", "/raw", route::Body::raw, [](route::Call& call) -> Task<http::Response> {
      co_return http::Response::text(std::to_string(call.request.body.size()));
    });
    add("POST", "/throws", route::Body::none, [](route::Call&) -> Task<http::Response> {
      throw std::runtime_error("secret detail");
      co_return http::Response::empty(200);
    });
    add("POST", "/upload", route::Body::stream, [](route::Call& call) -> Task<http::Response> {
      std::size_t bytes = 0;
      for (;;) {
        CO_TRY(auto piece, co_await call.request.stream->next());
        if (piece.empty()) break;
        bytes += piece.size();
      }
      co_return http::Response::text(std::to_string(bytes));
    });
    add("GET", "/stream", route::Body::none, [](route::Call&) -> Task<http::Response> {
      http::Response response = http::Response::empty(200);
      response.stream = [](http::BodyWriter& out) -> Task<Unit> {
        CO_TRY(co_await out.write("one"));
        CO_TRY(co_await out.write("two"));
        co_return Unit{};
      };
      co_return response;
    });
    add("GET", "/wait", route::Body::none, [](route::Call&) -> Task<http::Response> {
      asio::steady_timer timer(co_await asio::this_coro::executor, 60s);
      co_await timer.async_wait(asio::use_awaitable);
      co_return http::Response::json("{}");
    });
    add("GET", "/big", route::Body::none, [](route::Call&) -> Task<http::Response> {
      co_return http::Response::text(std::string(8 * 1024 * 1024, 'x'), 200, "application/octet-stream");
    });
    add("GET", "/book", route::Body::none,
        [](route::Call&) -> Task<http::Response> { co_return http::Response::text(book()); });
    add("GET", "/text", route::Body::none,
        [](route::Call&) -> Task<http::Response> { co_return http::Response::text(std::string(5000, 'x')); });
    router_.add_listener({.name = "test", .dialect = route::Dialect::matrix, .scheme = "token", .cors = true});
    router_.add_scheme("token", authenticator_);
  }

  /// Text of about a million bytes, no two lines of it alike.
  static std::string book() {
    std::string text;
    for (int line = 0; text.size() < 1'000'000; ++line) text += std::to_string(line) + ": once upon a time\n";
    return text;
  }

  void add(std::string method, std::string path, route::Body body, route::Handler run,
           route::Access needs = route::Access::open) {
    route::Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.listener = "test";
    route.dialect = route::Dialect::matrix;
    route.needs = needs;
    route.body = body;
    route.max_body_bytes = 100'000;
    route.run = std::move(run);
    router_.add(std::move(route));
  }

  std::uint16_t start() {
    router_.freeze();
    options_.listener = "test";
    auto listening = HttpServer::listen(threads_, router_, options_, metrics_);
    EXPECT_TRUE(listening) << listening.error().message();
    server_ = *std::move(listening);
    return server_->port();
  }

  /// Sends bytes on a fresh connection and reads until the server closes.
  std::string exchange(std::string_view bytes) {
    if (!server_) start();
    RawClient client(server_->port());
    client.send(bytes);
    return client.read_to_end();
  }

  base::MetricRegistry metrics_;
  IoThreads threads_{2};
  route::Router router_;
  TokenAuthenticator authenticator_;
  ListenOptions options_;
  std::unique_ptr<HttpServer> server_;
};

inline bool starts_with_status(std::string_view answer, int status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

}  // namespace troupe::net::server::testing_server
