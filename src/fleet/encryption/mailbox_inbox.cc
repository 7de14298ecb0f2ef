// What other devices send: room keys, above all.
#include "base/log.h"
#include "fleet/encryption/mailbox.h"

namespace troupe::fleet::encryption {
namespace {

/// What is opened without a pause: each may cost as much as whoever made it wants (vodozemac goes on by 2,000 keys).
constexpr std::size_t kReadAtOnce = 20;
constexpr std::size_t kMaxWithheld = 10'000;

/// The ciphertext for this device; nothing: it is for others, or no Olm.
std::optional<olm::Message> ciphertext_for(const Device& device, const matrix::JsonObject& content) {
  if (matrix::find_string(content, "algorithm") != kOlmAlgorithm) return std::nullopt;
  const auto* all = matrix::find_object(content, "ciphertext");
  const auto* own = all ? matrix::find_object(*all, device.keys.curve25519) : nullptr;
  if (own == nullptr) return std::nullopt;
  const auto type = matrix::find_integer(*own, "type");
  const auto body = matrix::find_string(*own, "body");
  if (!type || (*type != olm::Message::kPrekey && *type != olm::Message::kNormal) || !body) return std::nullopt;
  return olm::Message{.type = static_cast<int>(*type), .body = std::string(*body)};
}

std::string text(const matrix::JsonObject& object, std::string_view key) {
  return std::string(matrix::find_string(object, key).value_or(""));
}

/// Only what was given can be lost.
void note_lost(RoomSession& room, const std::pair<std::string, std::string>& device) {
  if (room.shared.contains(device)) room.lost.insert(device);
}

}  // namespace

Task<Unit> Mailbox::pull(DevicePtr device) {
  for (bool more = true; more;) {
    CO_TRY(const auto inbox,
           co_await uses_.keys.inbox(device->user_id, device->device_id, device->inbox_pos, kReadAtOnce));
    CO_TRY(co_await uses_.devices.replenish(device, inbox));
    more = inbox.more;
    if (inbox.messages.empty()) break;
    CO_TRY(co_await prepare(device, inbox.messages));
    Batch batch;
    for (const auto& message : inbox.messages) take(*device, message, batch);
    const auto upto = inbox.messages.back().pos;
    batch.unstored.inbox_pos = upto;
    CO_TRY(co_await uses_.devices.store(device, std::move(batch.unstored)));
    // At once: what follows may fail, and nothing would tell of them again.
    if (!batch.room_keys.empty()) handlers_.room_keys_came(device->bot, batch.room_keys);
    // Not before it is kept: whatever is killed here finds it there again, and passes over it.
    CO_TRY(co_await uses_.keys.forget_inbox(device->user_id, device->device_id, upto));
    CO_TRY(co_await mend(device, std::move(batch.broken)));
  }
  co_return Unit{};
}

Task<Unit> Mailbox::prepare(DevicePtr device, const std::vector<matrix::DeviceMessage>& messages) {
  std::set<std::string> senders;
  std::set<std::string> channels;
  for (const auto& message : messages) {
    if (message.type != "m.room.encrypted") continue;
    senders.insert(message.sender);
    if (const auto key = text(message.content, "sender_key"); !key.empty() && key.size() < 100) {
      channels.insert(channel_key(message.sender, key));
    }
  }
  CO_TRY(co_await uses_.devices.load_channels(device, std::move(channels)));
  if (!senders.empty()) {
    CO_TRY(co_await uses_.peers.refresh(device->user_id, std::move(senders)));
  }
  co_return Unit{};
}

void Mailbox::take(Device& device, const matrix::DeviceMessage& message, Batch& batch) {
  const auto& content = message.content;
  if (message.type == "m.room.encrypted") return take_encrypted(device, message, batch);
  if (message.type == "m.room_key.withheld") {
    if (withheld_.size() >= kMaxWithheld) withheld_.clear();
    withheld_[{device.bot, text(content, "session_id").substr(0, 100)}] = text(content, "code").substr(0, 100);
  } else if (message.type == "m.room_key_request" && text(content, "action") == "request") {
    // Whoever was given the key and has lost it is given it again with the next message.
    const auto* body = matrix::find_object(content, "body");
    const auto room = body ? device.rooms.find(text(*body, "room_id")) : device.rooms.end();
    if (room == device.rooms.end() || room->second.session.id() != text(*body, "session_id")) return;
    note_lost(room->second, {message.sender, text(content, "requesting_device_id")});
  }
}

void Mailbox::take_encrypted(Device& device, const matrix::DeviceMessage& message, Batch& batch) {
  const auto curve25519 = text(message.content, "sender_key");
  const auto sealed = ciphertext_for(device, message.content);
  if (!sealed || curve25519.empty() || curve25519 == device.keys.curve25519) return;
  // Before anything is made for it: whoever is no device of the sender costs no key and leaves no channel.
  if (const auto known = check_sender(message.sender, curve25519); !known) {
    return refuse(device, message, known.error());
  }
  const auto opened = decrypt(device, {message.sender, curve25519}, *sealed, batch.unstored);
  if (!opened) {
    base::log_info("fleet", "A message of a device could not be decrypted.",
                   {{"user_id", device.user_id}, {"sender", message.sender}, {"reason", opened.error().message()}});
    if (olm::reason_of(opened.error()) != olm::Reason::used_message) {
      batch.broken.emplace(message.sender, curve25519);
    }
    return;
  }
  const auto parsed = matrix::parse_json(*opened);
  const auto* payload = parsed ? parsed->if_object() : nullptr;
  const auto* content = payload ? matrix::find_object(*payload, "content") : nullptr;
  if (content == nullptr) return;
  const auto from = check_payload(device, message, curve25519, *payload);
  if (!from) return refuse(device, message, from.error());
  const auto type = text(*payload, "type");
  if (type == "m.room_key") {
    take_room_key(device, **from, *content, batch);
  } else if (type == "m.forwarded_room_key") {
    take_forwarded_key(device, **from, *content, batch);
  } else if (type == "m.dummy") {
    // It has lost its channel, and with it perhaps what we sent.
    for (auto& [room_id, room] : device.rooms) note_lost(room, {(*from)->user_id, (*from)->device_id});
  }
}

void Mailbox::refuse(const Device& device, const matrix::DeviceMessage& message, const Error& why) {
  base::log_warning("fleet", "A message of a device is refused.",
                    {{"user_id", device.user_id}, {"sender", message.sender}, {"reason", why.message()}});
  handlers_.tell(device.bot, "A message of a device of " + message.sender + " was refused: " + why.message());
}

Result<const PeerDevice*> Mailbox::check_sender(const std::string& sender, const std::string& curve25519) const {
  if (uses_.peers.is_refused(sender, curve25519)) {
    return Error(Errc::forbidden, "the device has other keys than when it was first seen");
  }
  const auto* peer = uses_.peers.find(sender, curve25519);
  if (peer == nullptr) return Error(Errc::forbidden, "no device of the sender has these keys");
  return peer;
}

Result<std::string> Mailbox::decrypt(Device& device, const Sender& sender, const olm::Message& message,
                                     Unstored& unstored) {
  const auto key = channel_key(sender.user_id, sender.curve25519);
  auto& channels = device.channels[key];
  if (message.type == olm::Message::kPrekey) {
    TRY(const auto id, olm::session_id_of(message.body));
    const auto known = std::ranges::find(channels, id, &Channel::id);
    if (known != channels.end()) {
      unstored.channels.emplace(key, id);
      return known->session.decrypt(message);
    }
    TRY(auto made, device.account.inbound_session(sender.curve25519, message.body));
    auto made_id = made.session.id();
    unstored.account = true;
    unstored.channels.emplace(key, made_id);
    channels.insert(channels.begin(),
                    Channel{.id = std::move(made_id), .session = std::move(made.session), .fresh = true});
    if (std::ssize(channels) > kMaxOlmSessions) channels.pop_back();
    return std::move(made.plaintext);
  }
  Error why(Errc::not_found, "there is no channel with this device");
  for (auto& channel : channels) {
    auto opened = channel.session.decrypt(message);
    if (opened) {
      unstored.channels.emplace(key, channel.id);
      return opened;
    }
    // Of all that it is not, "used" says most.
    if (olm::reason_of(why) != olm::Reason::used_message) why = std::move(opened).error();
  }
  return std::unexpected(std::move(why));
}

Result<const PeerDevice*> Mailbox::check_payload(const Device& device, const matrix::DeviceMessage& message,
                                                 const std::string& curve25519, const matrix::JsonObject& payload) {
  const auto* recipient_keys = matrix::find_object(payload, "recipient_keys");
  const auto* keys = matrix::find_object(payload, "keys");
  if (text(payload, "sender") != message.sender || text(payload, "recipient") != device.user_id ||
      recipient_keys == nullptr || text(*recipient_keys, "ed25519") != device.keys.ed25519 || keys == nullptr) {
    return Error(Errc::forbidden, "it was made for another device or by somebody else");
  }
  TRY(const auto* peer, check_sender(message.sender, curve25519));
  if (peer->ed25519 != text(*keys, "ed25519")) {
    return Error(Errc::forbidden, "no device of the sender has these keys");
  }
  return peer;
}

void Mailbox::take_room_key(const Device&, const PeerDevice& from, const matrix::JsonObject& content, Batch& batch) {
  if (text(content, "algorithm") != kMegolmAlgorithm) return;
  keep_room_key(from, text(content, "room_id"), text(content, "session_id"),
                olm::InboundGroupSession::from_session_key(text(content, "session_key")), batch);
}

void Mailbox::take_forwarded_key(const Device& device, const PeerDevice& from, const matrix::JsonObject& content,
                                 Batch& batch) {
  auto room_id = text(content, "room_id");
  const auto session_id = text(content, "session_id");
  // Only what was asked for, and only from who wrote with it: its key comes from the sender or not at all.
  if (!asked_for_.contains({device.bot, room_id, session_id}) ||
      uses_.peers.find(from.user_id, text(content, "sender_key")) == nullptr) {
    return;
  }
  keep_room_key(from, std::move(room_id), session_id,
                olm::InboundGroupSession::from_exported_key(text(content, "session_key")), batch);
}

void Mailbox::keep_room_key(const PeerDevice& from, std::string room_id, std::string_view session_id,
                            Result<olm::InboundGroupSession> session, Batch& batch) {
  if (!session || session->id() != session_id || room_id.empty() || room_id.size() > 255) {
    base::log_warning("fleet", "A room key is refused: it is damaged, or another session's.",
                      {{"sender", from.user_id}, {"device_id", from.device_id}});
    return;
  }
  batch.room_keys.emplace(room_id, session_id);
  batch.unstored.room_keys.push_back({.room_id = std::move(room_id),
                                      .session_id = std::string(session_id),
                                      .pickle = session->pickle(uses_.sealing_key),
                                      .sender = from.user_id,
                                      .sender_device = from.device_id,
                                      .first_index = session->first_known_index(),
                                      .used_ms = uses_.clock.unix_ms()});
}

}  // namespace troupe::fleet::encryption
