// The audit log: pages, what is hidden in them, and the chain that its records make.
#include "identity/audit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "identity/audit_fixture.h"
#include "identity/module.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::identity {
namespace {

class AuditTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  AuditTest() { kit::migrate(*db, "identity", identity_module().migrations); }
  ~AuditTest() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  store::TempDir dir;
  base::MetricRegistry metrics;
  base::ManualClock clock;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{1};
  Audit audit{*db, *bus, clock};
};

TEST_F(AuditTest, TheAuditLogIsPagedNewestFirstAndRedacted) {
  for (int i = 0; i < 5; ++i) {
    must(audit.record(record(i % 2 ? "bot.start" : "user.create", "thing" + std::to_string(i),
                             {{"new_password", "x"}, {"nested", {{"api_key", "y"}}}, {"count", i}})));
  }
  auto page = must(audit.page(1, {.search = "", .from = 1, .limit = 2}));
  EXPECT_EQ(page.total, 5);
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].target, "thing3");
  EXPECT_EQ(page.items[0].detail.at("new_password"), "[redacted]");
  EXPECT_EQ(page.items[0].detail.at("nested").at("api_key"), "[redacted]");
  EXPECT_EQ(page.items[0].detail.at("count"), 3);
  EXPECT_EQ(must(audit.page(1, {.search = "BOT.start", .from = 0, .limit = 10})).total, 2);
  EXPECT_EQ(must(audit.page(1, {.search = "%", .from = 0, .limit = 10})).total, 0);
  EXPECT_EQ(must(audit.page(2, {.search = "", .from = 0, .limit = 10})).total, 0);
}

/// While it lives no file of this process grows: as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &usual_);
    const rlimit none{1, usual_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &usual_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit usual_{};
};

TEST_F(AuditTest, WhatAFullDiskDoesNotTakeIsWrittenOnceItDoes) {
  TROUPE_SQLITE_ONLY();
  const auto targets = [&] {
    std::vector<std::string> all;
    for (const auto& item : must(audit.page(1, {.search = "", .from = 0, .limit = 100})).items) {
      all.push_back(item.target);
    }
    return all;
  };
  must(audit.record(record("key.create", "before", {})));
  base::UnixMs when = 0;
  {
    const FullDisk full;
    for (const auto* target : {"first", "second"}) {
      clock.advance(std::chrono::seconds(1));
      when = clock.unix_ms();
      const auto written = run(audit.record(record("key.create", target, {{"password", "x"}})));
      ASSERT_FALSE(written);
      EXPECT_EQ(written.error().code(), Errc::unavailable) << written.error().message();
    }
    EXPECT_FALSE(run(audit.write_waiting()));
    EXPECT_EQ(audit.trouble(), "2 lines of the audit log wait for the database.");
  }
  clock.advance(std::chrono::minutes(1));
  // After a failed commit the database rests for a moment.
  ASSERT_TRUE(kit::eventually([&] { return run(audit.write_waiting()).has_value(); }));
  EXPECT_EQ(audit.trouble(), std::nullopt);
  EXPECT_EQ(targets(), (std::vector<std::string>{"second", "first", "before"}));
  const auto newest = must(audit.page(1, {.search = "", .from = 0, .limit = 1})).items.at(0);
  EXPECT_EQ(newest.at_ms, when) << "its time is that of the deed";
  EXPECT_EQ(newest.detail.at("password"), "[redacted]");
  must(audit.record(record("key.create", "after", {})));
  must(audit.write_waiting());
  EXPECT_EQ(targets().size(), 4U) << "each once";
  EXPECT_TRUE(must(audit.verify(1, "")).problem.empty());
}

TEST_F(AuditTest, ARecordGoesWithThoseThatWait) {
  TROUPE_SQLITE_ONLY();
  {
    const FullDisk full;
    EXPECT_FALSE(run(audit.record(record("key.create", "waits", {}))));
  }
  ASSERT_TRUE(kit::eventually([&] { return run(audit.record(record("key.create", "next", {}))).has_value(); }));
  const auto items = must(audit.page(1, {.search = "", .from = 0, .limit = 100})).items;
  ASSERT_GE(items.size(), 2U);
  EXPECT_EQ(items.back().target, "waits") << "in their order";
  EXPECT_EQ(audit.trouble(), std::nullopt);
}

