// /api/v1/packs behind the real router: who may see and change what, and that no secret comes out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "api/contract_check.h"
#include "assistant/module.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/triggers/voice.h"
#include "host/migrations.gen.h"
#include "identity/audit.h"
#include "identity/module.h"
#include "identity/settings.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"
#include "kit/task_runner.h"
#include "matrix/homeserver.h"
#include "net/route/rate_limit.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::assistant::routes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kCanary = "canary-4711-of-the-house";

struct PackAnswer {
  int status = 0;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};

class PackRoutesTest : public testing::Test, protected kit::TaskRunner {
 protected:
  PackRoutesTest() {
    settings.data_dir = dir.path() / "data";
    settings.edit<identity::IdentitySettings>().api_token = "the-api-token";
    settings.edit<identity::IdentitySettings>().dev_token = "the-dev-token";
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
    context->offer(bot_kinds);
    context->offer(voice);
    set_up(assistant_module());
    router.freeze();
    contract = std::make_unique<api::ContractCheck>(router);
    for (const auto& start : context->starts()) must(start());
  }
  ~PackRoutesTest() override {
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

  PackAnswer call(std::string method, const std::string& target, std::string body, std::string key_of) {
    net::http::Request request;
    request.method = std::move(method);
    if (auto set = request.set_target(target); !set) throw std::runtime_error(set.error().message());
    request.body = std::move(body);
    request.remote_address = "127.0.0.1";
    request.request_id = "test-request";
    request.headers.add("Host", "127.0.0.1:8001");
    if (!key_of.empty()) request.headers.add("X-API-Key", std::move(key_of));
    const auto method_of = request.method;
    auto response = wait(router.dispatch(net::route::kPlatformListener, request));
    contract->check(method_of, target, response);
    PackAnswer answer{.status = response.status, .body = nullptr, .text = {}};
    answer.text = response.shared_body ? *response.shared_body : response.body;
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    EXPECT_THAT(answer.text, Not(HasSubstr("canary"))) << method_of << " " << target;
    return answer;
  }
  PackAnswer api(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), "the-api-token");
  }
  /// A key of the development token may ask the assistant and nothing else.
  PackAnswer developer(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), "the-dev-token");
  }
  static std::string shop() {
    const boost::json::object config{
        {"service", "shop"},
        {"title", "The shop"},
        {"base_url", "https://shop.example/v1"},
        {"auth", {{"scheme", "bearer"}}},
        {"operations", {{"list_things", {{"method", "GET"}, {"path", "/things"}, {"summary", "List the things"}}}}}};
    return boost::json::serialize(boost::json::object{{"files", {{"config.json", boost::json::serialize(config)}}}});
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
  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
  fleet::brains::BotKinds bot_kinds;
  fleet::triggers::Voice voice{*bus};
  std::unique_ptr<host::Context> context;
  std::unique_ptr<api::ContractCheck> contract;
};

TEST_F(PackRoutesTest, ListsWithPagesAndShowsOperations) {
  const auto all = api("GET", "/api/v1/packs");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all["/total"], 5);
  EXPECT_EQ(all["/items/0/service"], "acculynx");
  EXPECT_EQ(all["/items/0/source"], "shipped");
  EXPECT_EQ(all["/items/0/ready"], false);
  const auto page = api("GET", "/api/v1/packs?from=1&limit=2");
  EXPECT_EQ(page["/items/0/service"], "bolt");
  EXPECT_EQ(page["/items"].as_array().size(), 2U);
  EXPECT_EQ(page["/next_from"], 3);
  EXPECT_EQ(api("GET", "/api/v1/packs?limit=0").status, 400);
  const auto slack = api("GET", "/api/v1/packs/slack");
  ASSERT_EQ(slack.status, 200) << slack.text;
  EXPECT_EQ(slack["/title"], "Slack");
  EXPECT_FALSE(slack["/operations"].as_array().empty());
  EXPECT_EQ(slack["/settings/keys/0/name"], "key");
  EXPECT_EQ(slack["/settings/keys/0/from"], "nowhere");
  EXPECT_EQ(slack["/settings/keys/0/environment"], "SLACK_API_KEY");
  EXPECT_EQ(api("GET", "/api/v1/packs/nothing").status, 404);
  EXPECT_EQ(call("GET", "/api/v1/packs", "", "").status, 401);
}

