#include "assistant/calls/pauses.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"

namespace troupe::assistant::calls {

double by_chance() {
  const auto bytes = base::random_bytes(2);
  const auto number = (static_cast<unsigned char>(bytes[0]) << 8U) | static_cast<unsigned char>(bytes[1]);
  return number / 65'536.0;
}

Pause real_pause() {
  return [](std::chrono::milliseconds time) -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
  };
}

asio::awaitable<bool> pause_for(const Pause& pause, const base::Clock& clock, std::chrono::milliseconds time,
                                CallContext context) {
  const auto until = clock.steady() + time;
  for (auto now = clock.steady(); now < until; now = clock.steady()) {
    if (is_cancelled(context)) co_return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    co_await pause(std::min(left, kLookEvery));
  }
  co_return !is_cancelled(context);
}

}  // namespace troupe::assistant::calls