TEST(Redacted, CutsLongTextsAtACharacter) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "ü";
  auto clean = redacted({{"text", text}});
  auto cut = boost::json::value_to<std::string>(clean.at("text"));
  EXPECT_LT(cut.size(), 1'010U);
  EXPECT_TRUE(base::is_utf8(cut));
}

TEST_F(AuditTest, TheAuditLogIsOneChainOfEachTenant) {
  const auto add = [&](std::int64_t tenant, const std::string& target) {
    auto made = record("bot.start", target, {{"token", "s3cret"}, {"word", "Zoë"}});
    made.tenant_id = tenant;
    must(audit.record(made));
  };
  for (int i = 0; i < 3; ++i) {
    add(1, "one");
    add(2, "two");
  }
  auto one = must(audit.verify(1, ""));
  EXPECT_EQ(one.problem, "");
  EXPECT_EQ(one.checked, 3);
  EXPECT_EQ(one.head, must(audit.chain(1)).head);
  const auto head_of_then = one.head;

  clock.advance(std::chrono::days(10));
  add(1, "later");
  must(audit.sweep(5, clock.unix_ms()));
  one = must(audit.verify(1, head_of_then));  // it went, and what stays continues it
  EXPECT_EQ(one.problem, "");
  EXPECT_EQ(one.checked, 1);
  EXPECT_TRUE(one.found_id);
  EXPECT_EQ(must(audit.verify(2, "")).problem, "");  // all of it went
  add(2, "again");
  EXPECT_EQ(must(audit.verify(2, "")).checked, 1);

  add(1, "last");
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE id_audit SET target = 'something else' WHERE target = 'later'");
    return Unit{};
  }));
  EXPECT_NE(must(audit.verify(1, "")).problem, "");
  EXPECT_EQ(must(audit.verify(2, "")).problem, "");
}

TEST_F(AuditTest, RecordsFromBeforeTheChainAreCounted) {
  must(audit.record(record("bot.start", "first", {})));
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("DELETE FROM id_audit_chain");
    tx.run("UPDATE id_audit SET hash = ''");
    return Unit{};
  }));
  const auto before = must(audit.verify(1, ""));
  EXPECT_EQ(before.problem, "");
  EXPECT_EQ(before.unchained, 1);
  must(audit.record(record("bot.start", "second", {})));
  const auto report = must(audit.verify(1, ""));
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.unchained, 1);
  EXPECT_EQ(report.checked, 1);
}

TEST_F(AuditTest, RecordsOutsideOfTheChainAreFound) {
  for (const auto* target : {"first", "second", "third"}) must(audit.record(record("bot.start", target, {})));
  const auto broken_after = [&](std::vector<std::string> changes, std::vector<std::string> back) {
    const auto run = [&](const std::vector<std::string>& all) {
      ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
        for (const auto& each : all) tx.run(each);
        return Unit{};
      }));
    };
    run(changes);
    const auto report = must(audit.verify(1, ""));
    run(back);
    return report;
  };
  const std::string copy =
      "INSERT INTO id_audit (id, tenant_id, at_ms, actor, action, target, detail, request_id, kind, hash) "
      "SELECT 900, tenant_id, at_ms, actor, action, target, detail, request_id, kind, ";
  for (const std::string hash : {"''", "hash"}) {
    const auto behind =
        broken_after({copy + hash + " FROM id_audit WHERE target = 'third'"}, {"DELETE FROM id_audit WHERE id = 900"});
    EXPECT_EQ(behind.broken_id, 900) << hash;
    EXPECT_EQ(behind.problem,
              "record 900 is outside of the chain: it was put in, or what says where the chain ends was taken away")
        << hash;
  }
  const auto before =
      broken_after({"UPDATE id_audit_chain SET base_id = 2, base = (SELECT hash FROM id_audit WHERE id = 2)"},
                   {"UPDATE id_audit_chain SET base_id = 0, base = '" + std::string(kChainGenesis) + "'"});
  EXPECT_EQ(before.broken_id, 1) << before.problem;
  const auto without = broken_after({"DELETE FROM id_audit_chain"}, {});
  EXPECT_EQ(without.broken_id, 1) << without.problem;
}

}  // namespace
}  // namespace troupe::identity
