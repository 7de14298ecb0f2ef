#include "fleet/life/back_off.h"

#include <gtest/gtest.h>

namespace troupe::fleet::life {
namespace {

constexpr std::chrono::milliseconds kFirst{2'000};
constexpr std::chrono::milliseconds kLongest{300'000};

Bot failing(std::int64_t max_restarts = 5) {
  Bot bot;
  bot.observed = BotState::starting;
  bot.restart = {.mode = RestartPolicy::Mode::always, .max_restarts = max_restarts, .window_s = 600};
  return bot;
}

TEST(BackOff, DoublesAndEndsAtTheLongest) {
  auto bot = failing(1'000);
  base::UnixMs now = 1'000'000;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 10; ++i) {
    auto next = next_try(bot, now, kFirst, kLongest, 0.5);
    EXPECT_FALSE(next.loop);
    waits.push_back(*next.back_off.next_try_ms - now);
    bot.back_off = next.back_off;
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{2'000, 4'000, 8'000, 16'000, 32'000, 64'000, 128'000, 256'000, 300'000,
                                              300'000}));
}

TEST(BackOff, IsMovedByAtMostAFifth) {
  auto bot = failing();
  EXPECT_EQ(*next_try(bot, 1'000, kFirst, kLongest, 0.0).back_off.next_try_ms, 1'000 + 1'600);
  EXPECT_EQ(*next_try(bot, 1'000, kFirst, kLongest, 1.0).back_off.next_try_ms, 1'000 + 2'400);
}

TEST(BackOff, TooManyInTheWindowAreACrashLoop) {
  auto bot = failing(3);
  base::UnixMs now = 1'000'000;
  for (int i = 0; i < 3; ++i) {
    auto next = next_try(bot, now, kFirst, kLongest, 0.5);
    EXPECT_FALSE(next.loop) << i;
    bot.back_off = next.back_off;
    now += 10'000;
  }
  auto looped = next_try(bot, now, kFirst, kLongest, 0.5);
  EXPECT_TRUE(looped.loop);
  EXPECT_EQ(*looped.back_off.next_try_ms, 1'000'000 + 600'000) << "when the window is over";
  // The next try fails as well: still a loop, one whole window later.
  bot.back_off = looped.back_off;
  now = *looped.back_off.next_try_ms + 1;
  auto again = next_try(bot, now, kFirst, kLongest, 0.5);
  EXPECT_TRUE(again.loop);
  EXPECT_EQ(*again.back_off.next_try_ms, now + 600'000);
}

TEST(BackOff, SlowFailuresAreNoLoop) {
  auto bot = failing(3);
  base::UnixMs now = 1'000'000;
  for (int i = 0; i < 20; ++i) {
    auto next = next_try(bot, now, kFirst, kLongest, 0.5);
    EXPECT_FALSE(next.loop) << i;
    bot.back_off = next.back_off;
    now += 400'000;
  }
}

TEST(BackOff, RunningForAWindowBeginsAnew) {
  auto bot = failing(3);
  bot.back_off = {.failures = 9, .window_ms = 1, .next_try_ms = std::nullopt};
  bot.observed = BotState::running;
  bot.since_ms = 1'000'000;
  auto next = next_try(bot, 1'000'000 + 600'001, kFirst, kLongest, 0.5);
  EXPECT_FALSE(next.loop);
  EXPECT_EQ(next.back_off.failures, 1);
}

TEST(BackOff, PoliciesDecideAboutExits) {
  using Mode = RestartPolicy::Mode;
  EXPECT_TRUE(restarts_after(Mode::always, true));
  EXPECT_TRUE(restarts_after(Mode::always, false));
  EXPECT_FALSE(restarts_after(Mode::on_failure, true));
  EXPECT_TRUE(restarts_after(Mode::on_failure, false));
  EXPECT_FALSE(restarts_after(Mode::never, true));
  EXPECT_FALSE(restarts_after(Mode::never, false));
}

}  // namespace
}  // namespace troupe::fleet::life
