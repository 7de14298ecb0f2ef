#include "homeserver/sync/sync_service.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"

namespace troupe::homeserver::sync {
namespace {

/// A process that is cut off from its database longer than this answers tokens of others as tokens of the future.
constexpr std::chrono::seconds kCatchUpPatience{5};
constexpr std::chrono::microseconds kShortestNap{200};
constexpr std::chrono::microseconds kLongestNap{50'000};

/// Half of the processors, but never so many that fewer than two of the four readers were left.
std::size_t long_answers_at_once() { return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 2); }

}  // namespace

SyncService::SyncService(store::Database& db, memory::Rooms& rooms, memory::Users& users, Filters& filters,
                         SyncServices services, const base::Clock& clock)
    : db_(db),
      rooms_(rooms),
      users_(users),
      filters_(filters),
      head_(db),
      tools_{.services = services, .clock = clock, .inbox = users.inbox(), .boot = base::random_alphanumeric(6)},
      long_answers_(
          {.places = long_answers_at_once(), .waiting_of_one = kMaxWaitingOfOne, .waiting = kMaxWaitingLong}) {}

Task<memory::UserViewPtr> SyncService::load_user(std::string user_id) {
  if (auto user = users_.find(user_id)) co_return user;
  CO_TRY(co_await load_rooms_of(user_id));
  auto load = [&](store::Connection& connection) -> Result<memory::UserViewPtr> {
    return users_.load(connection, rooms_, user_id);
  };
  co_return co_await db_.read(load);
}

/// Reads the user's rooms into memory piece by piece, so that making the view finds them there.
Task<Unit> SyncService::load_rooms_of(std::string user_id) {
  auto list = [&](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    return memory::event_store::memberships_of(connection, user_id);
  };
  CO_TRY(const auto memberships, co_await db_.read(list));
  for (std::size_t next = 0; next < memberships.size();) {
    auto load = [&](store::Connection& connection) -> Result<std::size_t> {
      const PieceOfTime time(tools_.piece);
      auto at = next;
      for (; at < memberships.size() && (at == next || !time.over()); ++at)
        rooms_.load(connection, memberships[at].room);
      return at;
    };
    CO_TRY(next, co_await db_.read(load));
  }
  co_return Unit{};
}

asio::awaitable<bool> SyncService::is_of_the_future(StreamPos pos) {
  if (pos <= db_.head()) co_return false;
  if (!db_.shared()) co_return true;
  // Another process gave the token for a commit that we have not followed yet.
  db_.follow();
  co_return !co_await head_.reached(pos, kCatchUpPatience);
}

asio::awaitable<void> SyncService::forget_delivered(const std::string& user_id, const std::string& device_id,
                                                    StreamPos upto, StreamPos own_pos) {
  if (device_id.empty()) co_return;
  const auto key = DeviceMemories::key_of(user_id, device_id);
  if (!tools_.memories.take_delivered(key, upto, own_pos, db_.shared())) co_return;
  auto forget = [&](store::Tx& tx) -> Result<Unit> {
    crypto::forget_delivered_to_device(tx, user_id, device_id, upto);
    return Unit{};
  };
  const auto forgotten = co_await db_.write(forget, {.lane = store::Lane::receipts});
  if (forgotten) co_return;
  tools_.memories.not_removed(key);
  base::log_warning("homeserver", "delivered to-device messages could not be removed; the next sync tries again",
                    {{"error", forgotten.error().message()}});
}

std::string SyncService::empty_answer(const SyncToken& next, const std::string& counts) const {
  std::string body;
  body.reserve(48 + counts.size());
  body += "{\"next_batch\":\"";
  append_sync_token(body, next);
  body += "\",";
  body += counts;
  body += '}';
  return body;
}

void SyncService::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  long_answers_.stop();
  users_.wake_all();
}

