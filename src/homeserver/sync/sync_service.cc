#include "homeserver/sync/sync_service.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"
#include "base/spare_memory.h"

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

/// What a request keeps while it waits: there may be thousands.
struct SyncService::Wait {
  const SyncRequest& request;
  std::chrono::steady_clock::time_point deadline{};
  memory::UserViewPtr user{};
  FilterPtr filter{};
  SyncToken since{};
  std::uint64_t ephemeral_since = 0;
  bool ephemeral_unknown = false;
  bool future = false;  ///< `since` is
  std::optional<FairGate::Pass> pass{};
  // Of the last look:
  StreamPos head = 0;
  StreamPos own_pos = 0;
  std::uint64_t ephemeral = 0;
  std::chrono::microseconds nap = kShortestNap;
};

Task<Unit> SyncService::begin(Wait& wait) {
  const auto& request = wait.request;
  if (!request.since.empty()) {
    const auto parsed = parse_token(request.since);
    if (!parsed) co_return Error(Errc::invalid_param, "`since` is no token of this server: sync without it.");
    wait.since = *parsed;
  }
  // What other starts of the program counted says nothing now. A token without a start is older than all of this one.
  wait.ephemeral_since = wait.since.boot == tools_.boot ? wait.since.ephemeral : 0;
  wait.ephemeral_unknown = !wait.since.boot.empty() && wait.since.boot != tools_.boot;
  // Others without a view only come back, to a program that was started anew: many at once, and cheap.
  if (request.since.empty()) {
    CO_TRY(wait.pass, co_await long_answers_.enter(request.user_id));
  }
  CO_TRY(wait.user, co_await load_user(request.user_id));
  const auto time = std::min(request.timeout, kMaxSyncWait);
  tools_.inbox.heard_of(request.user_id, request.device_id, time);
  wait.deadline = std::chrono::steady_clock::now() + time;
  wait.future = co_await is_of_the_future(wait.since.pos);
  if (wait.future && db_.shared() && db_.trouble()) {  // not of the future: we are behind
    co_return Error(Errc::unavailable, "This process cannot reach its database.")
        .with_retry_after(std::chrono::seconds(1));
  }
  if (!request.since.empty() && !wait.future) {
    co_await forget_delivered(request.user_id, request.device_id, wait.since.to_device.value_or(wait.since.pos),
                              wait.user->last_own_pos());
  }
  if (request.full_state && !wait.pass) {
    CO_TRY(wait.pass, co_await long_answers_.enter(request.user_id));
  }
  co_return Unit{};
}

bool SyncService::has_nothing_new(const Wait& wait) {
  const bool typing_anew = wait.ephemeral_unknown && wait.since.typing;
  return !wait.request.is_long() && !wait.since.to_device && !typing_anew && wait.user->last_pos() <= wait.since.pos &&
         wait.user->last_ephemeral() <= wait.ephemeral_since;
}

std::optional<std::string> SyncService::quiet_answer(const Wait& wait) {
  const auto key = DeviceMemories::key_of(wait.request.user_id, wait.request.device_id);
  const auto counts = tools_.memories.counts_of(key, wait.own_pos);
  if (counts.empty()) return std::nullopt;
  return empty_answer({.pos = std::max(wait.since.pos, wait.head),
                       .boot = tools_.boot,
                       .ephemeral = wait.ephemeral,
                       .typing = wait.since.typing,
                       .to_device = std::nullopt},
                      counts);
}

Task<std::optional<std::string>> SyncService::look(Wait& wait, bool nothing_new, bool answers) {
  const auto& request = wait.request;
  if (nothing_new) {
    if (auto quiet = quiet_answer(wait)) co_return quiet;
  }
  if (!wait.filter) {
    CO_TRY(wait.filter, co_await filters_.resolve(request.user_id, std::string(request.filter)));
  }
  SyncAnswer answer(tools_, request, *wait.user, *wait.filter,
                    {.since = wait.since,
                     .upto = wait.head,
                     .own_pos = wait.own_pos,
                     .ephemeral = wait.ephemeral,
                     .ephemeral_since = wait.ephemeral_since,
                     .ephemeral_unknown = wait.ephemeral_unknown});
  if (!answer.make_from_memory()) {
    if (answer.took_long() && !wait.pass) {
      CO_TRY(wait.pass, co_await long_answers_.enter(request.user_id));
    }
    CO_TRY(co_await answer.read_in_pieces(db_));
  }
  wait.pass.reset();  // whoever waits for news takes nobody's place
  if (!answer.news() && !answers && std::chrono::steady_clock::now() < wait.deadline)
    co_return std::optional<std::string>();
  co_return std::optional(answer.take_body());
}

asio::awaitable<void> SyncService::take_nap(Wait& wait) {
  asio::steady_timer pause(co_await asio::this_coro::executor, wait.nap);
  co_await pause.async_wait(asio::use_awaitable);
  wait.nap = std::min<std::chrono::microseconds>(wait.nap * 2, kLongestNap);
}

Task<std::string> SyncService::sync(const SyncRequest& request) {
  Wait wait{.request = request};
  if (auto begun = co_await begin(wait); !begun) co_return std::unexpected(std::move(begun).error());
  for (;;) {
    // In this order. What is typed after its number was read is for the next look. What is committed up to `head` has
    // touched the user before `head` was published, so it shows in positions that are read after it.
    wait.ephemeral = users_.ephemeral();
    wait.head = db_.head();
    wait.own_pos = wait.user->last_own_pos();
    if (wait.future) wait.since.pos = wait.head;

    const bool nothing_new = has_nothing_new(wait);
    const bool answers =
        wait.future || stopping_.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= wait.deadline;
    if (!nothing_new || answers) {
      // In a frame of its own: whoever waits for hours keeps little.
      if (auto body = co_await look(wait, nothing_new, request.is_long() || answers); !body) {
        co_return std::unexpected(std::move(body).error());
      } else if (*body) {
        co_return **std::move(body);
      }
    }
    if (wait.user->last_pos() > wait.head) {
      // A commit is being published: its position is out, the head not yet. It takes microseconds; longer only when the
      // database went away while another process's commits were being followed.
      co_await take_nap(wait);
    } else {
      base::drop_spare_memory();
      co_await users_.wait(wait.user, wait.head, wait.ephemeral, wait.deadline);
    }
  }
}

}  // namespace troupe::homeserver::sync
