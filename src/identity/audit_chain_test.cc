#include "identity/audit_chain.h"

#include <gtest/gtest.h>

#include <vector>

namespace troupe::identity {
namespace {

AuditLine line(std::int64_t id) {
  return {.id = id,
          .tenant_id = 1,
          .at_ms = 1'700'000'000'000,
          .actor_id = 7,
          .actor = "@anna:localhost",
          .kind = "action",
          .action = "bot.start",
          .target = "helper",
          .detail = R"({"name":"Zoë"})",
          .request_id = "r1",
          .hash = {}};
}

/// Records 1 to `count`, as they are written.
std::vector<AuditLine> chained(std::int64_t count) {
  std::vector<AuditLine> all;
  std::string before(kChainGenesis);
  for (std::int64_t id = 1; id <= count; ++id) {
    auto& added = all.emplace_back(line(id));
    before = added.hash = link_hash(before, added);
  }
  return all;
}

AuditChain ends_of(const std::vector<AuditLine>& all) {
  return {.head = all.back().hash, .last_id = all.back().id, .base = std::string(kChainGenesis), .base_id = 0};
}

ChainReport walk(AuditChain chain, const std::vector<AuditLine>& lines, std::string wanted = {}) {
  ChainWalk walk(std::move(chain), std::move(wanted));
  for (const auto& each : lines) {
    if (!walk.step(each)) break;
  }
  return std::move(walk).finish();
}

TEST(AuditChainTest, TheDocumentsExampleHasItsHash) {
  EXPECT_EQ(link_hash(kChainGenesis, line(1)), "d12490613aa3e113b87d1539dea1f5fd5cfae7e889cd4e3acdd9eb3fe0b9004a");
}

TEST(AuditChainTest, AnUntouchedLogIsWhole) {
  const auto all = chained(5);
  const auto report = walk(ends_of(all), all, all[2].hash);
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.checked, 5);
  EXPECT_EQ(report.found_id, 3);
}

TEST(AuditChainTest, EveryFieldIsUnderTheHash) {
  const auto all = chained(3);
  const std::vector<void (*)(AuditLine&)> changes = {
      [](AuditLine& l) { l.tenant_id = 2; }, [](AuditLine& l) { ++l.at_ms; }, [](AuditLine& l) { l.actor_id = 8; },
      [](AuditLine& l) { l.actor = "@ben:localhost"; }, [](AuditLine& l) { l.kind = "api_call"; },
      [](AuditLine& l) { l.action = "bot.stop"; }, [](AuditLine& l) { l.target += " "; },
      [](AuditLine& l) { l.detail = "{}"; }, [](AuditLine& l) { l.request_id = ""; }, [](AuditLine& l) { l.hash = ""; },
      // What moves from one field to the next is a change, too.
      [](AuditLine& l) { l.actor += l.kind.substr(0, 1), l.kind.erase(0, 1); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto changed = all;
    changes[i](changed[1]);
    const auto report = walk(ends_of(all), changed);
    EXPECT_EQ(report.broken_id, 2) << i;
    EXPECT_EQ(report.checked, 1) << i;
  }
}

TEST(AuditChainTest, ALineTakenOutPutInOrCutOffIsFound) {
  const auto all = chained(4);
  auto without = all;
  without.erase(without.begin() + 1);
  EXPECT_EQ(walk(ends_of(all), without).broken_id, 3);

  auto with = all;
  with.push_back(line(5));
  EXPECT_EQ(walk(ends_of(all), with).broken_id, 5);

  auto cut = all;
  cut.pop_back();
  EXPECT_EQ(walk(ends_of(all), cut).broken_id, 0);
  EXPECT_EQ(walk(ends_of(all), {}).broken_id, 0);
}

TEST(AuditChainTest, WhatIsOlderThanTheChainIsCountedAndWhatWentIsContinued) {
  auto all = chained(5);
  auto chain = ends_of(all);
  chain.base = all[1].hash;
  chain.base_id = 2;
  const std::vector<AuditLine> kept(all.begin() + 2, all.end());
  EXPECT_EQ(walk(chain, kept).problem, "");
  EXPECT_EQ(walk(chain, kept, all[1].hash).found_id, 2);

  auto old = line(2);
  auto with_old = kept;
  with_old.insert(with_old.begin(), old);
  const auto report = walk(chain, with_old);
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.unchained, 1);
  EXPECT_EQ(report.checked, 3);
}

TEST(AuditChainTest, TheHeadOfAnEmptyLogIsTheBeginningOfWhatComes) {
  EXPECT_EQ(walk({}, {}, std::string(kChainGenesis)).problem, "");
  const auto all = chained(2);
  const auto report = walk(ends_of(all), all, std::string(kChainGenesis));
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.found_id, 0);
}

TEST(AuditChainTest, AHeadOfAnotherHistoryIsNotFound) {
  const auto all = chained(2);
  const auto report = walk(ends_of(all), all, std::string(64, 'a'));
  EXPECT_FALSE(report.found_id);
  EXPECT_NE(report.problem, "");
}

}  // namespace
}  // namespace troupe::identity
