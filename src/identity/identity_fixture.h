// Principals, sessions and keys over a database of their own. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include "identity/audit_fixture.h"
#include "identity/authenticator.h"
#include "identity/module.h"
#include "identity/settings.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::identity {

using net::route::Role;

class IdentityTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  IdentityTest() {
    kit::migrate(*db, "identity", identity_module().migrations);
    settings.edit<IdentitySettings>().api_token = "configured-api-token";
    settings.edit<IdentitySettings>().dev_token = "configured-dev-token";
    settings.local_token = "trl_local";
    local = *principals.service_now("command line", Role::admin);
    api = *principals.service_now("TROUPE_API_TOKEN", Role::admin);
    dev = *principals.service_now("AUTH_DEV_TOKEN", Role::admin);
    authenticator = std::make_unique<PlatformAuthenticator>(PlatformAuthenticator::Services{.principals = principals,
                                                                                            .sessions = sessions,
                                                                                            .api_keys = keys,
                                                                                            .guard = guard,
                                                                                            .clock = clock,
                                                                                            .accounts = {}},
                                                            settings, local, api, dev);
  }
  ~IdentityTest() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }

  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  static matrix::Account account(std::string user_id, bool admin = false) {
    matrix::Account made;
    made.user_id = std::move(user_id);
    made.admin = admin;
    return made;
  }
  static net::http::Request request(std::vector<std::pair<std::string, std::string>> headers, bool tls = false) {
    net::http::Request made;
    made.method = "GET";
    made.remote_address = "192.0.2.1";
    made.tls = tls;
    for (auto& [name, value] : headers) made.headers.add(name, value);
    return made;
  }
  Result<std::optional<net::route::Caller>> authenticate(const net::http::Request& made) {
    return run(authenticator->admit(made));
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  base::ManualClock clock;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{1};
  host::Settings settings;
  Principals principals{*db, clock};
  net::route::CredentialGuard guard{true, clock};
  Sessions sessions{*db, guard, clock};
  ApiKeys keys{*db, guard, clock};
  Audit audit{*db, *bus, clock};
  Principal local, api, dev;
  std::unique_ptr<PlatformAuthenticator> authenticator;
};

}  // namespace troupe::identity
