// Services of two tenants on a database and a data folder of their own. Only tests include this.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "assistant/migrations.gen.h"
#include "assistant/services/pack_services.h"
#include "identity/module.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::assistant::services {

inline constexpr std::int64_t kOther = 7;

/// A pack of one operation that lists and one that writes.
inline packs::Files small_pack(const std::string& service, const std::string& base_url = "https://shop.example/v1",
                               const std::string& title = "The shop") {
  const matrix::JsonObject config{
      {"service", service},
      {"title", title},
      {"base_url", base_url},
      {"auth", {{"scheme", "bearer"}}},
      {"operations",
       {{"list_things", {{"method", "GET"}, {"path", "/things"}, {"summary", "List the things"}}},
        {"create_thing", {{"method", "POST"}, {"path", "/things"}, {"body", {"name"}}, {"summary", "Make a thing"}}}}}};
  return {{"config.json", boost::json::serialize(config)},
          {"examples.jsonl", R"({"text": "show me all the gadgets in the shop", "intent": "list_things"})"}};
}

class ServicesFixture : public testing::Test, protected kit::TaskRunner {
 protected:
  ServicesFixture() {
    migrate("identity", identity::identity_module().migrations);
    migrate("assistant", assistant::migrations());
  }
  ~ServicesFixture() override {
    db->stop();  // before the threads that its answers go to, and what listens to it
    io.stop();
  }
  void migrate(std::string_view module, std::span<const store::Migration> all) {
    auto done = store::migrate(*db, module, all);
    if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  /// Made with what the test has set by then.
  PackServices& services() {
    if (!made_) made_ = process(*db);
    return *made_;
  }
  /// Those of one process on a database.
  std::unique_ptr<PackServices> process(store::Database& of) {
    const auto variable = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    return std::make_unique<PackServices>(PackServices::Uses{.db = of,
                                                             .clock = clock,
                                                             .stocker = {.sealing_key = key,
                                                                         .secrets = secrets,
                                                                         .settings = settings,
                                                                         .environment = variable,
                                                                         .data_dir = dir.path() / "data",
                                                                         .own_address = "http://127.0.0.1:8001"},
                                                             .list_tools = list_tools,
                                                             .allow_programs = allow_programs});
  }
  /// The program ends and starts again.
  void restart() { made_.reset(); }

  std::shared_ptr<const Offer> offer(std::int64_t tenant = 1) { return must(services().offer(tenant)); }
  std::shared_ptr<const Stock> stock(std::int64_t tenant = 1) { return must(services().stock(tenant)); }
  static Changer as(std::int64_t tenant, bool server_admin) {
    return {.tenant_id = tenant, .server_admin = server_admin};
  }
  static Changer as(std::int64_t tenant = 1) { return as(tenant, tenant == 1); }
  void set_key(std::int64_t tenant, const std::string& service, const std::string& value) {
    Change change;
    change.secrets["key"] = value;
    must(services().change(as(tenant), service, std::move(change)));
  }
  /// All that the tables hold.
  std::string all_text() {
    std::string text;
    auto read = [&](store::Connection& c) -> Result<Unit> {
      for (std::string_view sql :
           {"SELECT service || base_url || approver || approvers FROM as_service", "SELECT account FROM as_grant"}) {
        for (const auto& one : store::values<std::string>(c.query(sql))) text += one + "\n";
      }
      auto sealed = c.query(
          "SELECT sealed_secrets FROM as_service WHERE sealed_secrets IS NOT NULL UNION ALL SELECT sealed FROM "
          "as_grant");
      while (sealed.next()) {
        std::string bytes;
        sealed >> store::blob(bytes);
        text += bytes + "\n";
      }
      return Unit{};
    };
    EXPECT_TRUE(db->read_now(read));
    return text;
  }

  base::ManualClock clock;
  store::TempDir dir;
  base::MetricRegistry metrics;
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{2};
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  tasks::Secrets secrets;
  ServiceSettings settings;
  std::map<std::string, std::string, std::less<>> environment;
  ListTools list_tools = {};  ///< of MCP servers
  bool allow_programs = false;

 private:
  std::unique_ptr<PackServices> made_;
};

}  // namespace troupe::assistant::services
