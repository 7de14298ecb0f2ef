// Heads of the audit log that were written down elsewhere: when, what becomes of a log that was rewritten, and of a
// place that is away.
#include "identity/audit_anchors.h"

#include <gmock/gmock.h>

#include "identity/anchors/room_notes.h"
#include "identity/module.h"
#include "kit/fake_http.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::identity {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Remembers what it was given, and believes it.
struct Notebook final : anchors::Place {
  std::vector<anchors::Head> heads;
  std::optional<Error> away, doubt;
  std::string_view kind() const override { return "time_stamp"; }
  const std::string& where() const override { return name; }
  Task<std::string> put(anchors::Head head) override {
    if (away) co_return Error(*away);
    heads.push_back(head);
    co_return "noted " + head.hash;
  }
  Task<base::UnixMs> check(anchors::Head head, std::string proof) override {
    if (doubt) co_return Error(*doubt);
    if (proof != "noted " + head.hash) co_return Error(Errc::forbidden, "that was never noted");
    co_return 4'711;
  }
  std::int64_t most_checked() const override { return 2; }
  std::string name = "https://tsa.example";
};

class AuditAnchorsTest : public testing::Test, protected kit::TaskRunner {
 protected:
  AuditAnchorsTest() {
    kit::migrate(*db, "identity", identity_module().migrations);
    auto made = std::make_unique<Notebook>();
    notebook = made.get();
    AuditAnchors::Places places;
    places.push_back(std::move(made));
    anchored = std::make_unique<AuditAnchors>(AuditAnchors::Uses{.db = *db, .audit = audit, .clock = clock},
                                              std::move(places), AuditAnchors::Rules{.every = 60min, .keep_days = 30});
  }
  ~AuditAnchorsTest() override {
    db->stop();
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  void happens(std::int64_t tenant = 1) {
    AuditRecord record;
    record.tenant_id = tenant;
    record.actor = "@anna:localhost";
    record.action = "bot.start";
    must(audit.record(std::move(record)));
  }
  ChainReport verified(std::int64_t tenant = 1) { return must(anchored->verify(tenant, "")); }
  void sql(const std::string& text) {
    must(db->write([text](store::Tx& tx) -> Result<Unit> {
      tx.run(text);
      return Unit{};
    }));
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{1};
  base::ManualClock clock;
  Audit audit{*db, *bus, clock};
  Notebook* notebook = nullptr;
  std::unique_ptr<AuditAnchors> anchored;
};

TEST_F(AuditAnchorsTest, EachGrownChainIsAnchoredOnceAnInterval) {
  must(anchored->run());
  EXPECT_TRUE(notebook->heads.empty()) << "there is no chain yet";
  happens();
  happens(2);
  must(anchored->run());
  ASSERT_EQ(notebook->heads.size(), 2U);
  EXPECT_EQ(notebook->heads.front().hash, must(audit.chain(1)).head);
  EXPECT_EQ(notebook->heads.front().last_id, must(audit.chain(1)).last_id);
  happens();
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 2U) << "the hour is not over";
  clock.advance(61min);
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 3U) << "the other tenant's has not grown";

  const auto report = verified();
  EXPECT_EQ(report.problem, "");
  ASSERT_EQ(report.anchors.size(), 2U);
  EXPECT_EQ(report.anchors.back().state, AnchorState::proven);
  EXPECT_EQ(report.anchors.back().proven_ms, 4'711);
  EXPECT_EQ(report.anchors.back().head, report.head);
  EXPECT_EQ(verified(2).anchors.size(), 1U) << "each tenant has its own";
  EXPECT_EQ(must(anchored->page(1, 0, 100)).size(), 2U);
  EXPECT_EQ(must(anchored->page(2, 0, 100)).front().proof, "noted " + must(audit.chain(2)).head);
}

TEST_F(AuditAnchorsTest, AClockThatWasAheadHoldsUpNone) {
  happens();
  clock.advance(std::chrono::days(365));
  must(anchored->run());
  ASSERT_EQ(notebook->heads.size(), 1U);
  clock.advance(-std::chrono::days(365));
  happens();
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 2U);
  happens();
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 2U) << "the hour is not over";
  clock.advance(61min);
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 3U);
  EXPECT_EQ(verified().problem, "");
}

