// What the HTTP server costs by itself: trivial routes, loaded by a client in a child process over loopback.
// Usage: bench_http_floor [seconds] [connections] [io threads]

// modules: net
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "lib/loopback.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"
#include "net/server/server.h"

namespace troupe {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// What the child tells the parent through a pipe.
struct Load {
  std::uint64_t requests = 0;
  std::uint64_t wrong = 0;
};

/// Closed loop: each connection has `depth` requests in flight. Counts answers by their end mark.
Load load(std::uint16_t port, std::string_view request, std::string_view end_mark, int connections, int depth,
          std::chrono::milliseconds time) {
  std::string batch;
  for (int i = 0; i < depth; ++i) batch += request;
  const int poll = ::epoll_create1(0);
  std::vector<int> waiting_for(65536, 0);
  for (int i = 0; i < connections; ++i) {
    const int fd = bench::connect_to(port);
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    waiting_for[static_cast<std::size_t>(fd)] = depth;
    if (::send(fd, batch.data(), batch.size(), 0) < 0) std::exit(1);
  }
  Load total;
  std::array<epoll_event, 256> events;
  std::array<char, 65536> buffer;
  const auto end = SteadyClock::now() + time;
  while (SteadyClock::now() < end) {
    const int ready = ::epoll_wait(poll, events.data(), events.size(), 100);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (count <= 0) {
        ++total.wrong;
        ::close(fd);
        continue;
      }
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
      int answers = 0;
      for (auto at = bytes.find(end_mark); at != bytes.npos; at = bytes.find(end_mark, at + 1)) ++answers;
      if (!bytes.starts_with("HTTP/1.1 200")) ++total.wrong;
      total.requests += static_cast<std::uint64_t>(answers);
      auto& open = waiting_for[static_cast<std::size_t>(fd)];
      open -= answers;
      if (open > 0) continue;
      open = depth;
      if (::send(fd, batch.data(), batch.size(), 0) < 0) ++total.wrong;
    }
  }
  return total;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class OneUser final : public net::route::Scheme {
 public:
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override {
    if (request.headers.get("Authorization") != "Bearer token") co_return Error(Errc::unknown_token);
    net::route::Caller caller;
    caller.user_id = "@anna:localhost";
    caller.scopes = {"unlimited"};
    co_return caller;
  }
};

void measure(std::uint16_t port, const char* name, std::string_view request, std::string_view end_mark, int connections,
             int depth, std::chrono::milliseconds time) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  const double cpu_before = cpu_seconds();
  const auto begin = SteadyClock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const Load result = load(port, request, end_mark, connections, depth, time);
    if (::write(ends[1], &result, sizeof result) != sizeof result) std::_Exit(1);
    std::_Exit(0);
  }
  Load result;
  if (::read(ends[0], &result, sizeof result) != sizeof result) std::exit(1);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  const std::chrono::duration<double> took = SteadyClock::now() - begin;
  const auto requests = static_cast<double>(result.requests);
  std::printf("%-34s %12.0f %14.2f %8llu\n", name, requests / took.count(),
              (cpu_seconds() - cpu_before) / requests * 1e6, static_cast<unsigned long long>(result.wrong));
  std::fflush(stdout);
}

int run(int seconds, int connections, int threads) {
  base::MetricRegistry metrics;
  net::server::IoThreads io(static_cast<std::size_t>(threads));
  net::route::Router router(metrics);
  OneUser user;
  router.add_listener({.name = "matrix", .dialect = net::route::Dialect::matrix, .scheme = "token", .cors = true});
  router.add_scheme("token", user);
  net::route::RateLimits limits;
  limits.read = {.per_s = 1e9, .burst = 1e9};
  router.set_rate_limits(limits);
  net::route::Route get;
  get.method = "GET";
  get.path = "/_matrix/client/versions";
  get.listener = "matrix";
  get.needs = net::route::Access::open;
  get.run = [](net::route::Call&) -> Task<net::http::Response> {
    co_return net::http::Response::json(R"({"versions":["v1.11"],"end":1})");
  };
  router.add(get);
  net::route::Route put;
  put.method = "PUT";
  put.path = "/_matrix/client/v3/rooms/{room_id}/send/{event_type}/{txn_id}";
  put.listener = "matrix";
  put.rate = net::route::Rate::message;
  put.body = net::route::Body::json_required;
  put.run = [](net::route::Call& call) -> Task<net::http::Response> {
    co_return net::http::Response::json(R"({"event_id":"$)" + call.param("txn_id") + R"(","end":1})");
  };
  router.add(put);
  router.freeze();
  net::server::ListenOptions options;
  options.listener = "matrix";
  auto server = net::server::HttpServer::listen(io, router, options, metrics);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message().c_str());
    return 1;
  }
  const auto port = (*server)->port();
  const std::string head = "Host: localhost:8008\r\nUser-Agent: bench/1\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n";
  const std::string get_bytes = "GET /_matrix/client/versions HTTP/1.1\r\n" + head + "\r\n";
  const std::string body = R"({"msgtype":"m.text","body":"hello there, this is a message"})";
  const std::string put_bytes =
      "PUT /_matrix/client/v3/rooms/%21abcdefghijklmnopqr%3Alocalhost/send/m.room.message/txn1234 HTTP/1.1\r\n" + head +
      "Authorization: Bearer token\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  constexpr std::string_view kEnd = "\"end\":1}";
  const auto time = std::chrono::seconds(seconds);
  std::printf("%-34s %12s %14s %8s\n", "http server, loopback", "requests/s", "cpu us/request", "wrong");
  measure(port, "GET, keep-alive", get_bytes, kEnd, connections, 1, time);
  measure(port, "GET, 16 pipelined", get_bytes, kEnd, connections, 16, time);
  measure(port, "PUT JSON, token, keep-alive", put_bytes, kEnd, connections, 1, time);
  measure(port, "PUT JSON, token, 16 pipelined", put_bytes, kEnd, connections, 16, time);
  return 0;
}

}  // namespace
}  // namespace troupe

int main(int argc, char** argv) {
  auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  return troupe::run(argument(1, 3), argument(2, 64), argument(3, 2));
}
