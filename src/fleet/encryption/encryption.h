// Bots in encrypted rooms: what the rest of the fleet knows of it. Each bot has one device; what people write is read
// with its keys, what a bot says goes out through say(), which never lets plain words into an encrypted room.
//
// A message whose key has not come is a row (fleet_unread) until it does: then the feed takes it up as if it had only
// just come. What has no key after Limits::key_patience, or cannot be read at all, is told to the room, once for each
// session.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "fleet/bots/bot_log.h"
#include "fleet/encryption/room_reader.h"
#include "fleet/encryption/room_writer.h"
#include "fleet/term/limits.h"
#include "matrix/accounts.h"

namespace troupe::fleet::encryption {

/// What an encrypted message is to the bots of a room.
struct Heard {
  std::optional<matrix::FeedEvent> plain = {};  ///< what it says; nothing: no bot could read it
  std::set<BotKey> readers = {};                ///< who could
  std::vector<BotKey> waiting = {};             ///< whose key may still come
  std::vector<BotKey> refused = {};             ///< who never will, and whose room has not been told yet
  std::string room_id = {};
  std::string session_id = {};
  std::string sender = {};
  std::int64_t index = 0;  ///< of what was read
  bool told = false;       ///< the room knows that one who waits cannot read the session
};

/// One per term. On the fleet's executor.
class Encryption {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    matrix::KeyExchange& keys;
    const base::SealingKey& sealing_key;
    const base::Clock& clock;
    const term::Limits& limits;
    base::MetricRegistry& metrics;
  };
  /// `wake_feed` is called when something of what could not be read can be looked at; not before begin().
  Encryption(term::Term& term, term::TermStore& store, term::Roster& roster, bots::BotLog& log, const Uses& uses,
             std::function<void()> wake_feed);

  /// What an earlier term could not read.
  void begin(std::vector<Unread> unread);
  void wake() { wakeup_.notify(); }

  /// Makes and publishes the bot's device beside all else, where it has none.
  void look_after(const term::LiveBotPtr& bot);
  /// The same, waited for: before a bot comes into a room whose members then give its device their keys.
  Task<Unit> ensure(term::LiveBotPtr bot);

  /// What an event of type m.room.encrypted says to these bots. Errors: those of the database.
  Task<Heard> hear(matrix::FeedEvent event, std::vector<BotKey> bots);
  /// Inside the transaction that records what became of it.
  void record_read(store::Tx& tx, const Heard& heard, std::string_view event_id, base::UnixMs now) const;

  /// Written down by now: the key is waited for.
  void note_unread(std::vector<Unread> unread);
  /// Of what waits: those whose key has come, and those whose time is over; at most `limit`, in the order of the
  /// stream.
  std::vector<Unread> due(std::size_t limit) const;
  /// It cannot be waited for any longer.
  bool is_over(const Unread& unread) const;
  /// A look has shown that the key is not there after all.
  void still_waiting(const Unread& unread) { ready_.erase({unread.event_pos, unread.bot}); }
  /// Its row is gone.
  void settled(const Unread& unread);
  std::size_t unread() const { return unread_.size(); }
  /// A room is told that it has a session that a bot cannot read.
  void told_unreadable(BotKey bot, const std::string& room_id, const std::string& session_id);

  /// Sends what a bot says, encrypted where the room is. Errors: those of RoomActions::send; those of encrypting, which
  /// send nothing.
  Task<matrix::SentEvent> say(matrix::NewEvent event);
  bool is_encrypted(std::string_view room_id) const;
  /// Whether this bot has a device.
  bool takes_part(const term::LiveBot& bot) const;

