// A program in this process, on a data folder, a database and threads of its own: as the real one has it, with the web
// and the sealing key of a test. Its modules are set up one by one, and what is asked goes straight to its router.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/contract_check.h"
#include "host/migrations.gen.h"
#include "host/module.h"
#include "kit/fake_http.h"
#include "kit/task_runner.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::kit {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// What somebody on this machine asks of the platform's listener.
inline net::http::Request platform_request(std::string method, const std::string& target, std::string body,
                                           const HeaderList& headers) {
  net::http::Request request;
  request.method = std::move(method);
  must(request.set_target(target));
  request.body = std::move(body);
  request.remote_address = "127.0.0.1";
  request.request_id = "test-request";
  request.headers.add("Host", "127.0.0.1:8001");
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

/// The order of a test: settings, begin(), the modules, serve(), perhaps start(). Whoever derives from it calls end()
/// in the destructor, before what its modules stand on goes. A step that fails throws.
class Program : public TaskRunner {
 public:
  Program() {
    settings.data_dir = dir.path();
    net::route::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
  }
  ~Program() override { end(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// `web`: in place of `http`. The clock and the web outlive the program.
  void begin(const base::Clock& clock = base::system_clock(), net::client::HttpClient* web = nullptr) {
    context = std::make_unique<host::Context>(host::Context::Parts{.settings = settings,
                                                                   .db = *db,
                                                                   .bus = *bus,
                                                                   .routes = router,
                                                                   .io = io,
                                                                   .http = web ? *web : http,
                                                                   .metrics = metrics,
                                                                   .clock = clock,
                                                                   .sealing_key = key,
                                                                   .files = cpu,
                                                                   .passwords = cpu});
    migrate("host", host::migrations());
  }
  void migrate(std::string_view module, std::span<const store::Migration> migrations) {
    kit::must(store::migrate(*db, module, migrations));
  }
  void set_up(const host::Module& module) {
    migrate(module.name, module.migrations);
    kit::must(module.setup(*context));
  }
  /// No route comes after this.
  void serve() {
    router.freeze();
    contract = std::make_unique<api::ContractCheck>(router);
  }
  void start() {
    for (const auto& action : context->starts()) must(action());
  }
  /// What the modules do when a program ends. The second time it does nothing.
  void stop() {
    if (!context || std::exchange(stopped_, true)) return;
    for (auto action = context->stops().rbegin(); action != context->stops().rend(); ++action) must((*action)());
  }
  /// stop(), and everything else. The second time it does nothing.
  void end() {
    if (!context) return;
    stop();
    db->stop();
    io.stop();
    cpu.join();
    context.reset();
  }
  /// The answer to what somebody on this machine asks of the platform's listener.
  net::http::Response dispatch(net::http::Request request) {
    return wait(router.dispatch(net::route::kPlatformListener, request));
  }
  asio::any_io_executor tasks_run_on() override { return io.at(1).get_executor(); }

  store::TempDir dir;
  base::MetricRegistry metrics;
  host::Settings settings;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::route::Router router{metrics};
  net::server::IoThreads io{2};
  FakeHttp http;
  base::SealingKey key = kit::must(base::SealingKey::from_raw(std::string(32, 'k')));
  asio::thread_pool cpu{1};
  std::unique_ptr<host::Context> context;
  std::unique_ptr<api::ContractCheck> contract;  ///< from serve() on

 private:
  bool stopped_ = false;
};

}  // namespace troupe::kit
