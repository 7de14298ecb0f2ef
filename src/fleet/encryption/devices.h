// The one device of each bot: its keys, made once and kept sealed, published and cross-signed; its channels to other
// devices. What changes a key or a channel is stored before anything that was made with it leaves; when storing fails,
// memory is thrown away and read anew.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "fleet/encryption/encryption_store.h"
#include "fleet/encryption/line.h"
#include "fleet/encryption/signed_keys.h"
#include "fleet/term/limits.h"
#include "fleet/term/roster.h"
#include "fleet/term/term_store.h"
#include "matrix/key_exchange.h"
#include "olm/account.h"
#include "olm/group_session.h"
#include "olm/signing_key.h"

namespace troupe::fleet::encryption {

/// A channel to another device.
struct Channel {
  std::string id;
  olm::Session session;
  /// Made since this term began. Only then it is written to: one of an earlier term may stand where it stood before (a
  /// backup that was restored), and would say two things with one key.
  bool fresh = false;
};

/// Who was in a room when that was last looked at, and what tells whether they still are.
struct Audience {
  std::set<std::string, std::less<>> members = {};
  StreamPos version = 0;         ///< RoomActions::members_version(); 0: look again
  std::uint64_t generation = 0;  ///< Peers::generation()
};

/// What a bot writes to one room with. In memory only: a new term begins new ones.
struct RoomSession {
  olm::GroupSession session;
  std::chrono::steady_clock::time_point made;
  std::int64_t messages = 0;
  std::chrono::milliseconds rotate_after{0};
  std::int64_t rotate_messages = 0;
  Audience audience;
  /// Who may ever have been given the key: user and device to identity key. Nobody is taken from it: whoever is in it
  /// and is no longer in the room ends the session.
  std::map<std::pair<std::string, std::string>, std::string> shared;
  /// Of those: who has lost it or may not have got it, and is given it again with the next message.
  std::set<std::pair<std::string, std::string>> lost;
  /// Devices that no channel could be begun with, and when that was tried.
  std::map<std::pair<std::string, std::string>, std::chrono::steady_clock::time_point> unreached;
};

struct Device {
  BotKey bot = 0;
  std::string user_id;
  std::string device_id;
  olm::Account account;
  olm::SigningKey master;
  olm::SigningKey self_signing;
  olm::SigningKey user_signing;
  olm::IdentityKeys keys;
  bool published = false;
  StreamPos inbox_pos = 0;
  /// Some of them, by channel_key(), the best one first: those that load_channels() was asked for last.
  std::map<std::string, std::vector<Channel>> channels = {};
  std::map<std::string, RoomSession> rooms = {};
  std::chrono::steady_clock::time_point wrote = {};  ///< to a room
  /// Devices that a new channel was begun with because the old one failed, and when.
  std::map<std::string, std::chrono::steady_clock::time_point> mended = {};
  std::chrono::steady_clock::time_point new_fallback_at = {};
};
using DevicePtr = std::shared_ptr<Device>;

/// Whose channels: of a user with an identity key. Of the key alone would do if nobody published another's as theirs.
inline std::string channel_key(std::string_view user_id, std::string_view curve25519) {
  return std::string(curve25519).append(" ").append(user_id);
}

/// What an operation on a device has changed and not stored yet.
struct Unstored {
  bool account = false;
  std::set<std::pair<std::string, std::string>> channels = {};  ///< channel_key() and session id
  std::vector<RoomKeyRow> room_keys = {};
  std::optional<StreamPos> inbox_pos = {};
  bool empty() const { return !account && channels.empty() && room_keys.empty() && !inbox_pos; }
};

/// Of all bots of a term. On the fleet's executor; what touches a bot's device holds its line.
class Devices {
 public:
  struct Uses {
    term::TermStore& store;
    matrix::KeyExchange& keys;
    const base::SealingKey& sealing_key;
    const base::Clock& clock;
    const term::Limits& limits;
  };
  Devices(asio::any_io_executor home, const Uses& uses) : home_(std::move(home)), uses_(uses) {}

  std::shared_ptr<Line> line(BotKey bot);
  /// The bot's device, made and published where it was not. It stays in memory as long as whoever asked has it, and
  /// then until there are too many. Errors: those of the homeserver and the database; internal (what is kept of it
  /// cannot be opened), not_found (the bot is deleted).
  Task<DevicePtr> open(term::LiveBotPtr bot);
  /// Has enough keys on the homeserver that others can begin channels with. `inbox`: what was asked of it last.
  Task<Unit> replenish(DevicePtr device, const matrix::DeviceInbox& inbox);
  /// Writes all that is unstored in one transaction. After an error the device is read anew when it is used next.
  /// Error: not_found (the bot is deleted): then nothing is written.
  Task<Unit> store(DevicePtr device, Unstored unstored);
  /// The bot's device is thrown out of memory.
  void forget(BotKey bot) { devices_.erase(bot); }
  /// Has read these channels from the database. Others may be put out of memory for them: what has changed in one is
  /// stored before the next are asked for.
  Task<Unit> load_channels(DevicePtr device, std::set<std::string> channel_keys);
  /// The name under which channels are stored that this term makes.
  const std::string& term() const { return term_; }
  /// Puts those out of memory that nobody uses just now: of bots that `stays` says no to, and of too many those that
  /// have written nothing for the longest time.
  void tidy(const std::function<bool(BotKey)>& stays);
  std::size_t in_memory() const { return devices_.size(); }

 private:
  void put_out_oldest();
  void put_out_channels(const DevicePtr& device, const std::set<std::string>& except);
  Task<DevicePtr> load(term::LiveBotPtr bot);
  Task<DevicePtr> make(term::LiveBotPtr bot);
  Task<Unit> publish(DevicePtr device, std::string display_name);
  /// Keys that are made and not on the homeserver.
  Task<Unit> upload_claimable(DevicePtr device, matrix::JsonObject body);

  asio::any_io_executor home_;
  Uses uses_;
  const std::string term_ = base::random_token("");
  std::map<BotKey, DevicePtr> devices_;
  std::map<BotKey, std::shared_ptr<Line>> lines_;
};

/// What is published of a device, signed by itself.
matrix::JsonObject device_keys(const Device& device);

}  // namespace troupe::fleet::encryption
