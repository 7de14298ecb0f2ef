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

constexpr std::chrono::minutes kTriedAgain{10};

using Clock = std::chrono::steady_clock;

/// It has said enough.
bool is_spent(const RoomSession& room) {
  return room.messages >= room.rotate_messages || Clock::now() - room.made >= room.rotate_after;
}

/// Who has the key and does not read any more must not read on.
bool has_lost_readers(const RoomSession& room, const std::vector<PeerDevice>& readers) {
  std::set<std::pair<std::string, std::string>> present;
  for (const auto& reader : readers) {
    const auto shared = room.shared.find({reader.user_id, reader.device_id});
    if (shared != room.shared.end() && shared->second == reader.curve25519) present.insert(shared->first);
  }
  return present.size() < room.shared.size();
}

bool is_wanting(const RoomSession& room, const std::pair<std::string, std::string>& reader) {
  if (room.shared.contains(reader) && !room.lost.contains(reader)) return false;
  const auto tried = room.unreached.find(reader);
  return tried == room.unreached.end() || Clock::now() - tried->second >= kTriedAgain;
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

Task<std::vector<PeerDevice>> RoomWriter::prepare(DevicePtr device, std::string room_id) {
  CO_TRY(const auto version, co_await uses_.rooms.members_version(room_id));
  CO_TRY(co_await uses_.peers.refresh(device->user_id, {}));
  const auto known = device->rooms.find(room_id);
  const bool usable = known != device->rooms.end() && !is_spent(known->second);
  if (usable && version > 0) {
    auto& audience = known->second.audience;
    if (audience.version == version && !uses_.peers.changed_since(audience.generation, audience.members)) {
      audience.generation = uses_.peers.generation();
      co_return co_await wanting(std::move(device), std::move(room_id));
    }
  }
  CO_TRY(auto found, co_await readers(device, room_id, version));
  if (!usable || has_lost_readers(device->rooms.at(room_id), found.devices)) {
    CO_TRY(co_await begin_session(device, room_id));
  }
  auto& room = device->rooms.at(room_id);
  room.audience = std::move(found.audience);
  std::erase_if(found.devices,
                [&](const PeerDevice& reader) { return !is_wanting(room, {reader.user_id, reader.device_id}); });
  co_return std::move(found.devices);
}

Task<RoomWriter::Readers> RoomWriter::readers(DevicePtr device, std::string room_id, StreamPos version) {
  CO_TRY(auto members, co_await uses_.rooms.joined_members(std::move(room_id)));
  if (members.size() > kMaxReaders) co_return Error(Errc::too_large, "Too many are in this room to encrypt for.");
  Readers found;
  CO_TRY(co_await uses_.peers.refresh(device->user_id, {members.begin(), members.end()}));
  for (auto& member : members) {
    for (const auto& peer : uses_.peers.devices(member)) {
      if (peer.curve25519 != device->keys.curve25519) found.devices.push_back(peer);
    }
    found.audience.members.insert(std::move(member));
  }
  found.audience.version = version;
  found.audience.generation = uses_.peers.generation();
  co_return found;
}

Task<std::vector<PeerDevice>> RoomWriter::wanting(DevicePtr device, std::string room_id) {
  auto& room = device->rooms.at(room_id);
  std::set<DeviceId> ids = room.lost;
  for (const auto& [id, tried] : room.unreached) ids.insert(id);
  std::erase_if(ids, [&](const DeviceId& id) { return !is_wanting(room, id); });
  std::vector<PeerDevice> found;
  if (ids.empty()) co_return found;
  std::set<std::string> users;
  for (const auto& [user_id, device_id] : ids) users.insert(user_id);
  CO_TRY(co_await uses_.peers.refresh(device->user_id, std::move(users)));
  for (const auto& [user_id, device_id] : ids) {
    const auto& all = uses_.peers.devices(user_id);
    const auto peer = std::ranges::find(all, device_id, &PeerDevice::device_id);
    if (peer == all.end()) {
      room.unreached.erase({user_id, device_id});
      continue;
    }
    // One with other keys since a moment ago: the next message looks at everybody, and finds that this one is gone.
    const auto given = room.shared.find({user_id, device_id});
    if (given == room.shared.end() || given->second == peer->curve25519) found.push_back(*peer);
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
                                                                 .audience = {},
                                                                 .shared = {},
                                                                 .lost = {},
                                                                 .unreached = {}});
  co_return Unit{};
}

Task<Unit> RoomWriter::share(DevicePtr device, std::string room_id, std::vector<PeerDevice> to) {
  if (to.empty()) co_return Unit{};
  auto& room = device->rooms.at(room_id);
  const auto id = room.session.id();
  const matrix::JsonObject content{{"algorithm", kMegolmAlgorithm},
                                   {"room_id", room_id},
                                   {"session_id", id},
                                   {"session_key", room.session.session_key()},
                                   {"org.matrix.msc3061.shared_history", false}};
  // Before it is sent: of a sending that fails nobody knows whom it reached.
  std::set<DeviceId> fresh;
  for (const auto& one : to) {
    const DeviceId reader(one.user_id, one.device_id);
    if (room.shared.insert_or_assign(reader, one.curve25519).second) fresh.insert(reader);
    room.lost.insert(reader);
  }
  CO_TRY(auto unreached, co_await uses_.mailbox.send(device, to, "m.room_key", content));
  for (const auto& one : to) {
    room.lost.erase({one.user_id, one.device_id});
    room.unreached.erase({one.user_id, one.device_id});
  }
  for (const auto& one : unreached) {
    const DeviceId reader(one.user_id, one.device_id);
    room.unreached[reader] = Clock::now();
    if (fresh.contains(reader)) {
      room.shared.erase(reader);
    } else {
      room.lost.insert(reader);
    }
  }
  co_return co_await uses_.mailbox.send_plain(device, std::move(unreached), "m.room_key.withheld",
                                              {{"algorithm", kMegolmAlgorithm},
                                               {"code", "m.no_olm"},
                                               {"reason", "This device has no key left to begin a channel with."},
                                               {"sender_key", device->keys.curve25519}});
}

Task<matrix::NewEvent> RoomWriter::seal(DevicePtr device, matrix::NewEvent event) {
  CO_TRY(auto wanting, co_await prepare(device, event.room_id));
  CO_TRY(co_await share(device, event.room_id, std::move(wanting)));
  device->wrote = Clock::now();
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
