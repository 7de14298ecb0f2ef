// How fast tasks start under the process driver, and what a shim costs.
// modules: base runtime
// Usage: bench_tasks [--tasks N]
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/process_driver.h"
#include "runtime/shim/folder.h"

namespace troupe::bench {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::seconds;

double ms_since(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

runtime::TaskSpec sleeper(int number) {
  runtime::TaskSpec spec;
  spec.id = "t" + std::to_string(number);
  spec.argv = {"/bin/sleep", "1000"};
  return spec;
}

/// "Pss:   120 kB" of a shim: its own pages and its share of those it shares.
long pss_kib(const std::filesystem::path& folder) {
  const auto text = runtime::shim::read_file(
      "/proc/" + std::to_string(runtime::shim::shim_pid(folder.string())) + "/smaps_rollup", 1 << 16);
  const auto at = text ? text->find("Pss:") : std::string::npos;
  return at == std::string::npos ? -1 : std::strtol(text->c_str() + at + 4, nullptr, 10);
}

int run(int tasks) {
  asio::io_context io(1);
  auto work = asio::make_work_guard(io);
  std::thread thread([&] { io.run(); });
  auto pattern = (std::filesystem::temp_directory_path() / "troupe-bench-tasks-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  base::MetricRegistry metrics;
  bool ok = true;
  {
    runtime::ProcessDriver driver({.folder = folder}, metrics);
    const auto wait_for = [&](auto task) { return asio::co_spawn(io, std::move(task), asio::use_future); };
    std::vector<double> one_by_one;
    for (int i = 0; i < tasks; ++i) {
      const auto start = Steady::now();
      ok = wait_for(driver.start(sleeper(i))).get().has_value() && ok;
      one_by_one.push_back(ms_since(start));
    }
    std::ranges::sort(one_by_one);
    std::printf("%-44s p50 %.2f ms, p99 %.2f ms\n", "process driver: start of one task",
                one_by_one[one_by_one.size() / 2], one_by_one[one_by_one.size() * 99 / 100]);
    std::printf("%-44s %ld KiB (Pss)\n", "process driver: memory of a shim", pss_kib(folder / "t0"));
    auto start = Steady::now();
    std::vector<std::future<Result<Unit>>> ends;
    for (int i = 0; i < tasks; ++i) ends.push_back(wait_for(driver.destroy("t" + std::to_string(i))));
    for (auto& end : ends) ok = end.get().has_value() && ok;
    std::printf("%-44s %.0f /s\n", "process driver: stops, all at once", 1000 * tasks / ms_since(start));
    start = Steady::now();
    std::vector<std::future<Result<runtime::TaskHandle>>> starts;
    for (int i = 0; i < tasks; ++i) starts.push_back(wait_for(driver.start(sleeper(i))));
    for (auto& started : starts) ok = started.get().has_value() && ok;
    std::printf("%-44s %.0f /s\n", "process driver: starts, all at once", 1000 * tasks / ms_since(start));
    for (int i = 0; i < tasks; ++i) wait_for(driver.destroy("t" + std::to_string(i))).get();
  }
  std::filesystem::remove_all(folder);
  work.reset();
  io.stop();
  thread.join();
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) {
  int tasks = 200;
  if (argc == 3 && std::string_view(argv[1]) == "--tasks") {
    const std::string_view text(argv[2]);
    std::from_chars(text.data(), text.data() + text.size(), tasks);
  }
  if (tasks < 1 || tasks > 10'000) {
    std::fprintf(stderr, "usage: bench_tasks [--tasks 1…10000]\n");
    return 2;
  }
  return troupe::bench::run(tasks);
}
