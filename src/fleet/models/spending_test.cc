#include "fleet/models/spending.h"

#include <boost/asio/use_future.hpp>
#include <random>

#include "fleet/models/models_fixture.h"

namespace troupe::fleet::models {
namespace {

using std::chrono::milliseconds;

/// A token costs a micro-unit to ask and two to answer.
const Endpoint kPriced{
    .name = "a", .base_url = "http://a/v1", .model = "m", .price = Price{.input = kMicros, .output = 2 * kMicros}};
const Endpoint kUnpriced{.name = "b", .base_url = "http://b/v1", .model = "n"};

PlannedCall planned(std::int64_t in, std::int64_t out, Endpoint endpoint = kPriced) {
  return {.bot_id = "bot",
          .person = "@anna:localhost",
          .endpoint = std::move(endpoint),
          .tokens_in = in,
          .tokens_out = out,
          .patience = milliseconds(60'000)};
}

class SpendingTest : public ModelsTest {
 protected:
  CallState state_of_last(Spending& spending) {
    return must(spending.calls(1, today(), "", "", 0, 1)).items.at(0).state;
  }
};

TEST_F(SpendingTest, PutsAsideBeforeAndBooksAfter) {
  Spending spending(uses(), {.person = 1'000'000});
  {
    auto money = must(spending.reserve(planned(100, 1'000)));
    EXPECT_EQ(money.longest_answer(), 1'000);
    EXPECT_EQ(sum(spending, Scope::person).reserved, 2'100);
    EXPECT_EQ(sum(spending, Scope::person).spent, 0);
    must(money.settle({.tokens_in = 90, .tokens_out = 10, .counted = true}));
  }
  for (auto scope : {Scope::person, Scope::bot, Scope::tenant}) {
    const auto found = sum(spending, scope);
    EXPECT_EQ(found.reserved, 0);
    EXPECT_EQ(found.spent, 110);
    EXPECT_EQ(found.calls, 1);
    EXPECT_EQ(found.estimated, 0);
    EXPECT_EQ(found.tokens_in, 90);
  }
  EXPECT_EQ(sum(spending, Scope::person).who, "@anna:localhost");
  auto guessed = must(spending.reserve(planned(1, 1)));
  must(guessed.settle({.tokens_in = 1, .tokens_out = 1}));
  EXPECT_EQ(sum(spending, Scope::bot).estimated, 1);
  const auto calls = must(spending.calls(1, today(), "bot", "", 0, 10));
  ASSERT_EQ(calls.total, 2);
  EXPECT_EQ(calls.items[0].state, CallState::estimated) << "newest first";
  EXPECT_EQ(calls.items[1].state, CallState::settled);
  EXPECT_EQ(must(spending.calls(2, today(), "", "", 0, 10)).total, 0) << "another tenant's";
  EXPECT_EQ(must(spending.calls(1, today(), "", "@ben:localhost", 0, 10)).total, 0);
}

TEST_F(SpendingTest, AnAnswerTakesAQuarterOfTheLimitAtMostAndBeyondItNoneIsPaid) {
  Spending spending(uses(), {.bot = 1'000});
  std::vector<Reservation> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(must(spending.reserve(planned(100, 10'000))));
    EXPECT_EQ(held.back().longest_answer(), 75);
  }
  EXPECT_EQ(sum(spending, Scope::bot).reserved, 1'000);
  auto fifth = wait(spending.reserve(planned(100, 10'000)));
  ASSERT_FALSE(fifth);
  EXPECT_EQ(fifth.error().code(), Errc::limit_exceeded);
  EXPECT_GT(fifth.error().retry_after().count(), 0) << "what is under way may cost less";
  for (auto& money : held) must(money.settle({.tokens_in = 100, .tokens_out = 75, .counted = true}));
  auto sixth = wait(spending.reserve(planned(100, 10'000)));
  ASSERT_FALSE(sixth);
  EXPECT_EQ(sixth.error().retry_after().count(), 0);
  EXPECT_NE(sixth.error().message().find("of this bot"), std::string::npos);
  pass(std::chrono::hours(24));
  auto of_new_day = must(spending.reserve(planned(100, 400)));
  must(of_new_day.settle({}));
}

TEST_F(SpendingTest, TheSmallestLimitHoldsAndEachPersonHasTheirOwn) {
  Spending spending(uses(), {.person = 1'000, .tenant = 1'500});
  const CallEnd end{.tokens_in = 0, .tokens_out = 125, .counted = true};
  for (int i = 0; i < 4; ++i) must(must(spending.reserve(planned(0, 500))).settle(end));
  EXPECT_FALSE(wait(spending.reserve(planned(0, 500))));
  auto of_ben = planned(0, 500);
  of_ben.person = "@ben:localhost";
  for (int i = 0; i < 2; ++i) must(must(spending.reserve(of_ben)).settle(end));
  auto refused = wait(spending.reserve(of_ben));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("of this tenant"), std::string::npos);
  auto elsewhere = planned(0, 500);
  elsewhere.tenant_id = 2;
  EXPECT_EQ(must(spending.reserve(elsewhere)).longest_answer(), 125);
  auto tight = planned(0, 500);
  tight.tenant_id = 3;
  tight.bot_limit = 400;
  EXPECT_EQ(must(spending.reserve(tight)).longest_answer(), kLeastAnswer) << "the bot's own";
}

TEST_F(SpendingTest, AnUnknownPriceIsRefusedOnlyWhereALimitHolds) {
  Spending limited(uses(), {.tenant = 1'000'000});
  auto refused = wait(limited.reserve(planned(1, 1, kUnpriced)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unsupported);
  EXPECT_NE(refused.error().message().find("n (b)"), std::string::npos) << refused.error().message();
  auto of_bot = planned(1, 1, kUnpriced);
  of_bot.bot_limit = 5;
  Spending free(uses(), {});
  EXPECT_FALSE(wait(free.reserve(of_bot)));
  auto money = must(free.reserve(planned(1, 1, kUnpriced)));
  EXPECT_FALSE(money.longest_answer());
  must(money.settle({.tokens_in = 7, .tokens_out = 8, .counted = true}));
  EXPECT_EQ(state_of_last(free), CallState::unpriced);
  EXPECT_EQ(sum(free, Scope::bot).tokens_out, 8);
  EXPECT_EQ(sum(free, Scope::bot).spent, 0);
}

TEST_F(SpendingTest, TwoHundredAtOnceSpendNoMoreThanTheLimit) {
  // As two processes have them: nothing is shared but the database.
  Spending here(uses(), {.person = kMicros});
  auto elsewhere_db = store::on_postgres() ? store::open_database(dir, metrics) : nullptr;
  auto elsewhere_uses = uses();
  Spending::Uses other{
      .db = elsewhere_db ? *elsewhere_db : *db, .clock = clock, .metrics = metrics, .home = elsewhere_uses.home};
  Spending there(other, {.person = kMicros});
  std::mt19937 random(7);
  std::vector<std::future<std::int64_t>> calls;
  for (int i = 0; i < 200; ++i) {
    // Each wants up to 0.0305, and uses less.
    const auto used = std::uniform_int_distribution<std::int64_t>(1, 15'000)(random);
    auto call = [](Spending& spending, std::int64_t tokens) -> asio::awaitable<std::int64_t> {
      auto money = co_await spending.reserve(planned(500, 15'000));
      if (!money) co_return 0;
      const auto allowed = std::min(tokens, money->longest_answer().value_or(0));
      auto settled = co_await money->settle({.tokens_in = 500, .tokens_out = allowed, .counted = true});
      co_return settled ? cost_of(*kPriced.price, 500, allowed) : -1;
    };
    calls.push_back(asio::co_spawn(io.at(static_cast<std::size_t>(i % 2)).get_executor(),
                                   call(i % 2 == 0 ? here : there, used), asio::use_future));
  }
  Micros spent = 0;
  int answered = 0;
  for (auto& call : calls) {
    const auto cost = call.get();
    EXPECT_GE(cost, 0);
    spent += cost;
    answered += cost > 0 ? 1 : 0;
  }
  const auto found = sum(here, Scope::person);
  EXPECT_EQ(found.spent, spent);
  EXPECT_LE(found.spent, kMicros);
  EXPECT_EQ(found.reserved, 0);
  EXPECT_GE(answered, 32) << "as many as fit with certainty";
  if (elsewhere_db) elsewhere_db->stop();
}

TEST_F(SpendingTest, ReservationsOfADeadProcessCountAsSpentAndMayStillBeCorrected) {
  Spending spending(uses(), {.person = 10'000});
  auto money = must(spending.reserve(planned(100, 1'000)));
  must(spending.expire());
  EXPECT_EQ(sum(spending, Scope::person).reserved, 2'100) << "its time is not over";
  pass(milliseconds(60'000) + kReservedLonger + milliseconds(1'000));
  must(spending.expire());
  auto found = sum(spending, Scope::person);
  EXPECT_EQ(found.reserved, 0);
  EXPECT_EQ(found.spent, 2'100);
  EXPECT_EQ(found.calls, 1);
  EXPECT_EQ(state_of_last(spending), CallState::expired);
  must(spending.expire());
  EXPECT_EQ(sum(spending, Scope::person).calls, 1) << "once";
  must(money.settle({.tokens_in = 100, .tokens_out = 1, .counted = true}));  // it was only slow
  found = sum(spending, Scope::person);
  EXPECT_EQ(found.spent, 102);
  EXPECT_EQ(found.calls, 1);
  EXPECT_EQ(found.estimated, 0);
  EXPECT_EQ(state_of_last(spending), CallState::settled);
}

TEST_F(SpendingTest, ADroppedReservationIsBookedInTheBackground) {
  Spending spending(uses(), {});
  {
    auto money = must(spending.reserve(planned(100, 1'000)));
    money.if_dropped({.tokens_in = 40, .tokens_out = 5});
    auto moved = std::move(money);
  }
  EXPECT_TRUE(eventually([&] { return sum(spending, Scope::bot).spent == 50; }));
  EXPECT_EQ(sum(spending, Scope::bot).calls, 1);
  EXPECT_EQ(state_of_last(spending), CallState::estimated);
}

TEST_F(SpendingTest, WhatAServerClaimsIsBoundedAndBookedAsItIs) {
  Spending spending(uses(), {.bot = 100'000});
  must(must(spending.reserve(planned(1, 64))).settle({.tokens_in = -5, .tokens_out = 200, .counted = true}));
  EXPECT_EQ(sum(spending, Scope::bot).spent, 400) << "more than was put aside";
  must(must(spending.reserve(planned(1, 64))).settle({.tokens_in = INT64_MAX, .tokens_out = 0, .counted = true}));
  EXPECT_EQ(sum(spending, Scope::bot).tokens_in, kMostTokens);
  EXPECT_FALSE(wait(spending.reserve(planned(1, 64))));
}

TEST_F(SpendingTest, OldDaysAreForgotten) {
  Spending spending(uses(), {});
  const auto day = today();
  must(must(spending.reserve(planned(1, 1))).settle({.tokens_in = 1, .tokens_out = 1, .counted = true}));
  must(spending.tidy(clock.unix_ms(), 2));
  EXPECT_EQ(must(spending.sums(1, day, Scope::bot, 0, 10)).total, 1);
  must(spending.tidy(clock.unix_ms() + 3 * 86'400'000LL, 2));
  EXPECT_EQ(must(spending.sums(1, day, Scope::bot, 0, 10)).total, 0);
  EXPECT_EQ(must(spending.calls(1, day, "", "", 0, 10)).total, 0);
}

TEST(SpendingDayTest, DaysAreDatesOfUtc) {
  EXPECT_EQ(day_of(0), 0);
  EXPECT_EQ(parse_day("1970-01-02"), 1);
  EXPECT_EQ(write_day(1), "1970-01-02");
  EXPECT_EQ(write_day(*parse_day("2026-11-21")), "2026-11-21");
  for (std::string_view wrong :
       {"", "2026-11-31", "2026-1-01", "26-11-21", "2026-11-2x", "2026-11-21T00", "1969-12-31"}) {
    EXPECT_FALSE(parse_day(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace troupe::fleet::models
