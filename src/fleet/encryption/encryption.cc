#include "fleet/encryption/encryption.h"

#include <algorithm>

#include "base/log.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::chrono::milliseconds kLongestPause{10'000};
constexpr std::chrono::milliseconds kIdle{60'000};
/// What is published, deleted or pruned one after the other leaves the database to others in between.
constexpr std::chrono::milliseconds kPace{20};
/// Of those whose devices are known so many accounts are looked for with each round of the house.
constexpr std::int64_t kAccountsAtOnce = 200;
/// So many messages of a bot wait for their keys; the room of another is told at once that it cannot be read.
constexpr std::size_t kMaxUnread = 1'000;
/// Of these so many of one sender: nobody takes the others' place.
constexpr std::size_t kMaxUnreadOfSender = 100;

}  // namespace

Encryption::Encryption(term::Term& term, term::TermStore& store, term::Roster& roster, bots::BotLog& log,
                       const Uses& uses, std::function<void()> wake_feed)
    : term_(term),
      store_(store),
      roster_(roster),
      log_(log),
      uses_(uses),
      peers_(term.home(), store, uses.keys, uses.clock, uses.metrics),
      devices_(term.home(), {.store = store,
                             .keys = uses.keys,
                             .sealing_key = uses.sealing_key,
                             .clock = uses.clock,
                             .limits = uses.limits}),
      mailbox_({.keys = uses.keys,
                .devices = devices_,
                .peers = peers_,
                .sealing_key = uses.sealing_key,
                .clock = uses.clock},
               {.tell =
                    [this](BotKey bot, std::string text) {
                      if (auto live = roster_.find(bot)) log_.add(live->row, "warning", "encryption", text);
                    },
                .room_keys_came = [this](BotKey bot, const Mailbox::RoomKeys& came) { keys_came(bot, came); }}),
      reader_(store, uses.sealing_key),
      writer_({.rooms = uses.rooms, .peers = peers_, .mailbox = mailbox_}),
      unreadable_(uses.metrics.counter("troupe_fleet_unreadable_sessions_total",
                                       "Sessions of encrypted rooms that a bot could not read.")),
      wakeup_(term.home()),
      wake_feed_(std::move(wake_feed)) {}

void Encryption::begin(std::vector<Unread> unread) {
  add_unread(std::move(unread));
  term_.tasks.spawn("room keys", look_for_keys());
  term_.tasks.spawn("devices of bots", keep_house());
}

bool Encryption::takes_part(const term::LiveBot& bot) const {
  return !bot.kind->reads_rooms_itself && bot.row.desired != DesiredState::deleted;
}

// Devices.

void Encryption::look_after(const term::LiveBotPtr& bot) {
  if (takes_part(*bot)) term_.tasks.spawn("a bot's device", publish(bot));
}

asio::awaitable<void> Encryption::publish(term::LiveBotPtr bot) {
  auto pause = uses_.limits.first_retry;
  while (!term_.stopping() && roster_.find(bot->row.id) == bot) {
    const auto done = co_await ensure(bot);
    // Its account may be made later; what is refused for good is looked at again with the next round of the house.
    if (done || done.error().code() == Errc::forbidden) co_return;
    base::log_info("fleet", "A bot's device could not be published; trying again.",
                   {{"bot", bot->row.bot_id}, {"reason", done.error().message()}});
    if (!co_await term_.stop.sleep(pause)) co_return;
    pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestPause);
  }
}

Task<Unit> Encryption::ensure(term::LiveBotPtr bot) {
  if (!takes_part(*bot)) co_return Unit{};
  const auto turn = co_await Line::enter(devices_.line(bot->row.id));
  CO_TRY(co_await devices_.open(bot));
  co_return Unit{};
}

asio::awaitable<void> Encryption::keep_house() {
  std::set<BotKey> published;
  bool first = true;
  while (!term_.stopping()) {
    auto look = [](store::Connection& c) -> Result<std::set<BotKey>> { return published_devices(c); };
    if (auto found = co_await store_.look(look)) published = *std::move(found);
    std::vector<term::LiveBotPtr> all;
    for (const auto& [id, bot] : roster_.bots()) all.push_back(bot);
    for (const auto& bot : all) {
      if (term_.stopping() || !takes_part(*bot) || roster_.find(bot->row.id) != bot) continue;
      // At the start those that have a device have what they need.
      if (first && published.contains(bot->row.id)) continue;
      if (auto done = co_await pull(bot); !done && !term_.stopping()) {
        base::log_info("fleet", "A bot's device could not be looked after; trying again later.",
                       {{"bot", bot->row.bot_id}, {"reason", done.error().message()}});
      }
      if (!co_await term_.stop.sleep(kPace)) co_return;
    }
    first = false;
    devices_.tidy([this](BotKey bot) { return is_at_work(bot); });
    if (auto looked = co_await forget_gone_accounts(); !looked && !term_.stopping()) {
      base::log_info("fleet", "Accounts whose devices are known could not be looked for; trying again later.",
                     {{"reason", looked.error().message()}});
    }
    if (!co_await term_.stop.sleep(uses_.limits.house_every)) co_return;
  }
}

