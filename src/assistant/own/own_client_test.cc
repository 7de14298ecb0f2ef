#include "assistant/own/own_client.h"

#include <gtest/gtest.h>

#include "api/group.h"
#include "identity/authenticator.h"
#include "identity/module.h"
#include "identity/settings.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::assistant::own {
namespace {

using namespace std::chrono_literals;
using net::client::ClientRequest;
using net::route::Role;

/// What a handler was called with.
struct Seen {
  std::string user_id, path, body;
  Role role = Role::member;
};

/// Tokens of the fake homeserver's accounts.
class MatrixTokens final : public net::route::Scheme {
 public:
  explicit MatrixTokens(const kit::FakeHomeserver& home) : home_(home) {}
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& head) override {
    const auto header = head.headers.get("Authorization");
    for (const auto& [device, token] : home_.tokens()) {
      if (header != "Bearer " + token) continue;
      net::route::Caller caller;
      caller.user_id = device.first;
      caller.device_id = device.second;
      co_return std::optional(std::move(caller));
    }
    co_return Error(Errc::unknown_token, "no");
  }

 private:
  const kit::FakeHomeserver& home_;
};

class OwnClientTest : public testing::Test, protected kit::TaskRunner {
 protected:
  static constexpr std::string_view kMatrix = "matrix";

  OwnClientTest() {
    auto module = identity::identity_module();
    kit::must(store::migrate(*db, module.name, module.migrations));
    local = kit::must(principals.service_now("command line", Role::admin));
    authenticator = std::make_unique<identity::PlatformAuthenticator>(
        identity::PlatformAuthenticator::Services{.principals = principals,
                                                  .sessions = sessions,
                                                  .api_keys = api_keys,
                                                  .guard = guard,
                                                  .clock = clock,
                                                  .accounts = [this] { return &home; },
                                                  .acting = &keys},
        settings, local, local, local);
    router.add_listener({.name = std::string(net::route::kPlatformListener), .scheme = "session"});
    router.add_listener({.name = std::string(kMatrix), .scheme = "matrix_token"});
    router.add_scheme("session", *authenticator);
    router.add_scheme("matrix_token", matrix_tokens);
    add("POST", "/api/v1/things/{id}", net::route::kPlatformListener, net::route::Access::user);
    add("POST", "/api/v1/secrets", net::route::kPlatformListener, net::route::Access::admin);
    add("POST", "/_matrix/client/v3/search", kMatrix, net::route::Access::user);
    net::route::Route maker;
    maker.method = "POST";
    maker.path = "/api/v1/users";
    maker.listener = net::route::kPlatformListener;
    maker.needs = net::route::Access::admin;
    maker.run = [](net::route::Call&) -> Task<net::http::Response> {
      co_return net::http::Response::json(R"({"user":{"id":5},"generated_password":"jmsKT7T7y8G6zfsb6Pgg"})", 201);
    };
    router.add(std::move(maker));
    router.freeze();
    home.add_person("anna");
    home.add_person("root", "secret-password", true);
  }
  ~OwnClientTest() override {
    db->stop();
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  void add(std::string method, std::string path, std::string_view listener, net::route::Access needs) {
    net::route::Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.listener = std::string(listener);
    route.needs = needs;
    route.body = net::route::Body::json_object;
    route.rate = net::route::Rate::none;
    route.run = [this](net::route::Call& call) -> Task<net::http::Response> {
      seen.push_back({.user_id = call.caller->user_id,
                      .path = call.request.path,
                      .body = boost::json::serialize(call.body),
                      .role = call.caller->role});
      co_return net::http::Response::json(R"({"good":true})");
    };
    router.add(std::move(route));
  }
  identity::Principal principal(const std::string& user_id) {
    return kit::must(run(principals.for_account(kit::must(run(home.account(user_id))))));
  }
  static tasks::Who who(const identity::Principal& of) {
    return {.tenant_id = of.tenant_id, .principal_id = of.id, .label = of.label(), .administrator = false};
  }
  std::string key(const identity::Principal& of, Role most) { return kit::must(run(client.key_for(who(of), most))); }
  net::client::ClientResponse send(const std::string& with, const std::string& url) {
    ClientRequest request(net::client::Trust::untrusted);
    request.method = "POST";
    request.url = url;
    request.body = R"({"a":1})";
    request.headers.add("Authorization", "Bearer " + with);
    request.headers.add("Content-Type", "application/json");
    return kit::must(run(client.send(std::move(request))));
  }

  base::ManualClock clock;
  net::server::IoThreads io{1};
  store::TempDir dir;
  base::MetricRegistry metrics;
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  net::route::CredentialGuard guard{true, clock};
  host::Settings settings;
  identity::Principals principals{*db, clock};
  identity::Sessions sessions{*db, guard, clock};
  identity::ApiKeys api_keys{*db, guard, clock};
  identity::ActingKeys keys{clock};
  identity::Principal local;
  std::unique_ptr<identity::PlatformAuthenticator> authenticator;
  kit::FakeHomeserver home{*bus, clock};
  MatrixTokens matrix_tokens{home};
  net::route::Router router{metrics};
  kit::FakeHttp outside;
  OwnClient client{{.router = router,
                    .keys = keys,
                    .principals = principals,
                    .api_keys = api_keys,
                    .accounts = home,
                    .clock = clock,
                    .outside = outside,
                    .matrix_listener = std::string(kMatrix)}};
  std::vector<Seen> seen;
};

TEST_F(OwnClientTest, CallsThePlatformAsWhoeverAsked) {
  const auto anna = principal("@anna:localhost");
  const auto answer = send(key(anna, Role::admin), "http://127.0.0.1:8001/api/v1/things/x%20y");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"good":true})");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].user_id, "@anna:localhost");
  EXPECT_EQ(seen[0].role, Role::member);
  EXPECT_EQ(seen[0].body, R"({"a":1})");
  EXPECT_TRUE(outside.requests.empty());
}