TEST_F(AuditAnchorsTest, ALogThatWasWrittenAnewContradictsThem) {
  happens();
  happens();
  must(anchored->run());
  // Whoever owns the machine writes another chain from the beginning: whole in itself.
  sql("DELETE FROM id_audit");
  sql("DELETE FROM id_audit_chain");
  happens();
  happens();
  const auto report = verified();
  EXPECT_THAT(report.problem, HasSubstr("another one than was written down elsewhere"));
  ASSERT_EQ(report.anchors.size(), 1U);
  EXPECT_EQ(report.anchors.front().state, AnchorState::contradicts);
}

TEST_F(AuditAnchorsTest, ALogThatBeginsTooLateContradictsThem) {
  happens();
  must(anchored->run());
  happens();
  sql("DELETE FROM id_audit");
  sql("DELETE FROM id_audit_chain");
  happens();
  const auto report = verified();
  EXPECT_THAT(report.problem, HasSubstr("young enough to be kept"));
  EXPECT_EQ(report.anchors.front().state, AnchorState::contradicts);
  must(anchored->sweep(clock.unix_ms()));
  EXPECT_EQ(verified().anchors.size(), 1U) << "what speaks against the log does not go";
}

TEST_F(AuditAnchorsTest, ALogThatWasCutContradictsThem) {
  happens();
  const auto before = must(audit.chain(1));
  happens();
  must(anchored->run());
  sql("DELETE FROM id_audit WHERE id > " + std::to_string(before.last_id));
  sql("UPDATE id_audit_chain SET head = '" + before.head + "', last_id = " + std::to_string(before.last_id));
  EXPECT_EQ(must(audit.verify(1, "")).problem, "") << "in itself it is whole";
  EXPECT_EQ(verified().anchors.front().state, AnchorState::contradicts);
}

TEST_F(AuditAnchorsTest, AChangedProofIsNone) {
  happens();
  must(anchored->run());
  happens();
  sql("UPDATE id_audit_anchor SET proof = proof || proof");
  const auto report = verified();
  EXPECT_EQ(report.anchors.front().state, AnchorState::unproven);
  EXPECT_THAT(report.problem, HasSubstr("that was never noted"));
}

TEST_F(AuditAnchorsTest, APlaceThatIsAwayIsAskedAgainLaterAndTold) {
  happens();
  notebook->away = Error(Errc::unavailable, "nobody listens");
  must(anchored->run());
  EXPECT_FALSE(anchored->trouble());
  notebook->away.reset();
  must(anchored->run());
  EXPECT_TRUE(notebook->heads.empty()) << "not before five minutes";
  notebook->away = Error(Errc::unavailable, "nobody listens");
  clock.advance(3h);
  must(anchored->run());
  ASSERT_TRUE(anchored->trouble());
  EXPECT_THAT(*anchored->trouble(), HasSubstr("nobody listens"));
  notebook->away.reset();
  clock.advance(6min);
  must(anchored->run());
  EXPECT_EQ(notebook->heads.size(), 1U);
  EXPECT_FALSE(anchored->trouble());
  notebook->doubt = Error(Errc::unavailable, "nobody listens");
  const auto report = verified();
  EXPECT_EQ(report.problem, "") << "who cannot be asked says nothing against it";
  EXPECT_EQ(report.anchors.front().state, AnchorState::matches);
  EXPECT_EQ(report.anchors.front().problem, "nobody listens");
}