bool Encryption::is_at_work(BotKey id) const {
  const auto bot = roster_.find(id);
  return bot && takes_part(*bot);
}

Task<Unit> Encryption::forget_gone_accounts() {
  auto look = [this](store::Connection& c) -> Result<std::vector<std::string>> {
    return peers_after(c, accounts_upto_, kAccountsAtOnce);
  };
  CO_TRY(const auto users, co_await store_.look(look));
  for (const auto& user_id : users) {
    if (term_.stopping()) co_return Unit{};
    const auto account = co_await uses_.accounts.account(user_id);
    const bool gone = account ? account->deactivated : account.error().code() == Errc::not_found;
    if (!account && !gone) co_return std::unexpected(account.error());
    if (gone) {
      auto forget = [&](store::Tx& tx) -> Result<Unit> {
        delete_peer(tx, user_id);
        return Unit{};
      };
      CO_TRY(co_await store_.write(forget));
    }
    accounts_upto_ = user_id;
  }
  if (std::ssize(users) < kAccountsAtOnce) accounts_upto_.clear();  // from the beginning again
  co_return Unit{};
}

Task<Unit> Encryption::pull(term::LiveBotPtr bot) {
  const auto turn = co_await Line::enter(devices_.line(bot->row.id));
  CO_TRY(const auto device, co_await devices_.open(bot));
  co_return co_await mailbox_.pull(device);
}

void Encryption::keys_came(BotKey bot, const Mailbox::RoomKeys& came) {
  for (const auto& [room_id, session_id] : came) reader_.forget(bot, room_id, session_id);
  bool any = false;
  for (const auto& [key, unread] : unread_) {
    if (unread.bot != bot || !came.contains({unread.room_id, unread.session_id})) continue;
    ready_.insert(key);
    any = true;
  }
  if (any) wake_feed_();
}

// Reading.

Task<Heard> Encryption::hear(matrix::FeedEvent event, std::vector<BotKey> bots) {
  Heard heard;
  heard.room_id = event.room_id;
  heard.sender = event.sender;
  heard.session_id = session_of(event);
  for (const auto bot : bots) {
    CO_TRY(auto opened, co_await reader_.open(bot, event));
    switch (opened.kind) {
      case Opened::Kind::read:
        heard.readers.insert(bot);
        heard.index = opened.index;
        heard.plain = std::move(opened.event);
        break;
      case Opened::Kind::no_key:
        heard.told = opened.told;
        if (may_wait(bot, heard.sender)) {
          heard.waiting.push_back(bot);
        } else if (!opened.told) {
          heard.refused.push_back(bot);
        }
        break;
      case Opened::Kind::refused:
        if (auto live = roster_.find(bot)) {
          log_.add(live->row, "warning", "encryption",
                   "A message of " + event.sender + " in " + event.room_id + " cannot be read: " + opened.why);
        }
        if (!opened.told) heard.refused.push_back(bot);
        break;
      case Opened::Kind::nothing:
        break;
    }
  }
  co_return heard;
}

void Encryption::record_read(store::Tx& tx, const Heard& heard, std::string_view event_id, base::UnixMs now) const {
  for (const auto bot : heard.readers) {
    insert_read(tx, bot, {.session_id = heard.session_id, .sender = heard.sender, .index = heard.index}, event_id, now);
    touch_room_key(tx, bot, heard.room_id, heard.session_id, now);
  }
}

void Encryption::note_unread(std::vector<Unread> unread) {
  add_unread(std::move(unread));
  wakeup_.notify();
}

void Encryption::add_unread(std::vector<Unread> unread) {
  for (auto& one : unread) {
    const auto bot = one.bot;
    const Whose whose{bot, one.sender};
    if (!unread_.emplace(UnreadKey(one.event_pos, bot), std::move(one)).second) continue;
    ++unread_of_[bot];
    ++unread_of_sender_[whose];
  }
}

bool Encryption::may_wait(BotKey bot, const std::string& sender) const {
  const auto of_bot = unread_of_.find(bot);
  if (of_bot == unread_of_.end()) return true;
  const auto of_sender = unread_of_sender_.find({bot, sender});
  return of_bot->second < kMaxUnread &&
         (of_sender == unread_of_sender_.end() || of_sender->second < kMaxUnreadOfSender);
}

bool Encryption::is_over(const Unread& unread) const {
  return uses_.clock.unix_ms() - unread.since_ms >= uses_.limits.key_patience.count();
}

std::vector<Unread> Encryption::due(std::size_t limit) const {
  std::vector<Unread> found;
  for (const auto& [key, unread] : unread_) {
    if (found.size() == limit) break;
    if (ready_.contains(key) || is_over(unread) || !roster_.find(unread.bot)) found.push_back(unread);
  }
  return found;
}

