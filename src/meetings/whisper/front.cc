#include "meetings/whisper/front.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "meetings/whisper/session.h"

namespace troupe::meetings::whisper {
namespace {

constexpr std::chrono::milliseconds kSessionsPatience{15'000};
constexpr std::chrono::milliseconds kLookEvery{20};

}  // namespace

std::unique_ptr<Front::Place> Front::take_place(MeetingId meeting, std::function<void()> end) {
  std::function<void()> oldest;
  std::uint64_t number = 0;
  {
    const base::Lock lock(mutex_);
    if (stopping_) return nullptr;
    const auto is_of_it = [&](const auto& entry) { return entry.second.meeting == meeting; };
    if (static_cast<std::size_t>(std::ranges::count_if(entries_, is_of_it)) >= limits_.of_a_meeting) {
      const auto first = std::ranges::find_if(entries_, is_of_it);
      oldest = first->second.end;
      entries_.erase(first);  // its place is free; it ends by itself
    }
    if (entries_.size() >= limits_.sessions) return nullptr;
    number = ++next_;
    entries_.emplace(number, Entry{.meeting = meeting, .end = std::move(end)});
  }
  counts_.sessions += 1;
  if (oldest) oldest();
  return std::make_unique<Place>(*this, number);
}

void Front::leave(std::uint64_t number) {
  const base::Lock lock(mutex_);
  entries_.erase(number);
  counts_.sessions -= 1;
}

bool Front::is_full() const {
  const base::Lock lock(mutex_);
  return stopping_ || entries_.size() >= limits_.sessions;
}

std::size_t Front::meetings() const {
  const base::Lock lock(mutex_);
  std::set<MeetingId> all;
  for (const auto& [number, entry] : entries_) all.insert(entry.meeting);
  return all.size();
}

asio::awaitable<void> Front::serve(net::http::WebSocket& bot, std::string token) {
  // Whoever cancels this closes the socket, too: what runs beside it ends in order then.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  Session session(*this, bot, std::move(token), co_await asio::this_coro::executor);
  co_await session.run();
}

Task<Unit> Front::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
    for (const auto& [number, entry] : entries_) entry.end();
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (auto waited = kLookEvery; counts_.sessions > 0; waited += kLookEvery) {
    if (waited > kSessionsPatience) co_return Error(Errc::timed_out, "Not all bots' sound has ended.");
    timer.expires_after(kLookEvery);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return Unit{};
}

}  // namespace troupe::meetings::whisper
