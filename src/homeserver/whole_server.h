// The whole homeserver as the program has it, with identity below it, called through the router. Only tests include
// this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <string>

#include "homeserver/module.h"
#include "host/age_clock.h"
#include "host/migrations.gen.h"
#include "host/module.h"
#include "identity/module.h"
#include "matrix/homeserver.h"
#include "matrix/json.h"
#include "net/route/rate_limit.h"
#include "store/test_database.h"

namespace troupe::homeserver {

class NoHttp : public net::HttpClient {
 public:
  Task<net::ClientResponse> send(net::ClientRequest) override { co_return Error(Errc::unavailable, "nobody listens"); }
  Task<net::ClientResponse> stream_events(net::ClientRequest,
                                          std::function<bool(const net::ServerSentEvent&)>) override {
    co_return Error(Errc::unavailable, "nobody listens");
  }
};

struct WholeAnswer {
  int status = 0;
  std::string text;
  matrix::Json json;

  /// The value at a JSON pointer; null when there is none.
  matrix::Json at(std::string_view pointer) const {
    boost::system::error_code none;
    const auto* found = json.find_pointer(pointer, none);
    return found ? *found : matrix::Json();
  }
  std::string string_at(std::string_view pointer) const {
    const auto found = at(pointer);
    return found.is_string() ? std::string(matrix::view(found.get_string())) : std::string();
  }
};

/// The whole homeserver behind its real router, on a database of its own.
class WholeServer {
 public:
  explicit WholeServer(const base::Clock& clock = base::system_clock()) {
    settings.data_dir = dir.path();
    settings.server_name = "example.org";
    net::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
    context = std::make_unique<host::Context>(host::Context::Parts{.settings = settings,
                                                                   .db = *db,
                                                                   .bus = *bus,
                                                                   .routes = router,
                                                                   .io = io,
                                                                   .http = http,
                                                                   .metrics = metrics,
                                                                   .clock = clock,
                                                                   .sealing_key = key,
                                                                   .files = cpu,
                                                                   .passwords = cpu});
    if (auto migrated = store::migrate(*db, "host", host::migrations()); !migrated) {
      throw std::runtime_error(migrated.error().message() + " " + migrated.error().detail());
    }
    ages = host::AgeClock::open(*db, clock).value();
    context->offer(*ages);
    for (const auto& module : {identity::identity_module(), homeserver_module()}) {
      auto migrated = store::migrate(*db, module.name, module.migrations);
      if (!migrated) throw std::runtime_error(migrated.error().message() + " " + migrated.error().detail());
      auto done = module.setup(*context);
      if (!done) throw std::runtime_error(done.error().message());
    }
    router.freeze();
  }
  ~WholeServer() {
    for (auto stop = context->stops().rbegin(); stop != context->stops().rend(); ++stop) wait((*stop)()).value();
    db->stop();
    io.stop();
    cpu.join();
    context.reset();
  }

  template <class T>
  T wait(asio::awaitable<T> task) {
    auto done = asio::co_spawn(io.at(1), std::move(task), asio::use_future);
    if (done.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      throw std::runtime_error("waited too long");
    return done.get();
  }

  /// Makes the account and yields an access token.
  std::string person(const std::string& localpart) {
    auto& port = context->get<matrix::Homeserver>();
    matrix::NewAccount account;
    account.localpart = localpart;
    wait(port.create_account(std::move(account))).value();
    return wait(port.issue_token("@" + localpart + ":example.org", "PHONE")).value().access_token;
  }

  /// `path` starts after /_matrix/client/v3, unless it starts with "/_matrix".
  WholeAnswer call(const std::string& token, std::string method, std::string path, const matrix::Json& body = {}) {
    net::Request request;
    request.method = std::move(method);
    if (!path.starts_with("/_matrix")) path.insert(0, "/_matrix/client/v3");
    if (!request.set_target(path)) throw std::runtime_error("bad target " + path);
    if (!body.is_null()) request.body = boost::json::serialize(body);
    request.remote_address = "192.0.2.7";
    request.headers.add("Authorization", "Bearer " + token);
    const auto response = wait(router.dispatch(host::kMatrixListener, request));
    WholeAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code broken;
    answer.json = boost::json::parse(answer.text, broken);
    return answer;
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  host::Settings settings;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::Router router{metrics};
  net::IoThreads io{2};
  NoHttp http;
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  asio::thread_pool cpu{1};
  std::unique_ptr<host::AgeClock> ages;
  std::unique_ptr<host::Context> context;
};

}  // namespace troupe::homeserver
