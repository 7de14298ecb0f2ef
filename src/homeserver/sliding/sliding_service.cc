#include "homeserver/sliding/sliding_service.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

#include "base/spare_memory.h"

namespace troupe::homeserver::sliding {
namespace {

/// A commit that is being published takes microseconds; a busy server publishes one after the other, and a process that
/// is cut off from its database does not go on.
constexpr std::chrono::microseconds kFirstPause{200};
constexpr std::chrono::microseconds kLongestPause{50'000};
constexpr int kMostPauses = 5;
/// Whoever waited and was overtaken asks again as soon as it is answered, if it still listens: two programs with one
/// connection would take it from each other without end.
constexpr std::chrono::seconds kOvertakenPause{1};

using Subscription = std::pair<std::string, SlidingRule>;

/// Leaves out rooms that the user never was in, nor invited to: they can never be shown, and memory is not for them.
void leave_out_strange_rooms(std::vector<Subscription>& subscriptions, const memory::UserView& user) {
  if (subscriptions.empty()) return;
  std::unordered_set<std::string> own;
  {
    std::unordered_set<std::string_view> asked;
    for (const auto& [room_id, rule] : subscriptions) asked.insert(room_id);
    const base::Lock lock(user.mutex());
    for (const auto& [num, membership] : user.memberships()) {
      if (const auto found = asked.find(membership.room->id()); found != asked.end()) own.emplace(*found);
    }
  }
  std::erase_if(subscriptions, [&](const Subscription& subscription) { return !own.contains(subscription.first); });
}

/// The accepted shape names all of them each time; clients of the other one name new ones, and those that end.
std::vector<Subscription> subscriptions_of(const SlidingRequest& request, const ConnectionState* since) {
  if (request.shape == SlidingShape::accepted || !since) return request.subscriptions;
  auto all = since->subscriptions;
  std::erase_if(
      all, [&](const Subscription& known) { return std::ranges::binary_search(request.unsubscribe, known.first); });
  for (const auto& wanted : request.subscriptions) {
    const auto known = std::ranges::find(all, wanted.first, &Subscription::first);
    if (known == all.end()) {
      all.push_back(wanted);
    } else {
      known->second = wanted.second;
    }
  }
  // As many of the newest as one request may have.
  PatternCount patterns;
  std::size_t kept = 0;
  while (kept < std::min(all.size(), kMaxSlidingSubscriptions) &&
         patterns.add(all[all.size() - kept - 1].second.required_state) <= kMaxSlidingPatterns &&
         patterns.excluding() <= kMaxSlidingExcluding) {
    ++kept;
  }
  all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kept));
  return all;
}

/// Those that hold for this request.
std::vector<Subscription> subscriptions_for(const SlidingRequest& request, const ConnectionState* since,
                                            const memory::UserView& user) {
  auto all = subscriptions_of(request, since);
  leave_out_strange_rooms(all, user);
  return all;
}

/// Whether the request asks for other things than the last one of its connection did.
bool asks_for_more(const SlidingRequest& request, const std::vector<Subscription>& subscriptions,
                   const ConnectionState& since) {
  return request.lists_hash != since.lists_hash || request.lists.size() != since.lists.size() ||
         request.shape != since.shape || subscriptions != since.subscriptions ||
         (ExtensionsPart::bits_of(request.extensions) & ~since.extensions) != 0;
}

}  // namespace

SlidingService::SlidingService(Parts parts, SlidingConnections::Limits limits)
    : db_(parts.db),
      users_(parts.users),
      sync_(parts.sync),
      tools_{.services = parts.services,
             .devices = parts.sync.devices(),
             .clock = parts.clock,
             .inbox = parts.users.inbox()},
      connections_(parts.clock, limits) {}

void SlidingService::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  users_.wake_all();
}

asio::awaitable<StreamPos> SlidingService::take_to_device(const SlidingRequest& request, const memory::UserView& user) {
  const auto& token = request.extensions.to_device_since;
  if (!request.extensions.to_device || token.empty() || request.device_id.empty()) co_return 0;
  const auto since = parse_to_device_token(token);
  // One that is not the extension's own, or of the future (a database that was set back), is as good as none: what
  // waits is shown. A refusal would be for good: clients keep it over restarts.
  if (!since || co_await sync_.is_of_the_future(*since)) co_return 0;
  co_await sync_.forget_delivered(request.user_id, request.device_id, *since, user.last_own_pos());
  co_return *since;
}

/// Of a request whose connection was taken over: nothing, at the place where it began.
std::string SlidingService::overtaken_body(const SlidingConnections::Turn& turn) const {
  std::string body = "{\"pos\":\"";
  append_sliding_pos(body, {.pos = turn.since->pos,
                            .boot = connections_.boot(),
                            .ephemeral = turn.since->ephemeral,
                            .number = turn.since->number});
  return body + "\",\"lists\":{},\"rooms\":{},\"extensions\":{}}";
}