TEST_F(OwnClientTest, MayNoMoreThanTheAccountAndNoMoreThanTheKeyItAskedWith) {
  EXPECT_EQ(send(key(principal("@anna:localhost"), Role::admin), "http://x/api/v1/secrets").status, 403);
  EXPECT_EQ(send(key(principal("@root:localhost"), Role::member), "http://x/api/v1/secrets").status, 403);
  EXPECT_EQ(send(key(principal("@root:localhost"), Role::admin), "http://x/api/v1/secrets").status, 200);
  EXPECT_EQ(send(key(local, Role::admin), "http://x/api/v1/secrets").status, 200);
}

TEST_F(OwnClientTest, AClosedAccountDoesNothingMore) {
  const auto with = key(principal("@anna:localhost"), Role::member);
  home.set_flags("@anna:localhost", false, true);
  EXPECT_EQ(send(with, "http://x/api/v1/things/1").status, 401);
  EXPECT_TRUE(seen.empty());
}

TEST_F(OwnClientTest, AKeyEndsByItselfAndNeverGoesOutside) {
  const auto with = key(principal("@anna:localhost"), Role::member);
  clock.advance(identity::ActingKeys::kLife);
  EXPECT_EQ(send(with, "http://x/api/v1/things/1").status, 401);
  EXPECT_EQ(send("tra_made_up", "http://evil.example/api/v1/things/1").status, 401);
  EXPECT_TRUE(seen.empty());
  EXPECT_TRUE(outside.requests.empty());
}

TEST_F(OwnClientTest, AKeyIsOfNoUseOnceItsCallIsOver) {
  const auto with = key(principal("@anna:localhost"), Role::member);
  EXPECT_EQ(send(with, "http://x/api/v1/things/1").status, 200);
  client.end_key(with);
  EXPECT_EQ(send(with, "http://x/api/v1/things/1").status, 401);
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(OwnClientTest, APasswordThatWasMadeGoesNowhere) {
  const auto answer = send(key(principal("@root:localhost"), Role::admin), "http://x/api/v1/users");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body.find("jmsKT7T7y8G6zfsb6Pgg"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("user":{"id":5})"), std::string::npos) << answer.body;
}

TEST_F(OwnClientTest, NothingIsDoneForWhoeverIsGone) {
  const auto anna = principal("@anna:localhost");
  EXPECT_TRUE(run(client.may_act(who(anna))));
  EXPECT_TRUE(run(client.may_act(who(local)))) << "without an account";
  auto moved = who(anna);
  moved.tenant_id = 7;
  const auto elsewhere = run(client.may_act(moved));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code(), Errc::not_found);
  home.set_flags("@anna:localhost", false, true);
  (void)principal("@anna:localhost");  // as the homeserver tells of it
  const auto closed = run(client.may_act(who(anna)));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code(), Errc::not_found);
}

