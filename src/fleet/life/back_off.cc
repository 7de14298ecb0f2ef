#include "fleet/life/back_off.h"

#include <algorithm>

namespace troupe::fleet::life {

namespace {

/// How much of a wait luck takes away or adds.
constexpr double kSpread = 0.2;

}  // namespace

std::chrono::milliseconds longest_wait(const Bot& bot, std::chrono::milliseconds longest) {
  const auto most = std::max<std::int64_t>(bot.restart.window_s * 1'000, longest.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(most) * (1 + kSpread)));
}

NextTry next_try(const Bot& bot, base::UnixMs now, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                 double luck) {
  auto window_ms = bot.restart.window_s * 1'000;
  auto back_off = bot.back_off;
  auto ran_ms = is_up(bot.observed) ? now - bot.since_ms : 0;
  bool looped = back_off.failures > bot.restart.max_restarts;
  bool window_over = now - back_off.window_ms > window_ms;
  if (back_off.window_ms == 0 || ran_ms > window_ms || (window_over && !looped)) {
    back_off = BackOff{};
    back_off.window_ms = now;
  }
  ++back_off.failures;
  NextTry next;
  next.loop = back_off.failures > bot.restart.max_restarts;
  std::int64_t wait_ms = 0;
  if (next.loop) {
    if (looped) back_off.window_ms = now;
    wait_ms = std::max(back_off.window_ms + window_ms - now, std::int64_t(longest.count()));
  } else {
    auto doublings = std::min<std::int64_t>(back_off.failures - 1, 20);
    wait_ms = std::min<std::int64_t>(first.count() << doublings, longest.count());
  }
  wait_ms += static_cast<std::int64_t>(static_cast<double>(wait_ms) * kSpread * (2 * std::clamp(luck, 0.0, 1.0) - 1));
  back_off.next_try_ms = now + wait_ms;
  next.wait = std::chrono::milliseconds(wait_ms);
  next.back_off = back_off;
  return next;
}

bool restarts_after(RestartPolicy::Mode mode, bool success) {
  return mode == RestartPolicy::Mode::always || (mode == RestartPolicy::Mode::on_failure && !success);
}

}  // namespace troupe::fleet::life