 private:
  using UnreadKey = std::pair<StreamPos, BotKey>;
  using Whose = std::pair<BotKey, std::string>;  ///< bot and sender
  asio::awaitable<void> publish(term::LiveBotPtr bot);
  asio::awaitable<void> look_for_keys();
  asio::awaitable<void> look_for_keys_of(BotKey bot);
  asio::awaitable<void> keep_house();
  /// Has what is known of users forgotten whose accounts are gone; goes on where the last call ended.
  Task<Unit> forget_gone_accounts();
  Task<Unit> ask_for_key(term::LiveBotPtr bot, Unread unread);
  void add_unread(std::vector<Unread> unread);
  bool may_wait(BotKey bot, const std::string& sender) const;
  Task<matrix::NewEvent> seal(term::LiveBotPtr bot, matrix::NewEvent event);
  Task<Unit> pull(term::LiveBotPtr bot);
  bool is_at_work(BotKey bot) const;
  void keys_came(BotKey bot, const Mailbox::RoomKeys& came);

  term::Term& term_;
  term::TermStore& store_;
  term::Roster& roster_;
  bots::BotLog& log_;
  Uses uses_;
  Peers peers_;
  Devices devices_;
  Mailbox mailbox_;
  RoomReader reader_;
  RoomWriter writer_;
  base::Counter& unreadable_;
  std::string accounts_upto_;  ///< of those that are known, the last whose account was looked for
  base::Notify wakeup_;
  std::function<void()> wake_feed_;
  std::map<UnreadKey, Unread> unread_;
  std::map<BotKey, std::size_t> unread_of_;
  std::map<Whose, std::size_t> unread_of_sender_;
  std::set<UnreadKey> looked_;                ///< those whose key was looked for here: it has not come before them
  std::set<UnreadKey> ready_;                 ///< of those: the key is there
  std::set<std::string, std::less<>> rooms_;  ///< encrypted ones that the roster does not know as such
};

/// The port's rooms as bots act in them: everything that they say passes Encryption::say().
class SealedRooms final : public matrix::RoomActions {
 public:
  SealedRooms(matrix::RoomActions& rooms, Encryption& encryption) : rooms_(rooms), encryption_(encryption) {}
  Task<std::string> create_room(matrix::NewRoom room) override { return rooms_.create_room(std::move(room)); }
  Task<std::string> resolve_alias(std::string alias) override { return rooms_.resolve_alias(std::move(alias)); }
  Task<Unit> join(std::string user, std::string room) override { return rooms_.join(std::move(user), std::move(room)); }
  Task<Unit> leave(std::string user, std::string room) override {
    return rooms_.leave(std::move(user), std::move(room));
  }
  Task<Unit> invite(std::string sender, std::string room, std::string target) override {
    return rooms_.invite(std::move(sender), std::move(room), std::move(target));
  }
  Task<std::vector<matrix::JoinedRoom>> joined_rooms(std::string user) override {
    return rooms_.joined_rooms(std::move(user));
  }
  Task<std::vector<std::string>> invited_rooms(std::string user) override {
    return rooms_.invited_rooms(std::move(user));
  }
  Task<matrix::RoomSummary> room(std::string room) override { return rooms_.room(std::move(room)); }
  Task<std::vector<std::string>> joined_members(std::string room) override {
    return rooms_.joined_members(std::move(room));
  }
  Task<StreamPos> members_version(std::string room) override { return rooms_.members_version(std::move(room)); }
  Task<matrix::SentEvent> send(matrix::NewEvent event) override { return encryption_.say(std::move(event)); }
  Task<Unit> set_state(matrix::NewState state) override { return rooms_.set_state(std::move(state)); }
  Task<Unit> set_typing(std::string room, std::string user, bool typing, std::chrono::milliseconds timeout) override {
    return rooms_.set_typing(std::move(room), std::move(user), typing, timeout);
  }
  Task<Unit> mark_read(std::string room, std::string user, std::string event) override {
    return rooms_.mark_read(std::move(room), std::move(user), std::move(event));
  }
  Task<std::vector<matrix::RoomMessage>> recent_messages(std::string room, std::string user,
                                                         std::size_t limit) override {
    return rooms_.recent_messages(std::move(room), std::move(user), limit);
  }

 private:
  matrix::RoomActions& rooms_;
  Encryption& encryption_;
};

}  // namespace troupe::fleet::encryption
