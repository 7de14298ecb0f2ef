// What a bot's device and others send each other: through channels (Olm), each message once. A channel that fails is
// mended by a new one (Client-Server API #recovering-from-undecryptable-messages).
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/encryption/devices.h"
#include "fleet/encryption/peers.h"

namespace troupe::fleet::encryption {

/// On the fleet's executor; whoever calls holds the line of the device.
class Mailbox {
 public:
  struct Uses {
    matrix::KeyExchange& keys;
    Devices& devices;
    Peers& peers;
    const base::SealingKey& sealing_key;
    const base::Clock& clock;
  };
  using RoomKeys = std::set<std::pair<std::string, std::string>>;  ///< rooms and sessions
  struct Handlers {
    std::function<void(BotKey bot, std::string text)> tell;                ///< of what people should know, for its log
    std::function<void(BotKey bot, const RoomKeys& came)> room_keys_came;  ///< and are kept
  };
  Mailbox(const Uses& uses, Handlers handlers) : uses_(uses), handlers_(std::move(handlers)) {}

  /// Takes over what waits for the device: when it completes all of it is kept here.
  Task<Unit> pull(DevicePtr device);
  /// Sends devices the same content, each in its channel; begins channels where there is none. Yields those without a
  /// key to begin one with.
  Task<std::vector<PeerDevice>> send(DevicePtr device, std::vector<PeerDevice> to, std::string type,
                                     matrix::JsonObject content);
  /// The same content in plain words.
  Task<Unit> send_plain(DevicePtr device, std::vector<PeerDevice> to, std::string type, matrix::JsonObject content);
  /// Asks the devices of somebody once for the key of a session that did not come.
  Task<Unit> ask_for_key(DevicePtr device, std::string sender, std::string room_id, std::string session_id);
  /// Why a sender gave this bot no key; empty: nobody said so.
  std::string withheld(BotKey bot, const std::string& session_id) const;

 private:
  /// What one look into the inbox leads to.
  struct Batch {
    Unstored unstored;
    std::set<std::pair<std::string, std::string>> broken;  ///< user and identity key of channels that failed
    RoomKeys room_keys;
  };
  Task<Unit> prepare(DevicePtr device, const std::vector<matrix::DeviceMessage>& messages);
  void take(Device& device, const matrix::DeviceMessage& message, Batch& batch);
  void take_encrypted(Device& device, const matrix::DeviceMessage& message, Batch& batch);
  void refuse(const Device& device, const matrix::DeviceMessage& message, const Error& why);
  /// Errors: forbidden (no device of the sender has this key, or one that is refused).
  Result<const PeerDevice*> check_sender(const std::string& sender, const std::string& curve25519) const;
  struct Sender {
    const std::string& user_id;
    const std::string& curve25519;
  };
  Result<std::string> decrypt(Device& device, const Sender& sender, const olm::Message& message, Unstored& unstored);
  /// The sender's device when the payload is meant for this device and made by that one. Errors: forbidden.
  Result<const PeerDevice*> check_payload(const Device& device, const matrix::DeviceMessage& message,
                                          const std::string& curve25519, const matrix::JsonObject& payload);
  void take_room_key(const Device& device, const PeerDevice& from, const matrix::JsonObject& content, Batch& batch);
  void take_forwarded_key(const Device& device, const PeerDevice& from, const matrix::JsonObject& content,
                          Batch& batch);
  void keep_room_key(const PeerDevice& from, std::string room_id, std::string_view session_id,
                     Result<olm::InboundGroupSession> session, Batch& batch);
  Task<Unit> mend(DevicePtr device, std::set<std::pair<std::string, std::string>> broken);
  /// Yields those that no channel could be begun with. `anew`: also where there is one.
  Task<std::vector<PeerDevice>> begin_channels(DevicePtr device, std::vector<PeerDevice> with, bool anew);

  Uses uses_;
  Handlers handlers_;
  std::map<std::pair<BotKey, std::string>, std::string> withheld_;    ///< bot and session to reason
  std::set<std::tuple<BotKey, std::string, std::string>> asked_for_;  ///< bot, room, session
};

}  // namespace troupe::fleet::encryption