TEST_F(OwnClientTest, NothingIsDoneForWhoeverIsSuspended) {
  const auto anna = principal("@anna:localhost");
  const auto with = key(anna, Role::member);
  auto account = kit::must(run(home.account("@anna:localhost")));
  account.suspended = true;
  kit::must(run(principals.for_account(account)));
  const auto suspended = run(client.may_act(who(anna)));
  ASSERT_FALSE(suspended);
  EXPECT_EQ(suspended.error().code(), Errc::not_found);
  EXPECT_NE(suspended.error().message().find("suspended"), std::string::npos);
  home.set_suspended("@anna:localhost", true);
  EXPECT_EQ(send(with, "http://x/api/v1/things/1").status, 403);
  EXPECT_TRUE(seen.empty());
}

TEST_F(OwnClientTest, NothingIsDoneWithAKeyThatIsGoneOrMayLess) {
  const auto root = principal("@root:localhost");
  const auto made =
      kit::must(run(api_keys.create(root, {.name = "ci", .role = Role::operator_, .scopes = {}, .expires_ms = {}})));
  auto with_key = who(root);
  with_key.key_id = made.key.id;
  with_key.role = Role::operator_;
  EXPECT_TRUE(run(client.may_act(with_key)));
  auto more = with_key;
  more.role = Role::admin;
  const auto less = run(client.may_act(more));
  ASSERT_FALSE(less);
  EXPECT_EQ(less.error().code(), Errc::not_found);
  auto others = who(principal("@anna:localhost"));
  others.key_id = made.key.id;
  EXPECT_FALSE(run(client.may_act(others))) << "somebody else's";
  kit::must(run(api_keys.revoke(root.tenant_id, made.key.id, 0)));
  const auto gone = run(client.may_act(with_key));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), Errc::not_found);
  EXPECT_NE(gone.error().message().find("is gone"), std::string::npos);
}

TEST_F(OwnClientTest, ASocketCannotUseIt) {
  net::http::Request request;
  request.method = "POST";
  ASSERT_TRUE(request.set_target("/api/v1/things/1"));
  request.headers.add("Authorization", "Bearer " + key(principal("@root:localhost"), Role::admin));
  request.remote_address = "127.0.0.1";
  EXPECT_EQ(wait(router.dispatch(net::route::kPlatformListener, request)).status, 401);
}

TEST_F(OwnClientTest, RoomsAreReachedWithASessionThatEndsWhenItIsIdle) {
  const auto with = key(principal("@anna:localhost"), Role::member);
  EXPECT_EQ(send(with, "http://x/_matrix/client/v3/search").status, 200);
  EXPECT_EQ(send(with, "http://x/_matrix/client/v3/search").status, 200);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].user_id, "@anna:localhost");
  EXPECT_EQ(home.tokens().size(), 1U);
  kit::must(run(client.sweep()));
  EXPECT_EQ(home.tokens().size(), 1U);
  clock.advance(11min);
  kit::must(run(client.sweep()));
  EXPECT_TRUE(home.tokens().empty());
}

TEST_F(OwnClientTest, ASessionThatWasEndedElsewhereIsMadeAnew) {
  const auto with = key(principal("@anna:localhost"), Role::member);
  EXPECT_EQ(send(with, "http://x/_matrix/client/v3/search").status, 200);
  kit::must(run(home.end_all_sessions("@anna:localhost")));
  EXPECT_EQ(send(with, "http://x/_matrix/client/v3/search").status, 200);
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(OwnClientTest, AKeyWithoutAnAccountHasNoRooms) {
  const auto answer = send(key(local, Role::admin), "http://x/_matrix/client/v3/search");
  EXPECT_EQ(answer.status, 403);
  EXPECT_TRUE(seen.empty());
}

TEST_F(OwnClientTest, AllElseGoesOutside) {
  outside.answers.push_back({});
  ClientRequest request(net::client::Trust::untrusted);
  request.url = "https://vendor.example/v2/projects";
  request.headers.add("Authorization", "Bearer vendor-key");
  (void)run(client.send(std::move(request)));
  EXPECT_EQ(outside.requests.size(), 1U);
}

}  // namespace
}  // namespace troupe::assistant::own
