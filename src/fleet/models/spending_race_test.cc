// A limit of 1.00 holds whoever spends at once: several people, bots, tenants and processes, and over a kill.
#include <boost/asio/use_future.hpp>
#include <map>
#include <random>

#include "fleet/models/models_fixture.h"
#include "fleet/models/spending.h"

namespace troupe::fleet::models {
namespace {

using std::chrono::milliseconds;

const Endpoint kMetered{
    .name = "a", .base_url = "http://a/v1", .model = "m", .price = Price{.input = kMicros, .output = 2 * kMicros}};

PlannedCall metered(int i, std::int64_t tenant = 1) {
  return {.tenant_id = tenant,
          .bot_id = "bot" + std::to_string(i % 3),
          .person = "@person" + std::to_string(i % 7) + ":localhost",
          .endpoint = kMetered,
          .tokens_in = 500,
          .tokens_out = 15'000,
          .patience = milliseconds(60'000)};
}

class SpendingRaceTest : public ModelsTest {
 protected:
  static asio::awaitable<Micros> call(Spending& spending, PlannedCall wanted, std::int64_t tokens) {
    auto money = co_await spending.reserve(std::move(wanted));
    if (!money) co_return 0;
    const auto allowed = std::min(tokens, money->longest_answer().value_or(0));
    auto settled = co_await money->settle({.tokens_in = 500, .tokens_out = allowed, .counted = true});
    co_return settled ? cost_of(*kMetered.price, 500, allowed) : -1;
  }
  Micros total(Spending& spending, std::int64_t tenant, Scope scope, Micros SpendingSum::* part) {
    Micros all = 0;
    for (const auto& each : must(spending.sums(tenant, today(), scope, 0, 100)).items) all += each.*part;
    return all;
  }
  std::mt19937 random{11};
};

TEST_F(SpendingRaceTest, ATenantsLimitHoldsForAllItsPeopleAndBotsInTwoProcesses) {
  Spending here(uses(), {.tenant = kMicros}), there(uses(), {.tenant = kMicros});
  std::map<std::int64_t, Micros> spent;
  std::vector<std::pair<std::int64_t, std::future<Micros>>> calls;
  for (int i = 0; i < 400; ++i) {
    const std::int64_t tenant = 1 + i % 2;
    const auto used = std::uniform_int_distribution<std::int64_t>(1, 15'000)(random);
    calls.emplace_back(tenant,
                       asio::co_spawn(io.at(static_cast<std::size_t>(i / 2 % 2)).get_executor(),
                                      call(i / 2 % 2 == 0 ? here : there, metered(i, tenant), used), asio::use_future));
  }
  for (auto& [tenant, each] : calls) {
    const auto cost = each.get();
    EXPECT_GE(cost, 0);
    spent[tenant] += cost;
  }
  for (const std::int64_t tenant : {1, 2}) {
    EXPECT_LE(spent[tenant], kMicros);
    EXPECT_GT(spent[tenant], 0) << "one tenant's spending is not another's";
    for (const auto scope : {Scope::person, Scope::bot, Scope::tenant}) {
      EXPECT_EQ(total(here, tenant, scope, &SpendingSum::spent), spent[tenant]);
      EXPECT_EQ(total(here, tenant, scope, &SpendingSum::reserved), 0);
    }
  }
}

TEST_F(SpendingRaceTest, WhatAKilledProcessHadPutAsideIsNotSpentAgain) {
  // It ends with its reservations open: nobody settles them, as after kill -9.
  const auto killed = [&] {
    Spending spending(uses(), {.tenant = kMicros});
    std::vector<Reservation> open;
    for (int i = 0;; ++i) {
      auto money = run(spending.reserve(metered(i)));
      if (!money) break;
      open.push_back(*std::move(money));
    }
    EXPECT_GT(open.size(), 20U);
    return open;
  }();
  Spending next(uses(), {.tenant = kMicros});
  EXPECT_FALSE(run(next.reserve(metered(1)))) << "what is put aside may have been spent";
  const auto aside = total(next, 1, Scope::tenant, &SpendingSum::reserved);
  EXPECT_LE(aside, kMicros);
  pass(milliseconds(60'000) + kReservedLonger + milliseconds(1'000));
  must(next.expire());
  EXPECT_EQ(total(next, 1, Scope::tenant, &SpendingSum::reserved), 0);
  EXPECT_EQ(total(next, 1, Scope::tenant, &SpendingSum::spent), aside) << "and counts as spent";
  EXPECT_FALSE(run(next.reserve(metered(1))));
}

}  // namespace
}  // namespace troupe::fleet::models