TEST_F(PackRoutesTest, OnlyAdministratorsChangeAndSeeWhatIsSet) {
  const auto seen = developer("GET", "/api/v1/packs/slack");
  ASSERT_EQ(seen.status, 200) << seen.text;
  EXPECT_FALSE(seen.body.as_object().contains("settings"));
  EXPECT_FALSE(seen["/operations"].as_array().empty());
  EXPECT_EQ(developer("PUT", "/api/v1/packs/slack", R"({"enabled":false})").status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs", shop()).status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs/reload").status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs/slack/test").status, 403);
  EXPECT_EQ(developer("DELETE", "/api/v1/packs/slack").status, 403);
}

TEST_F(PackRoutesTest, SetsKeysAddressAndRule) {
  const auto set = api("PUT", "/api/v1/packs/slack",
                       R"({"secrets":{"key":")" + std::string(kCanary) +
                           R"("},"approval":{"by":"named","names":["@admin:localhost"]}})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set["/ready"], true);
  EXPECT_EQ(set["/settings/keys/0/from"], "stored");
  EXPECT_EQ(set["/settings/approval/by"], "named");
  EXPECT_EQ(set["/settings/approval_set"], true);
  const auto moved = api("PUT", "/api/v1/packs/slack", R"({"base_url":"https://elsewhere.example"})");
  EXPECT_EQ(moved["/settings/base_url_from"], "stored");
  EXPECT_EQ(moved["/settings/keys_unused"], true);
  EXPECT_EQ(moved["/settings/keys/0/from"], "nowhere");
  EXPECT_EQ(moved["/ready"], false);
  const auto off = api("PUT", "/api/v1/packs/slack", R"({"enabled":false,"approval":{"by":"pack"}})");
  EXPECT_EQ(off["/enabled"], false);
  EXPECT_EQ(off["/settings/approval_set"], false);

  for (const auto* wrong : {R"({"secrets":{"key":"canary with spaces"}})", R"({"secrets":{"other":"canary-4711"}})",
                            R"({"secrets":{"key":7}})", R"({"secrets":{"key":""}})", R"({"base_url":"slack"})",
                            R"({"approval":{"by":"everybody"}})", R"({"approval":{"by":"named"}})",
                            R"({"enabled":"yes"})", R"({"password":"canary-4711"})"}) {
    EXPECT_EQ(api("PUT", "/api/v1/packs/slack", wrong).status, 400) << wrong;
  }
  EXPECT_EQ(api("PUT", "/api/v1/packs/nothing", R"({"enabled":true})").status, 404);
  const auto audit = must(context->get<identity::Audit>().page(1, {}));
  std::string told;
  for (const auto& each : audit.items) told += each.action + boost::json::serialize(each.detail);
  EXPECT_THAT(told, HasSubstr("pack.change"));
  EXPECT_THAT(told, HasSubstr("key set"));
  EXPECT_THAT(told, Not(HasSubstr("canary")));
}

TEST_F(PackRoutesTest, AddsTestsAndRemovesAPack) {
  const auto added = api("POST", "/api/v1/packs", shop());
  ASSERT_EQ(added.status, 201) << added.text;
  EXPECT_EQ(added["/service"], "shop");
  EXPECT_EQ(added["/replaced"], false);
  EXPECT_EQ(api("GET", "/api/v1/packs/shop")["/source"], "added");
  EXPECT_EQ(api("POST", "/api/v1/packs/shop/test")["/verdict"], "bad") << "it has no key";
  api("PUT", "/api/v1/packs/shop", R"({"secrets":{"key":")" + std::string(kCanary) + R"("}})");
  http.answers = {{.body = R"([{"name":"canary-4711-of-the-house"}])"}};
  const auto tested = api("POST", "/api/v1/packs/shop/test");
  EXPECT_EQ(tested["/verdict"], "good") << tested.text;
  EXPECT_EQ(tested["/operation"], "list_things");
  EXPECT_EQ(api("POST", "/api/v1/packs/reload")["/total"], 6);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/shop").status, 204);
  EXPECT_EQ(api("GET", "/api/v1/packs/shop").status, 404);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/shop").status, 404);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/slack").status, 400);
  const auto bad = api("POST", "/api/v1/packs", R"({"files":{"config.json":"{\"service\":\"none\"}"}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad["/errors/0/pointer"], "/files/config.json/service") << bad.text;
  EXPECT_EQ(api("POST", "/api/v1/packs", R"({"files":{"config.json":7}})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/packs", R"({"files":{}})").status, 400);
}

}  // namespace
}  // namespace troupe::assistant::routes
