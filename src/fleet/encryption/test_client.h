// A person's client in encrypted rooms, as small as tests need it, and written apart from what it tests.
// Only tests include this.
#pragma once
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string>

#include "base/crypto.h"
#include "fleet/encryption/signed_keys.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/task_runner.h"
#include "matrix/key_exchange.h"
#include "olm/account.h"
#include "olm/group_session.h"

namespace troupe::fleet::encryption {

class TestClient {
 public:
  TestClient(kit::TaskRunner& test, kit::FakeRooms& rooms, matrix::KeyExchange& keys, std::string user_id,
             std::string device_id)
      : test_(test), rooms_(rooms), keys_(keys), user_id_(std::move(user_id)), device_id_(std::move(device_id)) {}

  /// Signs in: keys and one-time keys are published.
  void publish(std::size_t one_time_keys = 20) {
    auto own = account_.identity_keys();
    if (!pretended_.empty()) own.curve25519 = pretended_;
    matrix::JsonObject device{
        {"user_id", user_id_},
        {"device_id", device_id_},
        {"algorithms", {kOlmAlgorithm, kMegolmAlgorithm}},
        {"keys", {{"curve25519:" + device_id_, own.curve25519}, {"ed25519:" + device_id_, own.ed25519}}}};
    sign(device);
    account_.generate_one_time_keys(one_time_keys);
    account_.generate_fallback_key();
    matrix::JsonObject one_time;
    for (const auto& key : account_.unpublished_one_time_keys())
      one_time["signed_curve25519:" + key.id] = claimable(key, false);
    const auto fallback = account_.unpublished_fallback_key();
    matrix::JsonObject fallbacks{{"signed_curve25519:" + fallback->id, claimable(*fallback, true)}};
    test_.must(keys_.ensure_device(user_id_, device_id_, "client"));
    test_.must(keys_.upload_keys(user_id_, device_id_,
                                 {{"device_keys", device}, {"one_time_keys", one_time}, {"fallback_keys", fallbacks}}));
    account_.mark_keys_published();
  }
  /// The same, with somebody else's identity key as the own.
  void publish_as(const std::string& curve25519) {
    pretended_ = curve25519;
    publish();
  }
  std::string identity_key() const { return account_.identity_keys().curve25519; }
  /// Other identity keys for the same device.
  void change_keys() {
    account_ = olm::Account::create();
    channels_.clear();
    outbound_.reset();
    publish();
  }

  /// Sends the key of the present session to the devices of these users.
  void share(const std::string& room_id, const std::vector<std::string>& users) {
    session();
    for (const auto& user : users) {
      const auto answer = test_.must(keys_.query_keys(user_id_, {user}));
      for (const auto& one : answer.at("device_keys").as_object().at(user).as_object()) {
        const auto device = read_device_keys(one.value().as_object(), user, std::string_view(one.key()));
        if (!device || device->curve25519 == account_.identity_keys().curve25519) continue;
        send(*device, "m.room_key",
             {{"algorithm", kMegolmAlgorithm},
              {"room_id", room_id},
              {"session_id", outbound_->id()},
              {"session_key", outbound_->session_key()}});
      }
    }
  }
  /// A message with the present session; yields its event id.
  std::string say(const std::string& room_id, std::string_view body) {
    return put(room_id, seal(room_id, {{"msgtype", "m.text"}, {"body", body}}));
  }
  std::string put(const std::string& room_id, matrix::JsonObject content) {
    return rooms_.put(room_id, user_id_, "m.room.encrypted", std::move(content));
  }
  matrix::JsonObject seal(const std::string& room_id, matrix::JsonObject content) {
    session();
    const matrix::JsonObject payload{{"type", "m.room.message"}, {"room_id", room_id}, {"content", std::move(content)}};
    return {{"algorithm", kMegolmAlgorithm},
            {"session_id", outbound_->id()},
            {"ciphertext", *outbound_->encrypt(boost::json::serialize(payload))},
            {"sender_key", account_.identity_keys().curve25519},
            {"device_id", device_id_}};
  }
  void begin_session() { outbound_.reset(); }
  void send(const PeerDevice& to, const std::string& type, matrix::JsonObject content) {
    auto& channel = channel_to(to);
    const matrix::JsonObject payload{{"type", type},
                                     {"content", std::move(content)},
                                     {"sender", user_id_},
                                     {"recipient", to.user_id},
                                     {"recipient_keys", {{"ed25519", to.ed25519}}},
                                     {"keys", {{"ed25519", account_.identity_keys().ed25519}}}};
    auto message = *channel.encrypt(boost::json::serialize(payload));
    const matrix::JsonObject sealed{
        {"algorithm", kOlmAlgorithm},
        {"sender_key", account_.identity_keys().curve25519},
        {"ciphertext", {{to.curve25519, {{"type", message.type}, {"body", message.body}}}}}};
    send_sealed(to, sealed);
  }
  void send_sealed(const PeerDevice& to, const matrix::JsonObject& sealed) {
    matrix::JsonObject messages{{to.user_id, {{to.device_id, sealed}}}};
    test_.must(keys_.send_to_device({.sender = user_id_,
                                     .sender_device = device_id_,
                                     .type = "m.room.encrypted",
                                     .messages = std::move(messages),
                                     .txn_id = base::random_token("")}));
  }

