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

Front::Seat Front::take_place(Entry newcomer) {
  const base::Lock lock(mutex_);
  if (stopping_) return {};
  std::vector<Entry*> same;
  std::size_t speaking = 0;
  for (auto& [number, entry] : entries_) {
    if (entry.meeting != newcomer.meeting || entry.is_of_speaker != newcomer.is_of_speaker) continue;
    same.push_back(&entry);
    if (!entry.silent) ++speaking;
  }
  if (const auto most = limits_.speakers_of_a_meeting;
      newcomer.is_of_speaker && (speaking >= most || same.size() >= 2 * most)) {
    return {.place = nullptr, .too_many = true};
  }
  const bool is_many = !newcomer.is_of_speaker && same.size() >= limits_.of_a_meeting;
  if (is_many && !same.empty() && std::ranges::none_of(same, &Entry::told)) {
    same.front()->told = true;
    same.front()->end();
  }
  const bool is_closing =
      std::ranges::any_of(same, [&](const Entry* entry) { return entry->closing && entry->uid == newcomer.uid; });
  if (is_many || is_closing) return {.place = nullptr, .soon = true};
  if (entries_.size() >= limits_.sessions) return {};
  if (newcomer.is_of_speaker && is_unfair(newcomer.meeting)) return {};
  const auto number = ++next_;
  entries_.emplace(number, std::move(newcomer));
  counts_.sessions += 1;
  uses_.metrics.sessions.add(1);
  return {.place = std::make_unique<Place>(*this, number)};
}

bool Front::is_unfair(MeetingId meeting) const {
  const auto shared = limits_.sessions - limits_.sessions / 4;
  if (entries_.size() < shared) return false;
  std::set<MeetingId> all{meeting};
  std::size_t own = 0;
  for (const auto& [number, entry] : entries_) {
    all.insert(entry.meeting);
    if (entry.meeting == meeting) ++own;
  }
  return own >= std::max<std::size_t>(1, shared / all.size());
}

void Front::end_of_sound(std::uint64_t number) {
  const base::Lock lock(mutex_);
  entries_.at(number).silent = true;
}

bool Front::may_close(std::uint64_t number) {
  const base::Lock lock(mutex_);
  auto& own = entries_.at(number);
  own.written = true;
  own.closing = std::ranges::none_of(entries_, [&](const auto& each) {
    const auto& other = each.second;
    return !other.written && other.meeting == own.meeting && other.uid == own.uid;
  });
  return own.closing;
}

void Front::leave(std::uint64_t number) {
  const base::Lock lock(mutex_);
  entries_.erase(number);
  counts_.sessions -= 1;
  uses_.metrics.sessions.add(-1);
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

asio::awaitable<void> Front::serve(net::http::WebSocket& bot, std::string token, std::string from) {
  // Whoever cancels this closes the socket, too: what runs beside it ends in order then.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  Session session(*this, bot, {.token = std::move(token), .from = std::move(from)}, co_await asio::this_coro::executor);
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