Task<std::string> SyncService::sync(SyncRequest request) {
  SyncToken since;
  if (!request.since.empty()) {
    const auto parsed = parse_token(request.since);
    if (!parsed) co_return Error(Errc::invalid_param, "`since` is no token of this server: sync without it.");
    since = *parsed;
  }
  // What other starts of the program counted says nothing now. A token without a start is older than all of this one.
  const std::uint64_t ephemeral_since = since.boot == tools_.boot ? since.ephemeral : 0;
  const bool ephemeral_unknown = !since.boot.empty() && since.boot != tools_.boot;
  const bool typing_anew = ephemeral_unknown && since.typing;
  // Others without a view only come back, to a program that was started anew: many at once, and cheap.
  std::optional<FairGate::Pass> pass;
  if (request.since.empty()) {
    CO_TRY(pass, co_await long_answers_.enter(request.user_id));
  }
  CO_TRY(const auto user, co_await load_user(request.user_id));
  const auto device_key = DeviceMemories::key_of(request.user_id, request.device_id);
  const auto wait = std::min(request.timeout, kMaxSyncWait);
  tools_.inbox.heard_of(request.user_id, request.device_id, wait);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  FilterPtr filter;
  bool future = co_await is_of_the_future(since.pos);
  if (future && db_.shared() && db_.trouble()) {  // not of the future: we are behind
    co_return Error(Errc::unavailable, "This process cannot reach its database.")
        .with_retry_after(std::chrono::seconds(1));
  }

  if (!request.since.empty() && !future) {
    co_await forget_delivered(request.user_id, request.device_id, since.to_device.value_or(since.pos),
                              user->last_own_pos());
  }

  if (request.full_state && !pass) {
    CO_TRY(pass, co_await long_answers_.enter(request.user_id));
  }
  // One look at what there is, in a frame of its own: whoever waits for hours keeps little. Nothing: there is no news.
  const auto look = [&](const SyncSpan& span, bool answers) -> Task<std::optional<std::string>> {
    if (!filter) {
      CO_TRY(filter, co_await filters_.resolve(request.user_id, request.filter));
    }
    SyncAnswer answer(tools_, request, *user, *filter, span);
    if (!answer.make_from_memory()) {
      if (answer.took_long() && !pass) {
        CO_TRY(pass, co_await long_answers_.enter(request.user_id));
      }
      CO_TRY(co_await answer.read_in_pieces(db_));
    }
    if (!answer.news() && !answers && std::chrono::steady_clock::now() < deadline)
      co_return std::optional<std::string>();
    co_return std::optional(answer.take_body());
  };
  auto nap = kShortestNap;
  for (;;) {
    // In this order. What is typed after its number was read is for the next look. What is committed up to `head` has
    // touched the user before `head` was published, so it shows in positions that are read after it.
    const auto ephemeral = users_.ephemeral();
    const auto head = db_.head();
    const auto own_pos = user->last_own_pos();
    if (future) since.pos = head;

    const bool nothing_new = !request.since.empty() && !request.full_state && !since.to_device && !typing_anew &&
                             user->last_pos() <= since.pos && user->last_ephemeral() <= ephemeral_since;
    const SyncToken next{.pos = std::max(since.pos, head),
                         .boot = tools_.boot,
                         .ephemeral = ephemeral,
                         .typing = since.typing,
                         .to_device = std::nullopt};
    const bool waited_out = stopping_.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= deadline;
    if (!nothing_new || waited_out || future) {
      const auto counts = nothing_new ? tools_.memories.counts_of(device_key, own_pos) : std::string();
      if (nothing_new && !counts.empty()) co_return empty_answer(next, counts);

      CO_TRY(auto body, co_await look({.since = since,
                                       .upto = head,
                                       .own_pos = own_pos,
                                       .ephemeral = ephemeral,
                                       .ephemeral_since = ephemeral_since,
                                       .ephemeral_unknown = ephemeral_unknown},
                                      request.is_long() || waited_out || future));
      if (body) co_return *std::move(body);
    }
    if (user->last_pos() > head) {
      // A commit is being published: its position is out, the head not yet. It takes microseconds; longer only when the
      // database went away while another process's commits were being followed.
      asio::steady_timer pause(co_await asio::this_coro::executor, nap);
      co_await pause.async_wait(asio::use_awaitable);
      nap = std::min<std::chrono::microseconds>(nap * 2, kLongestNap);
      continue;
    }
    co_await users_.wait(user, head, ephemeral, deadline);
  }
}

}  // namespace troupe::homeserver::sync