TEST_F(AuditAnchorsTest, SaysHowEachPlaceStandsToATenantsChain) {
  const auto stands = [&](std::int64_t tenant = 1) { return must(anchored->standing(tenant)).places.at(0); };
  EXPECT_EQ(must(anchored->standing(1)).every, 60min);
  EXPECT_FALSE(stands().newest);
  EXPECT_EQ(stands().waiting_ms, 0);
  happens();
  const auto written = clock.unix_ms();
  EXPECT_EQ(stands().waiting_ms, written);
  must(anchored->run());
  auto now = stands();
  EXPECT_EQ(now.place, "https://tsa.example");
  ASSERT_TRUE(now.newest);
  EXPECT_EQ(now.newest->at_ms, written);
  EXPECT_EQ(now.newest->last_id, must(audit.chain(1)).last_id);
  EXPECT_EQ(now.waiting_ms, 0) << "it covers all there is";
  EXPECT_FALSE(stands(2).newest) << "each tenant has its own";

  clock.advance(61min);
  EXPECT_FALSE(stands().late);
  happens();
  const auto uncovered = clock.unix_ms();
  notebook->away = Error(Errc::unavailable, "nobody listens");
  must(anchored->run());
  now = stands();
  EXPECT_EQ(now.failing_ms, uncovered);
  EXPECT_EQ(now.waiting_ms, uncovered);
  EXPECT_EQ(now.problem, "nobody listens");
  EXPECT_FALSE(now.late);
  clock.advance(3h);
  EXPECT_TRUE(stands().late);
  EXPECT_TRUE(stands(2).late) << "the place fails for all";
  notebook->away.reset();
  must(anchored->run());
  now = stands();
  EXPECT_FALSE(now.late);
  EXPECT_EQ(now.failing_ms, 0);
  EXPECT_EQ(now.problem, "");
}

TEST_F(AuditAnchorsTest, ARecordThatWaitsForLongIsLateWhereverTheTriesWereMade) {
  happens();
  clock.advance(4h);
  const auto stands = must(anchored->standing(1)).places.at(0);
  EXPECT_TRUE(stands.late);
  EXPECT_EQ(stands.failing_ms, 0);
}

TEST_F(AuditAnchorsTest, TheNewestAreAskedForAndOldOnesGoWithTheirRecords) {
  for (int i = 0; i < 4; ++i) {
    happens();
    must(anchored->run());
    clock.advance(61min);
  }
  auto report = verified();
  ASSERT_EQ(report.anchors.size(), 4U);
  EXPECT_EQ(report.anchors_total, 4);
  EXPECT_EQ(report.anchors[1].state, AnchorState::matches);
  EXPECT_EQ(report.anchors[2].state, AnchorState::proven);
  clock.advance(std::chrono::hours(24 * 400));
  happens();
  must(audit.sweep(30, clock.unix_ms()));
  report = verified();
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.anchors[2].state, AnchorState::gone);
  EXPECT_EQ(report.anchors[3].state, AnchorState::proven) << "of the record that the oldest kept one continues";
  must(anchored->sweep(clock.unix_ms()));
  EXPECT_EQ(verified().anchors.size(), 1U);
}

TEST_F(AuditAnchorsTest, ARoomElsewhereIsWrittenToAndRead) {
  kit::FakeHttp http;
  anchors::RoomNotes room({.base_url = "https://elsewhere.example",
                           .token = "canary-token",
                           .room_id = "!log:elsewhere.example",
                           .server_name = "here.example"},
                          http);
  const anchors::Head head{.tenant_id = 1, .last_id = 7, .hash = std::string(64, 'a')};
  http.answers = {{.body = R"({"event_id":"$noted"})"}};
  EXPECT_EQ(must(room.put(head)), "$noted");
  const auto& sent = http.requests.front();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.url,
            "https://elsewhere.example/_matrix/client/v3/rooms/%21log%3Aelsewhere.example/send/m.room.message/"
            "audit-1-" +
                head.hash);
  EXPECT_EQ(sent.headers.get("Authorization"), "Bearer canary-token");
  EXPECT_THAT(sent.body, HasSubstr("has the head " + head.hash));
  EXPECT_EQ(room.where(), "!log:elsewhere.example at https://elsewhere.example");

  const auto event = [&](const std::string& hash) {
    return R"({"origin_server_ts":99,"content":{"troupe.audit_anchor":{"tenant_id":1,"last_id":7,"head":")" + hash +
           R"("}}})";
  };
  http.answers = {{.body = event(head.hash)}};
  EXPECT_EQ(must(room.check(head, "$noted")), 99);
  http.answers = {{.body = event(std::string(64, 'b'))}};
  EXPECT_EQ(run(room.check(head, "$noted")).error().code(), Errc::forbidden);
  http.answers = {{.status = 404, .body = "{}"}};
  EXPECT_EQ(run(room.check(head, "$noted")).error().code(), Errc::forbidden);
  http.answers = {{.status = 502, .body = "{}"}};
  EXPECT_EQ(run(room.check(head, "$noted")).error().code(), Errc::unavailable);
  EXPECT_EQ(run(room.put(head)).error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace troupe::identity
