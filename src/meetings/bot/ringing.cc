#include "meetings/bot/ringing.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace troupe::meetings::bot {
namespace {

constexpr std::string_view kInvite = "m.call.invite";
constexpr std::string_view kRingCursor = "meetings.ringing";
constexpr std::size_t kPage = 500;
constexpr std::size_t kMostOfCallId = 255;
constexpr std::int64_t kUsualRingMs = 60'000;
constexpr std::int64_t kLongestRingMs = 120'000;
constexpr std::chrono::milliseconds kOpenAgain{2'000};
constexpr std::chrono::milliseconds kPatienceAtStop{3'000};

}  // namespace

std::optional<Ring> ring_of(const matrix::FeedEvent& event) {
  if (event.type != kInvite || event.state_key) return std::nullopt;
  const auto call_id = matrix::find_string(event.content, "call_id");
  if (!call_id || call_id->empty() || call_id->size() > kMostOfCallId) return std::nullopt;
  const auto lifetime = matrix::find_integer(event.content, "lifetime").value_or(kUsualRingMs);
  return Ring{.call_id = std::string(*call_id),
              .invitee = std::string(matrix::find_string(event.content, "invitee").value_or("")),
              .until_ms = event.origin_server_ts + std::clamp<std::int64_t>(lifetime, 0, kLongestRingMs)};
}

Ringing::Ringing(const Uses& uses)
    : uses_(uses),
      stopping_(uses.home),
      tasks_(uses.home),
      consumer_(uses.home, uses.db, uses.bus, stopping_, *this, {.name = std::string(kRingCursor)}) {}

Task<Unit> Ringing::start() {
  auto begin = [](Ringing* self) -> asio::awaitable<void> {
    self->tasks_.spawn("calls that ring", self->run());
    co_return;
  };
  co_await asio::co_spawn(uses_.home, begin(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Ringing::stop() {
  auto end = [](Ringing* self) -> asio::awaitable<void> {
    self->stopping_.request_stop();
    self->consumer_.wake();
    (void)co_await self->tasks_.join(kPatienceAtStop);
  };
  co_await asio::co_spawn(uses_.home, end(this), asio::use_awaitable);
  co_return Unit{};
}

asio::awaitable<void> Ringing::run() {
  while (!stopping_.stop_requested()) {
    const auto opened = co_await consumer_.open(uses_.feed.head());
    if (opened) {
      co_await consumer_.run();
      co_return;
    }
    base::log_warning("meetings", "Calls cannot be heard ringing; that is tried again.",
                      {{"reason", opened.error().message()}});
    (void)co_await stopping_.sleep(kOpenAgain);
  }
}

Task<host::Look> Ringing::look(StreamPos after) {
  if (uses_.lease != nullptr && !uses_.lease->held()) co_return host::Look{.cursor = after};  // another process reads
  CO_TRY(auto page, co_await uses_.feed.events_after(after, kPage));
  for (auto& event : page.events) {
    if (event.type != kInvite) continue;
    CO_TRY(co_await answer(std::move(event)));
  }
  co_return host::Look{.cursor = page.cursor, .more = page.more};
}

Result<Unit> Ringing::admit(store::Tx& tx) {
  if (uses_.lease == nullptr) return Unit{};
  const auto epoch = uses_.lease->held();
  if (!epoch) return Error(Errc::unavailable, "Another process looks after the meetings.");
  return uses_.lease->check(tx, *epoch);
}

Result<Unit> Ringing::record(store::Tx&) { return Unit{}; }
asio::awaitable<void> Ringing::recorded() { co_return; }

Task<std::optional<calls::CallBots::Bot>> Ringing::called(matrix::FeedEvent event, Ring ring) const {
  const std::optional<calls::CallBots::Bot> nobody;
  CO_TRY(const auto bots, co_await uses_.call_bots.bots());
  if (bots.empty()) co_return nobody;
  const auto members = co_await uses_.rooms.joined_members(event.room_id);
  if (!members && is_ours(members.error())) co_return std::unexpected(members.error());
  if (!members || members->size() != 2 || std::ranges::find(*members, event.sender) == members->end()) co_return nobody;
  for (const auto& bot : bots) {
    if (bot.user_id == event.sender || std::ranges::find(*members, bot.user_id) == members->end()) continue;
    if (ring.invitee.empty() || ring.invitee == bot.user_id) co_return std::optional(bot);
  }
  co_return nobody;
}

Task<Unit> Ringing::answer(matrix::FeedEvent event) {
  auto ring = ring_of(event);
  if (!ring || uses_.clock.unix_ms() >= ring->until_ms) co_return Unit{};
  CO_TRY(const auto bot, co_await called(event, *ring));
  if (!bot) co_return Unit{};
  // Seen again after a kill, when the meeting that it made is over by now.
  auto look = [&](store::Connection& c) -> Result<bool> {
    return records::has_answered(c, event.room_id, ring->call_id);
  };
  CO_TRY(const bool answered, co_await uses_.db.read(look));
  if (answered) co_return Unit{};
  auto who = co_await person_of(uses_.people, event.sender, bot->tenant_id);
  if (!who && is_ours(who.error())) co_return std::unexpected(std::move(who).error());
  if (!who) co_return co_await decline(std::move(event), bot->user_id, who.error().message());
  auto place = co_await uses_.scribe.place_of_bot(bot->user_id, event.room_id);
  if (!place && is_ours(place.error())) co_return std::unexpected(std::move(place).error());
  std::optional<records::Thread> thread;
  if (place) thread = records::Thread{.room_id = std::move(place->room_id), .sender = std::move(place->sender)};
  auto made = co_await uses_.meetings.create({.tenant_id = who->tenant_id,
                                              .owner = {.id = who->id, .label = who->label()},
                                              .link = calls::CallBots::link_of(event.room_id),
                                              .thread = std::move(thread),
                                              .call = records::CallAccount{.bot = bot->id,
                                                                           .user_id = bot->user_id,
                                                                           .room_id = event.room_id,
                                                                           .kind = records::CallKind::legacy,
                                                                           .call_id = std::move(ring->call_id)}});
  if (made) co_return Unit{};
  if (is_ours(made.error())) co_return std::unexpected(std::move(made).error());
  // In that call already: the same ring, seen again after a kill.
  if (made.error().code() == Errc::conflict) co_return Unit{};
  co_return co_await decline(std::move(event), bot->user_id, made.error().message());
}

Task<Unit> Ringing::decline(matrix::FeedEvent event, std::string bot, std::string why) const {
  const auto said = co_await uses_.rooms.send({.room_id = event.room_id,
                                               .sender = std::move(bot),
                                               .type = "m.room.message",
                                               .content = {{"msgtype", "m.notice"}, {"body", std::move(why)}},
                                               .txn_id = "ring-" + event.event_id,
                                               .plain_rooms_only = true});
  if (!said) {
    base::log_info("meetings", "A call was not answered, and its caller could not be told why.",
                   {{"room", event.room_id}, {"reason", said.error().message()}});
  }
  co_return Unit{};
}

}  // namespace troupe::meetings::bot
