// A program of a few modules in this process: its own data folder, threads and, when wanted, a Matrix listener. Only
// tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "host/migrations.gen.h"
#include "host/module.h"
#include "kit/task_runner.h"
#include "net/route/rate_limit.h"
#include "store/test_database.h"

namespace troupe::contract {

class SmallProgram : public kit::TaskRunner {
 public:
  SmallProgram(host::Settings wanted, const host::Module& module) : settings(std::move(wanted)) {
    settings.data_dir = dir.path();
    settings.rate_limits = false;
    net::route::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
    context.emplace(host::Context::Parts{.settings = settings,
                                         .db = *db,
                                         .bus = *bus,
                                         .routes = router,
                                         .io = io,
                                         .http = *http,
                                         .metrics = metrics,
                                         .clock = base::system_clock(),
                                         .sealing_key = key,
                                         .files = cpu,
                                         .passwords = cpu});
    migrate("host", host::migrations());
    migrate(module.name, module.migrations);
    auto done = module.setup(*context);
    if (!done) throw std::runtime_error(done.error().message());
    db->on_head([this](StreamPos head) { bus->ring(bus::Topic::events, head); });
    router.freeze();
  }
  ~SmallProgram() {
    for (auto stop = context->stops().rbegin(); stop != context->stops().rend(); ++stop) (void)run((*stop)());
    if (server) server->drain(std::chrono::seconds(2));
    db->stop();
    server.reset();
    io.stop();
    cpu.join();
    context.reset();
  }
  SmallProgram(const SmallProgram&) = delete;
  SmallProgram& operator=(const SmallProgram&) = delete;

  /// Opens the Matrix listener on a port (0: any free one); yields its address.
  std::string listen(std::uint16_t port = 0) {
    net::server::ListenOptions options;
    options.port = port;
    options.listener = host::kMatrixListener;
    auto opened = net::server::HttpServer::listen(io, router, std::move(options), metrics);
    if (!opened) throw std::runtime_error(opened.error().message());
    server = *std::move(opened);
    return "http://127.0.0.1:" + std::to_string(server->port());
  }
  void start() {
    for (const auto& action : context->starts()) {
      if (auto done = run(action()); !done) throw std::runtime_error(done.error().message());
    }
  }
  asio::any_io_executor tasks_run_on() override { return io.at(1).get_executor(); }
  void migrate(std::string_view name, std::span<const store::Migration> migrations) {
    auto done = store::migrate(*db, name, migrations);
    if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  host::Settings settings;
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  net::server::IoThreads io{2};
  net::route::Router router{metrics};
  asio::thread_pool cpu{2};
  base::SealingKey key = base::SealingKey::from_raw(std::string(32, 'k')).value();
  std::unique_ptr<net::client::HttpClient> http = net::client::HttpClient::make({});
  std::optional<host::Context> context;
  std::unique_ptr<net::server::HttpServer> server;
};

}  // namespace troupe::contract
