// The floor of bench/assistant.mjs with the program's own HTTP client: as many coroutines as there would be tasks, each
// of which asks the service for one step after the other, and does nothing else. Usage: bench_step_client PORT TASKS
// STEPS modules: net
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "net/client/client.h"
#include "net/server/server.h"

namespace troupe::bench {
namespace {

constexpr std::size_t kThreads = 2;  ///< as the program has on two cores

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

asio::awaitable<bool> walk(net::client::HttpClient& client, std::string url, std::size_t task, std::size_t steps) {
  for (std::size_t n = 0; n < steps; ++n) {
    net::client::ClientRequest request(net::client::Trust::configured);
    request.url = url + "/steps?task=t" + std::to_string(task) + "&n=" + std::to_string(n);
    request.headers.set("Accept", "application/json");
    const auto answered = co_await client.send(std::move(request));
    if (!answered || answered->status != 200) co_return false;
  }
  co_return true;
}

int run(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_step_client PORT TASKS STEPS\n");
    return 2;
  }
  const auto url = "http://127.0.0.1:" + std::string(argv[1]);
  const auto tasks = std::strtoul(argv[2], nullptr, 10), steps = std::strtoul(argv[3], nullptr, 10);
  const auto client = net::client::HttpClient::make({.connections_per_host = tasks});
  net::server::IoThreads io(kThreads);
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::future<bool>> walks;
  for (std::size_t i = 0; i < tasks; ++i)
    walks.push_back(asio::co_spawn(io.at(i % kThreads).get_executor(), walk(*client, url, i, steps), asio::use_future));
  bool good = true;
  for (auto& each : walks) good = each.get() && good;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  std::printf("{\"took_ms\":%.1f,\"client_cpu_ms\":%.1f}\n", took.count(), cpu_ms());
  io.stop();
  return good ? 0 : 1;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) { return troupe::bench::run(argc, argv); }
