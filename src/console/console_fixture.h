// The platform's modules behind the real router, on a real database and a homeserver in memory. Only tests include
// this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <future>
#include <map>

#include "api/contract_check.h"
#include "console/module.h"
#include "fleet/module.h"
#include "fleet/test_drivers.h"
#include "host/migrations.gen.h"
#include "identity/module.h"
#include "identity/settings.h"
#include "identity/sign_in_elsewhere.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"
#include "kit/task_runner.h"
#include "matrix/homeserver.h"
#include "net/route/rate_limit.h"
#include "store/test_database.h"

namespace troupe::console {

struct Answer {
  int status = 0;
  net::http::Headers headers;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};

/// A homeserver's providers as the test has them.
struct FakeSignInElsewhere final : identity::SignInElsewhere {
  std::vector<identity::ProviderName> names;
  std::map<std::string, std::string> tokens;  ///< token → user id
  std::vector<std::string> used;
  mutable std::string back;  ///< of the last departure

  std::vector<identity::ProviderName> providers() const override { return names; }
  Result<std::string> departure(const net::http::Request&, std::string_view provider,
                                std::string_view to) const override {
    if (std::ranges::find(names, provider, &identity::ProviderName::id) == names.end())
      return Error(Errc::not_found, "There is no such provider.");
    back = to;
    return "https://hs.example.org/leave/" + std::string(provider);
  }
  Task<identity::Vouched> redeem(std::string token) override {
    const auto found = tokens.find(token);
    if (found == tokens.end() || std::ranges::find(used, token) != used.end())
      co_return Error(Errc::forbidden, "This token is not valid.");
    co_return identity::Vouched{.user_id = found->second,
                                .origin = {.provider = "oidc-kc", .subject = found->second, .sid = "s"},
                                .use = [this, token](store::Tx&) -> Result<Unit> {
                                  used.push_back(token);
                                  return Unit{};
                                }};
  }
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class ConsoleTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  ConsoleTest() {
    settings.data_dir = dir.path();
    settings.version = "9.9.9";
    settings.edit<identity::IdentitySettings>().api_token = "the-api-token";
    settings.edit<identity::IdentitySettings>().dev_token = "the-dev-token";
    settings.rate_limits = false;
    net::route::RateLimits limits;
    limits.enabled = false;
    router.set_rate_limits(limits);
    homeserver.add_person("admin", "admin-password", true);
    homeserver.add_person("anna", "anna-password");
    context = std::make_unique<host::Context>(host::Context::Parts{.settings = settings,
                                                                   .db = *db,
                                                                   .bus = *bus,
                                                                   .routes = router,
                                                                   .io = io,
                                                                   .http = http,
                                                                   .metrics = metrics,
                                                                   .clock = base::system_clock(),
                                                                   .sealing_key = key,
                                                                   .files = cpu,
                                                                   .passwords = cpu});
    migrate("host", host::migrations());
    set_up(identity::identity_module());
    matrix::offer_roles(*context, homeserver);
    context->offer<identity::SignInElsewhere>(elsewhere);
    set_up(fleet::drivers_for_tests());
    set_up(fleet::fleet_module());
    set_up(console_module());
    router.freeze();
    contract = std::make_unique<api::ContractCheck>(router);
    for (const auto& start : context->starts()) must(start());
  }
  ~ConsoleTest() override {
    for (auto stop = context->stops().rbegin(); stop != context->stops().rend(); ++stop) must((*stop)());
    db->stop();
    io.stop();
    cpu.join();
    context.reset();
  }

  void migrate(std::string_view module, std::span<const store::Migration> migrations) {
    auto migrated = store::migrate(*db, module, migrations);
    if (!migrated) throw std::runtime_error(migrated.error().message() + " " + migrated.error().detail());
  }
  void set_up(const host::Module& module) {
    migrate(module.name, module.migrations);
    auto done = module.setup(*context);
    if (!done) throw std::runtime_error(done.error().message());
  }
  asio::any_io_executor tasks_run_on() override { return io.at(1).get_executor(); }

  net::http::Response raw(std::string method, const std::string& target, std::string body, HeaderList headers) {
    net::http::Request request;
    request.method = std::move(method);
    if (auto set = request.set_target(target); !set) throw std::runtime_error(set.error().message());
    request.body = std::move(body);
    request.remote_address = "127.0.0.1";
    request.request_id = "test-request";
    request.headers.add("Host", "127.0.0.1:8001");
    for (auto& [name, value] : headers) request.headers.add(name, value);
    return wait(router.dispatch(net::route::kPlatformListener, request));
  }
  Answer call(std::string method, const std::string& target, std::string body, HeaderList headers) {
    auto response = raw(method, target, std::move(body), std::move(headers));
    contract->check(method, target, response);
    Answer answer{.status = response.status, .headers = response.headers, .body = nullptr, .text = {}};
    answer.text = response.shared_body ? *response.shared_body : response.body;
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    return answer;
  }
  /// As the administrator's key.
  Answer api(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), {{"X-API-Key", "the-api-token"}});
  }
  /// The Cookie header of a fresh session.
  std::pair<std::string, std::string> sign_in(const std::string& user, const std::string& password) {
    auto answer = call("POST", "/api/v1/session", R"({"user":")" + user + R"(","password":")" + password + "\"}", {});
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::string cookie(answer.headers.get("Set-Cookie"));
    return {"Cookie", cookie.substr(0, cookie.find(';'))};
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  host::Settings settings;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::route::Router router{metrics};
  net::server::IoThreads io{2};
  kit::FakeHttp http;
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  asio::thread_pool cpu{1};
  FakeSignInElsewhere elsewhere;
  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
  std::unique_ptr<host::Context> context;
  std::unique_ptr<api::ContractCheck> contract;
};

}  // namespace troupe::console