/// What a request keeps while it waits: there may be thousands.
struct SlidingService::Wait {
  SlidingRequest& request;
  std::chrono::steady_clock::time_point deadline{};
  SlidingConnections::Turn turn{};
  memory::UserViewPtr user{};
  std::vector<Subscription> subscriptions{};
  StreamPos to_device_since = 0;
  bool at_once = false;
  bool messages_wait = false;  ///< to the device, that were shown before and not confirmed
  int pauses = 0;
  std::chrono::microseconds pause = kFirstPause;
  // Of the last look:
  StreamPos head = 0;
  StreamPos own_pos = 0;
  std::uint64_t ephemeral = 0;
};

Task<std::string> SlidingService::overtaken(const Wait& wait) {
  if (!wait.turn.since) co_return Error(Errc::conflict, "Another request of the same connection has taken its place.");
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(std::min(wait.deadline, std::chrono::steady_clock::now() + kOvertakenPause));
  co_await timer.async_wait(asio::use_awaitable);
  co_return overtaken_body(wait.turn);
}

Task<Unit> SlidingService::begin(Wait& wait, std::optional<sync::FairGate::Pass>& pass) {
  auto& request = wait.request;
  CO_TRY(wait.turn, connections_.begin(request));
  const auto* since = wait.turn.since.get();
  if (!since) {
    CO_TRY(pass, co_await sync_.enter_long(request.user_id));
  }
  CO_TRY(wait.user, co_await sync_.load_user(request.user_id));
  if (wait.turn.replaced) users_.wake(wait.user);  // the one before is answered
  const auto time = std::min(request.timeout, sync::kMaxSyncWait);
  tools_.inbox.heard_of(request.user_id, request.device_id, time);
  wait.deadline = std::chrono::steady_clock::now() + time;
  wait.subscriptions = subscriptions_for(request, since, *wait.user);
  wait.to_device_since = co_await take_to_device(request, *wait.user);
  wait.at_once = !since || request.timeout.count() == 0 || asks_for_more(request, wait.subscriptions, *since);
  wait.messages_wait =
      since && request.extensions.to_device && (since->to_device_more || wait.to_device_since != since->to_device_upto);
  std::string().swap(request.pos);
  std::string().swap(request.extensions.to_device_since);
  co_return Unit{};
}

Task<std::optional<std::string>> SlidingService::answer(Wait& wait, bool may_wait) {
  const auto& since = wait.turn.since;
  SlidingAnswer answer(tools_, wait.request, wait.subscriptions, *wait.user,
                       {.since = since,
                        .upto = std::max(wait.head, since ? since->pos : 0),
                        .own_pos = wait.own_pos,
                        .ephemeral = wait.ephemeral,
                        .to_device_since = wait.to_device_since});
  if (!answer.make_from_memory(piece_)) CO_TRY(co_await answer.read_in_pieces(db_, piece_));
  if (may_wait && !answer.news()) co_return std::optional<std::string>();
  const auto number = connections_.next_number();
  auto body = answer.take_body(connections_.boot(), number);
  if (!connections_.offer(wait.turn, answer.take_state(number))) {
    CO_TRY(body, co_await overtaken(wait));
  }
  co_return std::optional(std::move(body));
}

asio::awaitable<void> SlidingService::take_pause(Wait& wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, wait.pause);
  co_await timer.async_wait(asio::use_awaitable);
  wait.pause = std::min<std::chrono::microseconds>(wait.pause * 2, kLongestPause);
}

Task<std::string> SlidingService::sync(SlidingRequest& request) {
  Wait wait{.request = request};
  std::optional<sync::FairGate::Pass> pass;  // of one that begins, which is answered at once
  if (auto begun = co_await begin(wait, pass); !begun) co_return std::unexpected(std::move(begun).error());
  for (;;) {
    if (connections_.is_over(wait.turn)) co_return co_await overtaken(wait);
    // In this order. What is typed after its number was read is for the next look. What is committed up to `head` has
    // touched the user before `head` was published, so it shows in positions that are read after it.
    wait.ephemeral = users_.ephemeral();
    wait.head = db_.head();
    wait.own_pos = wait.user->last_own_pos();
    const bool waited_out =
        stopping_.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= wait.deadline;
    if (wait.user->last_pos() > wait.head && !waited_out) {
      // A commit is being published: its position is out, the head not yet.
      co_await take_pause(wait);
      if (++wait.pauses < (wait.at_once ? 2 : kMostPauses)) continue;
    } else {
      wait.pauses = 0;
      wait.pause = kFirstPause;
    }
    const bool quiet = !wait.at_once && !wait.messages_wait && wait.user->last_pos() <= wait.turn.since->pos &&
                       wait.user->last_ephemeral() <= wait.turn.since->ephemeral;
    if (!quiet || waited_out) {
      // In a frame of its own: whoever waits for hours keeps little.
      if (auto body = co_await answer(wait, !wait.at_once && !waited_out); !body) {
        co_return std::unexpected(std::move(body).error());
      } else if (*body) {
        co_return **std::move(body);
      }
      wait.messages_wait = false;
    }
    base::drop_spare_memory();
    co_await users_.wait(wait.user, wait.head, wait.ephemeral, wait.deadline);
  }
}

}  // namespace troupe::homeserver::sliding