void Encryption::settled(const Unread& unread) {
  const Whose whose{unread.bot, unread.sender};
  if (unread_.erase({unread.event_pos, unread.bot}) > 0) {
    if (--unread_of_[unread.bot] == 0) unread_of_.erase(unread.bot);
    if (--unread_of_sender_[whose] == 0) unread_of_sender_.erase(whose);
  }
  ready_.erase({unread.event_pos, unread.bot});
  looked_.erase({unread.event_pos, unread.bot});
}

void Encryption::told_unreadable(BotKey bot, const std::string& room_id, const std::string& session_id) {
  unreadable_.add();
  auto live = roster_.find(bot);
  if (!live) return;
  const auto code = mailbox_.withheld(bot, session_id);
  log_.add(live->row, "warning", "encryption",
           "Messages in " + room_id + " cannot be read and the room is told so: " +
               (code.empty() ? "no key came for them" : "their sender gives this bot no key (" + code + ")"));
}

asio::awaitable<void> Encryption::look_for_keys() {
  auto pause = uses_.limits.first_retry;
  while (!term_.stopping()) {
    std::set<BotKey> bots;
    for (const auto& [key, unread] : unread_) {
      if (!ready_.contains(key)) bots.insert(unread.bot);
    }
    for (const auto bot : bots) co_await look_for_keys_of(bot);
    if (!unread_.empty() && !due(1).empty()) wake_feed_();
    if (co_await wakeup_.wait(unread_.empty() ? kIdle : pause)) {
      pause = uses_.limits.first_retry;  // something new: its key is on the way, if it comes at all
    } else if (!unread_.empty()) {
      pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestPause);
    }
  }
}

asio::awaitable<void> Encryption::look_for_keys_of(BotKey id) {
  auto bot = roster_.find(id);
  if (!bot || term_.stopping()) co_return;
  auto done = co_await pull(bot);
  if (!done) {
    base::log_info("fleet", "A bot's room keys could not be fetched; trying again.",
                   {{"bot", bot->row.bot_id}, {"reason", done.error().message()}});
    co_return;
  }
  // A key may have come before its message was waited for: looked for once, from then on pull() tells of it.
  std::vector<Unread> waiting;
  for (const auto& [key, unread] : unread_) {
    if (unread.bot == id && looked_.insert(key).second && !ready_.contains(key)) waiting.push_back(unread);
  }
  for (const auto& unread : waiting) {
    auto look = [&](store::Connection& c) -> Result<bool> {
      return find_room_key(c, id, unread.room_id, unread.session_id, unread.sender).has_value();
    };
    const auto there = co_await store_.look(look);
    if (!there) {
      looked_.erase({unread.event_pos, id});
    } else if (*there) {
      ready_.insert({unread.event_pos, id});
    } else {
      if (auto asked = co_await ask_for_key(bot, unread); !asked) co_return;
    }
  }
}

Task<Unit> Encryption::ask_for_key(term::LiveBotPtr bot, Unread unread) {
  const auto turn = co_await Line::enter(devices_.line(unread.bot));
  CO_TRY(const auto device, co_await devices_.open(bot));
  co_return co_await mailbox_.ask_for_key(device, unread.sender, unread.room_id, unread.session_id);
}

// Writing.

bool Encryption::is_encrypted(std::string_view room_id) const {
  const auto* room = roster_.room(room_id);
  return (room != nullptr && room->encrypted) || rooms_.contains(room_id);
}

Task<matrix::SentEvent> Encryption::say(matrix::NewEvent event) {
  // What the specification leaves plain in encrypted rooms.
  if (event.type == "m.reaction" || event.type == "m.room.redaction") co_return co_await uses_.rooms.send(event);
  event.plain_rooms_only = true;
  if (!is_encrypted(event.room_id)) {
    auto sent = co_await uses_.rooms.send(event);
    if (sent || sent.error().wire_code() != matrix::kEncryptedRoom) co_return sent;
    constexpr std::size_t kMaxRooms = 10'000;
    if (rooms_.size() >= kMaxRooms) rooms_.clear();
    if (auto* room = roster_.room(event.room_id)) {
      room->encrypted = true;
    } else {
      rooms_.insert(event.room_id);
    }
  }
  auto bot = roster_.find_user(event.sender);
  if (!bot || !takes_part(*bot)) {
    co_return Error(Errc::forbidden, "The room is encrypted, and " + event.sender + " has no device to write there.");
  }
  CO_TRY(auto sealed, co_await seal(std::move(bot), std::move(event)));
  co_return co_await uses_.rooms.send(std::move(sealed));
}

Task<matrix::NewEvent> Encryption::seal(term::LiveBotPtr bot, matrix::NewEvent event) {
  const auto turn = co_await Line::enter(devices_.line(bot->row.id));
  CO_TRY(const auto device, co_await devices_.open(bot));
  // Whoever has lost a channel says so there: it is mended before it is written to.
  CO_TRY(co_await mailbox_.pull(device));
  co_return co_await writer_.seal(device, std::move(event));
}

}  // namespace troupe::fleet::encryption
