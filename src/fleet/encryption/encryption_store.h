// SQL of what bots keep for encrypted rooms. All of it throws store::SqlError only.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::encryption {

struct DeviceRow {
  BotKey bot = 0;
  std::string device_id;
  std::string account;        ///< sealed
  std::string cross_signing;  ///< sealed
  bool published = false;
  StreamPos inbox_pos = 0;
  base::UnixMs created_ms = 0;
};
std::optional<DeviceRow> find_device(store::Connection& c, BotKey bot);
/// Whether there is still such a bot: what is kept for one that was deleted would stay for ever. Asked in the
/// transaction that writes.
bool has_bot(store::Connection& c, BotKey bot);
/// Nothing for a bot that is gone, as with all that is kept of one; false then.
bool insert_device(store::Tx& tx, const DeviceRow& row);
void set_account(store::Tx& tx, BotKey bot, std::string_view sealed);
void set_published(store::Tx& tx, BotKey bot, bool published);
void set_inbox_pos(store::Tx& tx, BotKey bot, StreamPos pos);
std::set<BotKey> published_devices(store::Connection& c);

struct OlmRow {
  std::string peer_key;
  std::string session_id;
  std::string pickle;   ///< sealed
  std::string made_by;  ///< which start of the program made it
};
/// The one that was used last first; at most kMaxOlmSessions.
std::vector<OlmRow> olm_sessions(store::Connection& c, BotKey bot, std::string_view peer_key);
/// Of more than kMaxOlmSessions with a device the longest unused go.
void put_olm_session(store::Tx& tx, BotKey bot, const OlmRow& row, base::UnixMs now);
inline constexpr std::int64_t kMaxOlmSessions = 8;

struct RoomKeyRow {
  std::string room_id;
  std::string session_id;
  std::string pickle;  ///< sealed
  std::string sender;
  std::string sender_device;
  std::int64_t first_index = 0;
  base::UnixMs used_ms = 0;
};
/// A message's place among all: the session, whose it is, and the index in it.
struct Place {
  std::string session_id;
  std::string sender;
  std::int64_t index = 0;
  auto operator<=>(const Place&) const = default;
};
std::optional<RoomKeyRow> find_room_key(store::Connection& c, BotKey bot, std::string_view room_id,
                                        std::string_view session_id, std::string_view sender);
/// Keeps what is there when that reaches further back. Of more than kMaxRoomKeys of a sender the longest unused go.
void put_room_key(store::Tx& tx, BotKey bot, const RoomKeyRow& row);
inline constexpr std::int64_t kMaxRoomKeys = 2'000;
void touch_room_key(store::Tx& tx, BotKey bot, std::string_view room_id, std::string_view session_id, base::UnixMs now);

/// Empty: it has not been read yet.
std::string read_as(store::Connection& c, BotKey bot, const Place& place);
void insert_read(store::Tx& tx, BotKey bot, const Place& place, std::string_view event_id, base::UnixMs now);

/// A message that a bot could not read when it came.
struct Unread {
  StreamPos event_pos = 0;
  BotKey bot = 0;
  std::string room_id;
  std::string session_id;
  std::string sender;
  base::UnixMs since_ms = 0;
};
std::vector<Unread> all_unread(store::Connection& c);
void insert_unread(store::Tx& tx, const Unread& unread);
void delete_unread(store::Tx& tx, StreamPos event_pos, BotKey bot);
/// True once for each session.
bool tell_unreadable(store::Tx& tx, BotKey bot, std::string_view room_id, std::string_view session_id,
                     base::UnixMs now);
bool is_told_unreadable(store::Connection& c, BotKey bot, std::string_view room_id, std::string_view session_id);

struct PeerRow {
  std::string user_id;
  std::string device_id;
  std::string curve25519;
  std::string ed25519;
  base::UnixMs seen_ms = 0;
};
std::vector<PeerRow> peer_devices(store::Connection& c, std::string_view user_id);
/// Of one that is there only when it was seen changes.
void put_peer(store::Tx& tx, const PeerRow& row);
/// Of more than kMaxPeerDevices of a user the longest unseen go.
void shrink_peer(store::Tx& tx, std::string_view user_id);
inline constexpr std::int64_t kMaxPeerDevices = 1'000;
/// Users of whom something is kept, in the order of their ids, behind one of them.
std::vector<std::string> peers_after(store::Connection& c, std::string_view user_id, std::int64_t limit);
/// All that is known of a user whose account is gone.
void delete_peer(store::Tx& tx, std::string_view user_id);
/// Empty: none has been seen.
std::string peer_master(store::Connection& c, std::string_view user_id);
void put_peer_master(store::Tx& tx, std::string_view user_id, std::string_view master_key, base::UnixMs now);

/// All of a bot that is deleted.
void delete_keys_of(store::Tx& tx, BotKey bot);
/// What was not used since a time, but for the keys of other devices: those are kept as long as the account. At most
/// `limit` rows of each table. Yields the most rows of one table.
std::int64_t prune_keys(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::encryption