  /// Takes over what came: room keys are kept. Yields the types of what was decrypted.
  std::vector<std::string> receive() {
    std::vector<std::string> types;
    const auto inbox = test_.must(keys_.inbox(user_id_, device_id_, upto_, 100));
    for (const auto& message : inbox.messages) {
      upto_ = message.pos;
      if (message.type != "m.room.encrypted") {
        types.push_back(message.type);
        continue;
      }
      const auto sender_key = boost::json::value_to<std::string>(message.content.at("sender_key"));
      const auto* own =
          matrix::find_object(message.content.at("ciphertext").as_object(), account_.identity_keys().curve25519);
      if (own == nullptr) continue;
      const olm::Message sealed{.type = static_cast<int>(own->at("type").as_int64()),
                                .body = boost::json::value_to<std::string>(own->at("body"))};
      auto text = open(sender_key, sealed);
      if (!text) {
        types.emplace_back("undecryptable");
        continue;
      }
      const auto payload = boost::json::parse(*text).as_object();
      types.push_back(boost::json::value_to<std::string>(payload.at("type")));
      if (types.back() != "m.room_key") continue;
      const auto& content = payload.at("content").as_object();
      auto session =
          olm::InboundGroupSession::from_session_key(boost::json::value_to<std::string>(content.at("session_key")));
      inbound_.try_emplace(session->id(), *std::move(session));
    }
    return types;
  }
  /// What an event of somebody else says; nothing: it cannot be read.
  std::optional<matrix::JsonObject> read(const matrix::JsonObject& content) {
    receive();
    const auto session = inbound_.find(boost::json::value_to<std::string>(content.at("session_id")));
    if (session == inbound_.end()) return std::nullopt;
    auto plain = session->second.decrypt(boost::json::value_to<std::string>(content.at("ciphertext")));
    if (!plain) return std::nullopt;
    return boost::json::parse(plain->text).as_object().at("content").as_object();
  }
  /// The bodies of all that somebody said encrypted in a room and this client can read.
  std::vector<std::string> heard(const std::string& room_id, const std::string& sender) {
    std::vector<std::string> bodies;
    for (const auto& event : test_.must(rooms_.events_after(0, 1000)).events) {
      if (event.room_id != room_id || event.sender != sender || event.type != "m.room.encrypted") continue;
      const auto content = read(event.content);
      bodies.push_back(content ? boost::json::value_to<std::string>(content->at("body")) : "(unreadable)");
    }
    return bodies;
  }
  void lose_channels() { channels_.clear(); }
  PeerDevice device_of(const std::string& user) {
    const auto answer = test_.must(keys_.query_keys(user_id_, {user}));
    const auto& all = answer.at("device_keys").as_object().at(user).as_object();
    return *read_device_keys(all.begin()->value().as_object(), user, std::string_view(all.begin()->key()));
  }
  const std::string& user_id() const { return user_id_; }
  std::string session_id() { return session().id(); }
  std::string session_key() { return session().session_key(); }

 private:
  void sign(matrix::JsonObject& object) {
    sign_object(object, user_id_, device_id_, [&](std::string_view text) { return account_.sign(text); });
  }
  matrix::JsonObject claimable(const olm::OneTimeKey& key, bool fallback) {
    matrix::JsonObject object{{"key", key.curve25519}};
    if (fallback) object["fallback"] = true;
    sign(object);
    return object;
  }
  olm::GroupSession& session() {
    if (!outbound_) outbound_ = olm::GroupSession::create();
    return *outbound_;
  }
  olm::Session& channel_to(const PeerDevice& to) {
    const auto known = channels_.find(to.curve25519);
    if (known != channels_.end()) return known->second;
    const auto claimed = test_.must(keys_.claim_keys(user_id_, {{to.user_id, {{to.device_id, "signed_curve25519"}}}}));
    const auto& keys = claimed.at(to.user_id).as_object().at(to.device_id).as_object();
    const auto key = boost::json::value_to<std::string>(keys.begin()->value().as_object().at("key"));
    return channels_.insert_or_assign(to.curve25519, *account_.outbound_session(to.curve25519, key)).first->second;
  }
  std::optional<std::string> open(const std::string& sender_key, const olm::Message& message) {
    for (auto& [key, channel] : channels_) {
      if (key != sender_key) continue;
      if (auto text = channel.decrypt(message)) return *text;
    }
    if (message.type != olm::Message::kPrekey) return std::nullopt;
    auto made = account_.inbound_session(sender_key, message.body);
    if (!made) return std::nullopt;
    channels_.insert_or_assign(sender_key, std::move(made->session));
    return made->plaintext;
  }

  kit::TaskRunner& test_;
  kit::FakeRooms& rooms_;
  matrix::KeyExchange& keys_;
  std::string user_id_;
  std::string device_id_;
  std::string pretended_;
  olm::Account account_ = olm::Account::create();
  std::map<std::string, olm::Session> channels_;
  std::optional<olm::GroupSession> outbound_;
  std::map<std::string, olm::InboundGroupSession> inbound_;
  StreamPos upto_ = 0;
};

}  // namespace troupe::fleet::encryption
