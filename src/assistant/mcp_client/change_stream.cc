#include "assistant/mcp_client/change_stream.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace troupe::assistant::mcp_client {
namespace {

constexpr int kMostFailures = 10;

}  // namespace

void ChangeStream::use(const asio::any_io_executor& executor, const net::http::Headers& headers) {
  headers_ = headers;
  if (ended_ || goes_on_ || !offered_ || Steady::now() < not_before_) return;
  goes_on_ = true;
  auto running = [](std::shared_ptr<ChangeStream> self) -> asio::awaitable<void> {
    // One that is cut off before it ever waited would throw where nobody catches.
    co_await asio::post(asio::use_awaitable);
    auto going = self->run();
    co_await std::move(going);
  };
  // What it ends with, cut off or not, is nobody's news.
  asio::co_spawn(executor, running(shared_from_this()),
                 asio::bind_cancellation_slot(
                     over_.slot(), [self = shared_from_this()](const std::exception_ptr&) { self->goes_on_ = false; }));
}

void ChangeStream::end() {
  if (std::exchange(ended_, true)) return;
  over_.emit(asio::cancellation_type::all);
}

asio::awaitable<void> ChangeStream::run() {
  while (!ended_) {
    const auto began = Steady::now();
    auto listening = link_->listen(order_(headers_));
    const auto how = co_await std::move(listening);
    if (ended_ || !again(how, std::chrono::duration_cast<Milliseconds>(Steady::now() - began))) co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, pause_);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto now = Steady::now();
    if (ended_ || (caught_up_ && now - *caught_up_ < pauses_.longest)) continue;
    caught_up_ = now;
    missed_();
  }
}

bool ChangeStream::again(StreamEnd ended, Milliseconds lived) {
  if (ended == StreamEnd::none) offered_ = false;
  not_before_ = Steady::now() + pauses_.longest;
  if (ended != StreamEnd::over) return false;
  failures_ = lived >= pauses_.lived_long ? 0 : failures_ + 1;
  pause_ = failures_ == 0 ? pauses_.first : std::clamp(pause_ * 2, pauses_.first, pauses_.longest);
  if (failures_ < kMostFailures) return true;
  failures_ = 0;
  return false;
}

}  // namespace troupe::assistant::mcp_client
