#include "fleet/encryption/room_writer.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::string_view kEncrypted = "m.room.encrypted";
/// What the room does not say (Client-Server API #mroomencryption), and what it may say.
constexpr std::int64_t kRotationMs = 7LL * 24 * 60 * 60 * 1000;
constexpr std::int64_t kRotationMessages = 100;
constexpr std::int64_t kLeastRotationMs = 60LL * 60 * 1000;
constexpr std::int64_t kMostRotationMessages = 10'000;
/// In base64 and with what stands around it this fills an event.
constexpr std::size_t kMaxPlainBytes = 46'000;
constexpr std::size_t kMaxReaders = 50'000;

bool is_over(const RoomSession& room, const std::vector<PeerDevice>& readers) {
  if (room.messages >= room.rotate_messages) return true;
  if (std::chrono::steady_clock::now() - room.made >= room.rotate_after) return true;
  // Who has the key and does not read any more must not read on.
  std::set<std::pair<std::string, std::string>> present;
  for (const auto& reader : readers) {
    const auto shared = room.shared.find({reader.user_id, reader.device_id});
    if (shared != room.shared.end() && shared->second == reader.curve25519) present.insert(shared->first);
  }
  return present.size() < room.shared.size();
}

/// Formatting goes first when a message does not fit.
std::string payload_of(const matrix::NewEvent& event, bool formatted) {
  auto content = event.content;
  if (!formatted) {
    for (const auto* key : {"format", "formatted_body"}) content.erase(key);
    if (auto* fresh = content.if_contains("m.new_content"); fresh != nullptr && fresh->is_object()) {
      for (const auto* key : {"format", "formatted_body"}) fresh->get_object().erase(key);
    }
  }
  return boost::json::serialize(
      matrix::JsonObject{{"type", event.type}, {"room_id", event.room_id}, {"content", std::move(content)}});
}

}  // namespace

Task<std::vector<PeerDevice>> RoomWriter::readers(DevicePtr device, std::string room_id) {
  CO_TRY(auto members, co_await uses_.rooms.joined_members(std::move(room_id)));
  if (members.size() > kMaxReaders) co_return Error(Errc::too_large, "Too many are in this room to encrypt for.");
  CO_TRY(co_await uses_.peers.refresh(device->user_id, {members.begin(), members.end()}));
  std::vector<PeerDevice> found;
  for (const auto& member : members) {
    for (const auto& peer : uses_.peers.devices(member)) {
      if (peer.curve25519 != device->keys.curve25519) found.push_back(peer);
    }
  }
  co_return found;
}

Task<Unit> RoomWriter::begin_session(DevicePtr device, std::string room_id) {
  CO_TRY(const auto summary, co_await uses_.rooms.room(room_id));
  const auto& asked = summary.encryption;
  if (const auto algorithm = matrix::find_string(asked, "algorithm"); algorithm && *algorithm != kMegolmAlgorithm) {
    co_return Error(Errc::forbidden, "This room asks for an encryption that bots do not know.");
  }
  const auto period = std::clamp(matrix::find_integer(asked, "rotation_period_ms").value_or(kRotationMs),
                                 kLeastRotationMs, kRotationMs * 4);
  const auto messages = std::clamp<std::int64_t>(
      matrix::find_integer(asked, "rotation_period_msgs").value_or(kRotationMessages), 1, kMostRotationMessages);
  device->rooms.insert_or_assign(std::move(room_id), RoomSession{.session = olm::GroupSession::create(),
                                                                 .made = std::chrono::steady_clock::now(),
                                                                 .messages = 0,
                                                                 .rotate_after = std::chrono::milliseconds(period),
                                                                 .rotate_messages = messages,
                                                                 .shared = {},
                                                                 .lost = {},
                                                                 .unreached = {}});
  co_return Unit{};
}

Task<Unit> RoomWriter::share(DevicePtr device, std::string room_id, std::vector<PeerDevice> readers) {
  constexpr std::chrono::minutes kTriedAgain{10};
  auto& room = device->rooms.at(room_id);
  const auto now = std::chrono::steady_clock::now();
  std::vector<PeerDevice> to;
  for (auto& reader : readers) {
    const DeviceId id(reader.user_id, reader.device_id);
    if (room.shared.contains(id) && !room.lost.contains(id)) continue;
    const auto tried = room.unreached.find(id);
    if (tried == room.unreached.end() || now - tried->second >= kTriedAgain) to.push_back(std::move(reader));
  }
  if (to.empty()) co_return Unit{};
  const auto id = room.session.id();
  const matrix::JsonObject content{{"algorithm", kMegolmAlgorithm},
                                   {"room_id", room_id},
                                   {"session_id", id},
                                   {"session_key", room.session.session_key()},
                                   {"org.matrix.msc3061.shared_history", false}};
  CO_TRY(auto unreached, co_await uses_.mailbox.send(device, to, "m.room_key", content));
  for (const auto& one : unreached) room.unreached[{one.user_id, one.device_id}] = now;
  for (const auto& one : to) {
    if (std::ranges::find(unreached, one) == unreached.end()) {
      room.shared[{one.user_id, one.device_id}] = one.curve25519;
      room.lost.erase({one.user_id, one.device_id});
    }
  }
  co_return co_await uses_.mailbox.send_plain(device, std::move(unreached), "m.room_key.withheld",
                                              {{"algorithm", kMegolmAlgorithm},
                                               {"code", "m.no_olm"},
                                               {"reason", "This device has no key left to begin a channel with."},
                                               {"sender_key", device->keys.curve25519}});
}

Task<matrix::NewEvent> RoomWriter::seal(DevicePtr device, matrix::NewEvent event) {
  CO_TRY(const auto present, co_await readers(device, event.room_id));
  const auto known = device->rooms.find(event.room_id);
  if (known == device->rooms.end() || is_over(known->second, present)) {
    CO_TRY(co_await begin_session(device, event.room_id));
  }
  CO_TRY(co_await share(device, event.room_id, present));
  auto& room = device->rooms.at(event.room_id);
  auto payload = payload_of(event, true);
  if (payload.size() > kMaxPlainBytes) payload = payload_of(event, false);
  if (payload.size() > kMaxPlainBytes) co_return Error(Errc::too_large, "The message is too large to be encrypted.");
  CO_TRY(auto ciphertext, room.session.encrypt(payload));
  ++room.messages;
  matrix::JsonObject content{{"algorithm", kMegolmAlgorithm},
                             {"ciphertext", std::move(ciphertext)},
                             {"session_id", room.session.id()},
                             {"sender_key", device->keys.curve25519},
                             {"device_id", device->device_id}};
  // Servers relate events to each other.
  if (const auto* relation = matrix::find_object(event.content, "m.relates_to")) content["m.relates_to"] = *relation;
  event.type = kEncrypted;
  event.content = std::move(content);
  event.plain_rooms_only = false;
  co_return event;
}

}  // namespace troupe::fleet::encryption
