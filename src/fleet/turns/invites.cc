#include "fleet/turns/invites.h"

#include "base/log.h"
#include "fleet/answers/reply_content.h"
#include "fleet/bots/bot_store.h"

namespace troupe::fleet::turns {
namespace {

constexpr int kTries = 8;
constexpr std::string_view kUnreadableRoom =
    "This room is encrypted and I cannot read encrypted messages yet. Please write to me in a room without encryption.";

/// Errors of a join that may pass by themselves.
bool may_pass(Errc code) {
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::internal || code == Errc::limit_exceeded;
}

}  // namespace

Task<bool> is_welcome(identity::Principals& principals, std::string server_name, std::int64_t tenant_id,
                      Conduct conduct, std::string inviter, std::string room_id) {
  bool of_tenant = false;
  if (!inviter.empty()) {
    CO_TRY(auto house, co_await principals.tenant_of(inviter));
    of_tenant = house == tenant_id;
  }
  co_return accepts_invite(conduct, inviter, room_id, server_name, of_tenant);
}

Invites::Invites(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster, const Uses& uses)
    : term_(term), store_(store), log_(log), roster_(roster), uses_(uses) {}

void Invites::look_at(term::LiveBotPtr bot, std::string room_id, std::string inviter) {
  if (bot->row.desired != DesiredState::running) return;  // looked at again at the next start
  // A start looks without knowing who invited; the feed, which knows, may come while that is being decided.
  auto [at, fresh] = under_way_.try_emplace({bot->row.id, room_id});
  if (!inviter.empty()) at->second = inviter;
  if (!fresh) return;
  term_.tasks.spawn("join", decide(std::move(bot), std::move(room_id), std::move(inviter)));
}

void Invites::refuse(const term::LiveBot& bot, const std::string& room_id, const std::string& why) {
  log_.add(bot.row, "warning", "lifecycle", "An invite to " + room_id + " was not accepted: " + why);
  base::log_info("fleet", "An invite was not accepted.",
                 {{"bot", bot.row.bot_id}, {"room_id", room_id}, {"reason", why}});
}

asio::awaitable<void> Invites::decide(term::LiveBotPtr bot, std::string room_id, std::string inviter) {
  auto id = bot->row.id;
  if (inviter.empty()) {
    auto look = [&](store::Connection& c) -> Result<std::string> { return bots::inviter_of(c, room_id, id); };
    if (auto known = co_await store_.look(look)) inviter = *std::move(known);
    if (inviter.empty()) inviter = under_way_[{id, room_id}];
  }
  auto conduct = bot->common.conduct;
  auto rooms = roster_.rooms_of(id);
  auto ask = [&] {
    return is_welcome(uses_.principals, uses_.accounts.server_name(), bot->row.tenant_id, conduct, inviter, room_id);
  };
  auto welcome = co_await base::until_available(ask, [this](auto time) { return term_.stop.sleep(time); });
  if (!welcome) {
    if (!term_.stopping()) refuse(*bot, room_id, welcome.error().message());
  } else if (!*welcome) {
    refuse(*bot, room_id, inviter.empty() ? "nobody knows who sent it" : inviter + " is not in invites.from");
  } else if (rooms >= conduct.max_rooms) {
    refuse(*bot, room_id, "the bot is in " + std::to_string(rooms) + " rooms already");
  } else if (auto joined = co_await join(bot, room_id, inviter); !joined && !term_.stopping()) {
    refuse(*bot, room_id, joined.error().message());
  }
  under_way_.erase({id, room_id});
}

Task<Unit> Invites::join(term::LiveBotPtr bot, std::string room_id, std::string inviter) {
  auto& rooms = uses_.rooms;
  auto pause = uses_.limits.first_retry;
  if (uses_.encryption) {
    // Its members give the key of what they say to the devices that are there.
    if (auto ready = co_await uses_.encryption->ensure(bot); !ready) {
      base::log_warning("fleet", "A bot comes into a room without a device for encrypted messages.",
                        {{"bot", bot->row.bot_id}, {"reason", ready.error().message()}});
    }
  }
  for (int attempt = 1;; ++attempt) {
    if (!roster_.find(bot->row.id)) co_return Error(Errc::not_found, "The bot has been deleted.");
    auto joined = co_await rooms.join(bot->row.user_id, room_id);
    if (joined) break;
    if (!may_pass(joined.error().code()) || attempt == kTries) co_return joined;
    if (!co_await term_.stop.sleep(pause)) co_return joined;
    pause *= 2;
  }
  log_.add(bot->row, "info", "lifecycle", "Joined " + room_id + (inviter.empty() ? "" : ", invited by " + inviter));
  auto summary = co_await rooms.room(room_id);
  if (summary && summary->encrypted && !uses_.encryption) {
    auto told = co_await tell_encrypted(bot, room_id);
    if (!told) {
      base::log_warning("fleet", "An encrypted room could not be told that the bot cannot read it.",
                        {{"bot", bot->row.bot_id}, {"reason", told.error().message()}});
    }
  }
  co_return Unit{};
}

Task<Unit> Invites::tell_encrypted(term::LiveBotPtr bot, std::string room_id) {
  const auto id = bot->row.id;
  const RoomRow row{.room_id = room_id, .bot = id, .joined_pos = uses_.feed.head()};
  // The feed may not have come to the join yet.
  auto come = [&](store::Tx& tx) -> Result<Unit> {
    bots::insert_room(tx, row, bot->row.tenant_id);
    return Unit{};
  };
  CO_TRY(co_await store_.write(come));
  roster_.join(row);
  if (auto* member = roster_.member(room_id, id); member != nullptr && !member->told_encrypted) {
    member->told_encrypted = true;  // before it is sent: the feed tells it otherwise, of a message that came meanwhile
  } else {
    co_return Unit{};
  }
  roster_.room(room_id)->encrypted = true;
  Reply said;
  said.text = std::string(kUnreadableRoom);
  auto contents = answers::reply_contents(
      said,
      {.bot_id = bot->row.bot_id, .msgtype = "m.notice", .event_id = {}, .thread_root = {}, .quote = false, .hops = 1});
  matrix::NewEvent event{.room_id = room_id,
                         .sender = bot->row.user_id,
                         .type = "m.room.message",
                         .content = contents.front().as_object(),
                         .txn_id = answers::transaction_id(bot->row.user_id, room_id, 0)};
  if (auto sent = co_await uses_.rooms.send(std::move(event)); !sent) {
    if (auto* member = roster_.member(room_id, id)) member->told_encrypted = false;
    co_return std::unexpected(std::move(sent).error());
  }
  auto told = [&](store::Tx& tx) -> Result<Unit> {
    bots::mark_told_encrypted(tx, room_id, id);
    return Unit{};
  };
  co_return co_await store_.write(told);
}

void Invites::maybe_empty(std::string room_id) {
  if (roster_.room(room_id) != nullptr) term_.tasks.spawn("leave", leave_if_empty(std::move(room_id)));
}

asio::awaitable<void> Invites::leave_if_empty(std::string room_id) {
  auto summary = co_await uses_.rooms.room(room_id);
  auto* room = roster_.room(room_id);
  if (!summary || room == nullptr) co_return;
  if (summary->joined_members > static_cast<std::int64_t>(room->bots.size())) co_return;
  auto rows = room->bots;
  for (const auto& row : rows) {
    auto bot = roster_.find(row.bot);
    if (!bot || bot->row.desired != DesiredState::running) continue;
    auto left = co_await uses_.rooms.leave(bot->row.user_id, room_id);
    if (!left) {
      base::log_warning("fleet", "A bot could not leave an empty room.",
                        {{"bot", bot->row.bot_id}, {"room_id", room_id}, {"reason", left.error().message()}});
    }
  }
}

}  // namespace troupe::fleet::turns
